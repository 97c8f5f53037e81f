"""Celery tasks of the reports module: an id becomes a row, and the company comes from the row."""

from __future__ import annotations

import signal
from functools import partial

from celery import shared_task
from flask import current_app

from app.reports import runs
from app.reports.services import MAKE

STILL = 300
"""Seconds without a sign of life, after which a process that makes a file is ended: it is stuck, and long ago
its lease has passed."""


# Without limits of time: a file of any size is made. So its message can't be kept until it is done, or Redis
# would deliver it again; nor need it be, because the lease brings back what was lost.
@shared_task(name=MAKE, acks_late=False, soft_time_limit=None, time_limit=None)
def make_file(file_id: int) -> None:
    """Make this file, unless another worker has it or nobody wants it any more."""
    # The kernel's clock ends a process also where no exception reaches it: stuck in a library, or in a read.
    still_there = partial(signal.alarm, STILL)
    still_there()
    try:
        runs.make_file(file_id, registry=current_app.extensions["balcao"], alive=still_there)
    finally:
        signal.alarm(0)


@shared_task(name=runs.SWEEP)
def sweep() -> None:
    """Nudge the files whose worker never came or died."""
    runs.sweep()


@shared_task(name=runs.FORGET)
def forget_files() -> None:
    """Delete the files whose seven days are over; beat sends it hourly."""
    runs.forget_files()
