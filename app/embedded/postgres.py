"""A PostgreSQL server of our own on a unix socket, for a machine that has none, and for tests."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from .binaries import ServerUnavailable, postgres_binaries
from .folders import discard_socket_folder, private_folder, socket_folder
from .process import STOP_TIMEOUT, ManagedProcess, Pause, ProcessFailed
from .roles import role_sql

SUPERUSER = "postgres"
OWNER = "balcao_owner"
SERVING = "balcao_app"
DATABASE = "balcao"
PORT = 5432  # names the socket only
SOCKET_NAME = f".s.PGSQL.{PORT}"
RETRY_FOR = 10.0
RETRY_INTERVAL = 0.25

# PostgreSQL refuses to be root. In a user namespace of its own it is somebody else; its files stay root's.
NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]


class PostgresServer(ManagedProcess):
    """A cluster in ``folder`` that only this user reaches, by a unix socket; made at the first start.

    It holds the database ``balcao`` with its two roles (``roles.py``). ``throwaway`` gives up what only
    matters when the operating system dies: for tests. Commits stay synchronous even then, so that what was
    committed survives an immediate stop, which tests do on purpose.
    """

    def __init__(
        self,
        folder: Path,
        *,
        log_path: Path,
        throwaway: bool = False,
        binaries: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.sockets = socket_folder(folder, SOCKET_NAME)
        self.throwaway = throwaway
        self.binaries = binaries or postgres_binaries()
        prefix, user_id = _identity()
        self._prefix = prefix
        super().__init__(
            "database",
            [
                *prefix,
                str(self.binaries / "postgres"),
                "-D",
                str(self.data),
                *self._settings(),
            ],
            log_path=log_path,
            env=_environment(),
            ready=self._accepts_connections,
            stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait for every client to leave
            death_signal=signal.SIGINT,
            user_id=user_id,
            pass_fds=pass_fds,
        )

    def url(self, *, database: str = DATABASE, role: str = SERVING) -> str:
        """The SQLAlchemy address of a database on this server for a role."""
        return (
            f"postgresql+psycopg://{quote(role, safe='')}@/{quote(database, safe='')}"
            f"?host={quote(str(self.sockets))}&port={PORT}"
        )

    def start(self, pause: Pause = time.sleep) -> None:
        """Starts it, made and recovered if need be; raises ProcessFailed or ServerUnavailable.

        Right after a crash the dead processes may not be gone yet, and PostgreSQL then refuses to start: it
        is tried again for 10 seconds.
        """
        self._prepare_folders()
        if not self.data.exists():
            self._make_cluster(pause)
        self._check_version()
        deadline = time.monotonic() + RETRY_FOR
        while True:
            try:
                super().start(pause)
                break
            except ProcessFailed:
                if time.monotonic() > deadline:
                    raise
                pause(RETRY_INTERVAL)
        self.execute(role_sql(database=DATABASE, owner=OWNER, serving=SERVING))

    def stop(self, timeout: float = STOP_TIMEOUT, pause: Pause = time.sleep) -> int | None:
        """Stops it as every process, and leaves nothing outside its folder."""
        code = super().stop(timeout, pause)
        discard_socket_folder(self.sockets, self.folder)
        return code

    def stop_immediately(self) -> None:
        """Aborts it without a checkpoint, as a crash does: the next start recovers from the log."""
        self._send(signal.SIGQUIT)
        if self._popen is not None:
            self._popen.wait()

    def restart_immediately(self) -> None:
        """Aborts it and returns when it serves again."""
        self.stop_immediately()
        self.start()

    def execute(self, lines: list[str], *, database: str = "postgres") -> None:
        """Runs lines of ``psql`` as superuser; raises ProcessFailed at the first error."""
        command = [str(self.binaries / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        address = [
            "-h",
            str(self.sockets),
            "-p",
            str(PORT),
            "-U",
            SUPERUSER,
            "-d",
            database,
        ]
        with self.log_path.open("ab") as log:
            done = subprocess.run(
                [*command, *address],
                input="\n".join(lines).encode(),
                stdout=log,
                stderr=log,
                env=_environment(),
                check=False,
            )
        if done.returncode != 0:
            raise ProcessFailed(f"psql ended with code {done.returncode}", self.log_tail())

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": '"' + str(self.sockets).replace('"', '""') + '"',
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
        }
        if self.throwaway:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _accepts_connections(self) -> bool:
        # The last line of postmaster.pid is how pg_ctl knows, too; the first tells a crashed server's file.
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) == 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _prepare_folders(self) -> None:
        for folder in (self.folder, self.sockets):
            private_folder(folder)
            if os.geteuid() == 0:
                owner = self.user_id or 0
                os.chown(folder, owner, owner)
        if self.user_id is not None:
            self.folder.parent.chmod(0o711)
            self._check_reachable()

    def _check_reachable(self) -> None:
        """Raises ServerUnavailable unless the other user can run the programs and enter the folder."""
        try:
            for probe in (
                [str(self.binaries / "initdb"), "--version"],
                ["ls", str(self.folder)],
            ):
                ManagedProcess("database", probe, log_path=self.log_path, user_id=self.user_id).run()
        except ProcessFailed as failure:
            raise ServerUnavailable(
                "PostgreSQL doesn't run as root, user namespaces are barred here, and the user nobody can't "
                f"reach {self.binaries} and {self.folder}. Run this as another user than root, or move the "
                "project and its var folder to where others may enter."
            ) from failure

    def _make_cluster(self, pause: Pause) -> None:
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-instructions"]
        options += ["--locale=C.UTF-8"] if sys.platform == "linux" else ["--locale=C"]
        if self._major_version() >= 17:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self.throwaway:
            options += ["--no-sync"]
        ManagedProcess(
            "initdb",
            [
                *self._prefix,
                str(self.binaries / "initdb"),
                "-D",
                str(unfinished),
                *options,
            ],
            log_path=self.log_path.with_name("initdb.log"),
            env=_environment(),
            user_id=self.user_id,
            pass_fds=self.pass_fds,
        ).run(pause)
        # Renamed only when whole: a start that was interrupted begins anew.
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        made_by = int((self.data / "PG_VERSION").read_text())
        if made_by != self._major_version():
            raise ServerUnavailable(
                f"{self.data} was made by PostgreSQL {made_by}, and {self.binaries} holds "
                f"{self._major_version()}. Use the same version, or give another folder with --var."
            )

    def _major_version(self) -> int:
        answer = subprocess.run(
            [str(self.binaries / "postgres"), "--version"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = re.search(r"\) (\d+)", answer)
        if found is None:
            raise ServerUnavailable(f"{self.binaries / 'postgres'} doesn't say its version: {answer!r}")
        return int(found[1])


def _identity() -> tuple[list[str], int | None]:
    """What to put before the command, and the user id to take, so that PostgreSQL isn't run as root."""
    if os.geteuid() != 0:
        return [], None
    if shutil.which(NAMESPACE[0]):
        tried = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False)
        if tried.returncode == 0:
            return NAMESPACE, None
    return [], pwd.getpwnam("nobody").pw_uid


def _environment() -> dict[str, str]:
    """Our environment without PGHOST, PGOPTIONS and their kin, which mean some other server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
