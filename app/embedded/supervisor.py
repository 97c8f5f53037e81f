"""Starts processes in order, restarts those that die, and stops them in reverse order."""

from __future__ import annotations

import signal
import time
from types import FrameType

from .console import Console
from .process import ManagedProcess, ProcessFailed

RESTART_DELAY = 2.0
LOOK_INTERVAL = 0.1


class StopRequested(Exception):
    """Somebody pressed Ctrl-C, sent SIGTERM, or closed the terminal."""


class Supervisor:
    """Keeps a list of processes alive until a stop is asked for; one per program, in the main thread.

    Signals only set a mark; ``pause`` raises StopRequested at a place where nothing is half done.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._processes: list[ManagedProcess] = []
        self._restart_at: dict[ManagedProcess, float] = {}
        self._stop_requested = False
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup the end of the terminal must not end us.
            if signum is not signal.SIGHUP or signal.getsignal(signum) is not signal.SIG_IGN:
                signal.signal(signum, self._request_stop)

    def start(self, process: ManagedProcess) -> None:
        """Starts a process, waits until it is ready, and keeps it from now on; raises ProcessFailed."""
        self._adopt(process)
        process.start(self.pause)

    def spawn(self, process: ManagedProcess) -> None:
        """Starts a process and keeps it from now on, without waiting until it is ready."""
        self._adopt(process)
        process.spawn()

    def run(self, process: ManagedProcess) -> None:
        """Runs a command to its end; raises ProcessFailed unless it succeeds."""
        self._console.follow(process.name, process.log_path)
        process.run(self.pause)
        self._console.show_new_lines()

    def watch(self) -> None:
        """Restarts what ends, after two seconds, until a stop is asked for: raises StopRequested."""
        while True:
            self.pause(LOOK_INTERVAL)
            for process in self._processes:
                if not process.running:
                    self._bring_back(process)

    def stop(self) -> bool:
        """Stops all in reverse order; returns whether each ended when asked to."""
        clean = True
        for process in reversed(self._processes):
            code = process.stop(pause=self._show_and_sleep)
            self._console.show_new_lines()
            # The signal itself as code: it was asked to before it had set up how to answer.
            if code not in (0, None, -process.stop_signal):
                clean = False
                self._console.say(process.name, f"ended with code {code}")
        return clean

    def pause(self, seconds: float) -> None:
        """Shows new log lines and sleeps; raises StopRequested once a stop was asked for."""
        if self._stop_requested:
            raise StopRequested
        self._show_and_sleep(seconds)

    def _adopt(self, process: ManagedProcess) -> None:
        self._console.follow(process.name, process.log_path)
        self._processes.append(process)

    def _bring_back(self, process: ManagedProcess) -> None:
        now = time.monotonic()
        if process not in self._restart_at:
            process.kill()  # what is left of its group
            self._console.say(
                process.name, f"ended with code {process.poll()}; again in {RESTART_DELAY:.0f} s"
            )
            self._restart_at[process] = now + RESTART_DELAY
        if now < self._restart_at[process]:
            return
        del self._restart_at[process]
        try:
            process.start(self.pause)
        except ProcessFailed as failure:
            self._console.say(process.name, failure.summary)

    def _show_and_sleep(self, seconds: float) -> None:
        self._console.show_new_lines()
        time.sleep(seconds)

    def _request_stop(self, _signum: int, _frame: FrameType | None) -> None:
        self._stop_requested = True
