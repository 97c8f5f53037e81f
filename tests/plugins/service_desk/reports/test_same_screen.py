"""The pages of the report show the rows and totals of the plain computation, whatever is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.database import company_scope
from app.reports.sheets import Column, Kind, Line, LineKind
from plugins.service_desk.reports import summing
from plugins.service_desk.reports.columns import Source
from plugins.service_desk.reports.details import DETAILS
from plugins.service_desk.reports.question import Question, View
from tests.plugins.service_desk import report_pages
from tests.plugins.service_desk.report_pages import Answer
from tests.plugins.service_desk.reports import plain_lists, plain_summaries
from tests.plugins.service_desk.reports.data import Desk
from tests.plugins.service_desk.reports.plain import Books
from tests.plugins.service_desk.reports.questions import LISTS, SUMMARIES, Asked, asked, books_about, runs
from tests.plugins.service_desk.reports.reading import shown
from tests.world import World, log_in

KNOWN = ("aurora", "boreal")
"""The companies that the reader belongs to."""


@pytest.fixture
def ana(app: Flask, desk: Desk, world: World) -> FlaskClient:
    """Reads the report of two companies."""
    client = app.test_client()
    log_in(client, world, "ana")
    return client


@dataclass
class Told:
    """A line as a page has it: what it is, and its texts."""

    kind: str
    texts: list[str]


@st.composite
def asked_of_hers(draw: st.DrawFn, desk: Desk, views: tuple[View, ...]) -> Asked:
    """A question that she may ask."""
    wanted = draw(asked(desk, views))
    companies = tuple(code for code in wanted.question.companies if code in KNOWN)
    code = wanted.code if wanted.code in KNOWN else "aurora"
    return Asked(replace(wanted.question, companies=companies), code)


@runs(40)
@given(st.data())
def test_a_list_on_the_screen(desk, ana, data):
    assert_list(desk, ana, data.draw(asked_of_hers(desk, LISTS)))


@pytest.mark.parametrize("view", LISTS)
def test_a_whole_list_over_several_pages(desk, ana, view):
    question = Question(view=view, companies=KNOWN, break_by="party", columns=("party", "number", "channel"))
    assert_list(desk, ana, Asked(question))


@runs(25)
@given(st.data())
def test_a_summary_on_the_screen(desk, ana, data):
    assert_summary(desk, ana, data.draw(asked_of_hers(desk, SUMMARIES)))


def test_a_row_that_is_left_out_is_found(desk, ana, monkeypatch):
    page = report_pages.follow
    monkeypatch.setattr(report_pages, "follow", lambda *where: without_its_last_row(page(*where)))
    with pytest.raises(AssertionError):
        assert_list(desk, ana, Asked(Question()))


def without_its_last_row(answer: Answer) -> Answer:
    table = answer.tables[-1]
    table.remove([line for line in table if not line.kind][-1])
    return answer


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────


def assert_list(desk: Desk, client: FlaskClient, wanted: Asked) -> None:
    """Every page of every company, from the first to the last, and the totals of all."""
    all_books = books_about(desk, wanted)
    pages = [report_pages.ask(client, wanted.query, wanted.code)]
    while after := next_of(pages[-1]):
        pages.append(report_pages.follow(client, after))
    with_rows = [books for books in all_books if plain_lists.rows_of(wanted.question, books)]
    if not with_rows:
        assert_nothing(pages[0], wanted)
        return
    columns = columns_of(wanted, pages[0], desk)
    for books in with_rows:
        labels = {key: str(each.label) for key, each in everything(wanted, desk).items()}
        lines = plain_lists.list_lines(wanted.question, [books], [column.key for column in columns], labels)
        its = [page for page in pages if len(all_books) == 1 or company_of(page) == books.company.name]
        told = [line for page in its for line in body_of(page)]
        assert joined(told) == list(as_told(wanted.question, columns, lines[:-1])), wanted.query
        for page in its:
            assert foot_of(page) == next(as_told(wanted.question, columns, lines[-1:])), wanted.query
    if len(all_books) > 1:
        pairs = [(b, pair) for b in all_books for pair in plain_lists.rows_of(wanted.question, b)]
        sums = plain_lists.sums_of([column.key for column in columns], pairs)
        summed = [shown(c.kind, value) for c, value in zip(columns, sums, strict=True) if c.is_summed]
        label = plain_lists.total_label(wanted.question, len(pairs))
        for page in pages:
            assert page.tables[0][-1].texts == [label, *summed], wanted.query


def assert_nothing(page: Answer, wanted: Asked) -> None:
    assert "Nada encontrado." in page.html, wanted.query
    assert page.tables == []


def next_of(page: Answer) -> str | None:
    """The page after this one: of the same company, or the first one of the next company."""
    onward = [url for text, url in page.pages.items() if text != "Anterior"]
    return onward[0] if onward else None


def company_of(page: Answer) -> str:
    found = re.search('id="answer-company">([^<]+)<', page.html)
    assert found is not None
    return found[1]


def everything(wanted: Asked, desk: Desk) -> dict[str, Column]:
    company = desk.companies[wanted.code]
    with company_scope(company):
        return {key: each.column for key, each in Source.of(company, wanted.question.view).columns.items()}


def columns_of(wanted: Asked, page: Answer, desk: Desk) -> list[Column]:
    """The columns that the page has, by their heads."""
    by_label = {str(column.label): column for column in everything(wanted, desk).values()}
    return [by_label[head.text] for head in page.heads]


HERE = re.compile(r" \(\d+ nesta página\)$")
"""After the number of rows of a break that goes on over pages."""


def body_of(page: Answer) -> list[Told]:
    """Breaks, rows and subtotals; a subtotal over no columns has two lines, which are one here."""
    found: list[Told] = []
    for line in page.lines:
        if line.kind == "answer-subtotal" and found and found[-1].kind == line.kind:
            found[-1].texts += line.texts
        else:
            found.append(Told(line.kind, [HERE.sub("", text) for text in line.texts]))
    return found


def foot_of(page: Answer) -> Told:
    lines = [line for line in page.tables[-1] if line.kind == "answer-total"]
    return Told("answer-total", [text for line in lines for text in line.texts])


def joined(lines: Sequence[Told]) -> list[Told]:
    """Pages put together: what goes on has on each page its heading, and below its rows the same subtotal."""
    found: list[Told] = []
    for line in lines:
        heads = [each for each in found if each.kind == "answer-break"]
        if line.kind == "answer-break" and heads and heads[-1] == line:
            assert found.pop().kind == "answer-subtotal"
        else:
            found.append(line)
    return found


def as_told(question: Question, columns: Sequence[Column], lines: Sequence[Line]) -> Iterator[Told]:
    """Lines of the plain computation as a page shows them: a subtotal is told by its number of rows."""
    lead = next((n for n, column in enumerate(columns) if column.is_summed), len(columns))
    # Where the ticket's link stands, there is something to press.
    link = next((n for n, column in enumerate(columns) if column.key == "number"), 0)
    rows = 0
    entries: list[str] = []
    for line, following in pairwise([*lines, None]):
        assert line is not None
        if line.kind is LineKind.DETAIL:
            entries.append(entry(line.values))
            if following is None or following.kind is not LineKind.DETAIL:
                yield Told("answer-details", [" ".join(entries)])
                entries = []
            continue
        pairs = zip(columns, line.values, strict=line.kind is not LineKind.BREAK)
        match line.kind:
            case LineKind.BREAK:
                rows = 0
                yield Told("answer-break", [words(line.label)])
            case LineKind.ROW:
                rows += 1
                texts = [words(shown(column.kind, value)) for column, value in pairs]
                texts[link] = texts[link] or "—"
                yield Told("", texts)
            case LineKind.SUBTOTAL | LineKind.TOTAL:
                is_last = line.kind is LineKind.TOTAL
                label = line.label if is_last else f"Subtotal: {plain_lists.counted(question, rows)}"
                sums = [shown(column.kind, value) for column, value in pairs][lead:]
                yield Told("answer-total" if is_last else "answer-subtotal", [label, *sums])


def entry(values: Sequence[Any]) -> str:
    """What stands below a ticket of one contact or forwarding: of an end on the same day only the time."""
    told = {column.key: value for column, value in zip(DETAILS, values, strict=True)}
    if told["start"] is not None:
        start, end, time = told["start"], told["end"], told["contact_time"]
        last = f"{end:%H:%M}" if start.date() == end.date() else shown(Kind.INSTANT, end)
        when = [shown(Kind.INSTANT, start), "–", last, shown(Kind.MINUTES, time)]
    else:
        days = [shown(Kind.DAY, day) for day in (told["forwarded"], told["answered"]) if day is not None]
        time = told["answer_time"]
        when = [" – ".join(days), "Sem resposta" if time is None else shown(Kind.MINUTES, time)]
    names = [told[key] for key in ("contact", "channel", "department", "outcome", "answered_by")]
    texts = [
        f"{label}: {told[key]}" if told[key] else ""
        for label, key in (
            ("Problema Constatado", "finding"),
            ("Orientação", "guidance"),
            ("Resposta do Encaminhamento", "answer"),
        )
    ]
    return words(" ".join([told["detail"], *when, *(text for text in (*names, *texts) if text)]))


def words(text: str) -> str:
    """As a page is read: white space is one space."""
    return " ".join(text.split())


# ── Summaries ────────────────────────────────────────────────────────────────────────────────────────


def assert_summary(desk: Desk, client: FlaskClient, wanted: Asked) -> None:
    """The table of the page."""
    all_books: list[Books] = books_about(desk, wanted)
    page = report_pages.ask(client, f"{wanted.query}&all=1", wanted.code)
    is_of_several = len(all_books) > 1 and wanted.question.view is not View.BY_MONTH
    keys = [*(["company"] if is_of_several else []), "group", *(column.key for column in summing.FIGURES)]
    kinds = {column.key: column.kind for column in summing.FIGURES}
    *rows, total = plain_summaries.summary_lines(wanted.question, all_books, keys)

    if not rows:
        assert_nothing(page, wanted)
        return

    def texts(line: Line, start: int = 0) -> list[Any]:
        pairs: list[tuple[str, Any]] = list(zip(keys, line.values, strict=True))[start:]
        return [words(shown(kinds[key], value) if key in kinds else value) for key, value in pairs]

    assert [row.texts for row in page.rows] == [texts(row) for row in rows], wanted.query
    assert page.total.texts == [total.label, *texts(total, keys.index("count"))], wanted.query
