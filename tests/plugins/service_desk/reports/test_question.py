"""A question is its address: written and read again it is the same, and nothing there makes it fail."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.database import company_scope
from plugins.service_desk.reports.question import (
    NOBODY,
    REFERENCES,
    DateKind,
    Only,
    Period,
    Question,
    View,
)
from tests.plugins.service_desk.reports.questions import KINDS, asked, runs

NAMES = (
    *("view", "company", "date", "period", "since", "until", "status", "serial", "direction", "q", "sort"),
    *("only_category", "forwardings", "orders", "order_status", "without", "break", "columns", "after"),
    *(reference.name for reference in REFERENCES),
    *(reference.field for reference in REFERENCES),
)
WORDS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            *("", " ", "0", "1", "-1", "9" * 30, "²", "１", "1e3", "0x1", "nan", "\x00", "a\x00b", "\ud800"),
            *("2019-02-30", "2019-01-15", "0001-01-01", "9999-12-31", "2019-W03-2", "hoje", "today", "month"),
            *(
                "tickets",
                "by_month",
                "waiting",
                "TICKETS",
                "open",
                "with",
                "product",
                "aurora",
                "aurora,boreal",
            ),
            *("RC0", "RC0 · Ávila & Filhos", "' OR 1=1 --", "%", "a" * 300, "a" * 59 + " b", "\u2028", ";,;"),
        ]
    ),
)
ADDRESSES = st.lists(st.tuples(st.sampled_from(NAMES), WORDS), max_size=12)


@runs(200)
@given(st.data())
def test_written_and_read_again_it_is_the_same(desk, data):
    wanted = data.draw(asked(desk))
    company = desk.companies[wanted.code]
    with company_scope(company):
        assert Question.parse(wanted.query, company) == wanted.question


@runs(200)
@given(ADDRESSES)
@example([("serial", "a" * 59 + " b")])
@example([("q", "x" * 99 + " y" * 50)])
def test_whatever_is_read_is_read_again_from_what_is_written(desk, address):
    company = desk.companies["aurora"]
    with company_scope(company):
        question = Question.of(MultiDict(address), company)
        # What can't be read isn't written: whoever writes it, or answers, has asked for `refused` before.
        assert Question.parse(question.query(), company) == replace(question, refused=())


def test_the_shortest_address_is_the_default_question(desk):
    assert Question().query() == ""
    with company_scope(desk.companies["aurora"]):
        assert Question.parse("", desk.companies["aurora"]) == Question()


def test_every_part_has_a_place_in_the_address(desk):
    """A new part that `query` or `of` forgets is seen here."""
    rows = desk.rows["aurora"]
    ids = {f"{name}_id": getattr(rows, kind)[0].id for name, kind in KINDS.items()}
    words = {
        "view": View.WAITING,
        "companies": ("aurora", "boreal"),
        "date_kind": DateKind.ANSWERED,
        "period": None,
        "since": date(1900, 1, 1),
        "until": date(2199, 12, 31),
        "status": "closed",
        "serial": "=1;2",
        "direction": "outbound",
        "only_category": True,
        "forwardings": "unanswered",
        "orders": "with",
        "order_status": "cancelled",
        "only": tuple(Only),
        "text": "a&b=c % ção",
        "sort": "-cost",
        "break_by": "opened",
        "columns": ("number", "cost"),
    }
    question = Question(**words, **ids)
    unlike_default = {part.name for part in fields(question) if getattr(question, part.name) != part.default}
    assert unlike_default == {part.name for part in fields(question)} - {"period", "refused"}
    with company_scope(desk.companies["aurora"]):
        assert Question.parse(question.query(), desk.companies["aurora"]) == question


def test_a_period_takes_the_place_of_days(desk):
    with company_scope(desk.companies["aurora"]):
        question = Question.parse("period=today&since=2019-01-01", desk.companies["aurora"])
    assert question == Question(period=Period.TODAY)


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.name)
def test_a_row_is_named_by_its_id_or_as_it_was_typed_and_what_is_none_leaves_nothing(desk, reference):
    company = desk.companies["aurora"]
    row = getattr(desk.rows["aurora"], KINDS[reference.name])[2 if reference.name != "outcome" else 1]
    with company_scope(company):

        def read(query: str) -> int | None:
            return getattr(Question.parse(query, company), reference.field)

        assert read(f"{reference.field}={row.id}") == row.id
        assert read(f"{reference.name}={row.code.lower()}") == row.id
        assert read(f"{reference.field}=&{reference.name}=") is None
        for nobody in ("0", "-1", "x", "999999999999", "9" * 40, f"{row.id}x"):
            assert read(f"{reference.field}={nobody}") == NOBODY
        assert read(f"{reference.name}=nobody+at+all") == NOBODY


# ── Periods ──────────────────────────────────────────────────────────────────────────────────────────


@runs(200)
@given(st.dates(date(1901, 1, 1), date(2198, 12, 31)), st.sampled_from(Period))
@example(date(2020, 2, 29), Period.LAST_MONTH)
@example(date(2019, 12, 31), Period.QUARTER)
@example(date(2019, 1, 1), Period.LAST_MONTH)
@example(date(2019, 2, 24), Period.WEEK)
def test_a_period_is_whole_and_the_day_is_in_it_or_just_after(day, period):
    first, last = period.span(day)
    following = last + timedelta(days=1)
    assert first <= last
    if period is Period.LAST_MONTH:
        assert following == day.replace(day=1)
        assert first.day == 1
        assert (day.year * 12 + day.month) - (first.year * 12 + first.month) == 1
        return
    assert first <= day <= last
    match period:
        case Period.TODAY:
            assert first == last
        case Period.WEEK:
            assert (last - first).days == 6
            assert first.strftime("%w") == "0"
        case _:
            assert first.day == following.day == 1
            months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
            assert following.year * 12 + following.month - first.year * 12 - first.month == months
            assert (first.month - 1) % months == 0
