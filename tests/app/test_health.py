"""/healthz and /readyz: each condition that takes the process out of service, one by one."""

from __future__ import annotations

import socket
import time
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from app import health
from app.database import bound_to
from app.work_orders import handoff


@pytest.fixture
def swept(app, world) -> None:
    """A sweep has just been."""
    with app.app_context():
        handoff.sweep()


@pytest.fixture
def visitor(app, swept) -> FlaskClient:
    """A client without a login, on the real pool."""
    return app.test_client()


OLDER = "UPDATE work_order_request SET created_at = now() - interval '1 hour' WHERE id = :id"


def ready(visitor: FlaskClient) -> tuple[int, dict]:
    response = visitor.get("/readyz")
    return response.status_code, response.get_json()


def test_the_process_lives(visitor):
    response = visitor.get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_the_process_lives_without_a_database(visitor, count_statements):
    with count_statements() as counted:
        assert visitor.get("/healthz").status_code == 200
    assert len(counted) == 0


def test_ready_when_everything_answers(visitor):
    code, checks = ready(visitor)
    assert code == 200
    assert checks.pop("last_sweep") < 30
    assert checks == {
        "status": "ready",
        "database": True,
        "queue": True,
        "row_security": True,
        "waiting_requests": 0,
        "oldest_waiting_request": None,
    }


def test_not_ready_without_a_queue(visitor, app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "REDIS_URL", f"unix://{tmp_path}/nowhere.sock")
    code, checks = ready(visitor)
    assert (code, checks["status"], checks["queue"], checks["database"]) == (503, "not ready", False, True)


def test_not_ready_without_a_database(visitor, app, tmp_path):
    nowhere = create_engine(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    with app.app_context(), bound_to(nowhere):
        code, checks = ready(visitor)
    assert code == 503
    assert checks == {
        "status": "not ready",
        "database": False,
        "queue": True,
        "row_security": None,
        "waiting_requests": None,
        "oldest_waiting_request": None,
        "last_sweep": None,
    }


def test_not_ready_with_a_role_that_row_security_does_not_bind(visitor, app, owner_engine):
    with app.app_context(), bound_to(owner_engine):
        code, checks = ready(visitor)
    assert (code, checks["row_security"]) == (503, False)


def test_not_ready_without_a_sweep(visitor, owner_engine):
    with owner_engine.begin() as connection:
        connection.execute(text("DELETE FROM heartbeat"))
    code, checks = ready(visitor)
    assert (code, checks["last_sweep"]) == (503, None)


def test_not_ready_when_the_last_sweep_is_long_ago(visitor, owner_engine):
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE heartbeat SET beaten_at = now() - interval '121 seconds'"))
    code, checks = ready(visitor)
    assert code == 503
    assert 121 <= checks["last_sweep"] < 130


def test_a_waiting_request_is_told_and_harmless_while_it_is_young(visitor, workshop):
    workshop.wish()
    code, checks = ready(visitor)
    assert (code, checks["waiting_requests"]) == (200, 1)
    assert 0 <= checks["oldest_waiting_request"] < 30


@pytest.mark.parametrize("status", ["pending", "running"])
def test_not_ready_when_a_request_waits_too_long(visitor, app, workshop, status):
    request_id = workshop.wish()
    if status == "running":
        with app.app_context():
            handoff.claim(request_id)
    workshop.sql(OLDER, id=request_id)
    code, checks = ready(visitor)
    assert code == 503
    assert checks["oldest_waiting_request"] > app.config["WORK_ORDER_STALE"] / timedelta(seconds=1)


@pytest.mark.parametrize("status", ["dead", "done"])
def test_what_nobody_waits_for_keeps_nobody_from_being_ready(visitor, app, workshop, status):
    request_id = workshop.wish()
    if status == "done":
        with app.app_context():
            handoff.process(request_id)
    else:
        workshop.sql("UPDATE work_order_request SET status = 'dead' WHERE id = :id", id=request_id)
    workshop.sql(OLDER, id=request_id)
    code, checks = ready(visitor)
    assert (code, checks["waiting_requests"]) == (200, 0)


def test_an_inactive_companys_wish_keeps_nobody_from_being_ready(visitor, workshop):
    """It waits on purpose (R22c), for months if need be."""
    request_id = workshop.wish()
    workshop.sql(OLDER, id=request_id)
    workshop.sql("UPDATE company SET is_active = false WHERE id = :company")
    code, checks = ready(visitor)
    assert (code, checks["waiting_requests"]) == (200, 0)


def test_health_pages_need_no_login_and_say_nothing_about_companies(visitor, workshop):
    workshop.wish()
    for path in ("/healthz", "/readyz"):
        assert workshop.company.code not in visitor.get(path).text


def test_the_queue_is_asked_for_less_than_a_second(app, monkeypatch, tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "hole.sock"))
        server.listen(4)
        monkeypatch.setitem(app.config, "REDIS_URL", f"unix://{tmp_path}/hole.sock")
        started = time.monotonic()
        with app.app_context():
            assert health._queue_answers() is False
        assert time.monotonic() - started < 1
