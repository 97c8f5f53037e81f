"""The database and the queue together: what the portal needs to run at all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .folders import private_folder
from .postgres import DATABASE, OWNER, SERVING, SUPERUSER, PostgresServer
from .process import Pause
from .valkey import QueueServer


class EmbeddedServers:
    """A real PostgreSQL and a real Redis-protocol server in ``var``, both on unix sockets only.

    Usable as a context manager. Start and stop it from the main thread (see ``ManagedProcess``).

    Args:
        var: folder for data, sockets and logs; made with mode 0700. One instance at a time per folder.
        throwaway: for tests: nothing is synced to disk. The data is still there after a restart of the
            database; the queue forgets.
        postgres_binaries, queue_binary: programs to use instead of those that are found.
        pass_fds: file descriptors that stay open in the servers (the supervisor's lock).
    """

    def __init__(
        self,
        var: Path,
        *,
        throwaway: bool = False,
        postgres_binaries: Path | None = None,
        queue_binary: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.var = var.resolve()
        self.postgres = PostgresServer(
            self.var / "postgres",
            log_path=self.var / "log" / "database.log",
            throwaway=throwaway,
            binaries=postgres_binaries,
            pass_fds=pass_fds,
        )
        self.queue = QueueServer(
            self.var / "queue",
            log_path=self.var / "log" / "queue.log",
            throwaway=throwaway,
            binary=queue_binary,
            pass_fds=pass_fds,
        )

    def start(self, pause: Pause = time.sleep) -> None:
        """Starts both and returns when both serve; raises ProcessFailed or ServerUnavailable."""
        private_folder(self.var)
        self.postgres.start(pause)
        self.queue.start(pause)

    def stop(self) -> None:
        """Stops both; harmless when they don't run."""
        self.queue.stop()
        self.postgres.stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def database_url(self, database: str = DATABASE, role: str = SERVING) -> str:
        """The SQLAlchemy address for a role, the serving one unless told otherwise."""
        return self.postgres.url(database=database, role=role)

    @property
    def owner_url(self) -> str:
        """The address for migrations and demo data."""
        return self.postgres.url(role=OWNER)

    @property
    def superuser_url(self) -> str:
        """The address of the server's superuser in the database ``postgres``: makes databases and roles."""
        return self.postgres.url(database="postgres", role=SUPERUSER)

    @property
    def redis_url(self) -> str:
        """The address of the queue for redis-py."""
        return self.queue.url
