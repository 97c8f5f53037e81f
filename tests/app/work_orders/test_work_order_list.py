"""The list of work orders: what it shows, how it is narrowed, ordered and paged."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from app import keyset
from app.database import company_scope, db, transaction
from app.parties.models import Customer
from app.work_orders.models import WorkOrder, WorkOrderStatus
from tests.app.work_orders.conftest import OPENED

LIST = "/c/aurora/work-orders"


def numbers(response) -> list[int]:
    """The numbers in the list, from top to bottom."""
    assert response.status_code == 200, response.text
    return [int(n) for n in re.findall(r'href="/c/aurora/work-orders/\d+">(\d+)</a>', response.text)]


@pytest.fixture
def bruno(as_user):
    return as_user("bruno")


def test_list_shows_the_newest_first_with_names_status_and_local_times(bruno, world, add_work_order):
    rows = world.rows["aurora"]
    older = add_work_order(customer_product_id=rows.customer_product.id, technician_id=rows.technician.id)
    newer = add_work_order(
        prospect_id=rows.prospect.id,
        product_id=rows.product.id,
        status=WorkOrderStatus.DONE,
        scheduled_at=OPENED + timedelta(hours=2),
    )
    response = bruno.get(LIST)
    assert numbers(response)[:2] == [newer.number, older.number]
    for text in (
        rows.customer.name,
        rows.customer_product.name,
        rows.technician.name,
        rows.prospect.name,
        rows.product.name,
        "Concluída",
        "03/11/2025</td>",
        "03/11/2025 11:30",
    ):
        assert text in response.text


def test_status_narrows(bruno, add_work_order):
    in_progress = add_work_order(status=WorkOrderStatus.IN_PROGRESS)
    add_work_order()
    assert numbers(bruno.get(f"{LIST}?status=in_progress")) == [in_progress.number]


def test_party_and_technician_narrow_by_id_or_by_what_was_typed(
    bruno, world, add_work_order, other_technician
):
    rows = world.rows["aurora"]
    theirs = add_work_order(customer_id=rows.other_customer.id, technician_id=other_technician.id)
    asked = add_work_order(prospect_id=rows.prospect.id)
    for query, expected in (
        (f"customer_id={rows.other_customer.id}", theirs),
        ("customer=c2", theirs),
        (f"prospect_id={rows.prospect.id}", asked),
        (f"technician_id={other_technician.id}", theirs),
    ):
        assert numbers(bruno.get(f"{LIST}?{query}")) == [expected.number], query


@pytest.mark.parametrize("query", ["customer=ninguém", "technician_id=999999", "customer_id=x"])
def test_filter_that_names_no_row_finds_nothing(bruno, add_work_order, query):
    add_work_order()
    response = bruno.get(f"{LIST}?{query}")
    assert numbers(response) == []
    assert "Nada encontrado." in response.text
    assert "Limpar filtros" in response.text


def test_row_of_another_company_narrows_to_nothing(bruno, world):
    response = bruno.get(f"{LIST}?customer_id={world.rows['boreal'].customer.id}")
    assert numbers(response) == []
    assert "SEGREDO-DE-boreal" not in response.text


def test_period_counts_the_companys_days_from_the_first_to_the_last(bruno, world, add_work_order):
    with company_scope(world.aurora), transaction():
        db.session.delete(db.session.get_one(WorkOrder, world.rows["aurora"].work_order.id))
    midnight = datetime(2025, 11, 3, 3, tzinfo=UTC)
    before = add_work_order(opened_at=midnight - timedelta(seconds=0.5))
    first = add_work_order(opened_at=midnight)
    last = add_work_order(opened_at=midnight + timedelta(days=1, seconds=-0.5))
    after = add_work_order(opened_at=midnight + timedelta(days=1))
    day = "2025-11-03"
    assert numbers(bruno.get(f"{LIST}?opened_from={day}&opened_until={day}")) == [last.number, first.number]
    assert numbers(bruno.get(f"{LIST}?opened_until={day}")) == [last.number, first.number, before.number]
    assert numbers(bruno.get(f"{LIST}?opened_from={day}")) == [after.number, last.number, first.number]


def test_search_finds_problem_party_and_number_without_accents(bruno, world, add_work_order):
    rows = world.rows["aurora"]
    by_problem = add_work_order(problem="O motor está em CURTO-circuito", customer_id=rows.other_customer.id)
    by_prospect = add_work_order(prospect_id=rows.prospect.id)
    for words, expected in (
        ("curto motor", by_problem),
        ("MOTOR esta", by_problem),
        ("interessado", by_prospect),
        (str(by_problem.number), by_problem),
    ):
        assert expected.number in numbers(bruno.get(LIST, query_string={"q": words})), words
    assert numbers(bruno.get(LIST, query_string={"q": "avila"})) == [rows.work_order.number]
    assert numbers(bruno.get(LIST, query_string={"q": "não há isto"})) == []


def test_search_never_reaches_another_company(bruno, world):
    with company_scope(world.boreal), transaction():
        db.session.add(
            WorkOrder(
                company_id=world.boreal.id,
                number=900,
                opened_at=OPENED,
                customer_id=world.rows["boreal"].customer.id,
                problem="palavra-rara",
            )
        )
    assert numbers(bruno.get(LIST, query_string={"q": "palavra-rara"})) == []


NONSENSE = (
    "q=%00",
    "q=%25",
    "q=_",
    "q=" + "x" * 5000,
    "q=%ED%A0%80",
    "status=nonsense",
    "opened_from=2025-02-31",
    "opened_from=0001-01-01",
    "opened_until=9999-12-31",
    "opened_until=2199-12-31",
    "customer_id=99999999999999999999",
    "sort=problem",
    "after=nonsense",
    "before=%00",
)


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_in_the_url_is_no_error(bruno, query):
    assert bruno.get(f"{LIST}?{query}").status_code == 200


@pytest.mark.parametrize("sort", ["number", "opened", "scheduled"])
def test_every_order_pages_forth_and_back_over_all_rows(bruno, add_work_order, monkeypatch, sort):
    monkeypatch.setitem(keyset.keyset_page.__kwdefaults__, "size", 2)
    rows = [
        add_work_order(
            opened_at=OPENED + timedelta(days=days),
            scheduled_at=None if days is None or days % 2 else OPENED + timedelta(days=days),
        )
        for days in (3, 0, 2, 1, 4)
    ]
    for direction in ("", "-"):
        seen, url, pages = [], f"{LIST}?sort={direction}{sort}", []
        while url:
            response = bruno.get(url)
            seen += numbers(response)
            pages.append(numbers(response))
            url = _link(response, "next")
        assert len(seen) == len(set(seen)) == len(rows) + 1
        url = _link(response, "prev")
        assert numbers(bruno.get(url)) == pages[-2]
        expected = sorted(rows, key=_key(sort), reverse=direction == "-")
        ours = {row.number for row in rows}
        assert [n for n in seen if n in ours] == [row.number for row in expected]


def _key(sort: str):
    never = datetime(2199, 12, 30, tzinfo=UTC)
    return {
        "number": lambda row: row.number,
        "opened": lambda row: (row.opened_at, row.id),
        "scheduled": lambda row: (row.scheduled_at or never, row.id),
    }[sort]


def _link(response, rel: str) -> str | None:
    found = re.search(rf'href="([^"]+)"[^>]*rel="{rel}"', response.text)
    return found[1].replace("&amp;", "&") if found else None


def test_filters_stay_while_paging_and_sorting(bruno, add_work_order, monkeypatch):
    monkeypatch.setitem(keyset.keyset_page.__kwdefaults__, "size", 1)
    for _ in range(2):
        add_work_order(status=WorkOrderStatus.DONE)
    response = bruno.get(f"{LIST}?status=done")
    assert "status=done" in _link(response, "next")
    assert '?status=done&amp;sort=opened"' in response.text


def test_empty_list_offers_the_first_work_order(as_user, world):
    with company_scope(world.cometa), transaction():
        for row in db.session.query(WorkOrder):
            db.session.delete(row)
    page = as_user("dora").get("/c/cometa/work-orders").text
    assert "Nenhuma ordem de serviço ainda." in page
    assert page.count("Nova ordem de serviço") == 2


def test_long_names_are_shown_whole_and_escaped(bruno, world, add_work_order):
    name = "<b>Comércio</b> de " + "peças " * 30
    with company_scope(world.aurora), transaction():
        customer = Customer(company_id=world.aurora.id, code="LONGO", name=name.strip())
        db.session.add(customer)
        db.session.flush()
    add_work_order(customer_id=customer.id)
    assert "&lt;b&gt;Comércio&lt;/b&gt; de peças" in bruno.get(LIST).text
