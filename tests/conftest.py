"""Real servers for every test: an embedded cluster and queue, or those that the environment names.

`BALCAO_TEST_DATABASE_URL` (a role that may make databases and roles) and `BALCAO_TEST_REDIS_URL` choose
servers of one's own; the suite then makes a database and two roles there and drops them at the end.
"""

from __future__ import annotations

import gc
import os
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import pytest
from celery import _state
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event, make_url, text
from werkzeug.test import TestResponse

from app import create_app
from app.database import bound_to, company_scope, db, transaction
from app.embedded.roles import cluster_sql, create_database_sql, database_sql
from app.embedded.servers import EmbeddedServers
from app.users import passwords
from config import PLUGINS, TestingConfig
from tests.workshop import Workshop, workshop_of
from tests.world import QUICK_HASHER, World, add_documents, build_world


@dataclass(frozen=True)
class Servers:
    """Where the tests' database and queue are."""

    database_url: str
    owner_url: str
    redis_url: str
    embedded: EmbeddedServers | None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers: the browser's walks start first, in two halves with a portal each; other files
    stay whole, each on one worker.
    """
    walks = Path(__file__).parent / "e2e"
    counts = Counter(item.path for item in items if walks in item.path.parents)
    loads, halves = [0, 0], {}
    for path, count in sorted(counts.items(), key=lambda file: (-file[1], file[0])):
        lighter = loads.index(min(loads))
        loads[lighter] += count
        halves[path] = f"walks {lighter}"
    # What takes longest comes next, or one worker would be left alone with it at the end.
    items.sort(key=lambda item: (item.path not in halves, item.path.name != "test_life_cycle.py"))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(halves.get(item.path, str(item.path))))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The servers, up, with an empty database and both roles."""
    own = os.environ.get("BALCAO_TEST_DATABASE_URL")
    if own:
        yield from _servers_of_ones_own(own, os.environ["BALCAO_TEST_REDIS_URL"])
        return
    with TemporaryDirectory(prefix="balcao-") as var, EmbeddedServers(Path(var), throwaway=True) as embedded:
        yield Servers(embedded.database_url(), embedded.owner_url, embedded.redis_url, embedded)


def _servers_of_ones_own(admin_url: str, redis_url: str) -> Iterator[Servers]:
    name = f"balcao_test_{secrets.token_hex(4)}"
    owner, serving = f"{name}_owner", f"{name}_app"
    admin = make_url(admin_url).set(drivername="postgresql+psycopg")
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in cluster_sql(owner=owner, serving=serving):
            connection.execute(text(statement.replace(":", "\\:")))
        connection.execute(text(create_database_sql(database=name, owner=owner)))
    inside = create_engine(admin.set(database=name), isolation_level="AUTOCOMMIT")
    with inside.connect() as connection:
        for statement in database_sql(database=name, owner=owner, serving=serving):
            connection.execute(text(statement))
    inside.dispose()
    local = admin.set(database=name, password=None)
    try:
        yield Servers(
            local.set(username=serving).render_as_string(hide_password=False),
            local.set(username=owner).render_as_string(hide_password=False),
            redis_url,
            None,
        )
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            for role in (owner, serving):
                connection.execute(text(f"DROP OWNED BY {role}"))
                connection.execute(text(f"DROP ROLE {role}"))
        engine.dispose()


class Browser(FlaskClient):
    """A client whose every request has an application context of its own, as in production.

    In the test's own context one request would hand `g` on to the next: its company, its user, its session.
    """

    def open(self, *args: object, **kwargs: object) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def plugins() -> tuple[str, ...]:
    """The plugins that the application loads."""
    return PLUGINS


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords are hashed at once: nobody guesses them here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", QUICK_HASHER)
        yield


@pytest.fixture(scope="session")
def app(servers: Servers, plugins: tuple[str, ...]) -> Iterator[Flask]:
    """The application on the serving role, its database migrated and holding the small world of the tests."""
    app = create_app(
        TestingConfig,
        SQLALCHEMY_DATABASE_URI=servers.database_url,
        DATABASE_OWNER_URL=servers.owner_url,
        REDIS_URL=servers.redis_url,
        PLUGINS=plugins,
        # The tests of the token itself switch it on again.
        WTF_CSRF_ENABLED=False,
    )
    app.test_client_class = Browser
    with app.app_context():
        from flask_migrate import upgrade

        upgrade(revision="heads")
    # What is loaded now stays to the end: the collector needn't walk over it again and again.
    gc.collect()
    gc.freeze()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def one_default_celery() -> Iterator[None]:
    """A test that makes another application leaves shared tasks to the one they belonged to."""
    before = _state.default_app
    yield
    if before is not None:
        _state.set_default_app(before)


@pytest.fixture(scope="session")
def owner_engine(app: Flask, servers: Servers) -> Iterator[Engine]:
    """The owner's engine: sees past the walls, cleans up."""
    engine = create_engine(servers.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def world(app: Flask, owner_engine: Engine) -> World:
    """Companies aurora, boreal, cometa; ana, bruno, sofia, carla, dora, vera; a few rows of everything."""
    with app.app_context(), bound_to(owner_engine):
        return build_world()


@pytest.fixture(scope="module")
def documents(app: Flask, world: World, owner_engine: Engine) -> Iterator[None]:
    """Each company has a closed ticket, too, and rows in the tabs of its open one; afterwards no more."""
    with app.app_context(), bound_to(owner_engine):
        made = {}
        for code, company in world.companies.items():
            with company_scope(company), transaction():
                made[code] = add_documents(company, world.rows[code])
        db.session.expunge_all()
    yield
    with app.app_context(), bound_to(owner_engine):
        for code, company in world.companies.items():
            with company_scope(company), transaction():
                for row in reversed(made[code]):
                    db.session.delete(db.session.get_one(type(row), row.id))
            for name in ("closed_ticket", "interaction", "forwarding", "reopening"):
                delattr(world.rows[code], name)


@pytest.fixture
def rolled_back(app: Flask, world: World) -> Iterator[None]:
    """Everything that the test writes, also by requests, is undone: one outer transaction, savepoints inside.

    The nudge to the queue is left out: nothing that only this transaction sees could be found by a worker.
    """
    with app.app_context():
        engine = db.engine
    with engine.connect() as connection:
        outer = connection.begin()
        with app.app_context(), bound_to(connection):
            yield
        outer.rollback()


@pytest.fixture
def session(rolled_back: None) -> None:
    """An application context with a session that is rolled back; open `company_scope(…)` yourself."""


@pytest.fixture
def client(app: Flask, rolled_back: None) -> FlaskClient:
    """A browser without a login, on the rolled-back session. Log in by `log_in(client, "bruno")`."""
    return app.test_client()


@pytest.fixture
def letterhead(world: World, owner_engine: Engine) -> Iterator[str]:
    """Aurora has an address, a phone and an e-mail; gives how that reads on paper."""
    where, phone, email = "Rua das Acácias, 100 – Campinas – SP", "(19) 5550-0100", "contato@aurora.example"
    change = text("UPDATE company SET address = :address, phone = :phone, email = :email WHERE id = :id")
    with owner_engine.begin() as connection:
        connection.execute(change, {"address": where, "phone": phone, "email": email, "id": world.aurora.id})
    yield f"{where} Telefone {phone} E-mail {email}"
    with owner_engine.begin() as connection:
        connection.execute(change, {"address": "", "phone": "", "email": "", "id": world.aurora.id})


@pytest.fixture
def workshop(app: Flask, owner_engine: Engine, world: World) -> Iterator[Workshop]:
    """A company of the test's own whose rows are committed: for threads, processes and the clock."""
    with workshop_of(app, owner_engine, world) as shop:
        yield shop


class StatementCounter:
    """Counts the statements that reach the database while it is open.

    On a session that joins a test's transaction: without the savepoint, and what it has to say again there;
    a session that commits sends neither.
    """

    def __init__(self) -> None:
        self.statements: list[str] = []
        self._has_joined = False

    def __len__(self) -> int:
        return len(self.statements)

    def _note(self, connection: object, cursor: object, statement: str, *more: object) -> None:
        joins, self._has_joined = self._has_joined, "SAVEPOINT" in statement
        if self._has_joined or (joins and "set_config" in statement):
            return
        self.statements.append(statement)

    def __enter__(self) -> Self:
        event.listen(Engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *error: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)


@pytest.fixture
def count_statements() -> type[StatementCounter]:
    """`with count_statements() as counted: …; assert len(counted) <= 16`."""
    return StatementCounter
