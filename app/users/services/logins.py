"""Logging in: who fits, how failures slow the next attempt, and sessions that the server can end."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from secrets import token_urlsafe

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, or_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm.attributes import set_committed_value

from app.clock import now
from app.database import db
from app.errors import BusinessError
from app.users import queries
from app.users.models import LoginFailure, User, UserSession
from app.users.passwords import hash_password, is_outdated, is_right

FAILURES_KEPT = timedelta(hours=1)
"""How long a failure slows its login; far above the longest wait."""


class WrongCredentials(BusinessError):
    """The same for a login that doesn't exist, an inactive user and a wrong password."""

    message = _l("User or password is wrong.")


class TooSoon(BusinessError):
    """After five failures each attempt waits longer, up to a minute; nobody is locked out."""

    message = _l("Too many attempts. Try again in %(seconds)s s.")

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(seconds=seconds)


def authenticate(*, login: str, password: str, address: str) -> User | None:
    """The active user whom login and password fit; otherwise None, and the failure is counted: commit it.

    Unknown logins and wrong passwords take the same time.

    Args:
        address: where the attempt comes from; failures count per login and address.

    Raises:
        TooSoon: the wait after the last failures isn't over; the password wasn't looked at.
    """
    login = login.lower()
    failure = queries.login_failure(login, address)
    if failure is not None and (wait := (failure.waits_until - now()).total_seconds()) > 0:
        raise TooSoon(ceil(wait))
    user = queries.user_by_login(login)
    stored = user.password_hash if user is not None and user.is_active else None
    if not is_right(password, stored) or user is None:
        _count_failure(login, address)
        return None
    if failure is not None:
        db.session.execute(
            delete(LoginFailure).where(LoginFailure.login == login, LoginFailure.address == address)
        )
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(password)
    db.session.flush()
    return user


def _count_failure(login: str, address: str) -> None:
    at = now()
    statement = insert(LoginFailure).values(login=login, address=address, failures=1, last_failed_at=at)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[LoginFailure.login, LoginFailure.address],
            set_={"failures": LoginFailure.failures + 1, "last_failed_at": at},
        )
    )


def start_session(*, user: User, address: str, agent: str, replaces: str = "") -> tuple[UserSession, str]:
    """A new session of the user with its token, which only the browser keeps.

    Args:
        replaces: the token that this browser had until now; it opens nothing any more.
    """
    end_session(token=replaces)
    token = token_urlsafe(32)
    session = UserSession(
        token_hash=queries.token_hash(token), user_id=user.id, address=address[:45], agent=agent[:300]
    )
    set_committed_value(session, "user", user)
    db.session.add(session)
    db.session.flush()
    return session, token


def end_session(*, token: str) -> None:
    """End the session of this token, if there is one."""
    db.session.execute(delete(UserSession).where(UserSession.token_hash == queries.token_hash(token)))


def end_sessions(*, user: User, but: UserSession | None = None) -> None:
    """End all sessions of the user.

    Args:
        but: the one that goes on.
    """
    ended = delete(UserSession).where(UserSession.user_id == user.id)
    db.session.execute(ended if but is None else ended.where(UserSession.id != but.id))


def forget_ended_sessions(*, idle: timedelta, lifetime: timedelta, at: datetime) -> None:
    """Delete sessions that are over by their age, and login failures that slow nobody any more."""
    db.session.execute(
        delete(UserSession).where(
            or_(UserSession.last_seen_at <= at - idle, UserSession.created_at <= at - lifetime)
        )
    )
    db.session.execute(delete(LoginFailure).where(LoginFailure.last_failed_at <= at - FAILURES_KEPT))
