"""The audit trail: append-only, also for the serving role."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import CompanyOwned, CreatedAt, Model, RowId, reference
from app.users.models import User


class AuditEntry(CompanyOwned, Model):
    """One thing that somebody did: to which record, and what changed from what to what.

    `changes` maps a field's name to [old, new]; long texts are cut there, the record has them whole.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "company_id", "id"),
        Index(None, "company_id", "entity", "entity_id", "id"),
    )

    id: Mapped[RowId]
    at: Mapped[CreatedAt]
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    request_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    entity: Mapped[str] = mapped_column(String(60))
    entity_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(40))
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSONB, default=dict, server_default="{}")

    user: Mapped[User | None] = reference("User", "AuditEntry.user_id == User.id")
