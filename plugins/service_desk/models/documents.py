"""What a ticket gathers: interactions, forwardings, reopenings (R15 to R19)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.plugin_api import CompanyOwned, CreatedAt, Instant, Model, RowId, choice, company_fk, reference
from app.staff.models import Department, Technician
from app.users.models import User
from plugins.service_desk.models.tables import Channel, ForwardingOutcome
from plugins.service_desk.models.tickets import Direction

TICKET = "service_desk_ticket"


class Interaction(CompanyOwned, Model):
    """One contact with the party: when, how, who, what was found, what was advised (R17).

    `key` is made with the form's empty row and stays: it tells the rows of a document apart for whoever
    saves at the same time (R24), and a save that is sent twice finds its rows.
    """

    __tablename__ = "service_desk_interaction"
    __table_args__ = (
        company_fk("ticket_id", TICKET),
        company_fk("channel_id", "service_desk_channel"),
        UniqueConstraint("company_id", "ticket_id", "key"),
        CheckConstraint("ended_at > started_at", name="ends_after_start"),
        CheckConstraint("length(contact_name) BETWEEN 1 AND 200", name="contact_name"),
        CheckConstraint("length(finding) BETWEEN 1 AND 100000", name="finding"),
        CheckConstraint("length(guidance) BETWEEN 1 AND 100000", name="guidance"),
        Index(None, "company_id", "ticket_id", "id"),
        Index(None, "company_id", "channel_id"),
    )

    id: Mapped[RowId]
    ticket_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[UUID]
    started_at: Mapped[Instant]
    ended_at: Mapped[Instant]
    channel_id: Mapped[int] = mapped_column(BigInteger)
    direction: Mapped[Direction] = mapped_column(choice(Direction))
    contact_name: Mapped[str] = mapped_column(String(200))
    finding: Mapped[str] = mapped_column(Text)
    guidance: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    created_at: Mapped[CreatedAt]

    channel: Mapped[Channel] = reference("Channel", "Interaction.channel_id == Channel.id")


class Forwarding(CompanyOwned, Model):
    """The ticket sent on to a department, and that department's answer, whole or not at all (R19).

    While it waits, `pending` points at the open ticket by a foreign key, and the database refuses to close
    it (R15, DESIGN 6). `key` as in `Interaction`.
    """

    __tablename__ = "service_desk_forwarding"
    __table_args__ = (
        company_fk("ticket_id", TICKET),
        ForeignKeyConstraint(
            ["company_id", "ticket_id", "pending"],
            [f"{TICKET}.company_id", f"{TICKET}.id", f"{TICKET}.is_open"],
            name="fk_service_desk_forwarding_pending",
        ),
        company_fk("department_id", "department"),
        company_fk("answered_by_id", "technician"),
        company_fk("outcome_id", "service_desk_forwarding_outcome"),
        UniqueConstraint("company_id", "ticket_id", "key"),
        CheckConstraint(
            "num_nonnulls(answered_at, answered_by_id, outcome_id, answer) IN (0, 4)", name="answer"
        ),
        CheckConstraint("answered_at >= forwarded_at", name="answered_after_forwarding"),
        CheckConstraint("length(answer) BETWEEN 1 AND 100000", name="answer_length"),
        Index(None, "company_id", "ticket_id", "id"),
        Index(None, "company_id", "department_id"),
        Index(None, "company_id", "answered_by_id"),
        Index(None, "company_id", "outcome_id"),
    )

    id: Mapped[RowId]
    ticket_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[UUID]
    department_id: Mapped[int] = mapped_column(BigInteger)
    forwarded_at: Mapped[Instant]
    answered_at: Mapped[Instant | None]
    answered_by_id: Mapped[int | None] = mapped_column(BigInteger)
    outcome_id: Mapped[int | None] = mapped_column(BigInteger)
    answer: Mapped[str | None] = mapped_column(Text)
    pending: Mapped[bool | None] = mapped_column(
        Boolean, Computed("CASE WHEN answered_at IS NULL THEN true END", persisted=True)
    )
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    created_at: Mapped[CreatedAt]

    department: Mapped[Department] = reference("Department", "Forwarding.department_id == Department.id")
    answered_by: Mapped[Technician | None] = reference(
        "Technician", "Forwarding.answered_by_id == Technician.id"
    )
    outcome: Mapped[ForwardingOutcome | None] = reference(
        "ForwardingOutcome", "Forwarding.outcome_id == ForwardingOutcome.id"
    )


class Reopening(CompanyOwned, Model):
    """That a closed ticket was opened again: by whom, why, and what its closing had said (R16)."""

    __tablename__ = "service_desk_reopening"
    __table_args__ = (
        company_fk("ticket_id", TICKET),
        company_fk("closed_by_id", "technician"),
        CheckConstraint("length(reason) BETWEEN 1 AND 2000", name="reason"),
        CheckConstraint("reopened_at >= closed_at", name="reopened_after_closing"),
        Index(None, "company_id", "ticket_id", "id"),
        Index(None, "company_id", "closed_by_id"),
    )

    id: Mapped[RowId]
    ticket_id: Mapped[int] = mapped_column(BigInteger)
    closed_at: Mapped[Instant]
    closed_by_id: Mapped[int] = mapped_column(BigInteger)
    reopened_at: Mapped[Instant]
    reopened_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    reason: Mapped[str] = mapped_column(Text)

    closed_by: Mapped[Technician] = reference("Technician", "Reopening.closed_by_id == Technician.id")
    reopened_by: Mapped[User | None] = reference("User", "Reopening.reopened_by_id == User.id")
