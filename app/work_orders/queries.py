"""Reads about work orders and the requests for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    any_,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import defer, joinedload
from werkzeug.exceptions import NotFound

from app.clock import start_of_day
from app.companies.parameters import HostParameters
from app.database import BIGINT_MAX, db
from app.keyset import Page, Place, keyset_page
from app.parties.models import Customer, Prospect
from app.products.models import CustomerProduct, Product
from app.registers.queries import name_of
from app.staff.models import Technician
from app.staff.queries import technician_of
from app.users.roles import Role
from app.work_orders.models import (
    UNSCHEDULED,
    RequestStatus,
    WorkOrder,
    WorkOrderRequest,
    WorkOrderStatus,
)

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

FINAL = (WorkOrderStatus.DONE, WorkOrderStatus.CANCELLED)
WAITING = (RequestStatus.PENDING, RequestStatus.RUNNING)

# A problem may be 100,000 characters long, and no list shows it.
_WITHOUT_TEXTS = (defer(WorkOrder.problem), defer(WorkOrder.work_done))


# ── Who sees which (R22a) ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Visible:
    """Which work orders a user sees and edits; made by `visible_to` (R22a).

    Args:
        user_id: who looks.
        technician_id: only this technician's work orders, and those the user asked for; None: all.
    """

    user_id: int
    technician_id: int | None = None

    def includes(self, work_order: WorkOrder) -> bool:
        """Whether the user may open it; one that isn't theirs but that they asked for, read-only."""
        return self.is_editable(work_order) or work_order.created_by_id == self.user_id

    def is_editable(self, work_order: WorkOrder) -> bool:
        """Whether the user may change it, as far as R22a goes."""
        return self.technician_id is None or work_order.technician_id == self.technician_id

    def condition(self) -> ColumnElement[bool]:
        """`includes` as SQL."""
        if self.technician_id is None:
            return true()
        return or_(WorkOrder.technician_id == self.technician_id, WorkOrder.created_by_id == self.user_id)


def visible_to(company: Company, user: User, role: Role) -> Visible:
    """What this member sees: everything, unless the company blocks by technician (R22a).

    Args:
        role: the user's role in this company; supervisors and administrators see everything.
    """
    is_blocked = HostParameters.of(company).work_orders_by_technician and not role.includes(Role.SUPERVISOR)
    technician = technician_of(company, user) if is_blocked else None
    return Visible(user.id, technician.id if technician is not None else None)


# ── Work orders ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of work orders is narrowed to; the default is everything.

    Args:
        text: words of the problem, code or name of the party, or the number.
        opened_from, opened_until: days of the company's time zone, both included.
    """

    text: str = ""
    status: WorkOrderStatus | None = None
    customer_id: int | None = None
    prospect_id: int | None = None
    technician_id: int | None = None
    opened_from: date | None = None
    opened_until: date | None = None

    def conditions(self, timezone: str) -> list[ColumnElement[bool]]:
        """The same as SQL."""
        found: list[ColumnElement[bool]] = [
            column == value
            for column, value in (
                (WorkOrder.status, self.status),
                (WorkOrder.customer_id, self.customer_id),
                (WorkOrder.prospect_id, self.prospect_id),
                (WorkOrder.technician_id, self.technician_id),
            )
            if value is not None
        ]
        if self.text:
            ids = func.search_work_order(self.text).column_valued("found")
            found.append(WorkOrder.id.in_(select(ids)))
        if self.opened_from is not None:
            found.append(WorkOrder.opened_at >= start_of_day(self.opened_from, timezone))
        if self.opened_until is not None:
            found.append(WorkOrder.opened_at < start_of_day(self.opened_until + timedelta(days=1), timezone))
        return found


SORTS: Mapping[str, Any] = {
    "number": WorkOrder.number,
    "opened": WorkOrder.opened_at,
    # Spelled as in the index.
    "scheduled": func.coalesce(WorkOrder.scheduled_at, literal_column(UNSCHEDULED, DateTime(timezone=True))),
}


def work_order_page(company: Company, *, visible: Visible, wanted: Wanted, place: Place) -> Page:
    """A page of the work orders that the user sees, with what the list shows of each: `id`, `number`,
    `status`, `opened_at`, `scheduled_at`, and the names of `party`, `product` and `technician`.
    """
    statement = select(
        WorkOrder.id,
        WorkOrder.number,
        WorkOrder.status,
        WorkOrder.opened_at,
        WorkOrder.scheduled_at,
        func.coalesce(
            name_of(company, Customer, WorkOrder.customer_id),
            name_of(company, Prospect, WorkOrder.prospect_id),
        ).label("party"),
        func.coalesce(
            name_of(company, CustomerProduct, WorkOrder.customer_product_id),
            name_of(company, Product, WorkOrder.product_id),
        ).label("product"),
        name_of(company, Technician, WorkOrder.technician_id).label("technician"),
    ).where(
        WorkOrder.company_id == company.id,
        visible.condition(),
        *wanted.conditions(company.timezone),
    )
    return keyset_page(statement, key=WorkOrder.id, sorts=SORTS, default="-number", place=place)


def visible_work_order(company: Company, *, visible: Visible, work_order_id: int) -> WorkOrder:
    """The whole work order, with everything that its form shows.

    Raises:
        NotFound: it isn't this company's (R23), or the user doesn't see it (R22a).
    """
    if work_order_id > BIGINT_MAX:
        raise NotFound
    work_order = db.session.scalar(
        select(WorkOrder)
        .where(WorkOrder.company_id == company.id, WorkOrder.id == work_order_id)
        .options(
            joinedload(WorkOrder.customer),
            joinedload(WorkOrder.prospect),
            joinedload(WorkOrder.product),
            joinedload(WorkOrder.customer_product),
            joinedload(WorkOrder.technician),
            joinedload(WorkOrder.controller),
        )
        # After a refused save the session still holds the row as it was typed.
        .execution_options(populate_existing=True)
    )
    if work_order is None or not visible.includes(work_order):
        raise NotFound
    return work_order


def work_order_by_key(company: Company, request_key: UUID) -> WorkOrder | None:
    """The work order that a form with this key has already made."""
    return db.session.scalar(
        select(WorkOrder).where(WorkOrder.company_id == company.id, WorkOrder.request_key == request_key)
    )


def work_orders_of(
    company: Company,
    *,
    customer_id: int | None = None,
    prospect_id: int | None = None,
    only_open: bool = False,
    limit: int = 100,
) -> Sequence[WorkOrder]:
    """The latest work orders of a customer or a prospect, newest first (R11).

    All of them, whoever asks: `visible_to(…).includes(work_order)` says which ones the user may open.
    """
    statement = select(WorkOrder).where(
        WorkOrder.company_id == company.id,
        WorkOrder.customer_id == customer_id
        if customer_id is not None
        else WorkOrder.prospect_id == prospect_id,
    )
    if only_open:
        statement = statement.where(WorkOrder.status.not_in(FINAL))
    return db.session.scalars(
        statement.options(*_WITHOUT_TEXTS).order_by(WorkOrder.number.desc()).limit(limit)
    ).all()


# ── Requests ─────────────────────────────────────────────────────────────────────────────────────────


def requests_of_source(company: Company, source: str, source_id: int) -> Sequence[WorkOrderRequest]:
    """All wishes of a document, newest first, with the work orders that came of them (R21)."""
    return db.session.scalars(
        select(WorkOrderRequest)
        .where(
            WorkOrderRequest.company_id == company.id,
            WorkOrderRequest.source == source,
            WorkOrderRequest.source_id == source_id,
        )
        .options(joinedload(WorkOrderRequest.work_order).options(*_WITHOUT_TEXTS))
        .order_by(WorkOrderRequest.sequence.desc())
    ).all()


def latest_request(company: Company, source: str, source_id: int) -> WorkOrderRequest | None:
    """The document's last wish, with its work order: what the document shows of it (R21)."""
    return next(iter(requests_of_source(company, source, source_id)), None)


def latest_requests(
    company: Company, source: str, source_ids: Iterable[int]
) -> Mapping[int, WorkOrderRequest]:
    """The last wish of each of these documents, by its id, with the work orders: for a list of them."""
    rows = db.session.scalars(
        select(WorkOrderRequest)
        .where(
            WorkOrderRequest.company_id == company.id,
            WorkOrderRequest.source == source,
            # One array instead of fifty parameters, for which psycopg prepares nothing.
            WorkOrderRequest.source_id == any_(literal(list(source_ids), ARRAY(BigInteger))),
        )
        .options(
            defer(WorkOrderRequest.problem),
            joinedload(WorkOrderRequest.work_order).options(*_WITHOUT_TEXTS),
        )
        .order_by(WorkOrderRequest.sequence)
    )
    return {row.source_id: row for row in rows}


@dataclass(frozen=True, slots=True)
class Queue:
    """How many requests of a company stand where, and since when the oldest of the unmade ones waits."""

    counts: Mapping[RequestStatus, int]
    oldest_waiting_at: datetime | None


def queue_of(company: Company) -> Queue:
    """The state of the company's hand-off."""
    own = WorkOrderRequest.company_id == company.id
    counted = db.session.execute(
        select(WorkOrderRequest.status, func.count()).where(own).group_by(WorkOrderRequest.status)
    )
    oldest = db.session.scalar(
        select(func.min(WorkOrderRequest.created_at)).where(own, WorkOrderRequest.status.in_(WAITING))
    )
    counts = dict.fromkeys(RequestStatus, 0)
    counts.update((status, count) for status, count in counted)
    return Queue(counts, oldest)


def request_page(company: Company, *, status: RequestStatus | None, place: Place) -> Page:
    """A page of the company's requests, newest first, with who asked and what was made."""
    statement = (
        select(WorkOrderRequest)
        .where(
            WorkOrderRequest.company_id == company.id,
            true() if status is None else WorkOrderRequest.status == status,
        )
        .options(
            defer(WorkOrderRequest.problem),
            joinedload(WorkOrderRequest.requested_by),
            joinedload(WorkOrderRequest.work_order).options(*_WITHOUT_TEXTS),
        )
    )
    return keyset_page(
        statement,
        key=WorkOrderRequest.id,
        sorts={"id": WorkOrderRequest.id},
        default="-id",
        place=place,
    )
