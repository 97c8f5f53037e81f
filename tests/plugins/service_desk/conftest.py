"""Whom the service desk's tests log in as, and a browser whose saves are really committed."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app.companies.models import Company
from app.database import company_scope
from app.users.models import User
from tests.world import World, log_in

GROWING = (
    "service_desk_timer",
    "service_desk_draft",
    "service_desk_interaction",
    "service_desk_forwarding",
    "service_desk_reopening",
    "service_desk_ticket",
    "work_order",
    "work_order_request",
    "audit_entry",
    "user_session",
)
"""Tables that committing tests add rows to, each after those that refer to it must go first."""
WHOLE = ("company_parameter", "counter")


@pytest.fixture
def rows(world: World) -> SimpleNamespace:
    """Aurora's rows by kind."""
    return world.rows["aurora"]


@pytest.fixture
def bruno(client: FlaskClient, world: World) -> FlaskClient:
    """The browser of aurora's operator, who is tied to a technician."""
    log_in(client, world, "bruno")
    return client


@pytest.fixture
def aurora(session: None, world: World) -> Iterator[Company]:
    """Aurora, with its scope open, on a session that is undone."""
    with company_scope(world.aurora):
        yield world.aurora


@pytest.fixture
def user(world: World) -> User:
    """Bruno: the actor of verbs."""
    return world.users["bruno"]


@pytest.fixture
def committed(app: Flask, world: World, owner_engine: Engine) -> Iterator[None]:
    """Let the test commit, in an application context; afterwards the owner takes back what it wrote."""
    with owner_engine.begin() as connection:
        highest = {t: connection.scalar(text(f"SELECT coalesce(max(id), 0) FROM {t}")) for t in GROWING}
        for table in WHOLE:
            connection.execute(text(f"CREATE TABLE kept_{table} AS TABLE {table}"))
    with app.app_context():
        yield
    with owner_engine.begin() as connection:
        for table in ("work_order_request", "work_order", *GROWING):
            connection.execute(text(f"DELETE FROM {table} WHERE id > :id"), {"id": highest[table]})
        for table in WHOLE:
            connection.execute(text(f"DELETE FROM {table}"))
            connection.execute(text(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE kept_{table}"))
            connection.execute(text(f"DROP TABLE kept_{table}"))
