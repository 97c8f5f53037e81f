"""The ticket («Atendimento»)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.parties.models import Customer, Prospect
from app.plugin_api import (
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
from app.products.models import CustomerProduct, Product
from app.staff.models import Technician
from app.users.models import User
from plugins.service_desk.models.knowledge import KnownProblem
from plugins.service_desk.models.tables import Channel


class Direction(StrEnum):
    """«Origem do Contato»: who contacted whom (R7)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"

    @property
    def label(self) -> str:
        """Who made the contact, in the reader's language."""
        return str(_l("Customer") if self is Direction.INBOUND else _l("Company"))


class PartyKind(StrEnum):
    """«Atendimento para»: which kind of party a ticket is for (R9)."""

    CUSTOMER = "customer"
    PROSPECT = "prospect"

    @property
    def label(self) -> str:
        """The kind of party, in the reader's language; the lookup beside it bears the same word."""
        return str(_l("Customer") if self is PartyKind.CUSTOMER else _l("Prospect"))


Figure = Annotated[int, mapped_column(BigInteger, server_default="0", deferred=True)]
"""What a ticket's rows of one kind come to: written by the database's triggers alone, read by reports."""


class Ticket(CompanyOwned, Model):
    """Atendimento: a document from the first contact to its closing; never deleted (R6).

    `is_open` is generated and unique with the id, so that a forwarding without answer can point at an open
    ticket by a foreign key: the database itself then refuses to close it (R15, DESIGN 6).
    """

    __tablename__ = "service_desk_ticket"
    __table_args__ = (
        company_fk("customer_id", "customer"),
        company_fk("prospect_id", "prospect"),
        company_fk("product_id", "product"),
        company_fk("customer_product_id", "customer_product"),
        company_fk("technician_id", "technician"),
        company_fk("closed_by_id", "technician"),
        company_fk("channel_id", "service_desk_channel"),
        company_fk("known_problem_id", "service_desk_known_problem"),
        own_key(),
        UniqueConstraint("company_id", "id", "is_open"),
        UniqueConstraint("company_id", "number"),
        UniqueConstraint("company_id", "request_key"),
        CheckConstraint("num_nonnulls(customer_id, prospect_id) = 1", name="one_party"),
        CheckConstraint("num_nonnulls(product_id, customer_product_id) <= 1", name="one_product"),
        CheckConstraint(
            "NOT is_product_specific OR num_nonnulls(product_id, customer_product_id) = 1",
            name="specific_product",
        ),
        CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="closed_by"),
        CheckConstraint("closed_at >= opened_at", name="closed_after_opening"),
        CheckConstraint("length(problem) BETWEEN 1 AND 100000", name="problem"),
        Index(
            "ix_service_desk_ticket_open", "company_id", "number", postgresql_where=text("closed_at IS NULL")
        ),
        Index(None, "company_id", "customer_id", "number"),
        Index(None, "company_id", "prospect_id", "number"),
        Index(None, "company_id", "technician_id", "number"),
        Index(None, "company_id", "channel_id", "number"),
        Index(None, "company_id", "known_problem_id"),
        Index(None, "company_id", "opened_at"),
    )

    id: Mapped[RowId]
    number: Mapped[int] = mapped_column(BigInteger)
    opened_at: Mapped[Instant]
    direction: Mapped[Direction] = mapped_column(choice(Direction))
    is_product_specific: Mapped[bool] = mapped_column(default=False, server_default="false")
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    prospect_id: Mapped[int | None] = mapped_column(BigInteger)
    product_id: Mapped[int | None] = mapped_column(BigInteger)
    customer_product_id: Mapped[int | None] = mapped_column(BigInteger)
    technician_id: Mapped[int] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    problem: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(
        Text(collation="C"), Computed("name_key(problem)", persisted=True), deferred=True
    )
    known_problem_id: Mapped[int | None] = mapped_column(BigInteger)
    closed_at: Mapped[Instant | None]
    closed_by_id: Mapped[int | None] = mapped_column(BigInteger)
    is_open: Mapped[bool] = mapped_column(Computed("closed_at IS NULL", persisted=True))
    contact_count: Mapped[Figure]
    contact_minutes: Mapped[Figure]
    forwarding_count: Mapped[Figure]
    waiting_count: Mapped[Figure]
    answered_count: Mapped[Figure]
    answer_minutes: Mapped[Figure]
    reopening_count: Mapped[Figure]
    request_key: Mapped[UUID]
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    created_at: Mapped[CreatedAt]
    saved_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    saved_at: Mapped[CreatedAt]
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    customer: Mapped[Customer | None] = reference("Customer", "Ticket.customer_id == Customer.id")
    prospect: Mapped[Prospect | None] = reference("Prospect", "Ticket.prospect_id == Prospect.id")
    product: Mapped[Product | None] = reference("Product", "Ticket.product_id == Product.id")
    customer_product: Mapped[CustomerProduct | None] = reference(
        "CustomerProduct", "Ticket.customer_product_id == CustomerProduct.id"
    )
    technician: Mapped[Technician] = reference("Technician", "Ticket.technician_id == Technician.id")
    closed_by: Mapped[Technician | None] = reference("Technician", "Ticket.closed_by_id == Technician.id")
    channel: Mapped[Channel] = reference("Channel", "Ticket.channel_id == Channel.id")
    known_problem: Mapped[KnownProblem | None] = reference(
        "KnownProblem", "Ticket.known_problem_id == KnownProblem.id"
    )
    saved_by: Mapped[User | None] = reference("User", "Ticket.saved_by_id == User.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def party(self) -> Customer | Prospect:
        """The customer or the prospect."""
        party = self.customer or self.prospect
        assert party is not None  # ck_service_desk_ticket_one_party
        return party

    @property
    def party_kind(self) -> PartyKind:
        """Which of the two the party is."""
        return PartyKind.PROSPECT if self.customer_id is None else PartyKind.CUSTOMER
