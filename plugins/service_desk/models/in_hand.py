"""What a user has in hand and hasn't saved: the running timer and drafts of new tickets (R18)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.plugin_api import CompanyOwned, Instant, Model, RowId, company_fk
from plugins.service_desk.models.documents import TICKET


class Timer(CompanyOwned, Model):
    """A measured contact: runs until it is stopped, and is kept until its interaction is saved (R18).

    It belongs to a row of a document's form (`row_key`, the key of the interaction to be): of a saved
    ticket, or of a new one that is known by its form's `request_key`. One runs per user and company.
    """

    __tablename__ = "service_desk_timer"
    __table_args__ = (
        company_fk("ticket_id", TICKET),
        UniqueConstraint("company_id", "user_id", "row_key"),
        Index(
            "uq_service_desk_timer_running",
            "company_id",
            "user_id",
            unique=True,
            postgresql_where=text("stopped_at IS NULL"),
        ),
        Index(None, "company_id", "ticket_id"),
        CheckConstraint("num_nonnulls(ticket_id, request_key) = 1", name="one_document"),
        CheckConstraint("stopped_at >= started_at", name="stopped_after_start"),
    )

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    ticket_id: Mapped[int | None] = mapped_column(BigInteger)
    request_key: Mapped[UUID | None]
    row_key: Mapped[UUID]
    started_at: Mapped[Instant]
    stopped_at: Mapped[Instant | None]


class Draft(CompanyOwned, Model):
    """What was typed into the form of a new ticket and isn't saved yet: [name, value] of each input."""

    __tablename__ = "service_desk_draft"
    __table_args__ = (
        UniqueConstraint("company_id", "user_id", "request_key"),
        Index(None, "company_id", "user_id", "saved_at"),
    )

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    request_key: Mapped[UUID]
    inputs: Mapped[list[tuple[str, str]]] = mapped_column(JSONB)
    saved_at: Mapped[Instant]
