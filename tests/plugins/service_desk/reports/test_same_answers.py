"""The report's answers are those of a plain computation, whatever is asked: sheet, pages, totals, files.

A planted fault must be found by the comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import cast, func

from app.database import company_scope
from app.keyset import Place, keyset_page
from plugins.service_desk.queries import tickets
from plugins.service_desk.reports import columns, listing, narrowing, summing
from plugins.service_desk.reports.listing import Listing
from plugins.service_desk.reports.question import Question, View
from plugins.service_desk.reports.report import summed
from tests.plugins.service_desk.reports import plain_lists, plain_summaries, reading
from tests.plugins.service_desk.reports.data import Desk
from tests.plugins.service_desk.reports.questions import (
    LISTS,
    SUMMARIES,
    Asked,
    answer,
    asked,
    assert_same,
    books_about,
    plain_answer,
    runs,
)


@runs(150)
@given(st.data())
def test_the_sheet_is_the_plain_answer(desk, monkeypatch, data):
    # A search that finds more than a few is another statement.
    monkeypatch.setattr(tickets, "FEW", data.draw(st.sampled_from([1_000, 3])))
    assert_same(desk, data.draw(asked(desk)))


@pytest.mark.parametrize("view", View)
def test_every_kind_has_an_answer_about_all_companies(desk, view):
    everything = Asked(Question(view=view, companies=("aurora", "boreal", "cometa")))
    assert_same(desk, everything)
    assert len(answer(desk, everything)[1]) > 5


# ── The screen ───────────────────────────────────────────────────────────────────────────────────────


@runs(30)
@given(st.data())
def test_pages_walked_forth_and_back_are_the_whole_answer(desk, monkeypatch, data):
    wanted = data.draw(asked(desk, LISTS))
    size = data.draw(st.sampled_from([7, 20]))
    monkeypatch.setattr(listing, "keyset_page", partial(keyset_page, size=size))
    for books in books_about(desk, wanted)[:1]:
        with company_scope(books.company):
            its = Listing(wanted.question, books.company)
            keys = [column.key for column in its.columns]
            rows = [
                (known.ticket.id, [plain_lists.cell(books, key, (known, each))[0] for key in keys])
                for known, each in plain_lists.rows_of(wanted.question, books)
            ]
            assert [(row[0], its.values(row)) for row in its.all()] == rows
            forth = [its.page(Place())]
            while forth[-1].next:
                forth.append(its.page(Place(after=forth[-1].next)))
            back = [forth[-1]]
            while back[0].previous:
                back.insert(0, its.page(Place(before=back[0].previous)))
            for walked in (forth, back):
                assert [(row[0], its.values(row)) for page in walked for row in page.rows] == rows
            assert [len(page.rows) for page in forth[:-1]] == [size] * (len(forth) - 1)


@runs(40)
@given(st.data())
def test_the_totals_of_the_screen_are_those_of_the_lines(desk, data):
    wanted = data.draw(asked(desk, LISTS))
    for books in books_about(desk, wanted):
        pairs = [(books, pair) for pair in plain_lists.rows_of(wanted.question, books)]
        with company_scope(books.company):
            its = Listing(wanted.question, books.company)
            keys = [column.key for column in its.columns]
            assert its.count() == its.totals().count == len(pairs)
            assert its.totals().values(its.columns) == plain_lists.sums_of(keys, pairs)
            if its.group is None or not pairs:
                continue
            rows = list(its.all())
            labels = {key: str(shown.column.label) for key, shown in its.source.columns.items()}
            parts = list(plain_lists.parts_of(wanted.question, pairs, labels))
            # As a page asks: for those of its rows, of which the first and the last may go on elsewhere.
            page = rows[len(rows) // 3 : 2 * len(rows) // 3 + 1]
            shown = dict.fromkeys(row[-1] for row in rows)
            total, found = its.totals_with_groups(row[-1] for row in page)
            assert total == its.totals()
            assert set(found) == {row[-1] for row in page}
            for key, (_label, part) in zip(shown, parts, strict=True):
                if key in found:
                    assert found[key].count == len(part)
                    assert found[key].values(its.columns) == plain_lists.sums_of(keys, part)


# ── Behind the figures ───────────────────────────────────────────────────────────────────────────────

MOST_LINES, MOST_LINKS = 4, 9


@runs(15)
@given(st.data())
def test_behind_each_figure_are_exactly_its_rows(desk, data):
    assert_links(desk, data.draw(asked(desk, SUMMARIES)))


@runs(15)
@given(st.data())
def test_a_month_leads_to_those_of_its_days_that_are_asked_about(desk, data):
    assert_links(desk, data.draw(asked(desk, (View.BY_MONTH,), only=("days",))))


def assert_links(desk: Desk, wanted: Asked) -> None:
    """The lists behind the figures of the first lines have exactly the rows that make these, and the sum."""
    all_books = books_about(desk, wanted)
    groups = plain_summaries.groups_of(wanted.question, all_books)
    # The scope of the company that asks is open, as in a request.
    with company_scope(desk.companies[wanted.code]):
        found = summed(wanted.question, [books.company for books in all_books]).groups
        assert [group.label for group in found] == [group.label for group in groups]
        for group, its in list(zip(found, groups, strict=True))[:MOST_LINES]:
            if group.company is None:
                assert summing.drill_down(wanted.question, group, "count") is None
                continue
            # Figures of the same rows lead to the same list; a figure of none is shown without a link.
            links = {
                (summing.drill_down(wanted.question, group, key).query(), *rows)
                for key, rows in behind(its).items()
                if rows[0]
            }
            assert len({query for query, *_ in links}) == len(links) <= MOST_LINKS
            for query, ids, column, total in links:
                with company_scope(group.company):
                    # Through the address, as whoever follows the link.
                    listed = Listing(Question.parse(query, group.company), group.company)
                    assert sorted(row[0] for row in listed.all()) == list(ids), query
                    assert column is None or listed.totals().sums[column] == total, query


def behind(group: plain_summaries.PlainGroup) -> dict[str, tuple[tuple[int, ...], str | None, Any]]:
    """By figure the tickets of the rows that make it, and the column whose sum it is, or is a mean of."""
    tickets = [(known.ticket.id, known) for _books, known, _forwardings in group.counted]
    closed = [(each, known) for each, known in tickets if known.ticket.closed_at]
    meant = [(known.ticket.id, each) for _books, known, its in group.counted for each in its]
    answered = [(ticket, each) for ticket, each in meant if each.answered_at]
    figures = plain_summaries.figures_of(group.counted)
    close_time = "close_time", sum(known.close_time for _id, known in closed)
    answer_time = "answer_time", sum(plain_lists.answer_time(each) for _id, each in answered)

    def ids(rows: list[tuple[int, Any]]) -> tuple[int, ...]:
        return tuple(sorted(ticket for ticket, _row in rows))

    return {
        **dict.fromkeys(("count", "share"), (ids(tickets), None, None)),
        **{key: (ids(tickets), key, figures[key]) for key in ("contact_time", "cost", "sale")},
        "closed": (ids(closed), None, None),
        **dict.fromkeys(("close_mean", "close_p90"), (ids(closed), *close_time)),
        "open": (ids([row for row in tickets if row not in closed]), None, None),
        "forwardings": (ids(meant), None, None),
        "answer_mean": (ids(answered), *answer_time),
    }


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────


@runs(20)
@given(st.data())
def test_files_of_cells_have_the_same_rows_and_totals(desk, data):
    wanted = data.draw(asked(desk))
    sheet, _lines = answer(desk, wanted)
    lines = plain_answer(desk, wanted, sheet)
    reading.assert_csv(sheet, lines, reading.file_of(desk, wanted, "csv"))
    reading.assert_xlsx(sheet, lines, reading.file_of(desk, wanted, "xlsx"))


DECEMBER = date(2018, 12, 1)


@pytest.mark.parametrize(
    "question",
    [
        Question(columns=("number", "contact_time", "cost", "sale"), sort="cost"),
        Question(view=View.DETAILS, break_by="channel", companies=("boreal", "cometa"), since=DECEMBER),
        Question(view=View.WAITING),
        Question(view=View.BY_MONTH, companies=("boreal", "cometa")),
        Question(view=View.BY_TECHNICIAN),
    ],
    ids=lambda question: str(question.view),
)
def test_a_pdf_has_the_same_figures(desk, question):
    assert_pdf(desk, Asked(question))


@runs(12)
@given(st.data())
def test_any_pdf_has_the_same_figures(desk, data):
    assert_pdf(desk, data.draw(asked(desk)))


def assert_pdf(desk: Desk, wanted: Asked) -> None:
    sheet, _lines = answer(desk, wanted)
    lines = plain_answer(desk, wanted, sheet)
    reading.assert_pdf(sheet, lines, reading.file_of(desk, wanted, "pdf"))


# ── The comparison finds a fault ─────────────────────────────────────────────────────────────────────


def utc_days(monkeypatch: pytest.MonkeyPatch) -> None:
    start_of_day = narrowing.start_of_day
    monkeypatch.setattr(narrowing, "start_of_day", lambda day, timezone: start_of_day(day, "UTC"))


def any_forwarding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each condition may be another forwarding's."""
    of_forwardings = narrowing.of_forwardings

    def without_the_last(question: Question, company: Any) -> narrowing.Conditions:
        return of_forwardings(question, company)[:1]

    monkeypatch.setattr(narrowing, "of_forwardings", without_the_last)


def hours_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def worth(rate: Any) -> Any:
        hours = cast(columns.Ticket.contact_minutes, columns.Numeric(18, 4)) / 60
        return func.round(hours * func.coalesce(rate, 0), 2)

    monkeypatch.setattr(summing, "worth", worth)


def no_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "below", lambda company, category_id: set())


def means_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summing, "mean", lambda total, count: total // count if count else None)


def falling_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal rows always the latest first."""
    real = Listing.all

    def rows(self: Listing) -> Any:
        found = list(real(self))
        return iter(found if self.sort.startswith("-") else found[::-1])

    monkeypatch.setattr(Listing, "all", rows)


FAULTS: dict[Callable[[pytest.MonkeyPatch], None], dict[str, Any]] = {
    utc_days: {"only": ("days",)},
    any_forwarding: {"only": ("department_id", "forwardings")},
    hours_first: {"views": SUMMARIES},
    no_tree: {"only": ("category_id",)},
    means_down: {"views": SUMMARIES},
    falling_ids: {"views": LISTS},
}
"""Each with the questions among which it is looked for, so that it is found soon."""


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_fault_is_found(desk, monkeypatch, plant):
    plant(monkeypatch)

    @settings(runs(150), phases=[Phase.generate], report_multiple_bugs=False)
    @given(st.data())
    def compare(data: st.DataObject) -> None:
        assert_same(desk, data.draw(asked(desk, **FAULTS[plant])))

    with pytest.raises(AssertionError, match=r"line \d+ of "):
        compare()
