"""Work orders, and the requests from which workers make them (DESIGN 6)."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import (
    CompanyOwned,
    CreatedAt,
    Instant,
    Model,
    RowId,
    choice,
    company_fk,
    own_key,
    reference,
)
from app.parties.models import Customer, Prospect
from app.products.models import CustomerProduct, Product
from app.staff.models import Technician
from app.users.models import User


class WorkOrderStatus(StrEnum):
    """«Situação» of a work order."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The status in the reader's language."""
        return str(_STATUS_LABELS[self])


_STATUS_LABELS = {
    WorkOrderStatus.OPEN: _l("Open"),
    WorkOrderStatus.IN_PROGRESS: _l("In progress"),
    WorkOrderStatus.DONE: _l("Done"),
    WorkOrderStatus.CANCELLED: _l("Cancelled"),
}


UNSCHEDULED = "'2199-12-30 00:00:00+00'::timestamptz"
"""SQL: where a work order without a scheduled day stands when they are ordered by it."""


class RequestStatus(StrEnum):
    """Where a wish for a work order stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"

    @property
    def label(self) -> str:
        """The status in the reader's language."""
        return str(_REQUEST_LABELS[self])


_REQUEST_LABELS = {
    RequestStatus.PENDING: _l("Waiting"),
    RequestStatus.RUNNING: _l("Running"),
    RequestStatus.DONE: _l("Made"),
    RequestStatus.DEAD: _l("Failed"),
}


def _subject_constraints() -> tuple[object, ...]:
    """Exactly one party, at most one kind of product, all of the same company."""
    return (
        company_fk("customer_id", "customer"),
        company_fk("prospect_id", "prospect"),
        company_fk("product_id", "product"),
        company_fk("customer_product_id", "customer_product"),
        company_fk("technician_id", "technician"),
        CheckConstraint("num_nonnulls(customer_id, prospect_id) = 1", name="one_party"),
        CheckConstraint("num_nonnulls(product_id, customer_product_id) <= 1", name="one_product"),
    )


class SubjectColumns:
    """What a request asks for and a work order copies: party, product, technician, problem."""

    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    prospect_id: Mapped[int | None] = mapped_column(BigInteger)
    product_id: Mapped[int | None] = mapped_column(BigInteger)
    customer_product_id: Mapped[int | None] = mapped_column(BigInteger)
    technician_id: Mapped[int | None] = mapped_column(BigInteger)
    problem: Mapped[str] = mapped_column(Text)


class WorkOrder(SubjectColumns, CompanyOwned, Model):
    """Ordem de Serviço (OS): the host's document of work to be done.

    `source`, `source_id`: what it was made from (`service_desk.ticket`, 17), or None. That a source has at
    most one work order that isn't cancelled (R21) is held by a unique index.
    """

    __tablename__ = "work_order"
    __table_args__ = (
        *_subject_constraints(),
        company_fk("controller_id", "technician"),
        own_key(),
        UniqueConstraint("company_id", "number"),
        UniqueConstraint("company_id", "request_key"),
        CheckConstraint("(source IS NULL) = (source_id IS NULL)", name="source"),
        CheckConstraint("length(problem) BETWEEN 1 AND 100000", name="problem"),
        CheckConstraint("length(work_done) <= 100000", name="work_done"),
        Index(
            "uq_work_order_source",
            "company_id",
            "source",
            "source_id",
            unique=True,
            postgresql_where=text("status <> 'cancelled' AND source IS NOT NULL"),
        ),
        Index(None, "company_id", "source", "source_id"),
        Index(None, "company_id", "status", "number"),
        Index(None, "company_id", "customer_id", "number"),
        Index(None, "company_id", "prospect_id", "number"),
        Index(None, "company_id", "technician_id", "number"),
        Index(None, "company_id", "created_by_id", "number"),
        Index(None, "company_id", "opened_at", "id"),
        Index("ix_work_order_due", "company_id", text(f"coalesce(scheduled_at, {UNSCHEDULED})"), "id"),
    )

    id: Mapped[RowId]
    number: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[WorkOrderStatus] = mapped_column(choice(WorkOrderStatus), default=WorkOrderStatus.OPEN)
    controller_id: Mapped[int | None] = mapped_column(BigInteger)
    opened_at: Mapped[Instant]
    scheduled_at: Mapped[Instant | None]
    work_done: Mapped[str] = mapped_column(Text, default="", server_default="")
    source: Mapped[str | None] = mapped_column(String(60))
    source_id: Mapped[int | None] = mapped_column(BigInteger)
    request_key: Mapped[UUID | None]
    search_key: Mapped[str] = mapped_column(
        Text(collation="C"), Computed("name_key(problem)", persisted=True), deferred=True
    )
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    created_at: Mapped[CreatedAt]
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    customer: Mapped[Customer | None] = reference("Customer", "WorkOrder.customer_id == Customer.id")
    prospect: Mapped[Prospect | None] = reference("Prospect", "WorkOrder.prospect_id == Prospect.id")
    product: Mapped[Product | None] = reference("Product", "WorkOrder.product_id == Product.id")
    customer_product: Mapped[CustomerProduct | None] = reference(
        "CustomerProduct", "WorkOrder.customer_product_id == CustomerProduct.id"
    )
    technician: Mapped[Technician | None] = reference(
        "Technician", "WorkOrder.technician_id == Technician.id"
    )
    controller: Mapped[Technician | None] = reference(
        "Technician", "WorkOrder.controller_id == Technician.id"
    )
    created_by: Mapped[User | None] = reference("User", "WorkOrder.created_by_id == User.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_final(self) -> bool:
        """Whether nothing is to be done any more."""
        return self.status in (WorkOrderStatus.DONE, WorkOrderStatus.CANCELLED)


class WorkOrderRequest(SubjectColumns, CompanyOwned, Model):
    """A recorded wish for a work order: outbox, idempotency key, visible state and audit in one row.

    `available_at` is the next try and the end of the lease in one; what the wish copies are real columns
    with foreign keys, so that nothing it names can vanish before the worker comes.
    """

    __tablename__ = "work_order_request"
    __table_args__ = (
        *_subject_constraints(),
        company_fk("work_order_id", "work_order"),
        own_key(),
        UniqueConstraint("company_id", "source", "source_id", "sequence"),
        CheckConstraint("status IN ('pending', 'running', 'done', 'dead')", name="status"),
        CheckConstraint("(status = 'running') = (lease_token IS NOT NULL)", name="lease"),
        CheckConstraint("(status = 'done') = (work_order_id IS NOT NULL)", name="done"),
        Index(
            "ix_work_order_request_due",
            "available_at",
            "id",
            postgresql_where=text("status IN ('pending', 'running')"),
        ),
        Index("ix_work_order_request_unfinished", "id", postgresql_where=text("status <> 'done'")),
        Index(None, "company_id", "status", "id"),
        Index(None, "company_id", "work_order_id"),
    )

    id: Mapped[RowId]
    source: Mapped[str] = mapped_column(String(60))
    source_id: Mapped[int] = mapped_column(BigInteger)
    sequence: Mapped[int] = mapped_column(Integer)
    status: Mapped[RequestStatus] = mapped_column(
        choice(RequestStatus), default=RequestStatus.PENDING, server_default="pending"
    )
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    available_at: Mapped[CreatedAt]
    lease_token: Mapped[UUID | None]
    work_order_id: Mapped[int | None] = mapped_column(BigInteger)
    last_error: Mapped[str] = mapped_column(String(500), default="", server_default="")
    requested_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    request_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    created_at: Mapped[CreatedAt]
    done_at: Mapped[Instant | None]

    work_order: Mapped[WorkOrder | None] = reference(
        "WorkOrder", "WorkOrderRequest.work_order_id == WorkOrder.id"
    )
    requested_by: Mapped[User | None] = reference("User", "WorkOrderRequest.requested_by_id == User.id")

    @property
    def is_waiting(self) -> bool:
        """Whether a worker still has to make the work order."""
        return self.status in (RequestStatus.PENDING, RequestStatus.RUNNING)
