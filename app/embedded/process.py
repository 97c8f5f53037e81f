"""Child processes that leave nothing behind, whatever ends them or us."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")
START_TIMEOUT = 60.0
STOP_TIMEOUT = 15.0
POLL_INTERVAL = 0.02

Pause = Callable[[float], None]
"""Waits the given seconds. May raise, which ends the waiting and leaves the process as it is."""


class ProcessFailed(Exception):
    """A process ended, or wasn't ready in time: a sentence, and the end of the log."""

    def __init__(self, summary: str, log_tail: str) -> None:
        super().__init__(f"{summary}:\n{log_tail}")
        self.summary = summary


class ManagedProcess:
    """One child process in a session of its own, writing into a log file, that never outlives its parent.

    Its output goes to a file and not through a pipe, because a process that prints while it shuts down must
    not break when the reader is dead. On Linux the kernel sends ``death_signal`` when the *thread* that
    started it ends: start it from the main thread. File descriptors in ``pass_fds`` stay open in it and in
    all its descendants.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log_path: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        ready: Callable[[], bool] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGTERM,
        user_id: int | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.log_path = log_path
        self.env = env
        self.cwd = cwd
        self.ready = ready
        self.stop_signal = stop_signal
        self.death_signal = death_signal
        self.user_id = user_id
        self.pass_fds = tuple(pass_fds)
        self._popen: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        """The process id of the last start; raises RuntimeError before the first."""
        if self._popen is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._popen.pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._popen is not None and self._popen.poll() is None

    def poll(self) -> int | None:
        """The exit code (negative: the signal that ended it), or None while it runs or before a start."""
        return self._popen.poll() if self._popen else None

    def start(self, pause: Pause = time.sleep) -> None:
        """Starts it and returns when it is ready; raises ProcessFailed if it ends or takes a minute."""
        self.spawn()
        self.wait_ready(pause)

    def spawn(self) -> None:
        """Starts it and doesn't wait until it is ready."""
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        user_id = -1 if self.user_id is None else self.user_id
        launcher = [
            sys.executable,
            "-I",
            "-S",
            LAUNCHER,
            os.getpid(),
            int(self.death_signal),
            user_id,
        ]
        program = shutil.which(self.argv[0]) or self.argv[0]
        with self.log_path.open("ab") as log:
            self._log_start = log.tell()
            self._popen = subprocess.Popen(
                [*map(str, launcher), program, *self.argv[1:]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                # Ctrl-C would otherwise reach all of them at once, the database before the worker.
                start_new_session=True,
                pass_fds=self.pass_fds,
            )

    def wait_ready(self, pause: Pause = time.sleep) -> None:
        """Returns when the process is ready; raises ProcessFailed if it ends or takes a minute."""
        deadline = time.monotonic() + START_TIMEOUT
        while self.ready is not None and not self.ready():
            if not self.running:
                self.kill()
                raise ProcessFailed(f"{self.name} ended with code {self.poll()}", self.log_tail())
            if time.monotonic() > deadline:
                self.kill()
                raise ProcessFailed(f"{self.name} was not ready in {START_TIMEOUT:.0f} s", self.log_tail())
            pause(POLL_INTERVAL)

    def run(self, pause: Pause = time.sleep) -> None:
        """Runs it to its end; raises ProcessFailed unless the exit code is 0."""
        self.spawn()
        try:
            while self.running:
                pause(POLL_INTERVAL)
        finally:
            self.stop()
        if self.poll() != 0:
            raise ProcessFailed(f"{self.name} ended with code {self.poll()}", self.log_tail())

    def terminate(self) -> None:
        """Asks it to end, without waiting."""
        self._send(self.stop_signal)

    def stop(self, timeout: float = STOP_TIMEOUT, pause: Pause = time.sleep) -> int | None:
        """Ends it and its descendants: asks, waits ``timeout`` seconds, kills. Returns the exit code."""
        self.terminate()
        deadline = time.monotonic() + timeout
        while self.running and time.monotonic() < deadline:
            pause(POLL_INTERVAL)
        return self.kill()

    def kill(self) -> int | None:
        """Ends it and what is left of its process group with SIGKILL. Returns the exit code."""
        if self._popen is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        return self._popen.wait()

    def kill_alone(self) -> int:
        """Ends only the process itself with SIGKILL, as the kernel does when memory runs out."""
        self._send(signal.SIGKILL)
        if self._popen is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._popen.wait()

    def log_tail(self, lines: int = 20) -> str:
        """The last lines that it wrote since its last start."""
        with self.log_path.open("rb") as log:
            log.seek(self._log_start)
            return b"".join(log.readlines()[-lines:]).decode(errors="replace").rstrip()

    def _send(self, signum: signal.Signals) -> None:
        if self._popen is not None:
            self._popen.send_signal(signum)
