"""The Celery application of a worker whose CSV files stand still, where no exception reaches them.

To be started in place of `celery_worker`; importing it makes the application.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import BinaryIO

from app.reports import runs, tasks
from app.reports.outputs import FORMATS
from app.reports.outputs.writing import Progress, silent
from app.reports.sheets import Sheet
from celery_worker import celery

__all__ = ["celery"]

STILL = 2


def stand_still(_sheet: Sheet, _file: BinaryIO, *, progress: Progress = silent) -> None:
    """Write nothing, for ever."""
    progress(1)
    lock = Lock()
    lock.acquire()
    lock.acquire()


tasks.STILL = STILL
runs.FORMATS = {"csv": replace(FORMATS["csv"], write=stand_still)}
