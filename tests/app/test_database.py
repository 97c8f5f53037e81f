"""One way to commit, one way to read a row; and a database that goes away at the worst moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, delete, func, insert, select, text, update
from sqlalchemy.exc import OperationalError

from app.database import (
    Base,
    after_commit,
    bound_to,
    company_scope,
    company_tables,
    db,
    end_session,
    transaction,
)
from app.parties.models import Customer
from tests.world import log_in

OWN_PID = text("SELECT pg_backend_pid()")


def rows() -> int:
    return db.session.scalar(select(func.count(Customer.id)))


# ── transaction() ────────────────────────────────────────────────────────────────────────────────────


def test_a_block_is_committed_as_one(workshop):
    with workshop.app.app_context(), company_scope(workshop.company), transaction():
        for n in range(2):
            db.session.add(Customer(company_id=workshop.company.id, code=f"N{n}", name="new"))
    with workshop.app.app_context(), company_scope(workshop.company):
        assert rows() == 3


def test_a_block_that_fails_leaves_nothing(workshop):
    def block() -> None:
        with company_scope(workshop.company), transaction():
            db.session.add(Customer(company_id=workshop.company.id, code="N", name="new"))
            db.session.flush()
            raise LookupError

    with workshop.app.app_context():
        with pytest.raises(LookupError):
            block()
        with company_scope(workshop.company):
            assert rows() == 1


def test_what_was_read_stays_readable_after_the_commit(session, world, count_statements):
    with company_scope(world.aurora):
        with transaction():
            customer = db.session.scalars(select(Customer).order_by(Customer.id)).first()
        with count_statements() as counted:
            assert customer.code == "C1"
        assert len(counted) == 0


def test_what_waits_for_a_commit_is_called_once(session):
    called = []
    with transaction():
        after_commit(lambda: called.append(1))
        assert called == []
    with transaction():
        pass
    assert called == [1]


# ── The end of a request ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "write",
    [
        lambda own: (db.session.add(Customer(**own, code="N", name="new")), db.session.flush()),
        lambda own: db.session.add(Customer(**own, code="N", name="new")),
        lambda own: db.session.execute(insert(Customer).values(**own, code="N", name="new")),
        lambda own: db.session.execute(update(Customer).values(name="new")),
        lambda own: db.session.execute(delete(Customer)),
    ],
)
def test_what_nobody_committed_is_gone(workshop, write):
    with workshop.app.app_context(), company_scope(workshop.company):
        with transaction():
            rows()
        write({"company_id": workshop.company.id})
        end_session()
        names = db.session.scalars(select(Customer.name)).all()
        assert names == ["Workshop's customer"]


def test_reading_keeps_what_is_prepared(app, world):
    prepared = text("SELECT count(*) FROM pg_prepared_statements")
    with app.app_context(), company_scope(world.aurora):
        for _ in range(60):  # often enough on each of the pool's connections
            rows()
            end_session()
        assert db.session.scalar(prepared) > 0


# ── bound_to() ───────────────────────────────────────────────────────────────────────────────────────


def test_a_bound_block_runs_elsewhere_and_the_next_one_does_not(app, world, owner_engine):
    role = text("SELECT current_user")
    with app.app_context():
        serving = db.session.scalar(role)
        with bound_to(owner_engine):
            assert db.session.scalar(role) != serving
        assert db.session.scalar(role) == serving


def test_a_binding_is_of_one_thread(app, world, owner_engine):
    found = []

    def look() -> None:
        with app.app_context():
            found.append(db.session.get_bind())

    with app.app_context(), bound_to(owner_engine):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert found == [db.engine]


def test_the_tables_of_a_statement_are_named():
    assert company_tables(select(Customer)) == {"customer"}
    assert company_tables(select(func.now())) == set()


def test_constraints_have_names_by_one_convention():
    unnamed = [
        f"{table.name}: {constraint!r}"
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert unnamed == []


# ── A database that goes away ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def killer(app: Flask, world) -> Callable[[int], None]:
    """End a connection of the serving role from outside, as a crash does."""
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])

    def kill(pid: int) -> None:
        with engine.connect() as connection:
            # Waits until it is gone.
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    yield kill
    engine.dispose()


def test_a_session_whose_connection_died_ends_in_silence(app, world, killer):
    with app.app_context():
        killer(db.session.scalar(OWN_PID))
        end_session()
        assert db.session.scalar(select(1)) == 1


def test_a_connection_that_died_in_the_pool_is_made_anew_before_it_is_used(app, world, killer):
    with app.app_context():
        db.engine.dispose()
        died = db.session.scalar(OWN_PID)
        end_session()
        killer(died)
        assert db.session.scalar(OWN_PID) != died


def read_on_a_connection_that_dies(killer: Callable[[int], None]) -> None:
    killer(db.session.scalar(OWN_PID))
    rows()


def test_a_scope_whose_connection_died_is_left_without_another_error(app, world, killer):
    with app.app_context():
        with pytest.raises(OperationalError, match="terminat"), company_scope(world.aurora), transaction():
            read_on_a_connection_that_dies(killer)
        with company_scope(world.aurora):
            assert rows() == 3


@pytest.fixture
def visit(app: Flask, world, monkeypatch) -> Callable:
    """Put a view in place of the list of customers, and look at it as bruno, on the real pool."""
    client = app.test_client()
    with app.app_context():
        log_in(client, world, "bruno")

    def look(view: Callable[[], object], method: str = "GET", **options: object):
        with monkeypatch.context() as patch:
            patch.setitem(app.view_functions, "parties.customer_new", view)
            patch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
            return client.open("/c/aurora/customers/new", method=method, **options)

    yield look
    with app.app_context(), transaction():
        db.session.execute(text("DELETE FROM user_session"))


def test_a_connection_that_dies_after_the_last_statement_spoils_no_answer(visit, killer):
    def view() -> str:
        killer(db.session.scalar(OWN_PID))
        return "done"

    assert visit(view).text == "done"
    assert visit(lambda: str(rows())).text == "3"


def test_a_connection_that_dies_in_a_save_gives_the_page_that_keeps_the_text(visit, killer):
    def view() -> str:
        with transaction():
            killer(db.session.scalar(OWN_PID))
            db.session.execute(select(1))
        return "done"

    response = visit(view, "POST", data={"name": "Padaria\r\nÁvila", "password": "secret"})
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "3"
    assert "Padaria\r\nÁvila" in response.text
    assert "secret" not in response.text
    assert "terminating connection" not in response.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_a_database_every_address_gives_the_same_page(app, world, tmp_path, monkeypatch, method):
    """Also the first statement, which looks for the user."""
    client = app.test_client()
    with app.app_context():
        log_in(client, world, "bruno")
    nowhere = create_engine(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    with app.app_context(), bound_to(nowhere):
        response = client.open("/c/aurora/customers/new", method=method, data={"name": "Padaria"})
    assert response.status_code == 503
    assert ("Padaria" in response.text) == (method == "POST")
    with app.app_context(), transaction():
        db.session.execute(text("DELETE FROM user_session"))


def test_without_a_free_connection_the_answer_is_the_same_page(app, world, monkeypatch):
    client = app.test_client()
    with app.app_context():
        log_in(client, world, "bruno")
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    engine: Engine = create_engine(
        app.config["SQLALCHEMY_DATABASE_URI"], pool_size=1, max_overflow=0, pool_timeout=0.1
    )
    with engine.connect(), app.app_context(), bound_to(engine):
        response = client.post("/c/aurora/customers/new", data={"name": "Padaria"})
    engine.dispose()
    assert response.status_code == 503
    assert "Padaria" in response.text
    with app.app_context(), transaction():
        db.session.execute(text("DELETE FROM user_session"))


# ── A transaction that begins before its company is known ────────────────────────────────────────────


def test_a_scope_that_opens_after_the_connection_was_taken_is_told(app, world):
    with app.app_context():
        db.session.connection()
        with company_scope(world.aurora):
            assert db.session.scalar(text("SELECT current_setting('app.company_id')")) == str(world.aurora.id)
            assert rows()
        assert db.session.scalar(text("SELECT current_setting('app.company_id')")) == ""
