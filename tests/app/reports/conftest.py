"""What the tests of reports share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import jobs
from app.database import aside, company_scope, db
from app.reports import runs
from app.reports.models import ReportFile
from app.reports.outputs import csv_files
from tests.app.reports.files import order
from tests.rows_report import RowsReport
from tests.world import World, log_in


@pytest.fixture
def report(app: Flask, monkeypatch: pytest.MonkeyPatch) -> RowsReport:
    """A report of the service desk's, as long as a test wants it."""
    registry, report = app.extensions["balcao"], RowsReport()
    monkeypatch.setitem(registry.reports, report.key, (registry.plugins["service_desk"], report))
    return report


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, int]]]:
    """What was sent to the queue, which never sees it."""
    messages: list[tuple[str, dict[str, int]]] = []
    monkeypatch.setattr(jobs, "publish", lambda task, **ids: messages.append((task, ids)))
    return messages


@pytest.fixture
def make_here(app: Flask, session: None) -> Callable[[int], bool]:
    """The worker's part, in the test's own transaction."""
    return lambda file_id: runs.make_file(file_id, registry=app.extensions["balcao"])


@pytest.fixture
def as_user(app: Flask, world: World, session: None) -> Callable[[str], FlaskClient]:
    """`as_user("ana").get(…)`: a browser of each user's own, logged in."""
    browsers: dict[str, FlaskClient] = {}

    def browser_of(login: str) -> FlaskClient:
        if login not in browsers:
            browsers[login] = app.test_client()
            log_in(browsers[login], world, login)
        return browsers[login]

    return browser_of


# ── Files that a worker makes ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shop(workshop, sent):
    """A company of the test's own with the service desk on; bruno is its operator. All is committed."""
    workshop.set_parameter("service_desk", "enabled", value=True)
    workshop.sql(
        "INSERT INTO membership (company_id, user_id, role, accepted_at)"
        " VALUES (:company, :user, 'operator', now())",
        user=workshop.actor.id,
    )
    with workshop.app.app_context():
        yield workshop
        db.session.rollback()


@pytest.fixture
def ask(shop, report):
    """`ask("rows=6")`: a file that waits; its id."""
    return lambda query="rows=6", **instead: order(shop.company, shop.actor, query, **instead)


@pytest.fixture
def make(shop):
    """`make(file_id)`: what the task does, in a context of its own, as in a worker."""

    def call(file_id: int) -> bool:
        with shop.app.app_context():
            return runs.make_file(file_id, registry=shop.app.extensions["balcao"])

    return call


@pytest.fixture
def see(shop):
    """`see(file_id)`: its row, as others see it now."""

    def call(file_id: int) -> ReportFile:
        with company_scope(shop.company), aside() as session:
            return session.scalars(select(ReportFile).where(ReportFile.id == file_id)).one()

    return call


@pytest.fixture
def wait(shop):
    """`wait(seconds)`: so long every lease and pause has gone on already."""

    def call(seconds: float) -> None:
        shop.sql(
            "UPDATE report_file SET available_at = available_at - make_interval(secs => :seconds)"
            " WHERE company_id = :company",
            seconds=seconds,
        )

    return call


@pytest.fixture
def swept(shop):
    """`swept()`: what the sweep nudges of this company, in a context of its own."""

    def call() -> list[int]:
        with shop.app.app_context():
            return [file_id for file_id in runs.sweep() if runs.company_of(file_id) == shop.company.id]

    return call


@pytest.fixture
def told_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV files tell of each row, and the row of the file knows it at once."""
    monkeypatch.setattr(csv_files, "TELL_EVERY", 1)
    monkeypatch.setattr(runs, "HEARD_EVERY", 0.0)
