"""The company scope: nothing without it, one company inside it, and clean changes between companies."""

from __future__ import annotations

import pytest
from sqlalchemy import case, delete, exists, func, insert, select, table, text, union, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import aliased, joinedload

from app.companies.models import Heartbeat
from app.database import (
    ForeignCompanyRow,
    NoCompanyScope,
    acting_as,
    company_scope,
    current_company_id,
    db,
    find,
    get_or_404,
    scope_cache,
)
from app.parties.models import Customer
from app.products.models import Product
from app.staff.models import Technician
from app.users.models import User
from plugins.service_desk.models import Ticket

NAMED = select(Technician.user_id).where(Technician.user_id == User.id)

STATEMENTS = {
    "entity": lambda: select(Customer),
    "column": lambda: select(Customer.id),
    "count_star": lambda: select(func.count()).select_from(Customer),
    "count_id": lambda: select(func.count(Customer.id)),
    "exists": lambda: select(exists().where(Customer.id == 1)),
    "union": lambda: union(select(Customer.id), select(Product.id)),
    "entity_from_union": lambda: select(Customer).from_statement(union(select(Customer), select(Customer))),
    "scalar_subquery": lambda: select(select(func.count(Customer.id)).scalar_subquery()),
    "derived_table": lambda: select(func.count()).select_from(select(Customer).subquery()),
    "common_table_expression": lambda: select(func.count()).select_from(select(Customer.id).cte()),
    "lateral": lambda: select(User.id, NAMED.lateral().c.user_id),
    "alias": lambda: select(aliased(Customer)),
    "join": lambda: select(User).join(Technician, Technician.user_id == User.id),
    "outer_join": lambda: select(User).outerjoin(Technician, Technician.user_id == User.id),
    "condition_in": lambda: select(User.id).where(User.id.in_(select(Technician.user_id))),
    "condition_not_exists": lambda: select(User.id).where(~exists().where(Technician.user_id == User.id)),
    "order": lambda: select(User.id).order_by(NAMED.limit(1).scalar_subquery()),
    "group": lambda: select(func.count(User.id)).having(
        func.count() > select(func.count(Technician.id)).scalar_subquery()
    ),
    "inside_a_function": lambda: select(func.coalesce(select(Customer.id).limit(1).scalar_subquery(), 1)),
    "inside_a_case": lambda: select(case((exists().where(Customer.id == 1), 1), else_=0)),
    "table": lambda: select(Customer.__table__),
    "count_of_table": lambda: select(func.count()).select_from(Customer.__table__),
    "update": lambda: update(Customer).values(email="x"),
    "update_from": lambda: update(User).values(name=Technician.name).where(Technician.user_id == User.id),
    "update_by_subquery": lambda: update(User).values(name=select(Customer.name).limit(1).scalar_subquery()),
    "delete": lambda: delete(Customer),
    "delete_using": lambda: delete(User).where(Technician.user_id == User.id),
    "insert": lambda: insert(Customer).values(company_id=1, code="x", name="x"),
    "insert_from_select": lambda: insert(Heartbeat).from_select(
        ["name", "beaten_at"], select(Customer.name, func.now())
    ),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_without_a_scope_every_statement_on_a_companys_table_raises(session, world, name):
    with pytest.raises(NoCompanyScope):
        db.session.execute(STATEMENTS[name]())


def test_without_a_scope_the_legacy_query_and_get_raise(session, world):
    with pytest.raises(NoCompanyScope):
        db.session.query(Customer).count()
    with pytest.raises(NoCompanyScope):
        db.session.get(Customer, world.rows["aurora"].customer.id)


def test_without_a_scope_a_new_row_raises(session, world):
    db.session.add(Customer(company_id=world.aurora.id, code="x", name="x"))
    with pytest.raises(NoCompanyScope):
        db.session.flush()


def test_what_the_orm_cannot_see_finds_nothing_without_a_scope(session, world):
    # A join that names the table by a relationship alone, a table by its bare name, and plain SQL.
    assert db.session.execute(select(User.id).select_from(User).join(Technician.user)).all() == []
    assert db.session.scalar(select(func.count()).select_from(table("customer"))) == 0
    assert db.session.scalar(text("SELECT count(*) FROM customer")) == 0


def test_without_a_scope_there_is_no_cache(session):
    with pytest.raises(NoCompanyScope):
        scope_cache()


def test_each_scope_has_a_cache_of_its_own(session, world):
    with company_scope(world.aurora):
        scope_cache()["seen"] = 1
        with company_scope(world.boreal):
            assert scope_cache() == {}
        assert scope_cache() == {"seen": 1}


def test_a_scope_takes_a_company_or_its_id(session, world):
    for company in (world.boreal, world.boreal.id):
        with company_scope(company):
            assert current_company_id() == world.boreal.id
    assert current_company_id() is None


# ── What stays possible inside ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("eager", [True, False])
def test_own_parents_are_loaded(session, world, eager):
    with company_scope(world.aurora):
        statement = select(Ticket).options(joinedload(Ticket.customer)) if eager else select(Ticket)
        ticket = db.session.scalars(statement).one()
        assert ticket.party.id == world.rows["aurora"].customer.id
        assert ticket.channel.code == "TEL"


def test_bulk_statements_change_own_rows_only(session, world):
    with company_scope(world.aurora):
        assert db.session.execute(update(Customer).values(email="own")).rowcount == 3
    with company_scope(world.boreal):
        assert set(db.session.scalars(select(Customer.email))) == {""}


@pytest.mark.parametrize("row_id", [None, 0, -1, 2**63, 10**30])
def test_ids_that_can_be_no_rows_are_not_found(session, world, row_id):
    with company_scope(world.aurora):
        assert find(world.aurora, Customer, row_id) is None


def test_get_or_404_gives_the_own_row(session, world):
    own = world.rows["aurora"].customer.id
    with company_scope(world.aurora):
        assert get_or_404(world.aurora, Customer, own).id == own
        # By the company that is asked for, not by the one that happens to be open.
        assert find(world.boreal, Customer, own) is None


# ── From one company to the next ─────────────────────────────────────────────────────────────────────


def names() -> set[str]:
    return set(db.session.scalars(select(Customer.name)))


def database_company() -> str:
    return db.session.scalar(text("SELECT current_setting('app.company_id', true)"))


def test_nested_scopes_in_one_transaction_write_to_both_companies(session, world):
    with company_scope(world.aurora):
        outer = Customer(company_id=world.aurora.id, code="N1", name="before")
        db.session.add(outer)
        with company_scope(world.boreal):
            # Flushed on the way, under its own company, and gone from the session.
            assert outer not in db.session
            db.session.add(Customer(company_id=world.boreal.id, code="N1", name="inside"))
        assert "before" in names()
        assert "inside" not in names()
        db.session.add(Customer(company_id=world.aurora.id, code="N2", name="after"))
    with company_scope(world.boreal):
        assert "inside" in names()
        assert not {"before", "after"} & names()


def test_changed_and_deleted_rows_are_flushed_at_the_switch(session, world):
    with company_scope(world.aurora):
        changed = db.session.get(Customer, world.rows["aurora"].customer.id)
        changed.email = "changed@example.com"
        db.session.delete(db.session.get(Customer, world.rows["aurora"].inactive_customer.id))
        with company_scope(world.boreal):
            pass
        assert set(db.session.scalars(select(Customer.email))) == {"changed@example.com", ""}
        assert len(names()) == 2


def test_the_database_is_told_of_every_switch(session, world):
    with acting_as(world.users["ana"].id):
        assert database_company() == ""
        with company_scope(world.aurora):
            assert database_company() == str(world.aurora.id)
            with company_scope(world.boreal):
                assert database_company() == str(world.boreal.id)
            assert database_company() == str(world.aurora.id)
        assert database_company() == ""
        assert db.session.scalar(text("SELECT current_setting('app.user_id', true)")) == str(
            world.users["ana"].id
        )
    assert db.session.scalar(text("SELECT current_setting('app.user_id', true)")) == ""


def test_the_database_is_told_again_after_a_commit_and_a_rollback(session, world):
    with company_scope(world.aurora):
        assert len(names()) == 3
        db.session.commit()
        assert len(names()) == 3
        db.session.rollback()
        assert len(names()) == 3


def test_a_row_kept_from_one_company_cannot_be_read_on_in_the_next(session, world):
    with company_scope(world.boreal):
        kept = db.session.get(Customer, world.rows["boreal"].customer.id)
    with company_scope(world.aurora):
        assert kept not in db.session
        assert db.session.get(Customer, kept.id) is None


def test_a_row_that_a_rollback_brings_back_does_not_stay_for_the_next_company(session, world):
    with company_scope(world.boreal):
        gone = db.session.get(Customer, world.rows["boreal"].inactive_customer.id)
        db.session.delete(gone)
        db.session.flush()
    db.session.rollback()
    with company_scope(world.aurora):
        assert gone not in db.session


# ── Errors ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_error_inside_leaves_the_outer_scope_usable(session, world):
    with company_scope(world.aurora):

        def visit() -> None:
            with company_scope(world.boreal):
                db.session.add(Customer(company_id=world.boreal.id, code="E1", name="never"))
                raise LookupError

        with pytest.raises(LookupError):
            visit()
        assert current_company_id() == world.aurora.id
        assert database_company() == str(world.aurora.id)
        assert len(names()) == 3
        db.session.flush()
    with company_scope(world.boreal):
        assert "never" not in names()


def test_an_error_inside_a_savepoint_leaves_the_outer_scope_usable(session, world):
    with company_scope(world.aurora):
        db.session.scalar(select(func.count(Customer.id)))
        with pytest.raises(LookupError), db.session.begin_nested(), company_scope(world.boreal):
            raise LookupError
        assert database_company() == str(world.aurora.id)


def test_an_error_of_the_database_inside_a_scope_is_not_hidden_by_leaving_it(session, world):
    with pytest.raises(DBAPIError, match="division by zero"), company_scope(world.aurora):
        db.session.execute(text("SELECT 1 / 0"))
    db.session.rollback()
    with company_scope(world.aurora):
        assert len(names()) == 3


def test_a_flush_that_fails_while_leaving_a_scope_closes_it(session, world):
    taken = world.rows["aurora"].customer.code
    with pytest.raises(IntegrityError), company_scope(world.aurora):
        db.session.add(Customer(company_id=world.aurora.id, code=taken, name="twice"))
    assert current_company_id() is None
    db.session.rollback()
    with company_scope(world.aurora):
        assert len(names()) == 3


def test_a_foreign_row_is_named_in_the_error(session, world):
    with company_scope(world.aurora):
        db.session.add(Customer(company_id=world.boreal.id, code="F", name="foreign"))
        with pytest.raises(ForeignCompanyRow, match=f"Customer of company {world.boreal.id}"):
            db.session.flush()
        db.session.rollback()
