"""Users, their sessions, and their memberships in companies."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.companies.models import Company
from app.database import CreatedAt, Instant, Model, RowId, choice
from app.users.roles import Role

FREE_FAILURES = 5
LONGEST_WAIT = 60
"""Seconds that an attempt waits at most, however many failed before it."""


class User(Model):
    """A person who logs in; what they may do comes from their memberships."""

    __tablename__ = "user_account"
    __table_args__ = (Index("uq_user_account_login", text("lower(login)"), unique=True),)

    id: Mapped[RowId]
    login: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(10), default="pt_BR", server_default="pt_BR")
    is_active: Mapped[bool] = mapped_column(default=True, server_default="true")
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default="false")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[CreatedAt]

    __mapper_args__ = {"version_id_col": version}


class UserSession(Model):
    """One login that can be ended from the server; the browser's cookie holds the token, we its hash."""

    __tablename__ = "user_session"
    __table_args__ = (Index(None, "user_id"), Index(None, "last_seen_at"))

    id: Mapped[RowId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[CreatedAt]
    last_seen_at: Mapped[CreatedAt]
    address: Mapped[str] = mapped_column(String(45), default="", server_default="")
    agent: Mapped[str] = mapped_column(String(300), default="", server_default="")

    user: Mapped[User] = relationship(User)


class LoginFailure(Model):
    """How often a login failed from an address lately; slows the next attempt, never locks it."""

    __tablename__ = "login_failure"

    login: Mapped[str] = mapped_column(String(60), primary_key=True)
    address: Mapped[str] = mapped_column(String(45), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    last_failed_at: Mapped[Instant]

    @property
    def waits_until(self) -> datetime:
        """When the password is looked at again: 1, 2, 4 … 60 seconds after the fifth and later failures."""
        beyond = self.failures - FREE_FAILURES
        seconds = min(2 ** min(beyond, 10), LONGEST_WAIT) if beyond >= 0 else 0
        return self.last_failed_at + timedelta(seconds=seconds)


class Membership(Model):
    """A user's role in one company; in force once its user has accepted it.

    Not `CompanyOwned`: its user reads it without a company scope, to learn which companies there are. Row
    security lets through the open company's rows and the acting user's own.
    """

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("company_id", "user_id"), Index(None, "user_id"))

    id: Mapped[RowId]
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    role: Mapped[Role] = mapped_column(choice(Role))
    invited_name: Mapped[str] = mapped_column(String(120), default="", server_default="")
    accepted_at: Mapped[Instant | None]
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[CreatedAt]

    company: Mapped[Company] = relationship(Company)
    user: Mapped[User] = relationship(User)

    @property
    def shown_name(self) -> str:
        """What the company calls the member: until the invitation is accepted, only what it typed itself."""
        return self.invited_name if self.accepted_at is None else self.user.name

    __mapper_args__ = {"version_id_col": version}
