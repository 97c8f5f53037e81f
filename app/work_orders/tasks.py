"""Celery tasks: an id becomes a claimed row; the company comes from the row, not from the message."""

from __future__ import annotations

from celery import shared_task

from app.work_orders import handoff


@shared_task(name=handoff.PROCESS)
def process_request(request_id: int) -> None:
    """Make the work order of this request, unless another worker has it or it is done."""
    handoff.process(request_id)


@shared_task(name=handoff.SWEEP)
def sweep() -> None:
    """Nudge what is due; bury what died in every attempt."""
    handoff.sweep()
