"""What ``./dev up`` shows: each process's log lines behind its name."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TextIO

NAME_WIDTH = 9
COLOURS = {"database": 34, "queue": 35, "prepare": 36, "web": 32, "worker": 33, "beat": 90}


class Console:
    """Writes lines to a terminal or file, and is silent once that is gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self._follows: dict[str, LogFile] = {}

    def say(self, name: str, line: str) -> None:
        """Writes one line behind a name."""
        prefix = f"{name:<{NAME_WIDTH}}|"
        if self._coloured:
            prefix = f"\033[{COLOURS.get(name, 1)}m{prefix}\033[0m"
        self.show(f"{prefix} {line}")

    def show(self, text: str) -> None:
        """Writes a text as it is."""
        # When the terminal was closed there is still everything to stop, so this must not end us.
        with contextlib.suppress(OSError):
            print(text, file=self._stream, flush=True)

    def follow(self, name: str, path: Path) -> None:
        """From now on ``show_new_lines`` shows what is added to the file."""
        if name not in self._follows:
            self._follows[name] = LogFile(path)

    def show_new_lines(self) -> None:
        """Shows what was written to the followed files since the last call."""
        for name, log in self._follows.items():
            for line in log.new_lines():
                self.say(name, line)


class LogFile:
    """Reads a growing file by whole lines, from its present end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = path.stat().st_size if path.exists() else 0
        self._unfinished = b""

    def new_lines(self) -> list[str]:
        """The lines completed since the last call."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._position)
            added = file.read()
        self._position += len(added)
        *lines, self._unfinished = (self._unfinished + added).split(b"\n")
        return [line.decode(errors="replace").rstrip() for line in lines if line.strip()]
