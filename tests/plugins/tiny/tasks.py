"""The tiny plugin's one task."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="tiny.count_notes")
def count_notes() -> None:
    """Nothing yet."""
