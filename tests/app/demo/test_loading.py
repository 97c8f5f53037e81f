"""The demo data: what the issue counts, the same each time, and lawful by our own rules."""

from __future__ import annotations

import re
from collections import Counter as Count
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.clock import end_of_day
from app.companies.models import Company, Counter
from app.companies.numbering import next_number
from app.companies.parameters import HostParameters
from app.database import Base, company_scope, db, transaction
from app.demo import DEMO_PASSWORD
from app.demo.loading import DemoRefused, load_demo
from app.owner import as_owner
from app.parties.documents import is_document
from app.parties.models import Customer, Prospect
from app.plugin_api.parameters import unmet_dependency
from app.products.models import CustomerProduct, Product
from app.staff.models import Department, Technician
from app.users.models import Membership, User
from app.users.passwords import is_right
from app.work_orders.models import WorkOrder, WorkOrderStatus
from plugins.service_desk.models import (
    Channel,
    Forwarding,
    ForwardingOutcome,
    Interaction,
    KnownProblem,
    ProblemCategory,
    Reopening,
    Ticket,
)
from plugins.service_desk.parameters import ServiceDeskParameters
from plugins.service_desk.queries.knowledge import applies_to, category_path

DAY = date(2026, 11, 18)
COUNTS = {
    Customer: 40,
    Prospect: 8,
    Product: 30,
    CustomerProduct: 60,
    Technician: 6,
    Department: 5,
    Channel: 5,
    ForwardingOutcome: 4,
    ProblemCategory: 12,
    KnownProblem: 25,
    Ticket: 60,
}
CHANCE = {
    ("user_account", "password_hash"),
    ("user_account", "created_at"),
    ("company", "created_at"),
    ("membership", "created_at"),
}
"""Columns that differ from one load to the next: salt, and the server's clock."""


def plugins(app: Flask):
    return app.extensions["balcao"].plugins.values()


def company(code: str) -> Company:
    return db.session.scalars(select(Company).where(Company.code == code)).one()


@pytest.fixture(scope="module")
def loaded_database(app: Flask, migrated_database):
    url = migrated_database()
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        patch.setitem(app.config, "DATABASE_OWNER_URL", url)
        with as_owner():
            load_demo(plugins(app), on=DAY)
    return url


@pytest.fixture
def loaded(app: Flask, loaded_database, monkeypatch):
    """A session on the loaded database, which nobody commits."""
    monkeypatch.setitem(app.config, "DATABASE_OWNER_URL", loaded_database)
    with app.app_context(), as_owner():
        yield


@pytest.mark.parametrize("code", ["aurora", "boreal"])
def test_each_company_has_what_the_issue_counts(loaded, code):
    with company_scope(company(code)):
        for model, rows in COUNTS.items():
            assert db.session.scalar(select(func.count()).select_from(model)) == rows, model
        assert db.session.scalar(select(func.count()).where(Technician.is_active.is_(False))) == 1
        assert db.session.scalar(select(func.max(func.length(Customer.name)))) > 150
        channels = db.session.scalars(select(Channel.name).order_by(Channel.id)).all()
        assert channels == ["Telefone", "E-mail", "WhatsApp", "Visita", "Balcão"]


def test_cometa_has_no_rows_and_no_parameters(loaded):
    with company_scope(company("cometa")):
        assert not ServiceDeskParameters.of(company("cometa")).enabled
        for model in COUNTS:
            assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_each_company_has_a_letterhead_that_reaches_nobody(loaded):
    for code in ("aurora", "boreal", "cometa"):
        one = company(code)
        assert is_document(one.document)
        assert one.email == f"contato@{code}.example"
        # The phone is like those of the demo's customers; the postal code begins a city's and is no street's.
        assert re.fullmatch(r"\(\d\d\) 5550-0100", one.phone)
        assert re.search(r" – \d\d000-000 \D+ – [A-Z]{2}$", one.address)


def test_parameters_are_the_issues_and_keep_their_dependencies(loaded, app):
    expected = {"aurora": (True, True, True), "boreal": (True, False, False)}
    for code, switches in expected.items():
        one = company(code)
        with company_scope(one):
            desk, host = ServiceDeskParameters.of(one), HostParameters.of(one)
            assert (desk.enabled, desk.customer_products, desk.auto_work_order) == switches
            values = {
                parameter.key: getattr(desk if parameter.module == "service_desk" else host, parameter.name)
                for parameter in app.extensions["balcao"].parameters()
            }
            assert unmet_dependency(app.extensions["balcao"].parameters(), values) is None


def test_logins_have_their_roles_and_the_one_password(loaded):
    rows = db.session.execute(
        select(User.login, Company.code, Membership.role).join(Membership.user).join(Membership.company)
    )
    assert {(login, code): role.value for login, code, role in rows} == {
        ("ana", "aurora"): "admin",
        ("ana", "boreal"): "admin",
        ("bruno", "aurora"): "operator",
        ("sofia", "aurora"): "supervisor",
        ("vera", "aurora"): "viewer",
        ("carla", "boreal"): "operator",
        ("dora", "cometa"): "admin",
    }
    hashes = set(db.session.scalars(select(User.password_hash)))
    assert len(hashes) == 1
    assert is_right(DEMO_PASSWORD, hashes.pop())
    with company_scope(company("aurora")):
        tied = select(Technician.name).join(User, User.id == Technician.user_id)
        assert db.session.scalars(tied.where(User.login == "bruno")).all() == ["Bruno"]


@pytest.mark.parametrize("code", ["aurora", "boreal"])
def test_every_document_has_right_check_digits(loaded, code):
    with company_scope(company(code)):
        documents = db.session.scalars(select(Customer.document)).all()
        documents += db.session.scalars(select(Prospect.document)).all()
    assert all(is_document(document) for document in documents)
    assert len(set(documents)) == len(documents)
    assert sum(not document.isdigit() for document in documents) == 1
    assert Count(len(document) for document in documents)[11] >= 3


def test_tickets_go_back_six_months_and_ask_for_what_r2_says(loaded):
    for code in ("aurora", "boreal"):
        one = company(code)
        with company_scope(one):
            tickets = db.session.scalars(select(Ticket).order_by(Ticket.number)).all()
            assert [ticket.number for ticket in tickets] == list(range(1, 61))
            assert sorted(ticket.opened_at for ticket in tickets) == [t.opened_at for t in tickets]
            assert 180 < (DAY - tickets[0].opened_at.date()).days < 187
            assert tickets[-1].opened_at.date() < DAY
            assert 5 < sum(ticket.is_open for ticket in tickets) < 20
            for ticket in tickets:
                owned = code == "aurora" and ticket.customer_id is not None
                assert (ticket.product_id if owned else ticket.customer_product_id) is None
                if ticket.customer_product is not None:
                    assert ticket.customer_product.customer_id == ticket.customer_id


@pytest.mark.parametrize(("code", "orders"), [("aurora", 20), ("boreal", 15)])
def test_some_tickets_have_work_orders_in_different_states(loaded, code, orders):
    with company_scope(company(code)):
        found = db.session.scalars(select(WorkOrder).order_by(WorkOrder.number)).all()
    assert [order.number for order in found] == list(range(1, orders + 1))
    assert {order.status for order in found} == set(WorkOrderStatus)


@pytest.mark.parametrize("code", ["aurora", "boreal"])
def test_known_problems_have_real_texts_and_some_are_for_some_products_only(loaded, code):
    one = company(code)
    with company_scope(one):
        known = db.session.scalars(select(KnownProblem)).all()
        for problem in known:
            assert 2 <= len(problem.solution.split("\n")) <= 6, problem.name
            assert len(problem.keywords.split(", ")) >= 2, problem.name
            assert problem.category is not None
        assert len({problem.solution for problem in known}) == 25
        restricted = sum(bool(problem.products) for problem in known)
        assert 10 < restricted < 25
        depths = Count(
            category_path(one, category.id).count(" › ")
            for category in db.session.scalars(select(ProblemCategory))
        )
        assert set(depths) == {0, 1, 2}


@pytest.mark.parametrize("code", ["aurora", "boreal"])
def test_tickets_tell_a_story_that_keeps_the_rules(loaded, code):
    one = company(code)
    with company_scope(one):
        tickets = {ticket.id: ticket for ticket in db.session.scalars(select(Ticket))}
        ends = {t.id: t.closed_at or end_of_day(DAY, one.timezone) for t in tickets.values()}
        interactions = db.session.scalars(select(Interaction)).all()
        counts = Count(i.ticket_id for i in interactions)
        assert {counts[ticket_id] for ticket_id in tickets} == {0, 1, 2, 3, 4}
        assert len({(i.finding, i.guidance) for i in interactions}) > 20
        for i in interactions:
            assert tickets[i.ticket_id].opened_at < i.started_at < i.ended_at < ends[i.ticket_id]

        forwardings = db.session.scalars(select(Forwarding)).all()
        assert 15 <= len({f.ticket_id for f in forwardings}) <= 25
        assert 2 <= sum(f.answered_at is None for f in forwardings) <= 8
        assert len({f.outcome_id for f in forwardings}) == 5
        for f in forwardings:
            assert tickets[f.ticket_id].opened_at < f.forwarded_at
            assert (f.answered_at or f.forwarded_at) < ends[f.ticket_id]

        named = [t for t in tickets.values() if t.known_problem_id is not None]
        assert len(named) > 15
        for t in named:
            assert applies_to(one, t.known_problem_id, t.product_id, t.customer_product_id)

        reopened = db.session.scalars(select(Reopening)).all()
        assert len(reopened) == 4
        for r in reopened:
            ticket = tickets[r.ticket_id]
            assert ticket.opened_at < r.closed_at < r.reopened_at < ticket.closed_at
            assert not any(
                r.closed_at < i.started_at < r.reopened_at for i in interactions if i.ticket_id == ticket.id
            )


def test_the_next_number_follows_on(loaded):
    aurora = company("aurora")
    with company_scope(aurora):
        kinds = dict(db.session.execute(select(Counter.kind, Counter.last)).all())
        assert kinds == {"service_desk.ticket": 60, "work_orders.work_order": 20}
        assert next_number(aurora, "service_desk.ticket") == 61


def _contents() -> dict[str, list[tuple]]:
    everything = {}
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if (table.name, column.name) not in CHANCE]
        everything[table.name] = sorted(db.session.connection().execute(select(*columns)).all(), key=repr)
    return everything


def test_loading_on_the_same_day_makes_the_same_rows(app, migrated_database, monkeypatch):
    contents = []
    for _ in range(2):
        monkeypatch.setitem(app.config, "DATABASE_OWNER_URL", migrated_database())
        with app.app_context(), as_owner():
            load_demo(plugins(app), on=DAY)
            contents.append(_contents())
    assert len(contents[0]["service_desk_ticket"]) == 120
    assert contents[0] == contents[1]


def test_a_login_that_is_somebodys_is_left_alone(demo_app):
    with demo_app.app_context(), as_owner():
        with transaction():
            db.session.add(User(login="Ana", name="Another", password_hash="x"))
        with pytest.raises(DemoRefused, match="Ana"):
            load_demo(plugins(demo_app), on=DAY)
        assert db.session.scalar(select(func.count()).select_from(Company)) == 0
