"""A portal whose long reports are made by a real worker process, which can be killed and starved."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import redis
from flask import Flask
from sqlalchemy import Row, create_engine, text
from sqlalchemy.pool import NullPool

from app.companies.queries import company_by_code
from app.database import acting_as, company_scope, db, transaction
from app.embedded.postgres import SUPERUSER
from app.embedded.process import ManagedProcess
from app.embedded.servers import EmbeddedServers
from app.embedded.services import process_environment, reports_process
from app.reports import runs, services
from app.users.queries import user_by_login
from tests.chaos.instance import SECRET_KEY, children, migrated

GATED = "tests.chaos.gated:celery"
"""The Celery application of a worker that waits at the gate."""
GATE = "CHAOS_GATE"
"""In its environment: the file that shuts the gate while it is there."""
TICKETS = 1_500
COMPANY, LOGIN = "carga", "ana"
PATIENCE = 40.0
"""Seconds for a file of all tickets, and for a worker that has to start before."""


class Reports:
    """Database, queue and the worker of reports; `folder` is where that keeps its temporary files.

    It waits in the middle of a file while the gate is shut (`tests.chaos.gated`).
    """

    def __init__(self, app: Flask, servers: EmbeddedServers, var: Path) -> None:
        self.app = app
        self.servers = servers
        self.folder = var / "scratch"
        self.folder.mkdir()
        self._logs = var / "log"
        self._gate = var / "gate"
        self.worker = self._worker(self.folder)
        self._redis = redis.Redis.from_url(servers.redis_url)
        self._owner = create_engine(servers.owner_url, poolclass=NullPool)
        self._superuser = create_engine(
            servers.postgres.url(role=SUPERUSER), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )

    def _worker(self, folder: Path, application: str = GATED) -> ManagedProcess:
        env = process_environment(
            database_url=self.servers.database_url(), redis_url=self.servers.redis_url, secret_key=SECRET_KEY
        )
        env |= {"TMPDIR": str(folder), GATE: str(self._gate)}
        worker = reports_process(env=env, log_folder=self._logs)
        worker.argv = [application if word == "celery_worker:celery" else word for word in worker.argv]
        return worker

    # ── What users and the clock do ──

    def order(self, file_format: str = "pdf") -> int:
        """All tickets, one line for each; the file's id."""
        with self.app.app_context():
            _, report = self.app.extensions["balcao"].reports["service_desk.tickets"]
            user = user_by_login(LOGIN)
            assert user is not None
            with acting_as(user.id):
                company = company_by_code(COMPANY)
                assert company is not None
                with company_scope(company), transaction():
                    return services.order_file(
                        company=company,
                        actor=user,
                        report=report,
                        query="",
                        file_format=file_format,
                        companies=[company],
                        rows=TICKETS,
                        language="pt_BR",
                        request_key=uuid4(),
                    ).id

    def time_passes(self, seconds: float) -> None:
        """So long every lease has run already; and the sweep comes by."""
        with self._owner.begin() as connection:
            connection.execute(
                text("UPDATE report_file SET available_at = available_at - make_interval(secs => :seconds)"),
                {"seconds": seconds},
            )
        with self.app.app_context():
            runs.sweep()

    # ── What is seen ──

    def file(self, file_id: int) -> Row[Any]:
        with self._owner.connect() as connection:
            return connection.execute(text("SELECT * FROM report_file WHERE id = :id"), {"id": file_id}).one()

    def content(self, file_id: int) -> bytes:
        """All its pieces that are stored."""
        with self._owner.connect() as connection:
            found = connection.execute(
                text("SELECT content FROM report_piece WHERE file_id = :id ORDER BY position"),
                {"id": file_id},
            )
            return b"".join(found.scalars())

    def left_behind(self) -> list[Path]:
        """What workers have left of their temporary files."""
        return list(self.folder.glob("balcao-files-*"))

    def wait(self, file_id: int, condition: Callable[[Row[Any]], object]) -> Row[Any]:
        """The file's row, as soon as it is like this."""
        until = time.monotonic() + PATIENCE
        while not condition(file := self.file(file_id)):
            assert time.monotonic() < until, f"{file.status}, {file.rows_done} rows\n{self.worker.log_tail()}"
            time.sleep(0.02)
        return file

    def ended(self, file_id: int) -> Row[Any]:
        return self.wait(file_id, lambda file: file.status in ("done", "failed"))

    def wait_for_another_child(self) -> None:
        """Until the process that makes files isn't the same any more."""
        before, until = self._child(), time.monotonic() + PATIENCE
        while self._child() in (before, None):
            assert time.monotonic() < until, self.worker.log_tail()
            time.sleep(0.02)

    def _child(self) -> int | None:
        return next(iter(children(self.worker.pid)), None)

    # ── What befalls them ──

    def kill_child(self) -> None:
        """The process that makes the file, as the kernel does when memory runs out."""
        child = self._child()
        assert child is not None
        os.kill(child, signal.SIGKILL)

    def kill_all(self) -> None:
        """The whole worker; another one is started, as its supervisor does."""
        self._replace_by(self.worker)

    def _replace_by(self, worker: ManagedProcess) -> None:
        self.worker.kill()
        # While Redis takes the dead for listeners it may hand them a message; only the sweep sends another.
        until = time.monotonic() + PATIENCE
        while self._redis.info("clients")["blocked_clients"]:
            assert time.monotonic() < until
            time.sleep(0.02)
        self.worker = worker
        worker.spawn()

    @contextmanager
    def gate_shut(self) -> Iterator[None]:
        """For the block whoever makes a file waits as soon as part of it is written."""
        self._gate.touch()
        try:
            yield
        finally:
            self._gate.unlink()

    @contextmanager
    def other_worker(
        self, *before: str, folder: Path | None = None, application: str = GATED
    ) -> Iterator[None]:
        """Another worker for the block.

        Args:
            before: the command by which it is started.
            folder: where it keeps its temporary files.
            application: its Celery application.
        """
        usual = self.worker
        other = self._worker(folder or self.folder, application)
        other.argv = [*before, *other.argv]
        self._replace_by(other)
        try:
            yield
        finally:
            self._replace_by(usual)

    @contextmanager
    def pieces_stored_in(self, folder: Path) -> Iterator[None]:
        """For the block the database keeps the pieces of files in this folder; those of before are gone."""
        self._as_superuser("TRUNCATE report_piece")
        self._as_superuser(f"CREATE TABLESPACE small LOCATION '{folder}'")
        self._as_superuser("ALTER TABLE report_piece SET TABLESPACE small")
        try:
            yield
        finally:
            self._as_superuser("ALTER TABLE report_piece SET TABLESPACE pg_default")
            self._as_superuser("DROP TABLESPACE small")

    def _as_superuser(self, statement: str) -> None:
        with self._superuser.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def running_reports(var: Path) -> Iterator[Reports]:
    """A portal with a company of `TICKETS` tickets, and its worker of reports."""
    from app.demo import seeding

    with EmbeddedServers(var, throwaway=True) as servers:
        with migrated(servers) as app:
            plugins = app.extensions["balcao"].plugins.values()
            seeding.seed_companies({COMPANY: TICKETS}, plugins=plugins, told=lambda code: None)
        reports = Reports(app, servers, var)
        reports.worker.spawn()
        try:
            yield reports
        finally:
            reports.worker.kill()
            with app.app_context():
                db.engine.dispose()


@contextmanager
def small_disk(folder: Path, size: str, *, owner: int) -> Iterator[Path | None]:
    """A file system of this size; None where nobody may mount one."""
    folder.mkdir()
    options = f"size={size},uid={owner},mode=700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        yield None
        return
    try:
        yield folder
    finally:
        # Processes that have been killed may not have let go of it yet.
        subprocess.run(["umount", "--lazy", folder], check=True)
