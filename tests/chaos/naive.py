"""The portal with a plain `.delay()` in place of the hand-off: what one writes first, and what loses work.

Web and worker are started from here instead of from the application. The wish is still a row, as the payload
of the message, but nothing retries or sweeps it: a message that is lost is a work order that is never made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app
from sqlalchemy import func

from app import create_app as create_portal
from app import jobs
from app.database import company_scope, db, transaction
from app.jobs import WORKER_TRANSPORT, close_connections_in_children
from app.work_orders import handoff
from app.work_orders.models import RequestStatus, WorkOrderRequest

if TYPE_CHECKING:
    from flask import Flask

    from tests.chaos.instance import Instance

HERE = "tests.chaos.naive"


def replace_the_handoff(instance: Instance) -> None:
    """Let the instance's processes run this module; there is no sweep, so there is no beat."""
    for process in (instance.web, instance.worker):
        process.argv = [
            word.replace("app:create_app()", f"{HERE}:create_app()").replace(
                "celery_worker:celery", f"{HERE}:celery"
            )
            for word in process.argv
        ]
    instance.processes.remove(instance.beat)


def create_app() -> Flask:
    """The portal, sending and making without a net."""
    app = create_portal()
    app.extensions["celery"].conf.update(
        task_acks_late=False, task_reject_on_worker_lost=False, worker_prefetch_multiplier=4
    )
    jobs.publish = delay
    handoff.process = make_at_once
    return app


def delay(task: str, /, **ids: int | str) -> bool:
    """What `task.delay(…)` does, after the commit; the ticket is saved even if it fails."""
    current_app.extensions["celery"].send_task(task, kwargs=ids)
    return True


def make_at_once(request_id: int | None = None) -> bool:
    """Make the work order of the message's row, in one go."""
    # Only to learn the company; nobody looks at the lease afterwards.
    claimed = handoff.claim(request_id)
    if claimed is None:
        return False
    with company_scope(claimed.company_id), transaction():
        request = db.session.get_one(WorkOrderRequest, claimed.request_id)
        order = handoff._work_order_of(db.session.get_one(handoff.Company, claimed.company_id), request)
        request.lease_token, request.status = None, RequestStatus.DONE
        request.work_order_id, request.done_at = order.id, func.now()
    return True


def __getattr__(name: str) -> Any:
    """`celery`, made when the worker asks for it, so that importing this module starts nothing."""
    if name != "celery":
        raise AttributeError(name)
    app = create_app()
    app.extensions["celery"].conf.broker_transport_options = WORKER_TRANSPORT
    close_connections_in_children(app)
    return app.extensions["celery"]
