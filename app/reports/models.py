"""Files of reports in pieces, saved reports, and the columns that a user chose last."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
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
from app.users.models import User

LONGEST_QUERY = 8_000
"""Characters of a question; browsers and proxies carry no longer address."""
LONGEST_NAME = 80
"""Characters of a saved report's name."""
LONGEST_STATED = 2_000
PIECE_SIZE = 1024 * 1024


class FileStatus(StrEnum):
    """Where a file stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_under_way(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self in UNDER_WAY

    @property
    def label(self) -> str:
        """The status in the reader's language."""
        return str(_FILE_LABELS[self])


UNDER_WAY = (FileStatus.PENDING, FileStatus.RUNNING)
_FILE_LABELS = {
    FileStatus.PENDING: _l("Waiting"),
    FileStatus.RUNNING: _l("Being made"),
    FileStatus.DONE: _l("Ready"),
    FileStatus.FAILED: _l("Failed"),
    FileStatus.CANCELLED: _l("Called off"),
}


class ReportFile(CompanyOwned, Model):
    """A report that somebody wants as a file: the wish, how far it is, and what became of it.

    `company_ids`: the companies whose rows are in it, never more than its user could know when it was made.
    `stated`: its filters in words. `available_at`: of a waiting one, when a message about it is sent again;
    of a running one, the end of the lease. What has ended is gone after `expires_at`.
    """

    __tablename__ = "report_file"
    __table_args__ = (
        own_key(),
        # A key is its user's own: nobody gets another's file by guessing it.
        UniqueConstraint("company_id", "user_id", "request_key"),
        CheckConstraint("status IN ('pending', 'running', 'done', 'failed', 'cancelled')", name="status"),
        CheckConstraint("(status = 'running') = (lease_token IS NOT NULL)", name="lease"),
        CheckConstraint("(status IN ('pending', 'running')) = (expires_at IS NULL)", name="expires"),
        CheckConstraint(f"length(query) <= {LONGEST_QUERY}", name="query"),
        Index(
            "ix_report_file_due",
            "available_at",
            "id",
            postgresql_where=text("status IN ('pending', 'running')"),
        ),
        Index("ix_report_file_expired", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
        Index(None, "company_id", "user_id", "id"),
    )

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    report_key: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(10))
    query: Mapped[str] = mapped_column(Text)
    stated: Mapped[str] = mapped_column(String(LONGEST_STATED), default="", server_default="")
    company_ids: Mapped[list[int]] = mapped_column(JSONB)
    language: Mapped[str] = mapped_column(String(10))
    status: Mapped[FileStatus] = mapped_column(
        choice(FileStatus), default=FileStatus.PENDING, server_default="pending"
    )
    rows_done: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    rows_total: Mapped[int] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    lease_token: Mapped[UUID | None]
    available_at: Mapped[CreatedAt]
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    file_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    request_key: Mapped[UUID]
    created_at: Mapped[CreatedAt]
    done_at: Mapped[Instant | None]
    expires_at: Mapped[Instant | None]

    @property
    def can_be_downloaded(self) -> bool:
        """Whether it is there, and its seven days aren't over."""
        return self.status is FileStatus.DONE and self.expires_at is not None and self.expires_at > now()

    @property
    def percent(self) -> int:
        """How much of it is written, as far as rows tell; 100 only when it is done."""
        if self.status is FileStatus.DONE:
            return 100
        return min(99, 100 * self.rows_done // self.rows_total) if self.rows_total else 0


class ReportPiece(CompanyOwned, Model):
    """Up to 1 MB of a file's bytes; all its pieces are written in the transaction that makes it done."""

    __tablename__ = "report_piece"
    __table_args__ = (
        company_fk("file_id", "report_file", ondelete="CASCADE"),
        UniqueConstraint("company_id", "file_id", "position"),
        CheckConstraint(f"length(content) <= {PIECE_SIZE}", name="content"),
    )

    id: Mapped[RowId]
    file_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class SavedReport(CompanyOwned, Model):
    """A question under a name: its user's own, or everybody's in the company who may have the report.

    Whoever reads one gets what they themselves may see: only the question is saved.
    """

    __tablename__ = "saved_report"
    __table_args__ = (
        own_key(),
        Index(
            "uq_saved_report_own_name",
            "company_id",
            "user_id",
            "report_key",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("NOT is_shared"),
        ),
        Index(
            "uq_saved_report_shared_name",
            "company_id",
            "report_key",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("is_shared"),
        ),
        CheckConstraint(f"length(query) <= {LONGEST_QUERY}", name="query"),
    )

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    report_key: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    query: Mapped[str] = mapped_column(Text)
    is_shared: Mapped[bool] = mapped_column(default=False, server_default="false")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[CreatedAt]

    user: Mapped[User] = reference("User", "SavedReport.user_id == User.id")

    __mapper_args__ = {"version_id_col": version}

    def can_be_changed_by(self, user: User, *, may_share: bool) -> bool:
        """One's own is its user's to change, a shared one everybody's who may share."""
        return may_share if self.is_shared else self.user_id == user.id


class ReportColumns(CompanyOwned, Model):
    """The columns that a user chose last for one kind of a report, in their order."""

    __tablename__ = "report_columns"
    __table_args__ = (UniqueConstraint("company_id", "user_id", "report_key", "kind"),)

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    report_key: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(40))
    columns: Mapped[list[str]] = mapped_column(JSONB)
