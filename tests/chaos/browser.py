"""A browser over real HTTP: cookies, forms, and how long each answer took; it follows no redirect."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.pages import Form, forms_of

ANSWER_TIMEOUT = 20.0
"""Seconds; far above what the tests allow, so that a slow answer is measured and not lost."""


@dataclass(frozen=True)
class Answer:
    """What came back, and how many seconds it took."""

    status: int
    headers: dict[str, str]
    text: str
    seconds: float

    def form(self, page: str, *, with_input: str) -> Form:
        """The first form of the page that has an input of this name."""
        forms = [f for f in forms_of(self.text, page) if with_input in {i.name for i in f.inputs}]
        assert forms, f"{page}: no form with {with_input} ({self.status}):\n{self.text[-2000:]}"
        return forms[0]


class NoAnswer(Exception):
    """The connection ended before an answer was there."""


class HttpBrowser:
    """One person's browser on one port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        """Raises NoAnswer."""
        return self._ask("GET", path, None)

    def post(self, path: str, data: dict[str, str]) -> Answer:
        """Raises NoAnswer."""
        return self._ask("POST", path, urlencode(data))

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_TIMEOUT)
        started = time.monotonic()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException) as error:
            raise NoAnswer(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()
        seconds = time.monotonic() - started
        for header in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        return Answer(response.status, dict(response.headers.items()), text, seconds)

    def log_in(self, login: str, password: str) -> None:
        """Through the login page's own form."""
        page = self.get("/login")
        form = page.form("/login", with_input="password")
        data = {i.name: i.value for i in form.inputs if i.is_sent} | {"login": login, "password": password}
        answer = self.post(form.action, data)
        assert answer.status in (302, 303), f"login failed: {answer.status}\n{answer.text[-2000:]}"
