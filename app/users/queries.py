"""Reads about users and memberships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from app.companies.models import Company
from app.database import db
from app.users.models import Membership, User, UserSession


def token_hash(token: str) -> bytes:
    """What the database keeps of a session's token."""
    return sha256(token.encode("utf-8", "replace")).digest()


def live_session(token: str, *, idle: timedelta, lifetime: timedelta, at: datetime) -> UserSession | None:
    """The session of this token with its user, unless it or its user has ended."""
    return db.session.scalar(
        select(UserSession)
        .join(UserSession.user)
        .options(contains_eager(UserSession.user))
        .where(
            UserSession.token_hash == token_hash(token),
            UserSession.last_seen_at > at - idle,
            UserSession.created_at > at - lifetime,
            User.is_active,
        )
    )


def user_by_login(login: str) -> User | None:
    """The user with this login, whatever its case."""
    return db.session.scalar(select(User).where(func.lower(User.login) == login.lower()))


def accepted_memberships(user: User) -> Sequence[Membership]:
    """The user's memberships in force, with their companies, by company name."""
    return db.session.scalars(
        select(Membership)
        .join(Membership.company)
        .options(contains_eager(Membership.company))
        .where(Membership.user_id == user.id, Membership.accepted_at.is_not(None))
        .order_by(Company.name, Company.id)
    ).all()
