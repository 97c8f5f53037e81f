"""Making files by a worker: each state, each way to be disturbed, and never half a file."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import redis
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.database import aside, company_scope, db, transaction
from app.jobs import publish
from app.parties.models import Customer
from app.reports import runs, services
from app.reports.models import FileStatus, ReportFile
from app.reports.outputs import FORMATS
from app.reports.sheets import Sheet
from tests.app.reports.files import another_writer, order, pieces, stored, written

pytestmark = pytest.mark.usefixtures("told_each_row")


# ── Done ───────────────────────────────────────────────────────────────────────────────────────────────


def test_file_is_made_whole(ask, make, see, shop, report):
    file_id = ask("rows=6")
    assert make(file_id) is True
    file = see(file_id)
    assert (file.status, file.rows_done, file.rows_total, file.percent) == (FileStatus.DONE, 6, 6, 100)
    assert (file.attempts, file.lease_token, file.reason) == (1, None, "")
    assert (file.title, file.stated) == ("Relatório de linhas: Sintético", "Linhas: 6")
    assert file.file_name == "Relatório de linhas Sintético 2026-11-02 14h30.csv"
    content = b"".join(pieces(shop.company, file_id))
    assert content == written(report, shop.actor, shop.company, "rows=6")
    assert file.size == len(content) > 0


def test_while_it_is_made_others_see_how_far_it_is(ask, make, see, report):
    seen, file_id = [], ask("rows=8")
    report.at_row = lambda number: seen.append(see(file_id))
    make(file_id)
    assert {file.status for file in seen} == {FileStatus.RUNNING}
    done = [file.rows_done for file in seen]
    assert done == sorted(done)
    assert 5 <= done[-1] < 8
    assert seen[-1].percent == 100 * done[-1] // 8
    assert seen[-1].title == "Relatório de linhas: Sintético"


def test_signs_of_life_are_rare(ask, make, report, monkeypatch, count_statements):
    monkeypatch.setattr(runs, "HEARD_EVERY", 0.5)
    file_id = ask("rows=5000")
    with count_statements() as counted:
        make(file_id)
    assert len([s for s in counted.statements if s.startswith("UPDATE report_file")]) <= 6


def test_every_sign_of_life_extends_the_lease(ask, make, see, report):
    ends, file_id = [], ask("rows=4")
    report.at_row = lambda number: ends.append(see(file_id).available_at)
    make(file_id)
    assert ends == sorted(set(ends))
    assert timedelta(seconds=60) == runs.LEASE


def test_task_that_comes_twice_makes_it_once(ask, make, see, shop):
    file_id = ask()
    assert (make(file_id), make(file_id)) == (True, False)
    assert (see(file_id).attempts, len(pieces(shop.company, file_id))) == (1, 1)


def test_task_that_comes_while_another_is_at_it_does_nothing(ask, make, see, report):
    file_id, others = ask(), []
    report.at_row = lambda number: others.append(make(file_id))
    assert make(file_id)
    assert set(others) == {False}
    assert see(file_id).attempts == 1


def test_task_of_a_file_that_is_gone_does_nothing(shop, make):
    assert make(2**62) is False


def test_one_state_of_the_database_is_in_it(ask, make, shop, report):
    """What is committed while the file is written isn't half in it."""
    counts, file_id = [], ask("rows=3")

    def add_a_customer(number: int) -> None:
        counts.append(db.session.scalar(select(func.count()).select_from(Customer)))
        with aside() as session:
            values = {"company_id": shop.company.id, "code": f"X{number}", "name": "Chegou no meio"}
            session.execute(Customer.__table__.insert().values(**values))

    report.at_row = add_a_customer
    assert make(file_id)
    assert counts == [1, 1, 1]


def test_file_is_in_the_language_of_who_asked(ask, make, see, report):
    report.at_row = lambda number: 1 // 0
    file_id = ask(language="en")
    make(file_id)
    assert see(file_id).reason == "Unexpected error (ZeroDivisionError)"


def test_several_companies_are_in_one_file(session, world, report, sent, app):
    both = [world.aurora, world.boreal]
    query = "rows=4&company=aurora&company=boreal"
    file_id = order(world.aurora, world.users["ana"], query, companies=both)
    assert runs.make_file(file_id, registry=app.extensions["balcao"])
    content = b"".join(pieces(world.aurora, file_id)).decode()
    assert "SEGREDO-DE-aurora" in content
    assert "SEGREDO-DE-boreal" in content
    assert stored(world.aurora, file_id).company_ids == [c.id for c in both]
    assert pieces(world.boreal, file_id) == []


# ── Cancelled ──────────────────────────────────────────────────────────────────────────────────────────


def cancel(shop, file_id: int) -> None:
    """As the user's own request does it, in a context and on a connection of its own."""
    with shop.app.app_context(), company_scope(shop.company), transaction():
        file = db.session.scalars(select(ReportFile).where(ReportFile.id == file_id)).one()
        services.cancel_file(company=shop.company, actor=shop.actor, file=file)


def test_cancelled_while_it_is_made_it_stops_and_leaves_nothing(ask, make, see, shop, report):
    file_id, reached = ask("rows=endless"), []

    def cancel_at_the_tenth(number: int) -> None:
        reached.append(number)
        if number == 10:
            cancel(shop, file_id)

    report.at_row = cancel_at_the_tenth
    assert make(file_id)
    assert reached[-1] <= 11
    file = see(file_id)
    assert (file.status, file.lease_token, file.size) == (FileStatus.CANCELLED, None, 0)
    assert file.expires_at - file.done_at == services.KEPT
    assert pieces(shop.company, file_id) == []


def test_cancellation_is_heard_within_a_second(ask, make, shop, report, monkeypatch):
    monkeypatch.setattr(runs, "HEARD_EVERY", 0.5)
    file_id, cancelled_at = ask("rows=endless"), []

    def cancel_at_the_tenth(number: int) -> None:
        if number == 10:
            cancel(shop, file_id)
            cancelled_at.append(time.monotonic())

    report.at_row = cancel_at_the_tenth
    make(file_id)
    assert time.monotonic() - cancelled_at[0] < 1


@pytest.mark.parametrize("heard_every", [0.0, 60.0])
def test_cancelled_after_the_last_row_it_isnt_stored(ask, make, see, shop, monkeypatch, heard_every):
    """Also when no sign of life is due any more: «done» itself looks."""
    monkeypatch.setattr(runs, "HEARD_EVERY", heard_every)
    file_id = ask()

    def write(sheet, file, *, progress) -> None:
        file.write(b"all of it")
        progress(6)
        cancel(shop, file_id)

    with another_writer(write):
        assert make(file_id)
    assert see(file_id).status is FileStatus.CANCELLED
    assert pieces(shop.company, file_id) == []


def test_cancelled_before_a_worker_came_it_is_never_begun(ask, make, see, shop, report):
    report.at_row = lambda number: pytest.fail("it was begun")
    file_id = ask()
    cancel(shop, file_id)
    assert make(file_id) is False
    assert see(file_id).attempts == 0


# ── Killed workers ─────────────────────────────────────────────────────────────────────────────────────


def test_killed_worker_the_file_is_begun_again_once(ask, make, see, swept, wait, shop):
    file_id = ask()
    assert runs.claim(file_id) is not None  # and never heard of again
    assert make(file_id) is False
    wait(55)
    assert swept() == []
    wait(10)
    assert swept() == [file_id]
    assert (see(file_id).status, see(file_id).lease_token) == (FileStatus.PENDING, None)
    assert make(file_id) is True
    assert (see(file_id).status, see(file_id).attempts) == (FileStatus.DONE, 2)


def test_third_attempt_is_never_made(ask, make, see, swept, wait, report, shop):
    report.at_row = lambda number: pytest.fail("it was begun")
    file_id = ask()
    for _ in range(runs.MAX_ATTEMPTS):
        assert runs.claim(file_id) is not None
        wait(61)
        assert swept() == [file_id]
    assert make(file_id) is False
    file = see(file_id)
    assert (file.status, file.attempts) == (FileStatus.FAILED, 2)
    assert file.reason == "O processo terminou em todas as tentativas."
    assert file.expires_at - file.done_at == services.KEPT
    wait(61)
    assert swept() == []
    assert make(file_id) is False


def test_worker_that_was_given_up_too_soon_stops_and_writes_nothing(
    ask, make, see, swept, wait, report, shop
):
    """Its lease ended although it lives: another one makes the file, and only that one's is kept."""
    file_id, rows = ask("rows=6"), []

    def another_takes_over(number: int) -> None:
        rows.append(number)
        if rows == [1, 2]:
            wait(61)
            assert swept() == [file_id]
            assert make(file_id) is True

    report.at_row = another_takes_over
    assert make(file_id) is True
    assert rows == [1, 2, 1, 2, 3, 4, 5, 6]
    assert (see(file_id).status, see(file_id).attempts) == (FileStatus.DONE, 2)
    assert len(pieces(shop.company, file_id)) == 1


def test_lost_connection_leaves_the_file_to_the_lease(ask, make, see, swept, wait, report, shop):
    def cut(number: int) -> None:
        # By the same role, which may end what is its own.
        pid = db.session.connection().connection.driver_connection.info.backend_pid
        with aside() as session:
            session.execute(select(func.pg_terminate_backend(pid)))
        db.session.execute(select(1))

    report.at_row = cut
    file_id = ask()
    with pytest.raises(DBAPIError):
        make(file_id)
    assert see(file_id).status is FileStatus.RUNNING
    report.at_row = lambda number: None
    wait(61)
    assert swept() == [file_id]
    assert make(file_id) is True
    assert see(file_id).status is FileStatus.DONE


# ── The sweep, and the end of seven days ───────────────────────────────────────────────────────────────


def test_sweep_nudges_what_waits_and_not_every_five_seconds(ask, swept, wait, monkeypatch, shop):
    messages = []
    monkeypatch.setattr(runs, "publish", lambda task, **ids: messages.append((task, ids)) or True)
    file_id = ask()
    assert swept() == [file_id]
    assert ("reports.make_file", {"file_id": file_id}) in messages
    assert swept() == []
    wait(runs.PAUSE.total_seconds())
    assert swept() == [file_id]


def test_sweep_stops_sending_when_the_queue_is_away(ask, swept, monkeypatch):
    tried = []
    monkeypatch.setattr(runs, "publish", lambda task, **ids: tried.append(ids))
    ask()
    ask()
    assert len(swept()) == 2
    assert len(tried) == 1


def test_files_are_forgotten_after_seven_days_in_every_company(ask, make, see, shop, monkeypatch):
    monkeypatch.setattr(runs, "SWEEP_SIZE", 2)
    old, older, failed, kept, waiting = (ask() for _ in range(5))
    for file_id in (old, older, failed, kept):
        make(file_id)
    shop.sql("UPDATE report_file SET status = 'failed' WHERE id = :id", id=failed)
    shop.sql(
        "UPDATE report_file SET expires_at = now() - interval '1 second' WHERE id = ANY (:ids)",
        ids=[old, older, failed],
    )
    assert runs.forget_files() == 3
    with company_scope(shop.company):
        assert set(db.session.scalars(select(ReportFile.id))) == {kept, waiting}
    assert pieces(shop.company, old) == []
    assert len(pieces(shop.company, kept)) == 1


# ── The queue ──────────────────────────────────────────────────────────────────────────────────────────


def test_long_reports_have_a_queue_of_their_own(app, servers):
    with app.app_context(), redis.Redis.from_url(servers.redis_url) as client:
        client.delete("reports")
        others = client.llen("celery")
        assert publish(services.MAKE, file_id=1)
        assert (client.llen("reports"), client.llen("celery")) == (1, others)
        client.delete("reports")


def test_task_takes_as_long_as_its_file_does(app):
    celery = app.extensions["celery"]
    celery.loader.import_default_modules()
    task = celery.tasks[services.MAKE]
    assert (task.soft_time_limit, task.time_limit) == (None, None)
    assert (celery.conf.task_soft_time_limit, celery.conf.task_time_limit) == (None, None)
    # Redis would deliver again what isn't acknowledged for an hour.
    assert task.acks_late is False


def test_sweeps_come_by_the_clock(app):
    celery = app.extensions["celery"]
    assert celery.conf.beat_schedule["sweep-report-files"]["task"] == runs.SWEEP
    assert celery.conf.beat_schedule["sweep-report-files"]["schedule"] == 5
    assert celery.conf.beat_schedule["forget-report-files"]["task"] == runs.FORGET


def test_tasks_do_what_they_are_named(ask, see, shop):
    celery = shop.app.extensions["celery"]
    celery.loader.import_default_modules()
    tasks = celery.tasks
    file_id = ask()
    tasks["reports.sweep"].run()
    tasks["reports.make_file"].run(file_id=file_id)
    assert see(file_id).status is FileStatus.DONE
    tasks["reports.forget_files"].run()
    assert see(file_id).status is FileStatus.DONE


def test_file_name_is_one_that_every_system_takes(report, shop):
    def named(title: str) -> str:
        made_at = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
        return runs.file_name(Sheet(title, "", (), (), (), 0, "", made_at, ()), FORMATS["csv"])

    assert named("Relatório · Sintético") == "Relatório · Sintético 2026-11-02 14h30.csv"
    assert named('a/b\\c:d*e?f"g<h>i|j\r\nk') == "a b c d e f g h i j k 2026-11-02 14h30.csv"
    assert named("..") == "2026-11-02 14h30.csv"
    assert len(named("x" * 500)) < 200


def test_company_of_a_file_is_known_without_a_scope(ask, shop):
    with transaction():
        assert runs.company_of(ask()) == shop.company.id
        assert runs.company_of(2**62) is None
