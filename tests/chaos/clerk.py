"""Somebody who includes tickets through the real form, and presses again what was refused."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from tests.chaos.browser import Answer, HttpBrowser, NoAnswer
from tests.pages import Form
from tests.world import PASSWORD

NEW_TICKET = "/c/aurora/service-desk/tickets/new"
PAUSE = 0.15
"""Seconds between two tries, as a hurried person makes them."""


@dataclass
class Protocol:
    """What all clerks together saw."""

    saved: list[str] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)
    pages_503: int = 0
    repeated: int = 0
    unanswered: int = 0
    complaints: list[str] = field(default_factory=list)


class Clerk(threading.Thread):
    """Includes the tickets whose problems are given, one after the other; typing one takes `pace` seconds."""

    def __init__(self, port: int, problems: list[str], protocol: Protocol, pace: float) -> None:
        super().__init__(daemon=True)
        self.browser = HttpBrowser(port)
        self.problems = problems
        self.protocol = protocol
        self.pace = pace

    def log_in(self) -> None:
        """Before the faults begin."""
        self.browser.log_in("bruno", PASSWORD)

    def run(self) -> None:
        for problem in self.problems:
            try:
                self._include(problem)
            except Exception as error:  # noqa: BLE001  a thread's error must reach the test
                self.protocol.complaints.append(f"{problem}: {error!r}")

    def _include(self, problem: str) -> None:
        started = time.monotonic()
        data = self._typed(problem)
        # Typing takes time; what happens meanwhile is met by the save.
        time.sleep(max(0.0, self.pace - (time.monotonic() - started)))
        for attempt in range(200):
            try:
                answer = self.browser.post(NEW_TICKET, data)
            except NoAnswer as error:
                # Not allowed: the web was never killed.
                self.protocol.unanswered += 1
                self.protocol.complaints.append(str(error))
                time.sleep(PAUSE)
                continue
            self.protocol.slowest.append(answer.seconds)
            if answer.status == 303:
                self.protocol.saved.append(problem)
                self.protocol.repeated += attempt > 0
                return
            data = self._kept(answer, problem, data)
            time.sleep(PAUSE)
        self.protocol.complaints.append(f"{problem}: never saved")

    def _typed(self, problem: str) -> dict[str, str]:
        """The new ticket's form, filled; asked for until the page comes."""
        while True:
            try:
                page = self.browser.get(NEW_TICKET)
                if page.status == 200:
                    form = page.form(NEW_TICKET, with_input="problem")
                    data = form.filled(self._look_up, {"problem": problem})
                    # The form offers to close the ticket in the same save; this clerk only includes.
                    return data | dict.fromkeys(("closed_on", "closed_by", "closed_by_id"), "")
            except NoAnswer:
                pass
            time.sleep(PAUSE)

    def _look_up(self, address: str, params: object) -> str:
        return self._known.get(address.rpartition("/")[2], "")

    def know(self, **ids: int) -> None:
        """What the clerk knows by heart, so that a lookup costs no request: lookup's name → id."""
        self._known = {name.replace("_", "-"): str(row_id) for name, row_id in ids.items()}

    def _kept(self, answer: Answer, problem: str, sent: dict[str, str]) -> dict[str, str]:
        """What the refusing page carries on; it must be all that was typed."""
        if answer.status != 503:
            self.protocol.complaints.append(f"{problem}: {answer.status}\n{answer.text[-1500:]}")
            return sent
        self.protocol.pages_503 += 1
        form = answer.form(NEW_TICKET, with_input="request_key")
        kept = _as_typed(form)
        lost = {name for name, value in sent.items() if name != "csrf_token" and kept.get(name) != value}
        if lost or "Retry-After" not in answer.headers:
            self.protocol.complaints.append(f"{problem}: the page of the error lost {lost}")
        return kept


def _as_typed(form: Form) -> dict[str, str]:
    return {i.name: i.value for i in form.inputs if i.is_sent}
