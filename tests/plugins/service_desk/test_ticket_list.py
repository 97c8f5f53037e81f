"""The list of tickets: open by default, narrowed by the URL, in pages by key."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from app.clock import now
from app.database import company_scope, db, transaction
from plugins.service_desk.models import Direction, Ticket
from plugins.service_desk.queries import tickets as queries
from tests.plugins.service_desk.desk import LIST, NEW, change, last_ticket, typed
from tests.world import World, log_in

AURORA = LIST.format("aurora")


def shown(client: FlaskClient, query: str = "") -> list[int]:
    """The numbers that the list shows, in its order."""
    answer = client.get(f"{AURORA}?{query}")
    assert answer.status_code == 200
    return [int(n) for n in re.findall(r'service-desk/tickets/\d+">(\d+)</a>', answer.text)]


@pytest.fixture
def many(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> dict[str, int]:
    """A few tickets that differ; their numbers by what they are."""
    first = last_ticket(world.aurora).number
    tickets = {
        "old": {"opened_at": datetime(2024, 1, 1, 12, tzinfo=UTC)},
        "closed": {"closed_at": now(), "closed_by_id": rows.technician.id},
        "zeta": {"customer_id": rows.other_customer.id, "problem": "Ação: o visor está às escuras"},
        "prospect": {"customer_id": None, "prospect_id": rows.prospect.id},
        "other technician": {"technician_id": rows.inactive_technician.id},
        "fax": {"channel_id": rows.inactive_channel.id},
    }
    with company_scope(world.aurora), transaction():
        # Numbers that stand in nobody's document or code: a search for one finds that ticket alone.
        for number, values in enumerate(tickets.values(), 7001):
            db.session.add(ticket(world, rows, number, **values))
    return dict(zip(tickets, range(7001, 7001 + len(tickets)), strict=True)) | {"first": first}


def ticket(world: World, rows: SimpleNamespace, number: int, **values: Any) -> Ticket:
    return Ticket(
        **{
            "company_id": world.aurora.id,
            "number": number,
            "opened_at": datetime(2024, 6, 1, 12, tzinfo=UTC),
            "direction": Direction.INBOUND,
            "customer_id": rows.customer.id,
            "technician_id": rows.technician.id,
            "channel_id": rows.channel.id,
            "problem": "Não liga",
            "request_key": uuid4(),
        }
        | values
    )


def test_the_list_shows_open_tickets_first(bruno: FlaskClient, many: dict[str, int]) -> None:
    numbers = sorted(set(many.values()) - {many["closed"]}, reverse=True)
    assert shown(bruno) == numbers
    assert shown(bruno, "status=open") == numbers
    assert shown(bruno, "status=closed") == [many["closed"]]
    assert shown(bruno, "status=all") == sorted(many.values(), reverse=True)
    assert shown(bruno, "status=nonsense") == sorted(many.values(), reverse=True)


def test_each_filter_narrows(bruno: FlaskClient, rows: SimpleNamespace, many: dict[str, int]) -> None:
    assert shown(bruno, f"customer_id={rows.other_customer.id}") == [many["zeta"]]
    assert shown(bruno, "customer=c2") == [many["zeta"]]
    assert shown(bruno, f"prospect_id={rows.prospect.id}") == [many["prospect"]]
    assert shown(bruno, f"technician_id={rows.inactive_technician.id}") == [many["other technician"]]
    assert shown(bruno, f"channel_id={rows.inactive_channel.id}") == [many["fax"]]
    assert shown(bruno, f"channel_id={rows.inactive_channel.id}&customer=c2") == []


def test_the_period_is_in_the_companys_days(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, many: dict[str, int]
) -> None:
    old = many["old"]
    assert shown(bruno, "opened_until=2024-01-31") == [old]
    assert shown(bruno, "opened_from=2024-01-01&opened_until=2024-01-01") == [old]
    assert shown(bruno, "opened_from=2024-01-02&opened_until=2024-01-31") == []
    # 02:59 UTC on the 2nd is still the 1st in São Paulo.
    with company_scope(world.aurora), transaction():
        late = ticket(world, rows, 9000, opened_at=datetime(2024, 1, 2, 2, 59, 59, tzinfo=UTC))
        db.session.add(late)
    assert shown(bruno, "opened_from=2024-01-01&opened_until=2024-01-01") == [9000, old]


@pytest.fixture(params=[1_000, 0], ids=["few", "many"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of a search: by the ids that were found, and for words that are everywhere."""
    monkeypatch.setattr(queries, "FEW", request.param)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("query", ["acao", "AÇÃO visor", "escuras as", "zeta", "c2", "7003"])
def test_a_search_finds_without_accents_and_case(
    bruno: FlaskClient, many: dict[str, int], query: str
) -> None:
    assert shown(bruno, f"q={query}") == [many["zeta"]]


@pytest.mark.usefixtures("few")
def test_a_search_is_narrowed_and_sorted_like_the_whole_list(
    bruno: FlaskClient, rows: SimpleNamespace, many: dict[str, int]
) -> None:
    liga = {many[name] for name in many if name not in ("zeta", "closed")}
    assert shown(bruno, "q=LIGA&status=open&sort=number") == sorted(liga)
    assert shown(bruno, f"q=liga&customer_id={rows.other_customer.id}") == []
    assert shown(bruno, f"q=interessado&prospect_id={rows.prospect.id}") == [many["prospect"]]


def test_a_search_without_a_situation_finds_closed_tickets_too(
    bruno: FlaskClient, many: dict[str, int]
) -> None:
    assert shown(bruno, f"q={many['closed']}") == [many["closed"]]
    assert shown(bruno, f"q={many['closed']}&status=open") == []


@pytest.mark.parametrize("query", ["%", "_", "\\", "'; --", "a" * 500, "%00", "%ed%a0%80", "🙂"])
def test_odd_searches_find_nothing_and_break_nothing(
    bruno: FlaskClient, many: dict[str, int], query: str
) -> None:
    assert set(shown(bruno, f"q={query}")) <= set(many.values())


@pytest.mark.parametrize(
    "query",
    [
        "customer_id=999999999999999999999999",
        "customer_id=-1",
        "customer=Ninguém",
        "technician_id=x",
        "technician_id=%00",
    ],
)
def test_a_name_of_nobody_leaves_nothing(bruno: FlaskClient, many: dict[str, int], query: str) -> None:
    assert shown(bruno, query) == []
    assert "Nada encontrado." in bruno.get(f"{AURORA}?{query}").text


@pytest.mark.parametrize("day", ["2026-02-31", "0001-01-01", "9999-12-31", "x", "%00", ""])
def test_a_day_that_never_was_narrows_nothing(bruno: FlaskClient, many: dict[str, int], day: str) -> None:
    assert shown(bruno, f"opened_from={day}&opened_until={day}&status=all") == sorted(
        many.values(), reverse=True
    )


def test_another_companys_rows_narrow_to_nothing(
    bruno: FlaskClient, world: World, many: dict[str, int]
) -> None:
    assert shown(bruno, f"customer_id={world.rows['boreal'].customer.id}") == []


def test_the_columns_sort_by_the_allow_list(bruno: FlaskClient, many: dict[str, int]) -> None:
    ascending = sorted(set(many.values()) - {many["closed"]})
    assert shown(bruno, "sort=number") == ascending
    assert shown(bruno, "sort=opened")[0] == many["old"]
    assert shown(bruno, "sort=-opened")[-1] == many["old"]
    assert shown(bruno, "sort=problem") == ascending[::-1]


def test_pages_follow_each_other_without_gap_or_overlap(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    first = last_ticket(world.aurora).number
    with company_scope(world.aurora), transaction():
        for n in range(1, 121):
            at = datetime(2024, 6, 1, 12, tzinfo=UTC) + timedelta(minutes=n // 50)
            db.session.add(ticket(world, rows, first + n, opened_at=at))
    for sort in ("-number", "opened"):
        url, pages = f"{AURORA}?sort={sort}&q=liga", []
        while url:
            page = bruno.get(url).text
            pages.append([int(n) for n in re.findall(r'service-desk/tickets/\d+">(\d+)</a>', page)])
            found = re.search(r'href="([^"]+)"[^>]*id="pager-next"', page)
            url = found[1].replace("&amp;", "&") if found else ""
        assert [len(p) for p in pages] == [50, 50, 21]
        assert len({n for p in pages for n in p}) == 121


def test_a_row_shows_what_the_ticket_is_about(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    post = typed(rows, customer_product_id=rows.customer_product.id, problem="Primeira linha\nSegunda <b>")
    bruno.post(NEW.format("aurora"), data=post)
    row = bruno.get(f"{AURORA}?status=all").text.partition("<tbody>")[2].partition("</tr>")[0]

    for text in ("20/05/2024", "Padaria Ávila", "Bomba da padaria", "Técnico"):
        assert text in row
    assert "Primeira linha" in row
    assert "Segunda" not in row
    assert "Em aberto" in row


def test_the_empty_list_says_so_and_offers_a_new_ticket(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    for row in (rows.ticket,):
        change(world.aurora, row, closed_at=now(), closed_by_id=rows.technician.id)

    page = bruno.get(AURORA).text
    assert "Nenhum atendimento em aberto." in page
    assert page.count("Novo atendimento") == 2


def test_a_viewer_is_offered_no_new_ticket(client: FlaskClient, world: World) -> None:
    log_in(client, world, "vera")
    assert "Novo atendimento" not in client.get(AURORA).text


def test_the_top_bars_search_goes_to_the_list(bruno: FlaskClient) -> None:
    search = bruno.get(AURORA).text.partition('class="topbar-search"')[2].partition(">")[0]
    assert f'action="{AURORA}"' in search


def test_the_menu_leads_to_the_list(bruno: FlaskClient) -> None:
    assert f'href="{AURORA}"' in bruno.get(AURORA).text
