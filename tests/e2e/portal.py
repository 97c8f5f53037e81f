"""One portal as `./dev up` runs it, on a throw-away folder, whose parts a test may stop and start."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Row, create_engine, text

from app.embedded.catalogues import compile_catalogues
from app.embedded.instance import secret_key
from app.embedded.servers import EmbeddedServers
from app.embedded.services import (
    HOST,
    ROOT,
    beat_process,
    prepare_process,
    process_environment,
    reports_process,
    web_process,
    worker_process,
)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Portal:
    """Database, queue, web, both workers and beat with the demo data; `start` it, `stop` it.

    Args:
        var: an empty folder for data and logs.
    """

    def __init__(self, var: Path, *, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.servers = EmbeddedServers(var, throwaway=True)
        self._logs = var / "log"
        self._env = process_environment(
            database_url=self.servers.database_url(),
            redis_url=self.servers.redis_url,
            secret_key=secret_key(var),
        )
        self.web = web_process(port=self.port, env=self._env, log_folder=self._logs)
        self.worker = worker_process(env=self._env, log_folder=self._logs)
        self.reports = reports_process(env=self._env, log_folder=self._logs)
        self.beat = beat_process(env=self._env, log_folder=self._logs, schedule=var / "beat-schedule")
        self._owner = create_engine(self.servers.owner_url, pool_pre_ping=True)

    def start(self) -> None:
        """Return when the login page can be asked for."""
        compile_catalogues(ROOT)
        self.servers.start()
        owning = self._env | {"DATABASE_OWNER_URL": self.servers.owner_url}
        prepare_process(["--demo"], env=owning, log_folder=self._logs).run()
        self.web.spawn()
        self.worker.spawn()
        self.beat.spawn()
        self.reports.spawn()
        self.web.wait_ready()

    def stop(self) -> None:
        """End everything; harmless when only a part was started."""
        self._owner.dispose()
        for process in (self.beat, self.reports, self.worker, self.web):
            process.kill()
        self.servers.stop()

    def sql(self, statement: str, **values: Any) -> list[Row[Any]]:
        """Run and commit a statement as the owner, past the walls; return its rows, if it has any."""
        with self._owner.begin() as connection:
            result = connection.execute(text(statement), values)
            return list(result) if result.returns_rows else []

    def scalar(self, statement: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        rows = self.sql(statement, **values)
        return rows[0][0] if rows else None

    @contextmanager
    def one_web_process(self, pid: int) -> Iterator[None]:
        """While it is open, only this web process answers: the others are held."""
        held = [other for other in self.web_processes() if other != pid]
        for other in held:
            os.kill(other, signal.SIGSTOP)
        try:
            yield
        finally:
            for other in held:
                os.kill(other, signal.SIGCONT)

    def web_processes(self) -> list[int]:
        """The pids of the processes that answer requests."""
        master = self.web.pid
        return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    @contextmanager
    def nobody_makes_work_orders(self) -> Iterator[None]:
        """While it is open, beat and the worker's processes are held."""
        for process in (self.beat, self.worker):
            os.killpg(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in (self.worker, self.beat):
                os.killpg(process.pid, signal.SIGCONT)

    @contextmanager
    def database_down(self) -> Iterator[None]:
        """While it is open, the database is away, as after a crash."""
        self.servers.postgres.stop_immediately()
        try:
            yield
        finally:
            self.servers.postgres.start()
            self._owner.dispose()
