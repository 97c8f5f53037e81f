"""The sweep: what losing every message costs, and the commands that do its work by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app import jobs
from app.database import company_scope, db
from app.work_orders import handoff, tasks
from app.work_orders.models import RequestStatus


@pytest.fixture(autouse=True)
def queue(monkeypatch) -> list[int]:
    """The request ids that were sent; `queue_is_away` makes sending fail."""
    ids: list[int] = []

    def publish(task: str, /, *, request_id: int) -> bool:
        assert task == handoff.PROCESS
        ids.append(request_id)
        return True

    monkeypatch.setattr(handoff, "publish", publish)
    monkeypatch.setattr(jobs, "publish", lambda *args, **more: True)
    return ids


@pytest.fixture
def sweep(app):
    def run() -> list[int]:
        with app.app_context():
            return handoff.sweep()

    return run


def test_what_is_due_is_nudged_the_longest_due_first(workshop, sweep, queue):
    request_ids = [workshop.wish(source_id=n) for n in range(3)]
    workshop.sql(
        "UPDATE work_order_request SET available_at = now() - interval '1 minute' WHERE id = :id",
        id=request_ids[2],
    )
    assert sweep() == queue == [request_ids[2], request_ids[0], request_ids[1]]


def test_what_waits_runs_or_is_done_is_left_alone(app, workshop, sweep, queue):
    done, running, paused, dead = (workshop.wish(source_id=n) for n in range(4))
    with app.app_context():
        handoff.process(done)
        handoff.claim(running)
    workshop.sql(
        "UPDATE work_order_request SET available_at = now() + interval '1 minute' WHERE id = :id", id=paused
    )
    workshop.sql("UPDATE work_order_request SET status = 'dead' WHERE id = :id", id=dead)
    assert sweep() == queue == []


def test_a_lease_that_is_over_is_nudged(app, workshop, sweep):
    request_id = workshop.wish()
    with app.app_context():
        handoff.claim(request_id)
    workshop.end_leases()
    assert sweep() == [request_id]


def test_a_sweep_takes_a_bounded_number(monkeypatch, workshop, app):
    for n in range(3):
        workshop.wish(source_id=n)
    with app.app_context():
        assert len(handoff.due_requests(most=2)) == 2
        assert len(handoff.due_requests()) == 3


def test_a_sweep_stops_nudging_when_the_queue_is_away(monkeypatch, workshop, sweep):
    for n in range(3):
        workshop.wish(source_id=n)
    tried = []
    monkeypatch.setattr(handoff, "publish", lambda task, **ids: tried.append(ids))
    sweep()
    assert len(tried) == 1


def test_a_row_that_died_in_every_attempt_is_buried(app, workshop, sweep, queue):
    request_id = workshop.wish()
    workshop.sql(
        "UPDATE work_order_request SET status = 'running', lease_token = gen_random_uuid(),"
        " attempts = :max, available_at = now() WHERE id = :id",
        id=request_id,
        max=handoff.MAX_ATTEMPTS,
    )
    sweep()
    assert queue == []
    request = workshop.request(request_id)
    assert (request.status, request.lease_token) == (RequestStatus.DEAD, None)
    assert request.last_error


def test_a_running_last_attempt_is_not_buried(app, workshop, sweep):
    request_id = workshop.wish()
    workshop.sql(
        "UPDATE work_order_request SET attempts = :n WHERE id = :id",
        id=request_id,
        n=handoff.MAX_ATTEMPTS - 1,
    )
    with app.app_context():
        claimed = handoff.claim(request_id)
    sweep()
    with app.app_context():
        assert handoff.perform(claimed) is not None


def test_a_row_under_a_workers_lock_is_not_buried(app, workshop, sweep):
    """The lease is over, the last attempt still works: its lock is the lease."""
    request_id = workshop.wish()
    workshop.sql(
        "UPDATE work_order_request SET attempts = :n WHERE id = :id",
        id=request_id,
        n=handoff.MAX_ATTEMPTS - 1,
    )
    with app.app_context():
        claimed = handoff.claim(request_id)
    workshop.end_leases()
    with app.app_context(), company_scope(workshop.company):
        assert handoff._locked(claimed) is not None
        sweep()
        db.session.rollback()
        assert handoff.perform(claimed) is not None


def test_the_sweep_says_when_it_was(app, sweep, owner_engine):
    with owner_engine.begin() as connection:
        connection.execute(text("DELETE FROM heartbeat"))
    with app.app_context():
        assert handoff.last_sweep_age() is None
    for _ in range(2):
        sweep()
    with app.app_context():
        assert 0 <= handoff.last_sweep_age() < 5


def test_the_tasks_do_the_same(app, workshop):
    request_id = workshop.wish()
    tasks.sweep()
    tasks.process_request(request_id=request_id)
    assert workshop.request(request_id).status is RequestStatus.DONE


def test_the_celery_application_knows_the_tasks_and_their_clock(app):
    celery = app.extensions["celery"]
    celery.loader.import_default_modules()
    assert {handoff.PROCESS, handoff.SWEEP} <= set(celery.tasks)
    sweep = celery.conf.beat_schedule["sweep-work-order-requests"]
    assert sweep == {"task": handoff.SWEEP, "schedule": 2.0, "options": {"expires": 4.0}}


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def command(app):
    def run(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["work-orders", *arguments])
        return result.exit_code, result.output

    return run


def test_the_sweep_command_makes_what_is_due(workshop, command):
    request_ids = [workshop.wish(source_id=n) for n in range(3)]
    assert command("sweep") == (0, "3 request(s) processed\n")
    assert {workshop.request(r).status for r in request_ids} == {RequestStatus.DONE}
    assert command("sweep") == (0, "0 request(s) processed\n")


def test_the_list_command_shows_what_is_not_done(app, workshop, command):
    waiting, done = (workshop.wish(source_id=n) for n in range(2))
    with app.app_context():
        handoff.process(done)
    code, output = command("list")
    assert code == 0
    lines = {int(line.split("\t")[0]): line for line in output.splitlines()}
    assert done not in lines
    assert f"\t{workshop.company.code}\tpending\tattempts=0\twaiting=" in lines[waiting]
    assert "Document" not in output, "no company's content on the shell"


def test_the_retry_command_wakes_a_dead_request(workshop, command):
    request_id = workshop.wish()
    workshop.sql("UPDATE work_order_request SET status = 'dead', attempts = 8 WHERE id = :id", id=request_id)
    assert command("retry", str(request_id)) == (0, f"request {request_id} waits again\n")
    request = workshop.request(request_id)
    assert (request.status, request.attempts) == (RequestStatus.PENDING, 0)


@pytest.mark.parametrize("status", ["pending", "none"])
def test_the_retry_command_refuses_what_is_not_dead(workshop, command, status):
    request_id = workshop.wish() if status == "pending" else 2**40
    code, output = command("retry", str(request_id))
    assert code == 1
    assert f"request {request_id} is not dead" in output


def test_the_retry_command_needs_the_owner(app, monkeypatch, workshop, command):
    request_id = workshop.wish()
    workshop.sql("UPDATE work_order_request SET status = 'dead' WHERE id = :id", id=request_id)
    monkeypatch.setitem(app.config, "DATABASE_OWNER_URL", "")
    code, _ = command("retry", str(request_id))
    assert code == 1
    assert workshop.request(request_id).status is RequestStatus.DEAD
