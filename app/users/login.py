"""Flask-Login on sessions of our own: the cookie holds a token that the server can end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import update

from app.clock import now
from app.database import db, transaction
from app.extensions import login_manager
from app.users import queries
from app.users.models import User, UserSession

TOUCH_EVERY = timedelta(minutes=1)
"""How exactly «idle» is known; each touch is a write."""


class LoggedIn:
    """What Flask-Login calls the user: the account, and the session through which it is here."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, session: UserSession, token: str) -> None:
        self.session = session
        self.account: User = session.user
        self.token = token

    def get_id(self) -> str:
        """The session's token: what Flask-Login puts into the cookie."""
        return self.token

    def __getattr__(self, name: str) -> Any:
        return getattr(self.account, name)


def init_login(app: Flask) -> None:
    """Load users by their session's token."""
    login_manager.init_app(app)
    login_manager.user_loader(_load)


def _load(token: str) -> LoggedIn | None:
    at = now()
    config = current_app.config
    session = queries.live_session(
        token, idle=config["SESSION_IDLE"], lifetime=config["SESSION_LIFETIME"], at=at
    )
    if session is None:
        return None
    if at - session.last_seen_at > TOUCH_EVERY:
        with transaction():
            db.session.execute(
                update(UserSession).where(UserSession.id == session.id).values(last_seen_at=at)
            )
    return LoggedIn(session, token)
