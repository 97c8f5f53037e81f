"""Where a worker keeps what it needs while it makes a file, and how what the dead have left is removed."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


def _prefix() -> str:
    # The machine too: containers may share the folder, and count their processes each for itself.
    return f"balcao-report-{re.sub(r'[^A-Za-z0-9.]', '', platform.node())}-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for the block's temporary files, gone afterwards; what killed workers have left goes first.

    For a process that does one thing at a time: whoever asks `tempfile` meanwhile gets a place in it.
    """
    _remove_left_behind()
    before = tempfile.tempdir
    folder = tempfile.mkdtemp(prefix=f"{_prefix()}{os.getpid()}-")
    tempfile.tempdir = folder
    try:
        yield Path(folder)
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left_behind() -> None:
    """Remove this machine's folders whose process isn't there any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_prefix()}*"):
        pid = folder.name.removeprefix(_prefix()).partition("-")[0]
        if pid.isascii() and pid.isdigit() and not _lives(int(pid)):
            # Another user's, or a link that looks like ours, is left as it is.
            shutil.rmtree(folder, ignore_errors=True)
            log.info("report_scratch_removed", folder=folder.name)


def _lives(pid: int) -> bool:
    with suppress(PermissionError, OverflowError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
