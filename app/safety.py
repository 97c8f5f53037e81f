"""What must be true before the application serves, and where its migrations are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Connection, text

from app.database import db
from app.extensions import migrate
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
