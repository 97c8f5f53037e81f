"""Celery tasks of the companies module: an id becomes a row, and the company comes from the row."""

from __future__ import annotations

from celery import shared_task
from flask import current_app

from app.companies.copying import copies, runs


@shared_task(name=copies.COPY)
def copy_parameters(copy_id: int) -> None:
    """Carry out what this copy of parameters still has to do; nothing if it is through."""
    runs.work(copy_id, declared=current_app.extensions["balcao"].parameters())


@shared_task(name=runs.SWEEP)
def sweep_copies() -> None:
    """Nudge the copies whose worker never came or died."""
    runs.sweep()
