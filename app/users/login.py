"""Flask-Login on sessions of our own: the cookie holds a token that the server can end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, render_template, request, session
from flask_login import current_user, login_user
from sqlalchemy import update

from app.clock import now
from app.database import db, transaction
from app.errorpages import kept_fields
from app.extensions import login_manager
from app.safety import answers_get
from app.users import queries
from app.users.forms import LoginForm
from app.users.models import User, UserSession
from app.users.services import logins

TOUCH_EVERY = timedelta(minutes=1)
"""How exactly «idle» is known; each touch is a write."""
KEPT = "kept:"
"""Stands before the names of fields that wait in the login page for their own form."""


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
    """Load users by their session's token; show the login page to whoever has none."""
    # Flask-Login's own context processor would load the user for every page, also for the one that says that
    # the database is down; the proxy loads them when a template asks.
    login_manager.init_app(app, add_context_processor=False)
    app.context_processor(lambda: {"current_user": current_user})
    login_manager.user_loader(_load)
    login_manager.unauthorized_handler(ask_to_log_in)


def _load(token: str) -> LoggedIn | None:
    at = now()
    config = current_app.config
    found = queries.live_session(
        token, idle=config["SESSION_IDLE"], lifetime=config["SESSION_LIFETIME"], at=at
    )
    if found is None:
        return None
    if at - found.last_seen_at > TOUCH_EVERY:
        with transaction():
            db.session.execute(update(UserSession).where(UserSession.id == found.id).values(last_seen_at=at))
    return LoggedIn(found, token)


def let_in(user: User) -> None:
    """Begin a session of the user in this browser: a new token, a new cookie; the old token is dead.

    Call it inside a transaction.
    """
    started, token = logins.start_session(
        user=user,
        address=remote_address(),
        agent=request.user_agent.string,
        replaces=session.get("_user_id", ""),
    )
    forget_cookie()
    login_user(LoggedIn(started, token))


def forget_cookie() -> None:
    """Empty the browser's cookie, the key of its CSRF tokens too."""
    session.clear()
    # Flask-WTF keeps the token of this request, made with the key that is gone.
    g.pop("csrf_token", None)


def remote_address() -> str:
    """Where the request comes from, as short as the database keeps it."""
    return (request.remote_addr or "")[:45]


def ask_to_log_in() -> Response:
    """The login page in place of any page of the portal; what was typed waits in it (issue 2, bad input)."""
    if request.headers.get("HX-Request") and request.method == "GET":
        # A part of a page: the browser loads the page again, and gets the login page as a whole.
        return Response(status=401, headers={"HX-Refresh": "true"})
    is_page = answers_get()
    # What only takes a post (a button) isn't kept: after the login its page stands there again.
    target = request.full_path.rstrip("?") if is_page else _referring_path()
    form = LoginForm(formdata=None, next=safe_path(target))
    return login_page(form, kept_fields() if is_page else [], status=401)


def login_page(form: LoginForm, kept: list[tuple[str, str]], *, status: int = 200) -> Response:
    """The login page with fields that wait for their form.

    Args:
        kept: (name, value) of what was typed elsewhere.
    """
    waiting = [(f"{KEPT}{name}", value) for name, value in kept]
    return make_response(render_template("users/login.html", form=form, waiting=waiting), status)


def waiting_fields() -> list[tuple[str, str]]:
    """The fields that wait in the posted login page."""
    fields = request.form.items(multi=True)
    return [(name.removeprefix(KEPT), value) for name, value in fields if name.startswith(KEPT)]


def safe_path(target: str | None) -> str:
    """`target` if it is a path of this portal, otherwise ""; a redirect there can't leave the site."""
    text = target or ""
    parts = urlsplit(text)
    is_path = text.startswith("/") and not text.startswith("//") and not parts.scheme and not parts.netloc
    has_tricks = "\\" in text or any(c <= " " or c == "\x7f" for c in text)
    return text if is_path and not has_tricks else ""


def _referring_path() -> str:
    parts = urlsplit(request.referrer or "")
    return parts.path if parts.netloc == request.host else ""
