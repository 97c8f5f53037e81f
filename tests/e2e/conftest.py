"""A real Chromium on a real portal: one of each for the session, a fresh profile for each test.

Skipped where there is no Chromium, and never so in CI. Whatever the browser complains about in its console
(a script's error, something that the content security policy barred, a missing file) fails the test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.e2e.portal import Portal
from tests.e2e.screens import TIMEZONE, log_in

Enter = Callable[..., Page]

# The shell first: the same engine without a desktop browser's windows takes a third less of the processors.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Nobody looks at a walk's pixels. Pages are laid out as ever, and hardly any memory is left to paint them in:
# a quarter of the browser's time.
UNPAINTED = "--force-gpu-mem-available-mb=1"
SLOW_MACHINE_MS = 20_000

expect.set_options(timeout=SLOW_MACHINE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as `browser`."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, quiet and hardly painting."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI runs the browser tests: install Chromium.")
        pytest.skip("There is no Chromium here (Debian: apt install chromium-headless-shell).")
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": [*ARGUMENTS, UNPAINTED]}


@pytest.fixture(scope="session")
def portal(browser: Browser) -> Iterator[Portal]:
    """The portal with the demo data, running (after the browser, so that without one nothing is started)."""
    with TemporaryDirectory(prefix="balcao-e2e-") as var:
        portal = Portal(Path(var))
        try:
            portal.start()
            yield portal
        finally:
            portal.stop()


@pytest.fixture(scope="session")
def base_url(portal: Portal) -> str:
    """Before every path that a test goes to."""
    return portal.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A Brazilian's desk."""
    return browser_context_args | {
        "locale": "pt-BR",
        "timezone_id": TIMEZONE,
        "viewport": {"width": 1360, "height": 900},
        "reduced_motion": "reduce",
    }


class Complaints(list[str]):
    """What the browser wrote into the consoles of the pages under watch, without the expected."""

    def watch(self, context: BrowserContext) -> None:
        context.set_default_timeout(SLOW_MACHINE_MS)
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self.append(str(error.error)))

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        # A page that answers 404, 409, 422 or 503 is a page that a test asked for; a file isn't.
        is_answer = message.text.startswith("Failed to load resource: the server responded with a status of")
        if is_answer and "static" not in message.location["url"]:
            return
        self.append(f"{message.text} ({message.location['url']})")


@pytest.fixture(scope="session")
def console() -> Complaints:
    """Where all pages complain."""
    return Complaints()


@pytest.fixture(autouse=True)
def silence(console: Complaints) -> Iterator[None]:
    """Fails the test at its end if a page had something to complain about."""
    console.clear()
    yield
    assert not console


@pytest.fixture
def visit(new_context: Callable[..., BrowserContext], console: Complaints) -> Enter:
    """`visit()` is a page of a new browser that nobody has logged in with; options as `new_context`'s."""

    def open_page(**options: Any) -> Page:
        context = new_context(**options)
        console.watch(context)
        return context.new_page()

    return open_page


@pytest.fixture(scope="session")
def desk(
    browser: Browser, browser_context_args: dict[str, Any], console: Complaints
) -> Callable[[str], BrowserContext]:
    """The browser of a demo user, who logs in once for all tests: its cache is kept, its cookies are new."""
    known: dict[str, tuple[BrowserContext, Any]] = {}

    def browser_of(login: str) -> BrowserContext:
        if login not in known:
            context = browser.new_context(**browser_context_args)
            console.watch(context)
            log_in(context.new_page(), login)
            known[login] = context, context.cookies()
        context, cookies = known[login]
        context.clear_cookies()
        context.add_cookies(cookies)
        return context

    return browser_of


@pytest.fixture
def enter(desk: Callable[[str], BrowserContext], visit: Enter) -> Iterator[Enter]:
    """`enter("bruno", "/c/aurora/")` is a page in the demo user's browser, logged in.

    With options as `new_context`'s it is a new browser, which has only the cookies of the other.
    """
    opened: list[BrowserContext] = []

    def open_page(login: str, path: str | None = None, **options: Any) -> Page:
        context = desk(login)
        opened.append(context)
        page = visit(storage_state=context.storage_state(), **options) if options else context.new_page()
        if path is not None:
            page.goto(path)
        return page

    yield open_page
    for context in opened:
        for page in context.pages:
            page.close()
