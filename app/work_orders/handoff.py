"""The hand-off: from a recorded wish to exactly one work order, whatever fails in between (DESIGN 6).

The wish is a `WorkOrderRequest` in the asker's own transaction. Redis carries only hints: a nudge after the
commit, a sweep every two seconds, and the waiting page that makes the work order itself if neither came.
All three end in `process`:

    claim     T1: one due row, its attempt counted before the work, a lease token
    perform   T2: lock it again by id and token; work order and «done» in one transaction, the number last
    fail      T3: back to waiting with a growing pause, or dead with the reason

A worker that is killed leaves the row running until its lease ends; the next one takes it from there. What
happens twice is stopped by the token, by the row's lock, and at last by `uq_work_order_source`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from flask_babel import gettext as _
from sqlalchemy import BigInteger, Row, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from app.audit.services import record
from app.companies.models import Company, Heartbeat
from app.companies.numbering import next_number
from app.database import company_scope, db, transaction
from app.errors import BusinessError
from app.jobs import enqueue_after_commit, publish
from app.plugin_api.hooks import work_order_opened
from app.work_orders.models import RequestStatus, WorkOrder, WorkOrderRequest, WorkOrderStatus

if TYPE_CHECKING:
    from app.users.models import User

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 8
LEASE = timedelta(seconds=5)
"""How long a claimed row waits for its T2 to lock it; after that the row's lock is the lease."""
LONGEST_PAUSE = 300
"""Seconds between two tries at the most."""
SWEEP_SIZE = 100
SWEEP = "work_orders.sweep"
PROCESS = "work_orders.process_request"
NUMBER = "work_orders.work_order"
"""The kind of number that work orders take (`next_number`)."""


class NothingToRetry(BusinessError):
    """R21: only a failed wish can be tried again."""

    rule = "R21"


@dataclass(frozen=True, slots=True)
class Claim:
    """One row taken by T1, and the token that proves it to T2 and T3."""

    request_id: int
    company_id: int
    token: UUID
    attempt: int


# ── Wishing ──────────────────────────────────────────────────────────────────────────────────────────


def request_work_order(
    *,
    company: Company,
    actor: User,
    source: str,
    source_id: int,
    sequence: int,
    customer_id: int | None,
    prospect_id: int | None,
    product_id: int | None,
    customer_product_id: int | None,
    technician_id: int | None,
    problem: str,
) -> WorkOrderRequest:
    """Record a wish for a work order in the caller's transaction; the same wish twice is one (R20, R21).

    Args:
        source: what kind of document wishes, `service_desk.ticket`.
        source_id: its id.
        sequence: 1 for its first work order; one more only after the last one was cancelled.
        customer_id, …, problem: what the work order copies.

    Returns:
        The row, new or found; its `status` says where it stands.
    """
    key = {"company_id": company.id, "source": source, "source_id": source_id, "sequence": sequence}
    statement = (
        insert(WorkOrderRequest)
        .values(
            **key,
            customer_id=customer_id,
            prospect_id=prospect_id,
            product_id=product_id,
            customer_product_id=customer_product_id,
            technician_id=technician_id,
            problem=problem,
            requested_by_id=actor.id,
            request_id=structlog.contextvars.get_contextvars().get("request_id") or "",
        )
        .on_conflict_do_nothing(index_elements=list(key))
        .returning(WorkOrderRequest)
    )
    request = db.session.scalar(statement)
    if request is None:
        return db.session.scalars(select(WorkOrderRequest).filter_by(**key)).one()
    enqueue_after_commit(PROCESS, request_id=request.id)
    return request


def retry_request(*, company: Company, actor: User | None, request: WorkOrderRequest) -> None:
    """Give a dead wish all its attempts again; audited («Tentar novamente»).

    Args:
        actor: who presses the button; None: the server's administrator, by command.

    Raises:
        NothingToRetry: it isn't dead (any more).
    """
    db.session.refresh(request, with_for_update=True)
    if request.status is not RequestStatus.DEAD:
        raise NothingToRetry
    request.status = RequestStatus.PENDING
    request.attempts = 0
    request.available_at = func.now()
    request.last_error = ""
    record(
        company=company,
        actor_id=actor.id if actor else None,
        entity=WorkOrderRequest.__tablename__,
        entity_id=request.id,
        action="retried",
    )
    enqueue_after_commit(PROCESS, request_id=request.id)


# ── Making ───────────────────────────────────────────────────────────────────────────────────────────


def process(request_id: int | None = None) -> bool:
    """Claim one due request and make its work order; return whether there was one to claim.

    Commits by itself. An error of the work is recorded at the row; an error of the database while doing so
    is raised, and the lease brings the row back.

    Args:
        request_id: this one only; None: the longest due of any company.
    """
    claimed = claim(request_id)
    if claimed is None:
        return False
    try:
        perform(claimed)
    except Exception as error:
        log.warning(
            "work_order_attempt_failed", request=claimed.request_id, attempt=claimed.attempt, exc_info=True
        )
        fail(claimed, error)
    return True


make_now = process


def claim(request_id: int | None = None) -> Claim | None:
    """T1: take one due row for `LEASE`, counting the attempt before any work is done.

    One at a time: a request that kills its worker then takes no innocent ones with it.
    """
    function = func.claim_work_order_request(
        literal(request_id, BigInteger), LEASE, MAX_ATTEMPTS
    ).table_valued("id", "company_id", "lease_token", "attempts")
    with transaction():
        row = db.session.execute(select(function)).one_or_none()
    return None if row is None else Claim(row.id, row.company_id, row.lease_token, row.attempts)


def perform(claimed: Claim) -> WorkOrder | None:
    """T2: make the work order and mark the request done, in one transaction; None if the lease was lost.

    The company comes from the claimed row, never from a message; parameters and plugins that were switched
    off meanwhile don't matter to a recorded wish (R21).
    """
    with company_scope(claimed.company_id), transaction():
        request = _locked(claimed)
        if request is None:
            return None
        company = db.session.get_one(Company, claimed.company_id)
        order = _work_order_of(company, request)
        request.status = RequestStatus.DONE
        request.lease_token = None
        request.work_order_id = order.id
        request.done_at = func.now()
        request.last_error = ""
        return order


def _locked(claimed: Claim) -> WorkOrderRequest | None:
    return db.session.scalar(
        select(WorkOrderRequest)
        .where(
            WorkOrderRequest.company_id == claimed.company_id,
            WorkOrderRequest.id == claimed.request_id,
            WorkOrderRequest.lease_token == claimed.token,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _work_order_of(company: Company, request: WorkOrderRequest) -> WorkOrder:
    """The source's work order that isn't cancelled: the one there is, or a new one."""
    existing = db.session.scalar(
        select(WorkOrder).where(
            WorkOrder.company_id == company.id,
            WorkOrder.source == request.source,
            WorkOrder.source_id == request.source_id,
            WorkOrder.status != WorkOrderStatus.CANCELLED,
        )
    )
    if existing is not None:
        return existing
    order = WorkOrder(
        company_id=company.id,
        source=request.source,
        source_id=request.source_id,
        opened_at=func.now(),
        created_by_id=request.requested_by_id,
        customer_id=request.customer_id,
        prospect_id=request.prospect_id,
        product_id=request.product_id,
        customer_product_id=request.customer_product_id,
        technician_id=request.technician_id,
        problem=request.problem,
        # Last: the counter stays locked until the commit, and the company's other saves wait for it.
        number=next_number(company, NUMBER),
    )
    db.session.add(order)
    db.session.flush()
    record(
        company=company,
        actor_id=request.requested_by_id,
        entity=WorkOrder.__tablename__,
        entity_id=order.id,
        action="created",
        changes={"number": [None, order.number]},
    )
    work_order_opened.send(company, work_order=order, actor_id=request.requested_by_id)
    return order


def fail(claimed: Claim, error: Exception) -> None:
    """T3: another try after a growing pause; dead when a rule refused or the attempts are used up."""
    with company_scope(claimed.company_id), transaction():
        request = _locked(claimed)
        if request is None:
            return
        request.lease_token = None
        request.last_error = _reason(error)[:500]
        if isinstance(error, BusinessError) or claimed.attempt >= MAX_ATTEMPTS:
            request.status = RequestStatus.DEAD
        else:
            request.status = RequestStatus.PENDING
            request.available_at = func.now() + timedelta(seconds=pause_after(claimed.attempt))


def _reason(error: Exception) -> str:
    """What the user may read of it: a rule in words; of anything else only its kind."""
    if isinstance(error, BusinessError):
        return error.text
    return str(_("Unexpected error (%(kind)s)", kind=type(error).__name__))


def pause_after(attempt: int) -> float:
    """Seconds until the next try: 2, 4, 8 … at most five minutes, spread so that retries don't go in step."""
    spread = random.uniform(0.5, 1)  # noqa: S311  nothing secret hangs on it
    return float(min(LONGEST_PAUSE, 2**attempt) * spread)


# ── Sweeping ─────────────────────────────────────────────────────────────────────────────────────────


def sweep() -> list[int]:
    """Nudge what is due and bury what died in every attempt; return the ids that were nudged.

    Run by beat every two seconds, so that losing every message costs at most that.
    """
    with transaction():
        buried = db.session.scalars(
            select(
                func.bury_work_order_requests(
                    MAX_ATTEMPTS, _("The process ended in every attempt.")
                ).column_valued()
            )
        ).all()
        due = due_requests()
        _beat(SWEEP)
    if buried:
        log.error("work_order_requests_buried", requests=list(buried))
    for request_id in due:
        if not publish(PROCESS, request_id=request_id):
            break
    return list(due)


def due_requests(most: int = SWEEP_SIZE) -> Sequence[int]:
    """Ids of the requests that could be claimed now, of all companies, the longest due first."""
    return db.session.scalars(select(func.due_work_order_requests(most, MAX_ATTEMPTS).column_valued())).all()


def unfinished_requests() -> Sequence[Row[Any]]:
    """Every request that isn't done, of all companies: for commands and /readyz, never for a page."""
    queue = func.work_order_queue().table_valued(
        "id", "company_code", "company_is_active", "status", "attempts", "last_error", "waiting_seconds"
    )
    return db.session.execute(select(queue)).all()


def last_sweep_age() -> float | None:
    """Seconds since the last sweep; None if there never was one."""
    age = select(func.extract("epoch", func.now() - Heartbeat.beaten_at)).where(Heartbeat.name == SWEEP)
    seconds = db.session.scalar(age)
    return None if seconds is None else float(seconds)


def _beat(name: str) -> None:
    statement = insert(Heartbeat).values(name=name, beaten_at=func.now())
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[Heartbeat.name], set_={"beaten_at": statement.excluded.beaten_at}
        )
    )
