"""The whole portal as real processes, kept alive as `./dev up` keeps it, with faults on request."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app import create_app
from app.companies.models import CompanyParameter
from app.database import bound_to, company_scope, db, transaction
from app.embedded.process import ManagedProcess
from app.embedded.servers import EmbeddedServers
from app.embedded.services import beat_process, process_environment, web_process, worker_process
from app.embedded.supervisor import LOOK_INTERVAL, RESTART_DELAY
from config import TestingConfig
from tests.world import World, build_world

TARGET_TIMEOUT = 20.0
"""Seconds that a killed process may take to come back before it is killed again."""
OUTAGE = 0.7
"""Seconds without a database: longer than a clerk's pause between two saves."""
SECRET_KEY = "chaos-only-chaos-only-chaos-only-chaos"


class Instance:
    """Database, queue, web (2 workers), worker and beat in one folder; `with_world` filled it."""

    def __init__(self, var: Path, servers: EmbeddedServers, world: World, port: int) -> None:
        self.servers = servers
        self.world = world
        self.port = port
        self.faults: list[str] = []
        env = process_environment(
            database_url=servers.database_url(), redis_url=servers.redis_url, secret_key=SECRET_KEY
        )
        logs = var / "log"
        self.web = web_process(port=port, env=env, log_folder=logs)
        self.worker = worker_process(env=env, log_folder=logs)
        self.beat = beat_process(env=env, log_folder=logs, schedule=var / "beat-schedule")
        self.processes = [self.web, self.worker, self.beat]
        self._restart_at: dict[ManagedProcess, float] = {}
        self._owner = create_engine(servers.owner_url, poolclass=NullPool)
        self._made = 0
        self._made_when_killed = len(world.companies)

    def start(self) -> None:
        for process in self.processes:
            process.spawn()
        self.web.wait_ready()

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop(timeout=5)

    def watch(self, seconds: float) -> None:
        """Supervise for a while: whatever has ended is started again two seconds later."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for process in self.processes:
                if not process.running:
                    self._bring_back(process)
            time.sleep(LOOK_INTERVAL)

    def _bring_back(self, process: ManagedProcess) -> None:
        due = self._restart_at.setdefault(process, time.monotonic() + RESTART_DELAY)
        process.kill()  # what is left of its group
        if time.monotonic() >= due:
            del self._restart_at[process]
            process.spawn()

    # ── Faults ──

    def fault(self, name: str) -> None:
        """Do one thing that no process is prepared for, as soon as there is something to do it to."""
        until = time.monotonic() + TARGET_TIMEOUT
        while not getattr(self, f"_{name}")():
            assert time.monotonic() < until, f"{name}: nothing to do it to"
            self.watch(LOOK_INTERVAL)
        self.faults.append(name)

    def _worker_works(self) -> bool:
        """Whether the worker has made something since it was last started: then a kill may hit it at work."""
        with self._owner.connect() as connection:
            self._made = connection.execute(text("SELECT count(*) FROM work_order")).scalar_one()
        return self.worker.running and self._made > self._made_when_killed

    def _kill_worker(self) -> bool:
        """The main process alone, as the kernel does when memory runs out."""
        if works := self._worker_works():
            self.worker.kill_alone()
            self._made_when_killed = self._made
        return works

    def _kill_worker_group(self) -> bool:
        if works := self._worker_works():
            self.worker.kill()
            self._made_when_killed = self._made
        return works

    def _kill_pool_child(self) -> bool:
        """One of those that run the tasks."""
        found = children(self.worker.pid) if self._worker_works() else []
        if found:
            with suppress(ProcessLookupError):
                os.kill(random.choice(found), signal.SIGKILL)
        return bool(found)

    def _kill_beat(self) -> bool:
        if was_running := self.beat.running:
            self.beat.kill()
        return was_running

    def _empty_queue(self) -> bool:
        """Killed, and back without a single message."""
        self.servers.queue.restart(empty=True)
        return True

    def _crash_database(self) -> bool:
        """Restarted with `immediate`: every connection ends, the log is replayed."""
        self.servers.postgres.stop_immediately()
        self.watch(OUTAGE)
        self.servers.postgres.start()
        return True


def children(pid: int) -> list[int]:
    """The processes that this one has started and that still run."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_instance(var: Path, change: Callable[[Instance], None] | None = None) -> Iterator[Instance]:
    """A running portal with the small world of the tests; aurora makes work orders without asking.

    Args:
        change: what to do to the processes before they start.
    """
    with EmbeddedServers(var, throwaway=True) as servers:
        instance = Instance(var, servers, _filled(servers), free_port())
        if change is not None:
            change(instance)
        try:
            instance.start()
            yield instance
        finally:
            instance.stop()


def _filled(servers: EmbeddedServers) -> World:
    with migrated(servers):
        world = build_world()
        with company_scope(world.aurora), transaction():
            db.session.add(
                CompanyParameter(
                    company_id=world.aurora.id,
                    module="service_desk",
                    name="auto_work_order_silently",
                    value=True,
                )
            )
    return world


@contextmanager
def migrated(servers: EmbeddedServers) -> Iterator[Flask]:
    """An application on these servers, with all migrations; in the block its session is the owner's."""
    from celery import current_app as current_celery
    from flask_migrate import upgrade

    of_other_tests = current_celery._get_current_object()
    app = create_app(
        TestingConfig,
        SQLALCHEMY_DATABASE_URI=servers.database_url(),
        DATABASE_OWNER_URL=servers.owner_url,
        REDIS_URL=servers.redis_url,
    )
    owner = create_engine(servers.owner_url)
    with app.app_context():
        upgrade(revision="heads")
        with bound_to(owner):
            yield app
        db.engine.dispose()
    owner.dispose()
    of_other_tests.set_default()
