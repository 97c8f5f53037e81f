"""One run at a time per ``var`` folder, and the secret that belongs to it."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from .folders import private_folder
from .process import POLL_INTERVAL, Pause

LEFTOVERS_TIMEOUT = 20.0


class FolderInUse(Exception):
    """Something runs on the folder already; the message is a sentence for the person who started us."""


class FolderLock:
    """Holds the folder while this process lives, and while anything that it started lives.

    Two files: ``run.pid`` is locked by us alone, ``run.lock`` by us and all that inherit ``fd``. So a second
    run is refused at once, and a run after a kill -9 waits until the last leftover has ended.
    """

    def __init__(self, var: Path, pause: Pause = time.sleep) -> None:
        self.var = var
        self._pause = pause
        self.fd = -1
        self._own = -1

    def acquire(self) -> None:
        """Takes the folder; raises FolderInUse when another run has it."""
        private_folder(self.var)
        self._own = os.open(self.var / "run.pid", os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(self._own):
            other = os.read(self._own, 20).decode().strip()
            raise FolderInUse(
                f"Already running on {self.var} (process {other}). "
                "Stop it first, or give another folder with --var."
            )
        os.ftruncate(self._own, 0)
        os.pwrite(self._own, f"{os.getpid()}\n".encode(), 0)
        self.fd = os.open(self.var / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + LEFTOVERS_TIMEOUT
        while not _lock(self.fd):
            if time.monotonic() > deadline:
                raise FolderInUse(f"Processes of an earlier run on {self.var} are still alive.")
            self._pause(POLL_INTERVAL)

    def release(self) -> None:
        """Gives the folder back."""
        for fd in (self.fd, self._own):
            if fd >= 0:
                os.close(fd)
        self.fd = self._own = -1

    def __enter__(self) -> Self:
        try:
            self.acquire()
        except BaseException:
            self.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_running(var: Path) -> bool:
    """Whether a supervisor holds the folder at this moment."""
    try:
        with (var / "run.pid").open() as pid_file:
            return not _lock(pid_file.fileno())
    except FileNotFoundError:
        return False


def secret_key(var: Path) -> str:
    """The key that signs sessions in this folder's runs: made once, readable by this user only."""
    path = var / "secret_key"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    key = secrets.token_hex(32)
    with os.fdopen(fd, "w") as file:
        file.write(key)
    return key


def _lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
