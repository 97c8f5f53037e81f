"""`flask demo …`: refused where it must be, and harmless the second time."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.companies.models import Company
from app.companies.numbering import next_number
from app.database import company_scope, db, transaction
from app.owner import as_owner
from app.parties.models import Customer
from app.users.models import Membership, User
from app.work_orders.models import WorkOrder, WorkOrderRequest
from plugins.service_desk.demo.seeding import COMMON_WORD, RARE_WORD
from plugins.service_desk.models import Forwarding, Interaction, Ticket


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["demo", *arguments])
    return done.exit_code, done.output


def counted(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize("command", [["load"], ["load", "--if-empty"], ["seed"]])
def test_demo_data_is_refused_where_it_isnt_allowed(demo_app, monkeypatch, command):
    monkeypatch.setitem(demo_app.config, "DEMO_ALLOWED", False)
    code, output = run(demo_app, *command)
    assert code == 1
    assert "password everybody knows" in output
    with demo_app.app_context(), as_owner():
        assert counted(Company) == 0


def test_the_production_configuration_doesnt_allow_it():
    from config import ProductionConfig

    assert not ProductionConfig.DEMO_ALLOWED


def test_loading_twice_says_so_and_changes_nothing(demo_app):
    assert "balcao-demo-2026" in run(demo_app, "load", "--if-empty")[1]
    code, output = run(demo_app, "load")
    assert (code, output) == (0, "The demo data is there already; nothing was changed.\n")
    with demo_app.app_context(), as_owner():
        assert counted(Company) == 3


def test_if_empty_leaves_other_companies_alone(demo_app):
    with demo_app.app_context(), as_owner(), transaction():
        db.session.add(Company(code="own", name="Own"))
    code, output = run(demo_app, "load", "--if-empty")
    assert (code, output) == (0, "There are companies already; nothing was changed.\n")
    assert run(demo_app, "load")[0] == 0


def test_a_login_that_is_taken_is_said_in_a_sentence(demo_app):
    with demo_app.app_context(), as_owner(), transaction():
        db.session.add(User(login="vera", name="Another", password_hash="x"))
    code, output = run(demo_app, "load")
    assert code == 1
    assert output.startswith("Error: The login vera is somebody's already")


def test_seeding_makes_companies_of_the_size_asked_for(demo_app):
    code, output = run(demo_app, "seed", "--tickets", "300", "--companies", "2")
    assert (code, output) == (0, "carga: 300 tickets\ncarga2: 300 tickets\n")
    with demo_app.app_context(), as_owner():
        for company in db.session.scalars(select(Company)).all():
            with company_scope(company):
                assert counted(Ticket) == 300
                assert 600 < counted(Interaction) < 900
                assert 130 < counted(Forwarding) < 230
                assert counted(Customer) == 15
                assert counted(WorkOrder) == counted(WorkOrderRequest) == 100
                assert 60 <= found(COMMON_WORD) < 200
                assert found(RARE_WORD) == 1
                assert next_number(company, "service_desk.ticket") == 301
                assert next_number(company, "work_orders.work_order") == 101
        admins = select(User.login).join(Membership, Membership.user_id == User.id)
        assert db.session.scalars(admins).all() == ["ana", "ana"]


def found(word: str) -> int:
    return db.session.scalar(select(func.count()).where(Ticket.search_key.contains(word)))


def test_the_search_finds_what_was_seeded(demo_app):
    run(demo_app, "seed", "--tickets", "50")
    with demo_app.app_context(), as_owner():
        company = db.session.scalars(select(Company)).one()
        with company_scope(company):
            ids = db.session.scalars(select(func.search_service_desk_ticket(RARE_WORD).column_valued()))
            assert len(ids.all()) == 1


def test_ids_follow_on_after_seeding(demo_app):
    run(demo_app, "seed", "--tickets", "50")
    with demo_app.app_context(), as_owner():
        company = db.session.scalars(select(Company)).one()
        with company_scope(company), transaction():
            db.session.add(Customer(company_id=company.id, code="new", name="New"))


def test_a_seeded_company_isnt_seeded_again(demo_app):
    run(demo_app, "seed", "--tickets", "50")
    code, output = run(demo_app, "seed", "--tickets", "50")
    assert code == 1
    assert output == "Error: The company carga is there already; nothing was changed.\n"
