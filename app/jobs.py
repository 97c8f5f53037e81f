"""Celery, wired to the application; and the only way to enqueue: after the commit.

Redis holds hints, never the truth (DESIGN 6). So publishing from the web is short and may fail: the wish is
a row in PostgreSQL, and the sweep finds it.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask

from app.database import after_commit

if TYPE_CHECKING:
    from celery import Celery

log = structlog.get_logger(__name__)

# Measured: with the defaults a publish to a stopped Redis never returned; with these it takes half a second.
PUBLISHER_TRANSPORT = {
    "socket_connect_timeout": 0.3,
    "socket_timeout": 0.5,
    "max_retries": 0,
    "visibility_timeout": 3600,
}
# Redis redelivers what was not acknowledged after visibility_timeout; keep it above every task's time_limit.
WORKER_TRANSPORT = {
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "visibility_timeout": 3600,
}
LONG_TASKS = {"reports.make_file": {"queue": "reports"}}
"""Tasks of minutes have a queue and workers of their own: nobody's work order waits behind them (0014)."""
PAUSE_AFTER_FAILURE = 10.0
"""Seconds without a nudge after one failed: the sweep does the work, and no save waits for a dead queue."""


class Nudges:
    """How many messages this process sent and failed to send, and until when it keeps still."""

    def __init__(self) -> None:
        self.sent = 0
        self.failed = 0
        self.quiet_until = 0.0


def init_jobs(app: Flask) -> Celery:
    """Make the Celery application of `app`: JSON, ids only, acknowledged late, results ignored."""
    from celery import Celery, Task

    class ContextTask(Task):
        """A task that runs inside the application's context, with the request's id in its log lines."""

        abstract = True
        # Here and not in the settings, which would hold for a task that must have no limit, too.
        soft_time_limit = 45
        time_limit = 60

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            structlog.contextvars.clear_contextvars()
            request_id = (self.request.headers or {}).get("request_id") or self.request.get("request_id")
            structlog.contextvars.bind_contextvars(task=self.name, request_id=request_id)
            with app.app_context():
                return self.run(*args, **kwargs)

    registry = app.extensions["balcao"]
    celery = Celery(app.name, task_cls=ContextTask, set_as_current=False)
    celery.conf.update(
        broker_url=broker_url(app.config["REDIS_URL"]),
        broker_transport_options=PUBLISHER_TRANSPORT,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        include=registry.task_modules(),
        beat_schedule=registry.beat_schedule(),
        task_routes=LONG_TASKS,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=500,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_soft_shutdown_timeout=10,
        worker_enable_soft_shutdown_on_idle=True,
        worker_hijack_root_logger=False,
        timezone="UTC",
    )
    celery.set_default()
    app.extensions["celery"] = celery
    app.extensions["nudges"] = Nudges()
    return celery


def broker_url(redis_url: str) -> str:
    """kombu's spelling of a redis-py address: `unix:///path?db=1` → `redis+socket:///path?virtual_host=1`."""
    if redis_url.startswith("unix://"):
        return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
    return redis_url


def enqueue_after_commit(task: str, /, **ids: int | str) -> None:
    """Send a task once the surrounding `transaction()` has committed; a hint that may get lost.

    Args:
        task: its name, `module.verb`.
        ids: its arguments: ids and short words, nothing that could grow stale.
    """
    after_commit(partial(publish, task, **ids))


def publish(task: str, /, **ids: int | str) -> bool:
    """Send a task now; swallow and count every failure. Return whether the queue took it."""
    from flask import current_app

    nudges: Nudges = current_app.extensions["nudges"]
    if time.monotonic() < nudges.quiet_until:
        return False
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    try:
        current_app.extensions["celery"].send_task(
            task, kwargs=ids, retry=False, headers={"request_id": request_id}
        )
    except Exception as error:  # noqa: BLE001  whatever the transport raises, the save has succeeded
        nudges.failed += 1
        nudges.quiet_until = time.monotonic() + PAUSE_AFTER_FAILURE
        log.warning("nudge_failed", task=task, failed=nudges.failed, error=type(error).__name__)
        return False
    nudges.sent += 1
    return True


def close_connections_in_children(app: Flask) -> None:
    """Give each pool process connections of its own: a forked one would be shared with its parent."""
    from celery.signals import worker_process_init

    from app.database import db

    def forget_parents_connections(**_: Any) -> None:
        with app.app_context():
            db.engine.dispose(close=False)

    worker_process_init.connect(forget_parents_connections, weak=False)
