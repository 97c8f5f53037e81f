"""Celery tasks of the reports module: an id becomes a row, and the company comes from the row."""

from __future__ import annotations

from celery import shared_task
from flask import current_app

from app.reports import runs
from app.reports.services import MAKE


# Both below Redis' visibility_timeout, after which the message would be delivered once more.
@shared_task(name=MAKE, soft_time_limit=1740, time_limit=1800)
def make_file(file_id: int) -> None:
    """Make this file, unless another worker has it or nobody wants it any more."""
    runs.make_file(file_id, registry=current_app.extensions["balcao"])


@shared_task(name=runs.SWEEP)
def sweep() -> None:
    """Nudge the files whose worker never came or died."""
    runs.sweep()


@shared_task(name=runs.FORGET)
def forget_files() -> None:
    """Delete the files whose seven days are over; beat sends it hourly."""
    runs.forget_files()
