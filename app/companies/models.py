"""Companies, their parameters and their counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import CompanyOwned, CreatedAt, Instant, Model, RowId, reference

if TYPE_CHECKING:
    from app.users.models import User


class Company(Model):
    """A tenant of the ERP; its code stands in URLs and never changes (R22c)."""

    __tablename__ = "company"
    __table_args__ = (CheckConstraint("code ~ '^[a-z][a-z0-9-]{1,29}$'", name="code"),)

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    document: Mapped[str] = mapped_column(String(20), server_default="")
    timezone: Mapped[str] = mapped_column(String(40), server_default="America/Sao_Paulo")
    is_active: Mapped[bool] = mapped_column(server_default="true", default=True)
    created_at: Mapped[CreatedAt]


class CompanyParameter(CompanyOwned, Model):
    """One stored value; a missing row is the default in code (R4)."""

    __tablename__ = "company_parameter"
    __table_args__ = (UniqueConstraint("company_id", "module", "name"),)

    id: Mapped[RowId]
    module: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(60))
    value: Mapped[Any] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class ParameterBatch(CompanyOwned, Model):
    """One change or copy of parameters: what was, what is, and whether it was undone (R4, R5).

    `before` and `after` map `module.name` to {"value": …, "version": n}; a missing row has version 0.
    """

    __tablename__ = "parameter_batch"
    __table_args__ = (Index(None, "company_id", "created_at"),)

    id: Mapped[RowId]
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    source_company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
    undone_at: Mapped[Instant | None]

    user: Mapped[User | None] = reference("User", "ParameterBatch.user_id == User.id")


class Counter(CompanyOwned, Model):
    """The last number given out per company and kind; rises inside the transaction, so there are no gaps."""

    __tablename__ = "counter"

    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class Heartbeat(Model):
    """When a periodic job last ran; read by /readyz."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    beaten_at: Mapped[Instant]
