"""The report's page: filters in the address, lists with their order, breaks, pages and totals."""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from app.clock import now
from app.database import company_scope, db, transaction
from app.keyset import keyset_page
from plugins.service_desk.reports import columns, listing
from plugins.service_desk.reports.columns import Source
from plugins.service_desk.reports.question import View
from plugins.service_desk.views import report_lists
from tests.plugins.service_desk.report_pages import PAGE, add_tickets, ask, follow, ticket
from tests.world import World

URL = PAGE.format("aurora")
OLD = {"since": "2024-01-01", "until": "2024-12-31"}
"""The days of the tickets made here; the world's own are of another year."""
ALL = list(range(7009, 7000, -1))
THEIRS = 1
"""The number of the world's own ticket."""


@pytest.fixture
def desk(bruno: FlaskClient, world: World) -> FlaskClient:
    """Bruno's browser, and tickets that differ in all that the report tells."""
    add_tickets(world)
    return bruno


# ── Kinds, dates, filters ────────────────────────────────────────────────────────────────────────────


DATES = [
    ("opened", "2024-02-01", "2024-02-15", [7004, 7003]),
    ("open", "2024-01-01", "2024-02-28", [7004, 7001]),
    ("closed", "2024-02-20", "2024-03-31", [7005, 7002]),
    ("reopened", "2024-05-03", "2024-05-03", [7008]),
    ("forwarded", "2024-03-01", "2024-03-31", [7005, 7004]),
    ("answered", "2024-02-01", "2024-02-29", [7002]),
    ("opened", "2024-02-15", "", [THEIRS, 7009, 7008, 7007, 7006, 7005, 7004]),
    ("opened", "", "2024-01-10", [7001]),
]


def test_each_kind_of_date_asks_for_its_own_event(desk: FlaskClient) -> None:
    for kind, since, until, numbers in DATES:
        found = ask(desk, urlencode({"date": kind, "since": since, "until": until}))
        assert sorted(found.numbers) == sorted(numbers), (kind, since)


def test_what_opens_first_is_every_ticket_by_number(desk: FlaskClient) -> None:
    page = desk.get(URL).text
    assert "<h1>Relatório de Atendimentos e Encaminhamentos</h1>" in page
    assert ask(desk).numbers == [*ALL, THEIRS]
    assert ask(desk).stated == {"Tipo": "Sintético", "Empresa": "Aurora Ltda", "Abertos em": "qualquer data"}


def test_the_analytic_list_shows_contacts_and_forwardings_below_each_ticket(desk: FlaskClient) -> None:
    found = ask(desk, urlencode({"view": "details", "since": "2024-01-20", "until": "2024-01-20"}))
    assert found.numbers == [7002]
    (below,) = [line for line in found.lines if line.kind == "answer-details"]
    told = below.texts[0]
    assert told.count("Dona Ivone") == 2
    assert "Contato 11/03/2024 09:00 – 11:05 2:05 Dona Ivone Telefone" in told
    assert "Problema Constatado: Sem pressão Orientação: Abrir o registro" in told
    assert "Encaminhamento 21/01/2024 – 25/02/2024 840:00 Engenharia" in told
    assert "Resposta do Encaminhamento: Feito" in told


def test_long_texts_begin_on_the_page_and_are_whole_in_files(
    desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_lists, "MOST_SHOWN", 9)
    found = ask(desk, urlencode({"view": "details", "since": "2024-01-20", "until": "2024-01-20"}))
    (below,) = [line for line in found.lines if line.kind == "answer-details"]
    assert "Problema Constatado: Sem press… Orientação: Abrir o r…" in below.texts[0]


def test_a_break_that_goes_on_says_how_much_of_it_is_here(
    desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "keyset_page", partial(keyset_page, size=7))
    pages = [ask(desk, urlencode({"break": "status", **OLD}))]
    pages.append(follow(desk, pages[0].pages["Próxima"]))
    told = [[line.texts[0] for line in page.lines if line.kind == "answer-subtotal"] for page in pages]
    assert told == [
        ["Subtotal: 5 atendimentos", "Subtotal: 4 atendimentos (2 nesta página)"],
        ["Subtotal: 4 atendimentos (2 nesta página)"],
    ]


def test_waiting_forwardings_are_lines_of_their_own(desk: FlaskClient) -> None:
    found = ask(desk, urlencode({"view": "waiting", **OLD}))
    assert sorted(found.numbers) == [7001, 7004]
    assert found.total.texts[0] == "Total: 2 encaminhamentos"
    assert found.column("Encaminhado em") == ["21/01/2024", "21/03/2024"]  # waiting longest first


def test_days_of_waiting_go_on_in_a_process_that_runs_for_days(
    desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def days() -> list[str]:
        return ask(desk, urlencode({"view": "waiting", **OLD})).column("Dias de espera")

    monkeypatch.setattr(columns, "today", lambda zone: date(2024, 3, 22))
    assert days() == ["61", "1"]
    monkeypatch.setattr(columns, "today", lambda zone: date(2024, 3, 23))
    assert days() == ["62", "2"]


def test_a_company_keeps_its_columns_and_another_has_its_own(world: World) -> None:
    kept = Source.of(world.aurora, View.TICKETS)
    assert Source.of(world.aurora, View.TICKETS) is kept
    assert Source.of(world.boreal, View.TICKETS).company_id == world.boreal.id
    assert Source.of(world.aurora, View.DETAILS) is not kept


REGISTERS = {
    "customer": ("other_customer", [7004]),
    "prospect": ("prospect", [7006]),
    "product": ("product", [7007, 7004, 7002]),
    "customer_product": ("customer_product", [7007, 7002]),
    "technician": ("inactive_technician", [7003]),
    "closed_by": ("technician", [7009, 7005, 7003, 7002]),
    "answered_by": ("technician", [7005, 7004, 7002]),
    "department": ("department", [7005, 7004, 7002, 7001]),
    "channel": ("inactive_channel", [7007]),
    "category": ("problem_category", [7001]),
    "known_problem": ("known_problem", [7001]),
    "outcome": ("forwarding_outcome", [7005, 7004, 7002]),
}
"""Filter → the world's row, and whose tickets it leaves."""


def test_a_registers_row_narrows_by_id_and_as_it_was_typed_and_the_form_shows_it(
    desk: FlaskClient, rows: SimpleNamespace
) -> None:
    for name, (row, numbers) in REGISTERS.items():
        wanted = getattr(rows, row)
        label = f"{wanted.code} · {wanted.name}"
        for query in ({f"{name}_id": wanted.id}, {name: wanted.code}, {name: label}):
            found = ask(desk, urlencode(query | OLD))
            assert found.numbers == numbers, query
            assert label in found.stated.values()
            assert f'name="{name}"\n           value="{label}"' in found.html, query


OTHERS = [
    ({"status": "closed"}, [7009, 7005, 7003, 7002]),
    ({"direction": "outbound"}, [7005]),
    ({"serial": "sn-1"}, [7007, 7002]),
    ({"forwardings": "unanswered"}, [7004, 7001]),
    ({"forwardings": "with", "status": "open"}, [7004, 7001]),
    ({"orders": "with"}, []),
    ({"order_status": "open"}, []),
    ({"orders": "without", "status": "closed"}, [7009, 7005, 7003, 7002]),
    ({"only": "no_category", "status": "closed"}, [7009, 7005, 7003, 7002]),
    ({"only": "no_product", "forwardings": "with"}, [7005, 7001]),
    ({"q": "formula"}, [7008]),
    ({"category": "K1", "only_category": "1"}, [7001]),
]


def test_the_other_filters_narrow_are_stated_and_stay_in_the_form(desk: FlaskClient) -> None:
    for query, numbers in OTHERS:
        found = ask(desk, urlencode(query | OLD))
        assert found.numbers == numbers, query
        assert len(found.stated) == 3 + len(query) - ("only_category" in query)
        for value in set(query.values()) - {"K1"}:
            shown = f'value="{value}"'
            assert re.search(
                rf"{shown} checked|checked[^<>]*{shown}|selected {shown}|{shown}>", found.html
            ), query


def test_a_period_moves_with_the_calendar_and_takes_the_place_of_days(
    desk: FlaskClient, world: World
) -> None:
    with company_scope(world.aurora), transaction():
        db.session.add(ticket(world, 8000, opened_at=now()))
    for period in ("today", "week", "month", "quarter", "year"):
        assert 8000 in ask(desk, f"period={period}&since=2024-01-01&until=2024-01-31").numbers
    assert 8000 not in ask(desk, "period=last_month").numbers


def test_further_filters_are_open_only_where_one_is_used(desk: FlaskClient) -> None:
    def is_open(query: str) -> bool:
        return '<details class="report-more" open>' in desk.get(f"{URL}?{query}").text

    assert not is_open("status=open&q=bomba&customer=C1&technician=T1&period=month&break=status")
    for query in ("serial=1", "prospect=x", "direction=inbound", "only_category=1", "only=no_product"):
        assert is_open(query), query


def test_why_nothing_was_found_is_said_where_it_is_certain(desk: FlaskClient) -> None:
    why = "“Sem OS” e “Situação da OS: Aberta” se excluem: nenhuma linha pode atender aos dois filtros."
    for view in (View.TICKETS, View.WAITING, View.BY_MONTH):
        found = ask(desk, f"view={view}&orders=without&order_status=open")
        assert found.tables == []
        assert "Nada encontrado." in found.html
        assert why in found.html
    for query in ("q=ninguém", "orders=with&order_status=open", "forwardings=without"):
        assert "se excluem" not in ask(desk, query).html


def test_from_after_until_says_so_and_finds_nothing(desk: FlaskClient) -> None:
    for view in (View.TICKETS, View.WAITING, View.BY_TECHNICIAN):
        found = ask(desk, f"view={view}&since=2024-06-01&until=2024-01-01")
        assert found.tables == []
        assert found.html.count("“De” é posterior a “Até”") == 2  # at the field, and in place of the answer


@pytest.mark.parametrize("query", ["since=2024-02-31", "until=x", "since=2024-01-01&until=24-1-1"])
def test_instead_of_a_day_that_cant_be_read_there_is_no_answer(desk: FlaskClient, query: str) -> None:
    found = ask(desk, query)
    assert found.tables == []
    assert found.html.count("Esta data não existe.") == 2
    # A file of something else than was asked for is none.
    assert "Planilha (XLSX)" not in found.html
    assert "Planilha (XLSX)" in desk.get(URL).text


# ── Order, breaks, pages, totals ─────────────────────────────────────────────────────────────────────


def columns_of(view: View, world: World) -> list[str]:
    """Keys; of forwardings those that tickets haven't got."""
    tickets, own = (list(Source.of(world.aurora, each).columns) for each in (View.TICKETS, view))
    return tickets if view is View.TICKETS else ["number", *(key for key in own if key not in tickets)]


@pytest.mark.parametrize("view", [View.TICKETS, View.FORWARDINGS, View.WAITING])
def test_every_column_sorts_both_ways_and_says_so(desk: FlaskClient, world: World, view: View) -> None:
    keys = columns_of(view, world)
    shown = ask(desk, f"view={view}&columns={','.join(keys)}")
    assert len(shown.heads) == len(keys)
    for place, key in enumerate(keys):
        rising = ask(desk, f"view={view}&sort={key}&columns=number,{key}")
        falling = follow(desk, next(h for h in rising.heads if h.sort).url)
        assert [head.sort for head in rising.heads if head.sort] == ["ascending"]
        assert [head.sort for head in falling.heads if head.sort] == ["descending"]
        assert rising.numbers == falling.numbers[::-1], key
        assert f"sort={key}&" in shown.heads[place].url or f"sort=-{key}&" in shown.heads[place].url


@pytest.mark.parametrize("view", [View.TICKETS, View.FORWARDINGS, View.WAITING])
def test_every_column_breaks_with_subtotals_that_add_up(desk: FlaskClient, world: World, view: View) -> None:
    whole = ask(desk, urlencode({"view": view, **OLD}))
    for key in columns_of(view, world):
        found = ask(desk, urlencode({"view": view, "break": key, **OLD}))
        breaks = [line.texts[0] for line in found.lines if line.kind == "answer-break"]
        subtotals = [line.texts for line in found.lines if line.kind == "answer-subtotal"]
        counts = [int(re.findall(r"\d+", texts[0])[0]) for texts in subtotals]
        assert len(breaks) == len(set(breaks)) == len(subtotals)
        assert sum(counts) == len(whole.rows) == len(found.rows), key
        assert found.total.texts == whole.total.texts
        assert sorted(found.numbers) == sorted(whole.numbers)
        for place in range(1, len(whole.total.cells)):
            assert sum(map(amount, (texts[place] for texts in subtotals))) == amount(whole.total.texts[place])


def amount(text: str) -> int:
    """A sum of the default columns: a number, minutes, or nothing."""
    hours, _, minutes = text.rpartition(":")
    return int(hours or 0) * 60 + int(minutes or 0)


def test_a_break_says_what_its_lines_share(desk: FlaskClient) -> None:
    found = ask(desk, urlencode({"break": "technician", **OLD}))
    breaks = [line.texts[0] for line in found.lines if line.kind == "answer-break"]
    assert breaks == [
        "Técnico/Operador: Saiu SEGREDO-DE-aurora",
        "Técnico/Operador: Técnico SEGREDO-DE-aurora",
    ]
    assert [line.texts[0] for line in found.lines if line.kind == "answer-subtotal"] == [
        "Subtotal: 1 atendimento",
        "Subtotal: 8 atendimentos",
    ]
    assert found.stated["Agrupado por"] == "Técnico/Operador"


def test_an_order_that_isnt_the_usual_one_is_stated(desk: FlaskClient) -> None:
    for query, order in (
        ("sort=-cost", "Custo, decrescente"),
        ("sort=party", "Cliente ou interessado, crescente"),
        ("sort=number&break=technician", "Número, crescente"),
        ("view=waiting&sort=days", "Dias de espera, crescente"),
        ("view=by_month&sort=-group", "Mês, decrescente"),
        ("view=by_technician&sort=-close_mean", "Tempo médio de encerramento, decrescente"),
        ("view=by_technician&sort=group", "Técnico/Operador, crescente"),
        *((f"sort={key}", None) for key in ("", "-number", "nonsense", "days", "group")),
        *((f"view=waiting&sort={key}", None) for key in ("-days", "cost")),
        ("view=by_month&sort=group", None),
        ("view=by_channel&sort=-count", None),
        ("view=by_channel&sort=number", None),
    ):
        assert ask(desk, query).stated.get("Ordem") == order, query


@pytest.mark.parametrize("view", [View.TICKETS, View.FORWARDINGS, View.WAITING])
def test_every_column_is_offered_to_group_by_once_under_a_caption(
    desk: FlaskClient, world: World, view: View
) -> None:
    page = desk.get(f"{URL}?view={view}&break=party").text
    groups = dict(re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.DOTALL))
    offered = {name: re.findall(r'<option value="(\w+)"', options) for name, options in groups.items()}
    assert list(offered) == [
        *("Pessoas e departamentos", "Cliente e produto", "Classificação", "Datas", "Números e valores")
    ]
    keys = [key for keys in offered.values() for key in keys]
    assert sorted(keys) == sorted(Source.of(world.aurora, view).columns)
    assert len(keys) == len(set(keys))
    assert {"technician", "closed_by"} <= set(offered["Pessoas e departamentos"])
    assert {"opened", "closed"} <= set(offered["Datas"])
    assert "number" in offered["Números e valores"]
    assert re.search(
        r'<option value="party" selected>Cliente ou interessado</option>', groups["Cliente e produto"]
    )


def test_the_first_column_may_be_summed_up_too(desk: FlaskClient) -> None:
    found = ask(desk, urlencode({"columns": "contacts,cost", "break": "status", **OLD}))
    assert [head.text for head in found.heads] == ["Contatos", "Custo"]
    labels = [line.texts for line in found.lines if line.kind == "answer-subtotal"]
    assert labels == [
        ["Subtotal: 5 atendimentos"],
        ["1", "0,00"],
        ["Subtotal: 4 atendimentos"],
        ["3", "0,00"],
    ]


def test_pages_hold_each_line_once_with_one_total(desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(keyset_page.__kwdefaults__, "size", 4)
    for query in (
        "sort=-number",
        "sort=party&break=technician",
        "sort=-closed",
        "view=details&sort=contact_time",
    ):
        first = found = ask(desk, f"{query}&{urlencode(OLD)}")
        numbers = list(found.numbers)
        while "Próxima" in found.pages:
            assert len(found.rows) == 4
            assert found.total.texts == first.total.texts
            found = follow(desk, found.pages["Próxima"])
            numbers += found.numbers
        assert sorted(numbers) == sorted(ALL)
        assert follow(desk, found.pages["Anterior"]).numbers == numbers[4:8] if len(numbers) > 8 else True


def test_each_line_leads_to_its_ticket(desk: FlaskClient) -> None:
    for query in ("", "columns=party,problem", "view=waiting", "view=details"):
        row = ask(desk, f"{query}&{urlencode(OLD)}").rows[0]
        (url,) = {cell.url for cell in row.cells} - {""}
        assert "Atendimento" in desk.get(url).text
