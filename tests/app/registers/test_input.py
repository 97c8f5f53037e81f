"""Bad input: what each register answers, and that nothing is written."""

import pytest
from sqlalchemy import func, select

from app.database import company_scope, db
from tests.app.registers.cases import CASES, each_register
from tests.world import log_in

STORABLE = ("😀 Ünïcode", "شركة عربية", "\u202eolá", "O'Brien & <b>filhos</b>", "%_\\", "a" * 200)
# A browser sends U+FFFD for a lone surrogate.
UNSTORABLE = ("nulo\x00", "meio \ufffd", "x" * 201, "x" * 1_000_000)


def names(world, case):
    with company_scope(world.aurora):
        return set(db.session.scalars(select(case.model.name)))


@each_register
def test_odd_but_storable_names_come_back_as_typed(client, world, case):
    log_in(client, world, case.editor)
    for number, name in enumerate(STORABLE):
        answer = client.post(case.url("aurora", "new"), data=case.form(code=f"N{number}", name=name))
        assert answer.status_code == 303, name
    assert set(STORABLE) <= names(world, case)
    assert "<b>filhos" not in client.get(case.url()).text


@each_register
def test_text_that_cannot_be_stored_is_refused(client, world, case):
    log_in(client, world, case.editor)
    before = names(world, case)
    for text in UNSTORABLE:
        answer = client.post(case.url("aurora", "new"), data=case.form(name=text))
        assert answer.status_code in (413, 422), text[:20]
    assert names(world, case) == before


TEXT_FIELDS = {
    "customer": ("code", "document", "email", "phone", "address"),
    "product": ("code", "unit"),
    "customer_product": ("code", "serial_number", "location", "customer", "product"),
    "technician": ("code", "shift", "department", "hourly_cost", "user_id"),
    "department": ("code", "email", "supervisor"),
    "problem_category": ("code", "parent"),
    "known_problem": ("code", "category", "products", "keywords", "solution"),
}


@pytest.mark.parametrize("case", [c for c in CASES if c.kind in TEXT_FIELDS], ids=lambda case: case.kind)
def test_every_field_refuses_a_nul(client, world, case):
    log_in(client, world, case.editor)
    for name in TEXT_FIELDS[case.kind]:
        answer = client.post(case.url("aurora", "new"), data=case.form(**{name: "a\x00b"}))
        assert answer.status_code == 422, name
        assert f'id="{name}-error"' in answer.text, name


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.kind in ("customer_product", "technician")], ids=lambda case: case.kind
)
def test_day_that_never_was_is_refused(client, world, case):
    log_in(client, world, case.editor)
    name = "purchased_on" if case.kind == "customer_product" else "admitted_on"
    for day in ("31/02/2026", "2026-02-31", "0001-01-01", "9999-12-31", "ontem"):
        answer = client.post(case.url("aurora", "new"), data=case.form(**{name: day}))
        assert answer.status_code == 422, day
        assert f'id="{name}-error"' in answer.text, day
        assert f'value="{day}"' in answer.text, day


ODD_QUERIES = (
    "q=%00",
    "q=%",
    "q=\\",
    "q=" + "x" * 5000,
    "q=%ED%A0%80",
    "q=%CC%81",
    "status=x",
    "sort=id;",
    "sort=-",
    "after=@",
)


@each_register
def test_odd_query_strings_are_answered(client, world, case):
    log_in(client, world, "vera")
    for query in ODD_QUERIES:
        assert client.get(f"{case.url()}?{query}").status_code == 200, query


@each_register
def test_search_needs_no_accents_and_no_case(client, world, case):
    log_in(client, world, case.editor)
    client.post(case.url("aurora", "new"), data=case.form(code="ZZ-9", name="Água São João"))
    for term in ("agua", "JOAO sao", "zz-9", "gua S"):
        page = client.get(case.url(), query_string={"q": term}).text
        assert "Água São João" in page, term
        assert page.count('<a class="code"') == 1, term
    assert "Água São João" not in client.get(case.url(), query_string={"q": "agua maria"}).text
    assert '<a class="code"' not in client.get(case.url(), query_string={"q": "100%"}).text


@each_register
def test_ids_beyond_the_database_are_not_found(client, world, case):
    log_in(client, world, case.editor)
    for wrong in (0, 2**63, 10**40):
        assert client.get(case.url("aurora", wrong)).status_code == 404


def test_search_stays_in_the_company(client, world):
    log_in(client, world, "ana")
    page = client.get("/c/aurora/customers?q=segredo&status=all").text
    assert "SEGREDO-DE-aurora" in page
    assert "SEGREDO-DE-boreal" not in page


def test_count_of_statements_does_not_grow_with_the_rows(client, world, count_statements):
    log_in(client, world, "sofia")
    case = next(c for c in CASES if c.kind == "customer_product")

    def cost():
        with count_statements() as counted:
            client.get(case.url())
        return len(counted)

    before = cost()
    for number in range(30):
        client.post(case.url("aurora", "new"), data=case.form(code=f"N{number}"))
    with company_scope(world.aurora):
        assert db.session.scalar(select(func.count(case.model.id))) == 31
    assert cost() == before
