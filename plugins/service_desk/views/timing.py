"""What pages show of a user's timers: the top bar, a document's rows, and what the script is told (R18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import abort, g, render_template, request, url_for
from flask_babel import gettext as _

from app.plugin_api import BusinessError, now, transaction
from app.plugin_api.web import actor
from plugins.service_desk import errors
from plugins.service_desk.models import Timer
from plugins.service_desk.queries import in_hand as queries
from plugins.service_desk.queries.in_hand import InHand
from plugins.service_desk.services import drafts, timers
from plugins.service_desk.services.timers import Filled, First

if TYPE_CHECKING:
    from plugins.service_desk.forms.tickets import TicketForm

NOT_TYPED = ("csrf_token", "_do")
"""Inputs of a ticket's form that no draft keeps."""


def timer_bar(timer: InHand | None) -> str:
    """The running timer in the top bar, and where the script puts one."""
    shown = {"name": document_name(timer), "url": document_url(timer)} if timer is not None else {}
    return render_template("service_desk/_timer_bar.html", timer=timer, **shown)


def document_name(timer: InHand) -> str:
    """«Atendimento nº 7», or «Atendimento novo»."""
    return _("Ticket %(number)s", number=timer.number) if timer.number is not None else _("Unsaved ticket")


def document_url(timer: InHand | Timer) -> str:
    """Where the timer's row is: the second tab of its document."""
    if (ticket_id := ticket_of(timer)) is not None:
        return url_for("service_desk.ticket_detail", ticket_id=ticket_id, _anchor="interactions")
    return url_for("service_desk.ticket_new", draft=timer.request_key, _anchor="interactions")


def ticket_of(timer: InHand | Timer) -> int | None:
    """The id of the ticket that the timer is for; None for a form that isn't saved yet.

    One that was started while its form was being saved may still bear the form's key (`InHand` knows).
    """
    if timer.ticket_id is not None or isinstance(timer, InHand):
        return timer.ticket_id
    saved = queries.timed_ticket(g.company, request_key=timer.request_key)
    return None if saved is None else int(saved.id)


def question(other: InHand) -> str:
    """What the screen asks when another timer is started."""
    return _(
        "The timer of “%(document)s” has been running for %(time)s. What shall become of it?",
        document=document_name(other),
        time=other.clock,
    )


def answer_of(first: str | None, first_id: str | None) -> dict[str, Any]:
    """The answer to that question as `timers.start` takes it; 400 for one that isn't offered."""
    if not first:
        return {}
    number = first_id or ""
    if first not in list(First) or len(number) > 19 or not (number.isascii() and (number or "0").isdigit()):
        abort(400)
    return {"first": First(first), "first_id": int(number) if number else None}


# ── Told to the script ───────────────────────────────────────────────────────────────────────────────


def state(running: InHand | None, *stopped: Timer | InHand | None, **more: Any) -> dict[str, Any]:
    """What a page has to show now: the top bar, the row whose timer runs, the rows to be filled."""
    return {
        "bar": timer_bar(running),
        "running": running
        and {
            "id": running.id,
            "row": str(running.row_key),
            "elapsed": int(running.elapsed.total_seconds()),
        },
        "filled": [_told(timers.filled(timer, g.company.timezone)) for timer in stopped if timer is not None],
        **more,
    }


def _told(row: Filled) -> dict[str, str]:
    return {
        "row": str(row.row_key),
        "occurred_on": row.occurred_on.isoformat(),
        "start_time": f"{row.start_time:%H:%M}",
        "end_time": f"{row.end_time:%H:%M}" if row.end_time is not None else "",
        "asks": row.asks,
    }


def refusal(error: BusinessError) -> Any:
    """A refusal: the question about the timer that runs, or what was refused and why."""
    other: InHand | None = error.values.get("other")
    if other is None:
        return {"refused": error.text}, 422
    return state(other, question=question(other), first=other.id), 409


# ── In a document's form ─────────────────────────────────────────────────────────────────────────────


@dataclass
class Timing:
    """The user's timers of the document whose form a page shows, by their rows' keys.

    Args:
        filled: what those that were stopped have measured.
        asks_about: after «Cronômetro» was pressed without script: the timer that runs elsewhere,
        asks_for: and the row that was pressed.
    """

    timers: dict[UUID, InHand]
    filled: dict[UUID, Filled]
    asks_about: InHand | None = None
    asks_for: UUID | None = None

    @classmethod
    def of(cls, *, ticket_id: int | None = None, request_key: UUID | None = None) -> Timing:
        """What the user has measured for the document; one statement."""
        found = queries.timers_of(g.company, actor(), ticket_id=ticket_id, request_key=request_key)
        return cls(
            {t.row_key: InHand(t.id, t.row_key, t.started_at, t.stopped_at) for t in found},
            {t.row_key: timers.filled(t, g.company.timezone) for t in found if t.stopped_at is not None},
        )

    @property
    def question(self) -> str:
        """What is asked about the timer that runs elsewhere."""
        return question(self.asks_about) if self.asks_about is not None else ""

    def show_in(self, form: TicketForm, *, typed_at: datetime | None = None) -> None:
        """Offer the rows that timers were started in, and put what was measured into them.

        Args:
            typed_at: when the form's texts were typed or kept; what had been filled before may have been
                corrected since, and stays.
        """
        for key, timer in self.timers.items():
            if form.row("interactions", str(key)) is None:
                form.offer_interaction(key)
            row: Any = form.row("interactions", str(key))
            is_older = typed_at is not None and timer.stopped_at is not None and timer.stopped_at < typed_at
            if key not in self.filled or (is_older and row.start_time.data):
                continue
            for name in ("occurred_on", "start_time", "end_time"):
                # Without what was posted the field shows its data.
                row[name].data, row[name].raw_data = getattr(self.filled[key], name), None
            form.is_filled = True


def remove_row(form: TicketForm, key: str) -> None:
    """«Remover» without script: the row goes, and what was measured in it."""
    row_key = _key(key)
    form.remove_row(row_key)
    with transaction():
        timers.discard_row(company=g.company, actor=actor(), row_key=row_key)


def press(
    form: TicketForm, wish: str, *, ticket_id: int | None = None, request_key: UUID | None = None
) -> Timing:
    """«Cronômetro» pressed without script: starts, or stops and fills; what was typed stays.

    Args:
        form: as posted; a new ticket's is kept as a draft, so that the top bar leads to it.
        wish: the row's key; with the answer to the question about another timer: `<key>:stop:<its id>`.
    """
    key, _colon, answer = wish.partition(":")
    first, _colon, first_id = answer.partition(":")
    row_key, pressed_at, asks_about = _key(key), now(), None
    try:
        with transaction():
            if request_key is not None:
                keep_if_possible(request_key, list(request.form.items(multi=True)))
            _toggle(row_key, answer_of(first, first_id), ticket_id=ticket_id, request_key=request_key)
    except errors.OtherTimerRuns as error:
        asks_about = error.values["other"]
    except BusinessError as error:
        form.show(error)
    timing = Timing.of(ticket_id=ticket_id, request_key=request_key)
    timing.show_in(form, typed_at=pressed_at)
    timing.asks_about, timing.asks_for = asks_about, row_key
    return timing


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        abort(400)


def _toggle(row_key: UUID, answer: dict[str, Any], **document: Any) -> None:
    running = queries.running_timer(g.company, actor())
    if running is not None and running.row_key == row_key:
        timers.stop(company=g.company, actor=actor(), timer_id=running.id)
    else:
        timers.start(company=g.company, actor=actor(), row_key=row_key, **document, **answer)


def keep_if_possible(request_key: UUID, inputs: drafts.Inputs) -> datetime | None:
    """Keep a form with its timer; one that can't be kept stops no clock."""
    typed = [(name, value) for name, value in inputs if name not in NOT_TYPED]
    try:
        return drafts.keep(company=g.company, actor=actor(), request_key=request_key, inputs=typed)
    except BusinessError:
        return None
