"""Reads about users and memberships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, Text, all_, case, func, select
from sqlalchemy.orm import contains_eager

from app.companies.models import Company
from app.database import db
from app.keyset import Page, Place, keyset_page
from app.users.models import LoginFailure, Membership, User, UserSession
from app.users.roles import Role


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


def login_failure(login: str, address: str) -> LoginFailure | None:
    """The failures counted for this login from this address."""
    return db.session.get(LoginFailure, (login, address))


def sessions_of(user: User, *, idle: timedelta, lifetime: timedelta, at: datetime) -> Sequence[UserSession]:
    """The user's live sessions, the one used last first; the latest twenty."""
    return db.session.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == user.id,
            UserSession.last_seen_at > at - idle,
            UserSession.created_at > at - lifetime,
        )
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
        .limit(20)
    ).all()


def accepted_memberships(user: User) -> Sequence[Membership]:
    """The user's memberships in force, with their companies, by company name."""
    return db.session.scalars(
        select(Membership)
        .join(Membership.company)
        .options(contains_eager(Membership.company))
        .where(Membership.user_id == user.id, Membership.accepted_at.is_not(None))
        .order_by(Company.name, Company.id)
    ).all()


def administered_companies(user_id: int) -> dict[int, Company]:
    """The companies that the user administers at this instant, by id, in the order of their names.

    Inactive ones too; none for a user who may not log in. What the session already has of them is read anew.
    """
    companies = db.session.scalars(
        select(Company)
        .join(Membership, Membership.company_id == Company.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.user_id == user_id,
            Membership.role == Role.ADMIN,
            Membership.accepted_at.is_not(None),
            User.is_active,
        )
        .order_by(Company.name, Company.id)
        .execution_options(populate_existing=True)
    )
    return {company.id: company for company in companies}


def invitations(user: User) -> Sequence[Membership]:
    """The user's memberships that wait for an answer, with their companies, the oldest first."""
    return db.session.scalars(
        select(Membership)
        .join(Membership.company)
        .options(contains_eager(Membership.company))
        .where(Membership.user_id == user.id, Membership.accepted_at.is_(None), Company.is_active)
        .order_by(Membership.id)
    ).all()


def membership_of(company: Company, user: User) -> Membership | None:
    """The user's membership in the company, accepted or not."""
    return db.session.scalar(
        select(Membership).where(Membership.company_id == company.id, Membership.user_id == user.id)
    )


def shown_name() -> ColumnElement[str]:
    """SQL: what a company calls a member: before the invitation is accepted, only what it typed itself."""
    return case((Membership.accepted_at.is_(None), Membership.invited_name), else_=User.name)


def member_page(company: Company, *, query: str, place: Place) -> Page:
    """A page of the company's members and invitations, with their users.

    Args:
        query: words that login or name must have, without accents and case.
    """
    login, name = (func.name_key(x, type_=Text) for x in (User.login, shown_name()))
    rows = (
        select(Membership)
        .join(Membership.user)
        .options(contains_eager(Membership.user))
        .where(Membership.company_id == company.id)
    )
    if query:
        rows = rows.where((login + " " + name).op("LIKE")(all_(func.search_patterns(query))))
    return keyset_page(
        rows, key=Membership.id, sorts={"login": login, "name": name}, default="login", place=place
    )


def accepted_members(company: Company) -> Sequence[Membership]:
    """The company's memberships in force, with their users, by name."""
    return db.session.scalars(
        select(Membership)
        .join(Membership.user)
        .options(contains_eager(Membership.user))
        .where(Membership.company_id == company.id, Membership.accepted_at.is_not(None))
        .order_by(User.name, Membership.id)
    ).all()


def member(company: Company, member_id: int) -> Membership | None:
    """A membership of the company, with its user."""
    return db.session.scalar(
        select(Membership)
        .join(Membership.user)
        .options(contains_eager(Membership.user))
        .where(Membership.company_id == company.id, Membership.id == member_id)
    )


def lock_administrators(company: Company) -> set[int]:
    """Ids of the memberships of those who administer the company now, locked until the transaction ends."""
    return set(
        db.session.scalars(
            select(Membership.id)
            .join(Membership.user)
            .where(
                Membership.company_id == company.id,
                Membership.role == Role.ADMIN,
                Membership.accepted_at.is_not(None),
                User.is_active,
            )
            .order_by(Membership.id)
            .with_for_update(of=Membership)
        )
    )


def administers_all_companies(admin: User, user: User) -> bool:
    """Whether `admin` administers every company that `user` belongs or is invited to, seen here or not."""
    return bool(db.session.scalar(select(func.administers_all_companies(admin.id, user.id))))


def may_change_account(actor: User, user: User) -> bool:
    """Whether `actor` may change the user's name and active flag (DOMAIN, «Who may do what»)."""
    return actor.id == user.id or administers_all_companies(actor, user)
