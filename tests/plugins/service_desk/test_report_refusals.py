"""Whatever stands in a filter: screen, its further pages and all files give the same rows, or all give none.

What can't be read is never guessed at: its page says so at the filter, and no file, no saved report and no
choice of columns is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from uuid import uuid4

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from pypdf import PdfReader
from werkzeug.datastructures import MultiDict

from app.database import company_scope, db, transaction
from app.keyset import keyset_page
from app.reports import runs, services
from app.reports.definition import query_pairs
from app.reports.models import FileStatus, ReportColumns, ReportFile, ReportPiece, SavedReport
from plugins.service_desk.forms.reports import ReportForm
from plugins.service_desk.reports.question import REFERENCES, Question, View
from plugins.service_desk.reports.report import TicketReport
from tests.plugins.service_desk.report_pages import PAGE, add_tickets, answer_of, ask, follow
from tests.plugins.service_desk.reports.questions import runs as examples
from tests.plugins.service_desk.reports.reading import csv_lines, xlsx_lines
from tests.world import World, log_in

URL = PAGE.format("aurora")
KEY = TicketReport.key
FORMATS = ("pdf", "xlsx", "csv")
FILES, SAVED, COLUMNS = f"/c/aurora/reports/{KEY}/files", f"/c/aurora/reports/{KEY}/saved", f"{URL}/columns"

# Values as they stand in an address: `{own}` is the id of a row that there is, `{foreign}` another company's.
EMPTY = ("", "%20", "%20%09")
NO_TEXT = ("%00", "a%00b", "%EF%BF%BD", "%ff", "%ed%a0%80")
DAYS = (
    *("31/02/2026x", "2026-02-31", "31/01/2024", "x", "0", "2024-13-01", "2024-1-1", "9" * 60, "2024-02-29"),
    *("2024-03-01", "20240301", "2024-W09-5", "%202024-03-01", "2024-03-01+", "2024-03-01T00:00"),
    *("1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01", "9999-12-31", "2024-03-01,2024-04-01"),
    *(*EMPTY, *NO_TEXT, "0001-01-01", "%EF%BC%92024-03-01"),
)
TEXTS = (
    *(*EMPTY, *NO_TEXT, "liga", "a" * 60, "a" * 61, "a" * 200, "a" * 201, "a" * 59 + "%20b", "+7001+"),
    *("%C3%A3" * 60, "%C3%A3" * 201, "%F0%9F%99%82", "%25", "%27%20OR%201=1", "%2B%2B"),
)
IDS = ("{own}", "{own}x", "{foreign}", "0", "x", "%00")
ODD_IDS = (
    *(*IDS, *EMPTY, *NO_TEXT, "+{own}+", "0{own}", "{own}.0", "-1", "1e3", "%C2%B2", "%EF%BC%91", "%2B{own}"),
    *("9" * 19, "9" * 20, "{own},{foreign}"),
)
TYPED = ("C1", "ninguém", "%ff")
ODD_TYPED = (*TYPED, *EMPTY, *NO_TEXT, "+c1+", "0", "a" * 300, "%25", "SEGREDO-DE-boreal", "%C2%B2")
WORDS = ("open", "with", "nonsense", "%00")
ODD_WORDS = (*WORDS, *EMPTY, *NO_TEXT, "OPEN", "%20open", "closed", "open,closed")
KEYS = ("nonsense", "-", "--number", "number", "-party", "a" * 60, "number,x", "%00", "%ff")
VALUES: Mapping[str, tuple[str, ...]] = {
    "view": (*WORDS, *View, "TICKETS", ""),
    "company": (
        *("aurora", "boreal", "cometa", "AURORA", "aurora,boreal", "aurora,nowhere", "boreal,%00", ",,"),
        *(",".join(f"c{n}" for n in range(300)), *EMPTY, *NO_TEXT),
    ),
    "date": (*WORDS, "closed", "answered", "x,y"),
    "period": (*WORDS, "year", "decade"),
    "since": DAYS,
    "until": ("2024-03-01", "x", "2200-01-01", "%20", "%00", "%ff"),
    "q": TEXTS,
    "serial": ("S", "a" * 60, "a" * 61, "%20", "%00", "%ff"),
    "only_category": ("", "1", "0", "y", "1x", "%00"),
    "only": (*WORDS, "no_product", "no_product,no_category", "x,no_product"),
    "sort": KEYS,
    "break": KEYS,
    "columns": (*KEYS, ",,,", ",".join(["number"] * 90), "number,party"),
    **{reference.field: IDS for reference in REFERENCES},
    **{reference.name: TYPED for reference in REFERENCES},
    **dict.fromkeys(("direction", "forwardings", "orders", "order_status"), WORDS),
    # All filters of a kind are read by the same lines: one of each has everything.
    "customer_id": ODD_IDS,
    "customer": ODD_TYPED,
    "status": ODD_WORDS,
}


@pytest.fixture
def ana(client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The admin of aurora and boreal, ten tickets here and one there, and lists of several pages."""
    add_tickets(world)
    log_in(client, world, "ana")
    monkeypatch.setitem(keyset_page.__kwdefaults__, "size", 6)
    return client


@pytest.fixture
def filled(world: World) -> Callable[[str, str], str]:
    """`filled("customer_id", "{own}x")`: the value with ids of the world's rows."""
    rows = world.rows["aurora"]
    theirs = {
        "closed_by": rows.technician,
        "answered_by": rows.technician,
        "category": rows.problem_category,
        "outcome": rows.forwarding_outcome,
    }

    def fill(name: str, value: str) -> str:
        of = name.removesuffix("_id")
        own = theirs.get(of) or getattr(rows, of, rows.customer)
        return value.replace("{own}", str(own.id)).replace("{foreign}", str(world.rows["boreal"].customer.id))

    return fill


# ── What each output gives ───────────────────────────────────────────────────────────────────────────

Rows = tuple[int, list[int] | None]
"""How many lines, and of a list of tickets which, in their order; None: none of a summary's."""


def on_screen(client: FlaskClient, query: str) -> Rows | None:
    """All pages of the answer, one after the other; None: it was refused."""
    page = ask(client, query)
    if 'name="format"' not in page.html:
        assert page.tables == []
        assert page.stated == {}
        assert 'aria-invalid="true"' in page.html
        return None
    assert page.stated
    # Of no company there is nothing to count.
    (count,) = re.findall(r'<span class="count">(\d+)</span>', page.html) or ["0"]
    if not page.tables:
        assert count == "0"
        return 0, []
    if "Número" not in [head.text for head in page.heads]:
        return int(count), None
    numbers = list(page.numbers)
    while onward := [url for label, url in page.pages.items() if label != "Anterior"]:
        page = follow(client, onward[0])
        numbers += page.numbers
    return int(count), numbers


def order(client: FlaskClient, query: str, file_format: str) -> Any:
    asked = {"format": file_format, "query": query, "request_key": str(uuid4())}
    return client.post(FILES, data=asked)


def in_csv(content: bytes) -> Rows:
    (head, *lines), stated = csv_lines(content)
    rows = [line[head.index("Número")] for line in lines] if "Número" in head else None
    return int(stated["Linhas"]), None if rows is None else [int(cell) for cell in rows if cell.isdigit()]


def in_xlsx(content: bytes) -> Rows:
    head, *lines = xlsx_lines(content)
    (count,) = [line[1] for line in xlsx_lines(content, "sheet3") if line.get(0) == "Linhas"]
    place = next((place for place, label in head.items() if label == "Número"), None)
    if place is None:
        return int(count), None
    cells = [line.get(place) for line in lines]
    return int(count), [int(cell) for cell in cells if isinstance(cell, float)]


def assert_agree(client: FlaskClient, query: str) -> Rows | None:
    """Screen, PDF, XLSX, CSV, and what keeps a question: all answer the same rows, or all refuse."""
    shown = on_screen(client, query)
    if shown is None:
        for name in FORMATS:
            response = order(client, query, name)
            assert response.status_code == 303, query
            # Back at the screen, which says at the filter what is amiss.
            assert urlsplit(response.location).path == URL
            assert on_screen(client, urlsplit(response.location).query) is None, query
        for url in (SAVED, COLUMNS):
            refused = client.post(url, data={"name": "Torto", "query": query})
            assert refused.status_code == 422, query
            assert "não pode ser lido" in refused.text
        return None
    count, numbers = shown
    for name, read in (("csv", in_csv), ("xlsx", in_xlsx)):
        response = order(client, query, name)
        assert response.status_code == 200, (name, query)
        told, listed = read(response.data)
        assert told == count, (name, query)
        if listed is not None and numbers is not None:
            assert listed == numbers, (name, query)
    return shown


# ── Every filter, every kind of value ────────────────────────────────────────────────────────────────


def test_every_filter_is_asked_for_here(app: Flask) -> None:
    parts = (part for part in fields(Question) if part.name != "refused")
    values = {part.name: ("x",) if part.default == () else part.default is False or "x" for part in parts}
    written = {name for name, _value in Question(**values).pairs()}
    typed = {name for name in vars(ReportForm) if hasattr(getattr(ReportForm, name), "field_class")}
    assert written | typed == set(VALUES)


@pytest.mark.parametrize("name", VALUES)
def test_whatever_one_filter_holds_all_outputs_agree(
    ana: FlaskClient, filled: Callable[[str, str], str], name: str
) -> None:
    for value in VALUES[name]:
        assert_agree(ana, f"{name}={filled(name, value)}")


QUERIES = st.lists(
    st.sampled_from(list(VALUES)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(VALUES[name]))
    ),
    min_size=2,
    max_size=4,
)


@examples(20)
@given(parts=QUERIES)
@example(parts=[("period", "month"), ("since", "x")])
@example(parts=[("period", "nonsense"), ("since", "x")])
@example(parts=[("since", ""), ("since", "x")])
@example(parts=[("since", ""), ("since", "2024-03-01")])
@example(parts=[("since", "2024-03-01"), ("since", "x")])
@example(parts=[("customer_id", "x"), ("customer", "C1")])
@example(parts=[("customer_id", ""), ("customer_id", "{own}")])
@example(parts=[("since", "2024-06-01"), ("until", "2024-01-01")])
@example(parts=[("view", "by_month"), ("q", "%00")])
@example(parts=[("company", "aurora,boreal"), ("until", "31/02/2026x")])
def test_whatever_several_filters_hold_all_outputs_agree(
    ana: FlaskClient, filled: Callable[[str, str], str], parts: list[tuple[str, str]]
) -> None:
    assert_agree(ana, "&".join(f"{name}={filled(name, value)}" for name, value in parts))


@pytest.mark.parametrize(
    "query", ["", "customer_id=0", "company=aurora,boreal&since=2024-03-01&sort=nonsense"]
)
def test_paper_and_what_was_saved_have_the_same_rows_too(ana: FlaskClient, query: str) -> None:
    shown = assert_agree(ana, query)
    assert shown is not None
    pages = PdfReader(BytesIO(order(ana, query, "pdf").data)).pages
    text = "\n".join(page.extract_text() for page in pages)
    assert re.search(rf"Linhas\s+{shown[0]}\b", text)
    # Their problems name them, too.
    found = {int(number) for number in re.findall(r"(?<![\d,.])70\d\d(?!\d)", text)}
    assert found == {number for number in shown[1] or () if number > 7_000}
    saved = ana.post(SAVED, data={"name": "Reto", "query": query})
    assert on_screen(ana, urlsplit(saved.location).query) == shown
    assert ana.post(COLUMNS, data={"query": query}).status_code == 303


# ── What is refused ──────────────────────────────────────────────────────────────────────────────────

REFUSED = (
    *(("since", "31/02/2026x", "De: Esta data não existe."), ("until", "2200-01-01", "entre 1900 e 2199")),
    *(("q", "a" * 201, "200 caracteres"), ("serial", "%00", "que não podem ser gravados")),
)


@pytest.mark.parametrize(("name", "value", "told"), REFUSED)
def test_the_page_says_at_the_filter_and_in_place_of_the_answer_why(
    ana: FlaskClient, name: str, value: str, told: str
) -> None:
    for more in ("", "&view=by_month", "&company=aurora,boreal"):
        page = ana.get(f"{URL}?{name}={value}{more}").text
        form, _, answer = page.partition('id="report"')
        assert re.search(rf'<input (?=[^>]*name="{name}")(?=[^>]*aria-invalid="true")', form)
        assert told.removeprefix("De: ") in form
        assert told in answer.partition("</section>")[0]
        # What it would have been narrowed to otherwise isn't told as if it were.
        assert answer_of(page).stated == {}


def test_nothing_is_kept_of_a_question_that_is_refused(ana: FlaskClient, world: World) -> None:
    def kept() -> list[list[Any]]:
        with company_scope(world.aurora):
            return [db.session.query(model.id).all() for model in (SavedReport, ReportFile, ReportColumns)]

    before = kept()
    ana.post(SAVED, data={"name": "Torto", "query": "since=x"})
    ana.post(COLUMNS, data={"query": "since=x", "columns": ["number"]})
    order(ana, "since=x", "csv")
    assert kept() == before


def test_a_saved_report_is_not_changed_to_a_question_that_is_refused(ana: FlaskClient, world: World) -> None:
    saved = ana.post(SAVED, data={"name": "Reto", "query": "status=open"})
    row_id = int(dict(parse_qsl(urlsplit(saved.location).query))["saved"])
    refused = ana.post(
        f"/c/aurora/reports/saved/{row_id}", data={"name": "Reto", "query": "since=x", "version": "1"}
    )
    assert refused.status_code == 422
    assert "O conteúdo do filtro “De” não pode ser lido" in refused.text
    with company_scope(world.aurora):
        assert db.session.get_one(SavedReport, row_id).query == "status=open"


def test_from_the_page_of_a_refused_question_nothing_else_can_be_saved(ana: FlaskClient) -> None:
    ana.post(SAVED, data={"name": "Reto", "query": "status=open"})
    page = ana.get(f"{URL}?status=open&since=x").text
    (link,) = re.findall(rf'href="({SAVED}[^"]*)"', page)
    url = link.replace("&amp;", "&")
    query = dict(parse_qsl(urlsplit(url).query))["query"]
    assert ana.post(SAVED, data={"name": "Torto", "query": query}).status_code == 422
    cancel = re.search(r'href="([^"]+)">Cancelar', ana.get(url).text)
    assert cancel
    assert on_screen(ana, urlsplit(cancel[1].replace("&amp;", "&")).query) is None


def test_a_summary_that_is_refused_is_no_way_back(ana: FlaskClient) -> None:
    for query, there in (("view=by_month&since=2024-01-01", True), ("view=by_month&since=x", False)):
        page = ana.get(f"{URL}?{urlencode({'back': f'aurora?{query}'})}").text
        assert ("Voltar ao resumo" in page) == there


# ── By a worker ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def queued(
    app: Flask, ana: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Any]:
    """`queued("status=open")`: the file's row after a worker has had it, and its content."""
    monkeypatch.setattr(services, "enqueue_after_commit", lambda *_task, **_ids: None)

    def call(query: str) -> tuple[ReportFile, bytes]:
        own = {"company": world.aurora, "actor": world.users["ana"]}
        with company_scope(world.aurora), transaction():
            file = services.order_file(
                **own,
                report=TicketReport(),
                query=services.plain_query(query),
                file_format="csv",
                companies=[world.aurora],
                rows=1,
                language="pt_BR",
                request_key=uuid4(),
            )
        runs.make_file(file.id, registry=app.extensions["balcao"])
        with company_scope(world.aurora):
            row = db.session.get_one(ReportFile, file.id, populate_existing=True)
            pieces = db.session.query(ReportPiece).filter_by(file_id=file.id).order_by(ReportPiece.position)
            return row, b"".join(piece.content for piece in pieces)

    return call


@pytest.mark.parametrize("query", ["", "since=&since=2024-03-01", "customer_id=x&customer=C1", "q=%ed%a0%80"])
def test_a_worker_answers_what_the_screen_answers(
    ana: FlaskClient, queued: Callable[[str], Any], query: str
) -> None:
    file, content = queued(query)
    assert file.status is FileStatus.DONE
    assert in_csv(content) == on_screen(ana, query)


@pytest.mark.parametrize(("name", "value", "_told"), REFUSED)
def test_a_worker_makes_no_file_of_a_question_that_is_refused(
    queued: Callable[[str], Any], name: str, value: str, _told: str
) -> None:
    """It was asked for before the rule, or by hand in the database."""
    file, content = queued(f"{name}={value}")
    assert (file.status, content) == (FileStatus.FAILED, b"")
    assert "não pode ser lido: corrija-o na página do relatório." in file.reason


def test_asked_by_hand_for_the_queue_it_is_refused_at_once(
    ana: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "BACKGROUND_ROWS", -1)
    assert urlsplit(order(ana, "", "csv").location).path.startswith("/c/aurora/reports/files/")
    assert urlsplit(order(ana, "since=x", "csv").location).path == URL


# ── One reading ──────────────────────────────────────────────────────────────────────────────────────


@examples(200)
@given(
    st.lists(
        st.tuples(st.text(max_size=4), st.one_of(st.text(max_size=6), st.binary(max_size=6))), max_size=5
    )
)
@example([("q", b"\xed\xa0\x80"), ("since", ""), ("since", "x")])
def test_a_query_string_is_read_as_the_page_reads_it(app: Flask, pairs: list[tuple[str, bytes]]) -> None:
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    with app.test_request_context(f"/?{query}"):
        shown = list(request.args.items(multi=True))
    for text in (query, services.plain_query(query)):
        assert sorted(MultiDict(query_pairs(text)).items(multi=True)) == sorted(shown)


def test_the_form_shows_what_is_asked(ana: FlaskClient) -> None:
    for query, ticked in (
        ("only=no_product,no_category", {"only-no_product", "only-no_category"}),
        ("only=no_category&only=x", {"only-no_category"}),
        ("only_category=1", {"only_category"}),
        *((f"only_category={value}", set()) for value in ("0", "y", "1x", "")),
    ):
        page = ana.get(f"{URL}?{query}").text
        boxes = [box for box in re.findall(r'<input [^>]*type="checkbox"[^>]*>', page) if " checked" in box]
        found = {name for box in boxes for name in re.findall(r' id="(only[^"]*)"', box)}
        assert found == ticked, query
