"""Companies, their parameters and their counters."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
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
from app.emails import LONGEST_EMAIL

if TYPE_CHECKING:
    from app.users.models import User


class Company(Model):
    """A tenant of the ERP; its code stands in URLs and never changes (R22c).

    Document, address, phone and e-mail head its printed documents; each may be empty.
    """

    __tablename__ = "company"
    __table_args__ = (CheckConstraint("code ~ '^[a-z][a-z0-9-]{1,29}$'", name="code"),)

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    document: Mapped[str] = mapped_column(String(20), server_default="")
    address: Mapped[str] = mapped_column(String(300), default="", server_default="")
    phone: Mapped[str] = mapped_column(String(40), default="", server_default="")
    email: Mapped[str] = mapped_column(String(LONGEST_EMAIL), default="", server_default="")
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
    """One change, copy or undoing of parameters: what was, what is, and whether it was undone (R4, R5).

    `before` and `after` map `module.name` to {"value": …, "version": n}; a missing row has version 0.
    All batches of one copy have its key, each in its own company; `undoes_id` is the batch that one undoes.
    """

    __tablename__ = "parameter_batch"
    __table_args__ = (
        company_fk("undoes_id", "parameter_batch"),
        own_key(),
        # A copy reaches a company once, and a batch is undone once, whatever the code does.
        UniqueConstraint("company_id", "copy_key"),
        UniqueConstraint("company_id", "undoes_id"),
        Index(None, "company_id", "created_at"),
    )

    id: Mapped[RowId]
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    source_company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    copy_key: Mapped[UUID | None]
    undoes_id: Mapped[int | None] = mapped_column(BigInteger)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
    undone_at: Mapped[Instant | None]

    user: Mapped[User | None] = reference("User", "ParameterBatch.user_id == User.id")


class ParameterCopy(CompanyOwned, Model):
    """One copy of parameters to other companies; it belongs to the company from which it was started (R5).

    `values` are the source's as they were confirmed: what a worker writes later is what somebody has seen.
    """

    __tablename__ = "parameter_copy"
    __table_args__ = (own_key(), UniqueConstraint("company_id", "key"))

    id: Mapped[RowId]
    key: Mapped[UUID]
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    source_company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
    undone_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))

    user: Mapped[User | None] = reference("User", "ParameterCopy.user_id == User.id")


class CopyState(StrEnum):
    """Where one company of a copy stands."""

    PENDING = "pending"
    DONE = "done"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    UNDOING = "undoing"
    UNDONE = "undone"
    KEPT = "kept"

    @property
    def is_waiting(self) -> bool:
        """Whether something is still to be done there."""
        return self in (CopyState.PENDING, CopyState.UNDOING)

    @property
    def can_be_undone(self) -> bool:
        """Whether the copy is in force there; after a refused undoing it is."""
        return self in (CopyState.DONE, CopyState.KEPT)

    @property
    def label(self) -> str:
        """The state in the reader's language."""
        return str(_STATES[self])


_STATES = {
    CopyState.PENDING: _l("Waiting"),
    CopyState.DONE: _l("Copied"),
    CopyState.UNCHANGED: _l("Was equal already"),
    CopyState.REFUSED: _l("Refused"),
    CopyState.UNDOING: _l("Being undone"),
    CopyState.UNDONE: _l("Undone"),
    CopyState.KEPT: _l("Not undone"),
}


class ParameterCopyTarget(CompanyOwned, Model):
    """One company that a copy goes to, and how it ended there; the row's lock is the worker's lease.

    `seen` is the digest of the target's parameters as the preview showed them; `kept_keys` are those that
    an undoing left as they are, because they were changed since.
    """

    __tablename__ = "parameter_copy_target"
    __table_args__ = (
        company_fk("copy_id", "parameter_copy"),
        UniqueConstraint("company_id", "copy_id", "target_company_id"),
        CheckConstraint(
            "state IN ('pending', 'done', 'unchanged', 'refused', 'undoing', 'undone', 'kept')", name="state"
        ),
        Index(
            "ix_parameter_copy_target_waiting",
            "copy_id",
            "id",
            postgresql_where=text("state IN ('pending', 'undoing')"),
        ),
    )

    id: Mapped[RowId]
    copy_id: Mapped[int] = mapped_column(BigInteger)
    target_company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    seen: Mapped[str] = mapped_column(String(64))
    state: Mapped[CopyState] = mapped_column(
        choice(CopyState), default=CopyState.PENDING, server_default="pending"
    )
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    kept_keys: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")


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
