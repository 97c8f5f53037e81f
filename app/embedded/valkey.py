"""A Valkey (or Redis) server of our own on a unix socket, for a machine that has none, and for tests."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from .binaries import queue_binary
from .folders import discard_socket_folder, private_folder, socket_folder
from .process import STOP_TIMEOUT, ManagedProcess, Pause

SOCKET_NAME = "queue.sock"
PING_TIMEOUT = 1.0


class QueueServer(ManagedProcess):
    """A server with an append-only file in ``folder`` that only this user reaches, by a unix socket.

    ``throwaway`` keeps nothing on disk: for tests.
    """

    def __init__(
        self,
        folder: Path,
        *,
        log_path: Path,
        throwaway: bool = False,
        binary: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.folder = folder
        self.socket = socket_folder(folder, SOCKET_NAME) / SOCKET_NAME
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(folder.resolve()),
            "save": "",
            "appendonly": "no" if throwaway else "yes",
            # A full memory must refuse new messages, never forget old ones.
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        super().__init__(
            "queue",
            [str(binary or queue_binary()), *options],
            log_path=log_path,
            ready=self._answers,
            pass_fds=pass_fds,
        )

    @property
    def url(self) -> str:
        """The address for redis-py."""
        return f"unix://{quote(str(self.socket))}"

    def start(self, pause: Pause = time.sleep) -> None:
        """Starts it and returns when it answers; raises ProcessFailed."""
        for folder in (self.folder, self.socket.parent):
            private_folder(folder)
        super().start(pause)

    def stop(self, timeout: float = STOP_TIMEOUT, pause: Pause = time.sleep) -> int | None:
        """Stops it as every process, and leaves nothing outside its folder."""
        code = super().stop(timeout, pause)
        discard_socket_folder(self.socket.parent, self.folder)
        return code

    def restart(self, *, empty: bool = False) -> None:
        """Kills it and returns when it serves again, with what it had or, as after a lost disk, ``empty``."""
        self.kill()
        if empty:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.start()

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(PING_TIMEOUT)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")  # "-LOADING" while it reads its file
        except OSError:
            return False
