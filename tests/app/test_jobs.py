"""Sending to the queue: only after the commit, never in a save's way, and never trusted."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import structlog
from celery.signals import worker_process_init
from flask import Flask
from sqlalchemy import event, text

from app import create_app, jobs
from app.database import after_commit, db, transaction
from app.jobs import broker_url, enqueue_after_commit, publish
from config import TestingConfig

TASK = "work_orders.process_request"


@pytest.fixture
def app_on_queue(app: Flask) -> Iterator:
    """Make an application whose queue is at this address, in a context of its own."""
    contexts = []

    def make(redis_url: str) -> Flask:
        other = create_app(
            TestingConfig,
            SQLALCHEMY_DATABASE_URI=app.config["SQLALCHEMY_DATABASE_URI"],
            REDIS_URL=redis_url,
        )
        contexts.append(other.app_context())
        contexts[-1].push()
        return other

    yield make
    for context in reversed(contexts):
        context.app.extensions["celery"].close()
        db.engine.dispose()
        context.pop()


@pytest.fixture
def black_hole(tmp_path: Path) -> Iterator[str]:
    """A server that takes connections and never answers."""
    path = tmp_path / "queue.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(16)
        yield f"unix://{path}"


@pytest.fixture
def stuffed_hole(black_hole: str) -> Iterator[str]:
    """A server that doesn't even take connections: its backlog is full."""
    path = black_hole.removeprefix("unix://")
    waiting = []
    while True:
        client = socket.socket(socket.AF_UNIX)
        client.setblocking(False)
        waiting.append(client)
        try:
            client.connect(path)
        except BlockingIOError:
            break
    yield black_hole
    for client in waiting:
        client.close()


# ── A queue that is away ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["gone", "black_hole", "stuffed_hole"])
def test_publishing_never_raises_and_never_blocks_a_save(app_on_queue, request, tmp_path, kind):
    url = f"unix://{tmp_path}/nowhere.sock" if kind == "gone" else request.getfixturevalue(kind)
    app = app_on_queue(url)
    started = time.monotonic()
    assert publish(TASK, request_id=1) is False
    assert time.monotonic() - started < 1
    assert (app.extensions["nudges"].sent, app.extensions["nudges"].failed) == (0, 1)


def test_after_a_failure_the_queue_is_left_alone_for_ten_seconds(app_on_queue, black_hole, monkeypatch):
    nudges = app_on_queue(black_hole).extensions["nudges"]
    publish(TASK, request_id=1)
    started = time.monotonic()
    for _ in range(100):
        assert publish(TASK, request_id=1) is False
    assert time.monotonic() - started < 0.1
    assert nudges.failed == 1
    assert 9 < nudges.quiet_until - time.monotonic() <= jobs.PAUSE_AFTER_FAILURE == 10
    nudges.quiet_until = 0
    publish(TASK, request_id=1)
    assert nudges.failed == 2


def test_a_save_succeeds_although_the_queue_is_away(app_on_queue, black_hole):
    app_on_queue(black_hole)
    with transaction():
        db.session.execute(text("SELECT 1"))
        enqueue_after_commit(TASK, request_id=1)


def test_publishing_again_works_once_the_queue_is_back(app_on_queue, servers, tmp_path):
    app = app_on_queue(servers.redis_url)
    nudges = app.extensions["nudges"]
    nudges.quiet_until = time.monotonic() - 1
    assert publish(TASK, request_id=1) is True
    assert (nudges.sent, nudges.failed) == (1, 0)
    with redis.Redis.from_url(servers.redis_url) as client:
        client.delete("celery")


# ── After the commit ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """What happened, in order: sends by task, and commits."""
    happened: list[str] = []
    monkeypatch.setattr(jobs, "publish", lambda task, **ids: happened.append(f"{task} {ids}"))
    return happened


def test_a_task_is_sent_after_the_commit_and_in_order(session, sent):
    event.listen(db.session(), "after_commit", lambda session: sent.append("commit"))
    with transaction():
        enqueue_after_commit("first.task", id=1)
        enqueue_after_commit("second.task", id=2)
        assert sent == []
    assert sent[-3:] == ["commit", "first.task {'id': 1}", "second.task {'id': 2}"]


def test_nothing_is_sent_when_the_block_fails(session, sent):
    def block() -> None:
        with transaction():
            enqueue_after_commit("first.task", id=1)
            raise OSError("the block fails")

    with pytest.raises(OSError, match="block"):
        block()
    with transaction():
        pass
    assert sent == []


def test_nothing_is_sent_when_the_commit_fails(session, sent, monkeypatch):
    def refuse() -> None:
        raise OSError("the server is gone")

    def block() -> None:
        with monkeypatch.context() as patch, transaction():
            enqueue_after_commit("first.task", id=1)
            patch.setattr(db.session(), "commit", refuse)

    with pytest.raises(OSError, match="gone"):
        block()
    with transaction():
        pass
    assert sent == []


def test_nothing_is_sent_twice(session, sent):
    with transaction():
        enqueue_after_commit("first.task", id=1)
    with transaction():
        pass
    assert len(sent) == 1


def test_the_session_is_free_when_it_is_sent(session):
    """Not in SQLAlchemy's after_commit event, where the session could not be used."""
    with transaction():
        after_commit(lambda: db.session.execute(text("SELECT 1")))


def test_a_pool_process_makes_connections_of_its_own(app, world):
    """A forked connection would be its parent's, too; the child forgets it and doesn't end it."""
    jobs.close_connections_in_children(app)
    _, forget_parents_connections = worker_process_init.receivers.pop()
    with app.app_context():
        db.engine.dispose()
        inherited = db.engine.connect()
        forget_parents_connections()
        with db.engine.connect() as own:
            assert own.connection.driver_connection is not inherited.connection.driver_connection
        assert inherited.scalar(text("SELECT 1")) == 1
        inherited.detach()
        inherited.close()


# ── What a message carries ───────────────────────────────────────────────────────────────────────────


def test_a_message_carries_ids_and_the_requests_id(app_on_queue, servers):
    app = app_on_queue(servers.redis_url)
    with app.extensions["celery"].connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()  # of what other tests sent
        with structlog.contextvars.bound_contextvars(request_id="the-request"):
            publish(TASK, request_id=7)
        message = queue.get(timeout=2)
        message.ack()
        queue.close()
    args, kwargs, _ = message.payload
    assert (args, kwargs) == ([], {"request_id": 7})
    assert message.content_type == "application/json"
    assert message.headers["request_id"] == "the-request"


def test_a_task_logs_under_the_requests_id(app):
    seen = {}
    celery = app.extensions["celery"]

    @celery.task(name="tests.look", bind=True)
    def look(self):
        seen.update(structlog.contextvars.get_contextvars())

    try:
        # As the worker does: through the tracer, with the message's headers as its request.
        from celery.app.trace import build_tracer

        trace = build_tracer(look.name, look, app=celery)
        trace("an-id", (), {}, {"id": "an-id", "headers": None, "request_id": "the-request"})
    finally:
        celery.tasks.pop("tests.look")
    assert seen == {"task": "tests.look", "request_id": "the-request"}


def test_the_queue_is_set_to_lose_nothing_that_a_worker_had(app):
    conf = app.extensions["celery"].conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result
    assert (conf.task_serializer, list(conf.accept_content)) == ("json", ["json"])
    assert not conf.task_always_eager


def test_every_task_that_is_acknowledged_late_ends_before_redis_delivers_it_again(app):
    celery = app.extensions["celery"]
    celery.loader.import_default_modules()
    ours = [task for name, task in celery.tasks.items() if not name.startswith("celery.")]
    assert len(ours) > 4
    late = [task for task in ours if task.acks_late]
    assert [task.name for task in ours if task not in late] == ["reports.make_file"]
    for transport in (jobs.PUBLISHER_TRANSPORT, jobs.WORKER_TRANSPORT):
        for task in late:
            assert transport["visibility_timeout"] > task.time_limit > task.soft_time_limit > 0


@pytest.mark.parametrize(
    ("ours", "kombus"),
    [
        ("redis://host:6379/1", "redis://host:6379/1"),
        ("unix:///run/queue.sock", "redis+socket:///run/queue.sock"),
        ("unix:///run/queue.sock?db=2", "redis+socket:///run/queue.sock?virtual_host=2"),
    ],
)
def test_addresses_are_spelled_as_kombu_wants_them(ours, kombus):
    assert broker_url(ours) == kombus
