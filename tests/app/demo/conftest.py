"""Databases of their own for the demo: it needs one without companies, and commits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text

from app.embedded.roles import create_database_sql, database_sql, identifier
from tests.conftest import Servers

_numbers = count(1)


@pytest.fixture(scope="module")
def migrated_database(app: Flask, servers: Servers) -> Iterator[Callable[[], str]]:
    """Makes an empty database with all tables, at each call another one, and gives the owner's address."""
    with _database(servers) as template:
        _migrate(app, template)
        made = []

        def make() -> str:
            context = _database(servers, template=make_url(template).database)
            made.append(context)
            return context.__enter__()

        yield make
        for context in reversed(made):
            context.__exit__(None, None, None)


@pytest.fixture
def demo_app(app: Flask, migrated_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application, whose owner's commands go to an empty database of the test's own."""
    monkeypatch.setitem(app.config, "DATABASE_OWNER_URL", migrated_database())
    return app


@contextmanager
def _database(servers: Servers, template: str | None = None) -> Iterator[str]:
    admin_url = os.environ.get("BALCAO_TEST_DATABASE_URL") or servers.embedded.superuser_url
    admin = make_url(admin_url).set(drivername="postgresql+psycopg")
    owner = make_url(servers.owner_url)
    name = f"{owner.database}_demo_{next(_numbers)}"
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if template is None:
            connection.execute(text(create_database_sql(database=name, owner=owner.username)))
            _grant(admin.set(database=name), name, servers)
        else:
            connection.execute(text(f"CREATE DATABASE {identifier(name)} TEMPLATE {identifier(template)}"))
            connection.execute(text(f"ALTER DATABASE {identifier(name)} OWNER TO {owner.username}"))
        yield owner.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {identifier(name)} WITH (FORCE)"))
    engine.dispose()


def _grant(admin, name: str, servers: Servers) -> None:
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        roles = {
            "owner": make_url(servers.owner_url).username,
            "serving": make_url(servers.database_url).username,
        }
        for statement in database_sql(database=name, **roles):
            connection.execute(text(statement))
    engine.dispose()


def _migrate(app: Flask, owner_url: str) -> None:
    from flask_migrate import upgrade

    present = app.config["DATABASE_OWNER_URL"]
    app.config["DATABASE_OWNER_URL"] = owner_url
    try:
        with app.app_context():
            upgrade(revision="heads")
    finally:
        app.config["DATABASE_OWNER_URL"] = present
