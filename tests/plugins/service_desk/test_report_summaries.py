"""The report's summaries: figures, order, shares, and behind each figure exactly its tickets."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import cycle
from types import SimpleNamespace
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from app.clock import now
from app.database import company_scope, db, transaction
from app.parties.models import Customer
from app.staff.models import Department
from plugins.service_desk.models import Forwarding
from plugins.service_desk.reports.question import DateKind, Question, View
from plugins.service_desk.reports.summing import FIGURES
from plugins.service_desk.views import report_summaries
from tests.plugins.service_desk.desk import change
from tests.plugins.service_desk.report_pages import PAGE, Answer, Line, add_tickets, ask, at, follow, ticket
from tests.world import World, log_in

URL = PAGE.format("aurora")
OLD = {"since": "2024-01-01", "until": "2024-12-31"}
SUMMARIES = [view for view in View if view.is_summary]
LABELS = [str(column.label) for column in FIGURES]
KEYS = [column.key for column in FIGURES]
COUNT, OPEN, CLOSED, FORWARDINGS = (KEYS.index(key) for key in ("count", "open", "closed", "forwardings"))


@pytest.fixture
def desk(client: FlaskClient, world: World, rows: SimpleNamespace) -> FlaskClient:
    """Ana's browser, tickets of aurora, and a technician who costs something."""
    change(world.aurora, rows.technician, hourly_cost=Decimal("30.00"), hourly_rate=Decimal("100.00"))
    add_tickets(world)
    log_in(client, world, "ana")
    return client


def figures(line: Line) -> list[str]:
    return line.texts[-len(KEYS) :]


def lines(answer: Answer) -> dict[str, list[str]]:
    """The figures by the line's name."""
    return {line.texts[-len(KEYS) - 1]: figures(line) for line in answer.rows}


def test_a_summary_tells_what_the_tickets_of_each_line_come_to(desk: FlaskClient) -> None:
    found = ask(desk, urlencode({"view": "by_technician", **OLD}))
    heads = [head.text for head in found.heads]
    assert heads == [
        *("Técnico/Operador", "Atendimentos", "Participação", "Em aberto", "Encerrados"),
        *("Tempo médio de encerramento", "90% encerrados em até", "Tempo de contato", "Encaminhamentos"),
        *("Tempo médio de resposta", "Custo", "Valor de venda"),
    ]
    assert lines(found) == {
        "Técnico SEGREDO-DE-aurora": [
            *("8", "88,9%", "5", "3", "320:00", "744:00", "7:20", "5", "824:00", "220,00", "733,33"),
        ],
        "Saiu SEGREDO-DE-aurora": ["1", "11,1%", "0", "1", "48:00", "48:00", "0:00", "0", "", "0,00", "0,00"],
    }
    assert found.total.texts[0] == "Total: 9 atendimentos"
    assert figures(found.total)[: CLOSED + 1] == ["9", "100,0%", "5", "4"]


BEHIND = {
    "open": OPEN,
    "closed": CLOSED,
    "close_mean": CLOSED,
    "close_p90": CLOSED,
    "forwardings": FORWARDINGS,
}
"""Of a figure's key: the column that says how many rows are behind it; otherwise it is the first."""
EVENTS = [DateKind.OPENED, DateKind.FORWARDED, DateKind.CLOSED, DateKind.REOPENED]


@pytest.mark.parametrize(
    ("view", "kind"),
    [
        *((view, DateKind.OPENED) for view in SUMMARIES),
        *((View.BY_MONTH, kind) for kind in EVENTS[1:]),
        (View.BY_DEPARTMENT, DateKind.FORWARDED),
    ],
)
def test_each_figure_leads_to_exactly_the_rows_behind_it(
    desk: FlaskClient, view: View, kind: DateKind
) -> None:
    known: dict[str, Answer] = {}
    found = ask(desk, urlencode({"view": view, "date": kind, **OLD}))
    assert found.rows
    for line in [*found.rows, found.total]:
        cells = line.cells[-len(KEYS) :]
        for key, cell in zip(KEYS, cells, strict=True):
            if not cell.url:
                assert cell.text in ("0", ""), key
                continue
            if cell.url not in known:
                known[cell.url] = follow(desk, cell.url)
            listed = known[cell.url]
            if key == "answer_mean":
                times = listed.column("Tempo de resposta")
                assert times
                assert all(times)
            else:
                assert len(listed.rows) == int(cells[BEHIND.get(key, COUNT)].text), (key, cell.url)
            if key in ("contact_time", "cost", "sale"):
                assert cell.text in listed.total.texts
    assert len(known) > 3


def test_a_figure_says_what_stands_behind_it(desk: FlaskClient) -> None:
    page = ask(desk, urlencode({"view": "by_technician", **OLD})).html
    titles = re.findall(r'title="Ver os ([a-z]+)"', page[page.index("<tfoot>") :])
    assert titles == [*["atendimentos"] * 7, *["encaminhamentos"] * 2, *["atendimentos"] * 2]


@pytest.mark.parametrize("view", [View.BY_CUSTOMER, View.BY_MONTH])
def test_every_column_orders_the_lines_both_ways(desk: FlaskClient, view: View) -> None:
    whole = ask(desk, urlencode({"view": view, **OLD}))
    for head in whole.heads:
        once = follow(desk, head.url)
        again = follow(desk, next(h.url for h in once.heads if h.sort))
        names = [line.texts[0] for line in once.rows]
        assert sorted(names) == sorted(line.texts[0] for line in again.rows)
        (place,) = [n for n, h in enumerate(once.heads) if h.sort]
        assert {once.heads[place].sort, again.heads[place].sort} == {"ascending", "descending"}
        if head.text == "Participação":
            continue  # of equal counts the first has what rounding leaves over
        filled = [line.texts[place] for line in once.rows if line.texts[place]]
        assert filled == [line.texts[place] for line in again.rows if line.texts[place]][::-1], head.text


def test_without_an_order_the_most_come_first_and_months_by_time(desk: FlaskClient) -> None:
    by_customer = ask(desk, urlencode({"view": "by_customer", **OLD}))
    assert [figures(line)[COUNT] for line in by_customer.rows] == ["7", "1", "1"]
    assert [head.sort for head in by_customer.heads][:2] == ["", "descending"]
    by_month = ask(desk, urlencode({"view": "by_month", **OLD}))
    assert list(lines(by_month)) == [f"{month:02}/2024" for month in range(1, 7)]
    assert by_month.heads[0].sort == "ascending"


def test_shares_add_up_to_a_hundred(desk: FlaskClient) -> None:
    for view in SUMMARIES:
        parts = [figures(line)[1] for line in ask(desk, urlencode({"view": view, **OLD})).rows]
        assert sum(Decimal(part.rstrip("%").replace(",", ".")) for part in parts) == 100


def test_a_chart_shows_the_same_figures(desk: FlaskClient) -> None:
    for view in (View.BY_MONTH, View.BY_CUSTOMER):
        found = ask(desk, urlencode({"view": view, **OLD}))
        charts = re.findall(r"<svg[^>]*role=\"img\".*?</svg>", found.html, re.DOTALL)
        assert len(charts) == 2  # for wide screens and for narrow ones
        for name, told in lines(found).items():
            text = f"{name}: {told[COUNT]} (Encerrados: {told[CLOSED]}; Em aberto: {told[OPEN]})"
            assert all(text in chart for chart in charts), text
        assert all(view.label in chart and "Quantos atendimentos" in chart for chart in charts)


def test_names_are_text_in_the_page_and_in_the_chart(
    desk: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    change(world.aurora, rows.other_customer, name='<b>"&</b>=1')
    page = desk.get(f"{URL}?view=by_customer").text
    assert "<b>" not in page
    assert page.count("&lt;b&gt;&#34;&amp;&lt;/b&gt;=1") >= 3


@pytest.mark.parametrize(
    "query",
    [
        {"view": "by_department", **OLD},
        {"view": "by_month", "date": "forwarded", **OLD},
        {"view": "by_month", "date": "answered", **OLD},
    ],
)
def test_a_ticket_of_several_lines_counts_once_in_the_charts_legend_and_a_note_tells_of_it(
    desk: FlaskClient, world: World, query: dict[str, str]
) -> None:
    with company_scope(world.aurora), transaction():
        row = ticket(world, 8000, opened_at=at(7, 1))
        db.session.add(row)
        db.session.flush()
        ours = world.rows["aurora"]
        own = {"company_id": world.aurora.id, "ticket_id": row.id, "answered_by_id": ours.technician.id}
        own |= {"outcome_id": ours.forwarding_outcome.id, "answer": "Feito."}
        extra = Department(company_id=world.aurora.id, code="D8", name="Outro")
        db.session.add(extra)
        db.session.flush()
        departments = (ours.department.id, extra.id)
        for month, department_id in zip((7, 8), departments, strict=True):
            days = {"forwarded_at": at(month, 2), "answered_at": at(month, 3)}
            db.session.add(Forwarding(**own, key=uuid4(), department_id=department_id, **days))
    found = ask(desk, urlencode(query))
    counts = [int(figures(line)[COUNT]) for line in found.rows]
    total = figures(found.total)
    assert sum(counts) > int(total[COUNT])
    assert "conta em cada um deles" in found.stated["Observação"]
    for label, place in (("Encerrados", CLOSED), ("Em aberto", OPEN)):
        assert re.findall(rf"<text[^>]*>{label}: (\d+)</text>", found.html) == [total[place]] * 2


# ── Several companies ────────────────────────────────────────────────────────────────────────────────

BOTH = {"company": ["aurora", "boreal"]}


def test_a_line_of_another_company_leads_to_its_own_page(desk: FlaskClient, world: World) -> None:
    found = ask(desk, urlencode({"view": "by_technician", **BOTH}, doseq=True))
    assert [line.texts[:2] for line in found.rows] == [
        ["Aurora Ltda", "Técnico SEGREDO-DE-aurora"],
        ["Aurora Ltda", "Saiu SEGREDO-DE-aurora"],
        ["Boreal Ltda", "Técnico SEGREDO-DE-boreal"],
    ]
    theirs = found.rows[2].cells[2]
    assert theirs.url.startswith("/c/boreal/service-desk/reports/tickets?")
    assert "company=" not in theirs.url
    assert follow(desk, theirs.url).numbers == [1]
    total = found.total.cells[1]
    assert (found.total.texts[0], found.total.cells[0].span) == ("Total: 11 atendimentos", 2)
    assert follow(desk, total.url).tables[0][-1].texts[0] == "Total: 11 atendimentos"


def test_months_of_several_companies_lead_to_the_list_of_them_all(desk: FlaskClient, world: World) -> None:
    found = ask(desk, urlencode({"view": "by_month", **BOTH}, doseq=True))
    (month,) = [line for line in found.rows if line.texts[0] == "11/2026"]
    assert month.texts[1] == "2"
    behind = follow(desk, month.cells[1].url)
    assert [line.texts[:2] for line in behind.tables[0][1:3]] == [["Aurora Ltda", "1"], ["Boreal Ltda", "1"]]


def test_where_the_companies_days_differ_the_line_of_both_has_no_link(
    desk: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with company_scope(world.aurora), transaction():
        db.session.add(ticket(world, 8000, opened_at=now()))
    query = urlencode({"view": "by_month", "period": "year", **BOTH}, doseq=True)
    assert ask(desk, query).total.cells[1].url
    # As at midnight, between two zones.
    days = cycle([at(1, 1).date(), at(1, 2).date()])
    monkeypatch.setattr(Question, "span", lambda *_: (next(days), None))
    found = ask(desk, query)
    assert not found.rows[0].cells[1].url
    assert not found.total.cells[1].url
    assert found.stated["Abertos em"] == "Este ano, pelo dia de cada empresa"


def test_of_many_lines_the_first_are_shown_until_all_are_asked_for(
    desk: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_summaries, "MOST_LINES", 2)
    with company_scope(world.aurora), transaction():
        more = [Customer(company_id=world.aurora.id, code=f"M{n}", name=f"Mais {n}") for n in range(3)]
        db.session.add_all(more)
        db.session.flush()
        for n, customer in enumerate(more):
            db.session.add(ticket(world, 8000 + n, opened_at=at(7, 1), customer_id=customer.id))
    query = urlencode({"view": "by_customer", **OLD})
    found = ask(desk, query)
    assert len(found.rows) == 2
    assert "As primeiras 2 de 6 linhas." in found.html
    assert figures(found.total)[COUNT] == "12"
    more_url = re.search(r'href="([^"]+)">Mostrar todos', found.html)
    assert more_url
    every = follow(desk, more_url[1].replace("&amp;", "&"))
    assert len(every.rows) == 6
    assert sum(int(figures(line)[COUNT]) for line in every.rows) == 12
    assert "Mostrar todos" not in every.html
    assert figures(every.total) == figures(found.total)


def test_an_empty_summary_says_so(desk: FlaskClient) -> None:
    for view in SUMMARIES:
        found = ask(desk, f"view={view}&q=ninguém")
        assert found.tables == []
        assert "Nada encontrado." in found.html
        assert "<svg xmlns" not in found.html
