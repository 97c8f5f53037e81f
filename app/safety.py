"""What must be true before the application serves, and where its migrations are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flask import Flask, abort, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from sqlalchemy import Connection, text
from werkzeug.middleware.proxy_fix import ProxyFix

from app.database import db
from app.extensions import migrate
from app.forms import RESUME
from app.plugin_api.registry import Registry


class UnsafeConfiguration(RuntimeError):
    """The application refuses to start like this."""


def check_settings(app: Flask) -> None:
    """Refuse settings with which no environment may run.

    Raises:
        UnsafeConfiguration: a needed address is missing, or production has a weak key.
    """
    missing = [k for k in ("SQLALCHEMY_DATABASE_URI", "REDIS_URL") if not app.config[k]]
    if missing:
        names = {"SQLALCHEMY_DATABASE_URI": "DATABASE_URL"}
        raise UnsafeConfiguration(
            f"set {', '.join(names.get(k, k) for k in missing)} (README, configuration)"
        )
    if len(app.config["SECRET_KEY"]) < (32 if app.config["ENVIRONMENT"] == "production" else 1):
        raise UnsafeConfiguration("SECRET_KEY needs at least 32 characters of chance")


def bypasses_row_security(connection: Connection) -> bool:
    """Whether the role of this connection could read past the walls: superuser, BYPASSRLS or an owner."""
    return bool(
        connection.execute(
            text(
                "SELECT rolsuper OR rolbypassrls OR EXISTS ("
                " SELECT FROM pg_class"
                " WHERE relrowsecurity AND pg_has_role(current_user, relowner, 'MEMBER'))"
                " FROM pg_roles WHERE rolname = current_user"
            )
        ).scalar()
    )


def check_serving_role(app: Flask) -> None:
    """In production, refuse to serve with a role that row security doesn't bind (DESIGN 5).

    Commands (`flask db upgrade`, `flask db-roles`) run before that role may even exist.

    Raises:
        UnsafeConfiguration: it doesn't.
    """
    if app.config["ENVIRONMENT"] != "production" or os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        return
    if app.config["DATABASE_OWNER_URL"]:
        raise UnsafeConfiguration("DATABASE_OWNER_URL must not be set for web and workers")
    with app.app_context():
        with db.engine.connect() as connection:
            unsafe = bypasses_row_security(connection)
        db.engine.dispose()
    if unsafe:
        raise UnsafeConfiguration("the role in DATABASE_URL bypasses row security; see `flask db-roles`")


def trust_proxies(app: Flask) -> None:
    """Take address, scheme and host from as many proxies as `PROXY_HOPS` says stand before the portal."""
    if hops := app.config["PROXY_HOPS"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # as Flask's documentation does


def guard_posts(app: Flask) -> None:
    """Refuse posts that nobody meant, before the CSRF token is looked at."""
    app.before_request(_refuse_unmeant_post)


def _refuse_unmeant_post() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        abort(403, description=_("This was not sent by a page of the portal."))
    # The page that keeps a text offers to send it once more, with a token of ours. A form shows it and saves
    # nothing; an address that only takes posts would act on what another site may have put into that page.
    if RESUME in request.form and not answers_get():
        abort(409, description=_("Nothing was done. Open the page again and press the button there."))


def answers_get() -> bool:
    """Whether the present address is a page: a form and not only a button's target."""
    adapter = request_ctx.url_adapter
    return adapter is not None and adapter.test(method="GET")


def init_migrations(app: Flask, registry: Registry) -> None:
    """One Alembic environment whose revisions are the host's and every loaded plugin's."""
    root = Path(app.root_path).parent / "migrations"
    folders = [root / "versions", *registry.migrations]

    @migrate.configure
    def add_version_folders(config: Any) -> Any:
        config.set_main_option("path_separator", "os")
        config.set_main_option("version_locations", os.pathsep.join(str(f) for f in folders))
        return config

    migrate.init_app(app, db, directory=str(root), compare_type=True)
