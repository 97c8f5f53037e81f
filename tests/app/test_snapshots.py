"""Reading one state of the database, and saying something beside a transaction that goes on."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import InternalError

from app.database import aside, company_scope, db, snapshot
from app.parties.models import Customer


@pytest.fixture(autouse=True)
def in_context(workshop):
    """An application context on the serving role's own connections, nothing rolled back for it."""
    with workshop.app.app_context():
        yield
        db.session.rollback()


def test_snapshot_sees_one_state_whatever_others_commit(workshop):
    count = select(func.count()).select_from(Customer)
    with company_scope(workshop.company):
        with snapshot():
            before = db.session.scalar(count)
            with aside() as session:
                session.add(Customer(company_id=workshop.company.id, code="N", name="Nova"))
            assert db.session.scalar(count) == before
        assert db.session.scalar(count) == before + 1


def test_snapshot_writes_nothing(workshop):
    with company_scope(workshop.company), snapshot():
        with pytest.raises(InternalError, match="read-only"):
            db.session.execute(update(Customer).values(name="Outro"))
        db.session.rollback()


def test_snapshot_is_not_begun_over_what_isnt_committed(workshop):
    with company_scope(workshop.company):
        db.session.add(Customer(company_id=workshop.company.id, code="N", name="Nova"))
        with pytest.raises(RuntimeError, match="commit first"), snapshot():
            pass
        db.session.rollback()


def test_settings_of_a_snapshot_end_with_it(workshop):
    limit = select(func.current_setting("statement_timeout"))
    with snapshot(statement_timeout="50s"):
        assert db.session.scalar(limit) == "50s"
    assert db.session.scalar(limit) == "15s"


def test_what_is_said_aside_keeps_to_the_walls(workshop):
    with company_scope(workshop.company), aside() as session:
        assert session.scalars(select(Customer.company_id)).all() == [workshop.company.id]
        assert session.scalar(text("SELECT current_setting('app.company_id')")) == str(workshop.company.id)
        assert session.scalars(text("SELECT DISTINCT company_id FROM customer")).all() == [
            workshop.company.id
        ]


def test_what_is_said_aside_can_belong_to_another_company_than_the_open_one(workshop):
    company = text("SELECT current_setting('app.company_id')")
    other_id = workshop.company.id + 1_000_000
    with company_scope(other_id):
        db.session.scalar(company)
        with aside(workshop.company.id) as session:
            assert session.scalars(select(Customer.company_id)).all() == [workshop.company.id]
            assert session.scalar(company) == str(workshop.company.id)
        assert db.session.scalar(company) == str(other_id)
        assert db.session.scalars(select(Customer.company_id)).all() == []


def test_what_is_said_aside_stays_when_the_rest_is_rolled_back(workshop):
    with company_scope(workshop.company):
        with aside() as session:
            session.add(Customer(company_id=workshop.company.id, code="A", name="Ao lado"))
        db.session.rollback()
        assert "A" in db.session.scalars(select(Customer.code)).all()
