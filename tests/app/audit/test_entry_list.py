"""Empresa › Auditoria."""

from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.audit.models import AuditEntry
from app.database import company_scope, db, transaction
from tests.world import log_in

URL = "/c/aurora/audit"


def entry(world, code="aurora", at=datetime(2026, 11, 10, 12, tzinfo=UTC), login="bruno", **values):
    company = world.companies[code]
    with company_scope(company), transaction():
        db.session.add(
            AuditEntry(
                company_id=company.id,
                at=at,
                user_id=world.users[login].id,
                **{"entity": "customer", "entity_id": 1, "action": "changed", "changes": {}} | values,
            )
        )


@pytest.fixture
def ana(client, world):
    """An administrator's browser."""
    log_in(client, world, "ana")
    return client


def mark(name):
    return {"changes": {"name": ["old", name]}}


def test_newest_stand_first_and_other_companies_nowhere(ana, world):
    entry(world, **mark("first-mark"))
    entry(world, **mark("second-mark"))
    entry(world, "boreal", **mark("foreign-mark"))
    page = ana.get(URL).text
    assert page.index("second-mark") < page.index("first-mark")
    assert "foreign-mark" not in page


@pytest.mark.parametrize("login", ["vera", "bruno", "sofia"])
def test_only_administrators_read_the_trail(client, world, login):
    log_in(client, world, login)
    assert client.get(URL).status_code == HTTPStatus.FORBIDDEN


def test_user_kind_and_period_narrow_the_list(ana, world):
    entry(world, **mark("bruno-mark"))
    entry(world, login="sofia", entity="technician", **mark("sofia-mark"))

    def found(**filters):
        page = ana.get(URL, query_string=filters).text
        return {name for name in ("bruno", "sofia") if f"{name}-mark" in page}

    assert found(user=str(world.users["bruno"].id)) == {"bruno"}
    assert found(entity="technician") == {"sofia"}
    assert found(user=str(world.users["bruno"].id), entity="technician") == set()
    assert found(**{"from": "2026-11-10", "to": "2026-11-10"}) == {"bruno", "sofia"}
    assert found(**{"from": "2026-11-11"}) == set()
    assert found(to="2026-11-09") == set()


def test_period_is_of_days_in_the_companys_time_zone(ana, world):
    entry(world, at=datetime(2026, 11, 11, 2, 59, tzinfo=UTC), **mark("late-mark"))
    assert "late-mark" in ana.get(URL, query_string={"to": "2026-11-10", "from": "2026-11-10"}).text
    assert "late-mark" not in ana.get(URL, query_string={"from": "2026-11-11"}).text


@pytest.mark.parametrize(
    "filters",
    [
        {"user": "x"},
        {"user": "9" * 30},
        {"user": "-1"},
        {"user": "²"},
        {"entity": "nothing"},
        {"entity": "a\x00"},
        {"from": "31/02/2026"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"to": "2026-02-30"},
        {"after": "x"},
        {"sort": "password"},
    ],
)
def test_filters_that_mean_nothing_are_ignored(ana, world, filters):
    entry(world, **mark("a-mark"))
    answer = ana.get(URL, query_string=filters)
    assert answer.status_code == HTTPStatus.OK
    assert "a-mark" in answer.text


def test_nothing_found_offers_to_clear_the_filters(ana):
    assert "Limpar filtros" in ana.get(URL, query_string={"to": "1990-01-01"}).text


def test_pages_of_fifty_lead_back_and_forth(ana, world):
    for number in range(60):
        entry(world, **mark(f"mark-{number:02}-"))
    page = ana.get(URL).text
    assert ("mark-59-" in page, "mark-09-" in page) == (True, False)
    following = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    page = ana.get(following).text
    assert ("mark-59-" in page, "mark-09-" in page) == (False, True)


def test_list_costs_at_most_ten_statements(ana, world, count_statements):
    for kind in ("customer", "technician", "work_order", "user_account"):
        entry(world, entity=kind, **mark("x"))
    with count_statements() as counted:
        ana.get(URL)
    # The savepoints are those of the rolled-back session.
    statements = counted.statements
    assert len(statements) <= 10, statements


def test_texts_of_the_trail_are_escaped(ana, world):
    entry(world, **mark("<script>alert(1)</script>"))
    assert "<script>alert" not in ana.get(URL).text


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"])
def test_nobody_who_serves_can_change_the_trail(session, world, statement):
    with company_scope(world.aurora), pytest.raises(ProgrammingError), db.session.begin_nested():
        db.session.connection().execute(text(statement))
