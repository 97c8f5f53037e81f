"""Where a worker keeps what it needs while it makes a file, and how what the dead have left is removed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

PREFIX = "balcao-files-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for the block's temporary files, gone afterwards; what killed workers have left goes first.

    For a process that does one thing at a time: whoever asks `tempfile` meanwhile gets a place in it.
    """
    _remove_left_behind()
    before = tempfile.tempdir
    folder, lock = _locked_folder()
    tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked_folder() -> tuple[Path, int]:
    """A new folder and its lock, which its process has as long as it lives, and nobody after it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = _lock(folder)
        if lock is not None and folder.exists():
            return folder, lock
        # Somebody who tidies up was faster than our lock.
        if lock is not None:
            os.close(lock)


def _remove_left_behind() -> None:
    """Remove the folders that no process has any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = _lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
            log.info("report_scratch_removed", folder=folder.name)


def _lock(folder: Path) -> int | None:
    """A descriptor that has the folder's lock; None if another process has it, or the folder isn't ours."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
