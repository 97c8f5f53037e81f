"""Summaries: shares that add up, means and percentiles of the tickets themselves, each counted once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.database import company_scope, db
from app.parties.models import Prospect
from app.reports.sheets import LineKind
from plugins.service_desk.models import Forwarding, ProblemCategory, Ticket
from plugins.service_desk.reports import summing
from plugins.service_desk.reports.drawing import summary_chart
from plugins.service_desk.reports.listing import Listing
from plugins.service_desk.reports.question import DateKind, Forwarded, Question, View
from plugins.service_desk.reports.report import summed
from plugins.service_desk.reports.summing import Figures, Group, Summary, mean, ordered, percentile, shares
from tests.plugins.service_desk.reports import plain_summaries
from tests.plugins.service_desk.reports.cases import Case, values
from tests.plugins.service_desk.reports.questions import (
    SUMMARIES,
    Asked,
    answer,
    asked,
    books_about,
    runs,
)

MONTHS_APART = (date(2023, 11, 1), date(2024, 2, 1), date(2024, 3, 1))
COUNTS = st.lists(st.integers(0, 10**6), max_size=40)
ALL = ("aurora", "boreal", "cometa")


# ── Forwardings ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "asked_about",
    [
        {"forwardings": Forwarded.UNANSWERED},
        {"forwardings": Forwarded.ANSWERED},
        {"date_kind": DateKind.ANSWERED},
        {"date_kind": DateKind.FORWARDED, "since": date(2025, 1, 1)},
        {"forwardings": Forwarded.UNANSWERED, "date_kind": DateKind.CLOSED},
        {},
    ],
    ids=str,
)
def test_of_one_question_every_summary_counts_the_same_forwardings(desk, asked_about):
    """Those that the question is about, whatever the lines are; none twice, so that their lines add up."""
    for department in (None, desk.rows["aurora"].departments[0].id):
        question = Question(department_id=department, **asked_about)
        totals = set()
        with company_scope(desk.companies["aurora"]):
            for view in SUMMARIES:
                its = summed(replace(question, view=view), [desk.companies["aurora"]])
                of_lines = sum(group.figures.forwardings for group in its.groups)
                assert of_lines == its.total.forwardings
                totals.add(
                    (its.total.count, its.total.forwardings, its.total.answered, its.total.answer_time)
                )
            (total,) = totals
            listed = Listing(replace(question, view=View.FORWARDINGS), desk.companies["aurora"])
            assert listed.count() == total[1]
        if asked_about.get("forwardings") is Forwarded.UNANSWERED:
            assert total[2:] == (0, 0)


# ── Charts ───────────────────────────────────────────────────────────────────────────────────────────


def test_months_without_tickets_have_their_place_in_the_chart(app):
    groups = [Group(None, f"{day:%m/%Y}", day, Figures(count=1, closed=1), {}) for day in MONTHS_APART]
    with app.test_request_context():
        chart = summary_chart(Question(view=View.BY_MONTH), Summary(groups, Figures()))
    named = re.findall(r"<title>(\d\d/\d{4}): (\d+)", chart)
    assert named == [("11/2023", "1"), ("12/2023", "0"), ("01/2024", "0"), ("02/2024", "1"), ("03/2024", "1")]


# ── Shares ───────────────────────────────────────────────────────────────────────────────────────────


@runs(300)
@given(COUNTS)
@example([1, 1, 1])
@example([1] * 7)
@example([0, 0, 5])
@example([999, 1])
def test_shares_add_up_to_100_and_none_is_a_tenth_off(counts):
    parts = shares(counts)
    total = sum(counts)
    assert sum(parts) == (Decimal("100.0") if total else 0)
    for count, part in zip(counts, parts, strict=True):
        assert part == part.quantize(Decimal("0.1"))
        assert not total or abs(part - Decimal(100 * count) / total) < Decimal("0.1")
    if total:
        assert parts == plain_summaries.shares(counts)


@runs(100)
@given(COUNTS)
def test_who_has_more_never_has_the_smaller_share(counts):
    pairs = sorted(zip(counts, shares(counts), strict=True))
    assert [share for _count, share in pairs] == sorted(share for _count, share in pairs)


@runs(30)
@given(st.data())
def test_the_shares_of_any_summary_add_up(desk, data):
    sheet, lines = answer(desk, data.draw(asked(desk, SUMMARIES)))
    *rows, total = [values(sheet, line)["share"] for line in lines]
    assert sum(rows) == total == Decimal(100 if rows else 0)


# ── Means and percentiles ────────────────────────────────────────────────────────────────────────────


@runs(200)
@given(st.lists(st.integers(0, 60), max_size=120))
def test_means_and_percentiles_are_the_plain_ones(times):
    assert mean(sum(times), len(times)) == plain_summaries.mean(times)
    assert percentile(times) == plain_summaries.nearest_rank(times)


@pytest.mark.parametrize("count", [1, 9, 10, 11, 19, 20, 21, 100])
def test_the_nearest_rank_is_exact_where_nine_tenths_are_whole(desk, count):
    case = Case(desk)
    start = case.at("2019-01-15T10:00:00")
    for minutes in range(1, count + 1):
        case.ticket(start, start + timedelta(minutes=minutes))
    assert case.total(view=View.BY_CHANNEL)["close_p90"] == -(-9 * count // 10)


@runs(20)
@given(st.data())
def test_several_companies_are_put_together_from_their_tickets(desk, data):
    """Also where no line has tickets of two: the total's mean is no mean of means."""
    drawn = data.draw(asked(desk, SUMMARIES))
    wanted = replace(drawn, question=replace(drawn.question, companies=ALL))
    with company_scope(desk.companies[wanted.code]):
        companies = [books.company for books in books_about(desk, wanted)]
        total = summed(wanted.question, companies).total
    books = books_about(desk, wanted)
    every = [(each, known, known.forwardings) for each in books for known in each.wanted(wanted.question)]
    assert total.value("close_mean") == plain_summaries.figures_of(every)["close_mean"]
    assert total.close_p90 == plain_summaries.figures_of(every)["close_p90"]
    assert total.count == len(every)


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────────


def test_equal_names_are_two_lines_and_a_customer_is_no_prospect(desk):
    case = Case(desk, name="Mesmo Nome")
    start = case.at("2019-01-15T10:00:00")
    with company_scope(case.company):
        prospect = Prospect(company_id=case.company.id, code="XI", name="Mesmo Nome")
        db.session.add(prospect)
        db.session.flush()
    case.ticket(start, problem="gêmeos")
    case.ticket(start, problem="gêmeos")
    other = Case(desk, name="MESMO nome")
    other.ticket(start, problem="gêmeos")
    other.ticket(start, problem="gêmeos", customer_id=None, prospect_id=prospect.id)

    _sheet, lines = answer(desk, Asked(Question(view=View.BY_CUSTOMER, text="gemeos")))
    assert [line.values[:2] for line in lines] == [
        ["Mesmo Nome", 2],
        ["MESMO nome", 1],
        ["Mesmo Nome", 1],
        [None, 4],
    ]
    # A list breaks by the name as it is written, whoever bears it.
    _sheet, lines = answer(desk, Asked(Question(text="gemeos", break_by="party")))
    broken = [line.label for line in lines if line.kind is LineKind.BREAK]
    assert [label.partition(": ")[2] for label in broken] == ["MESMO nome", "Mesmo Nome"]


def test_a_ticket_in_two_departments_stands_in_two_lines_and_once_in_the_total(desk):
    case = Case(desk)
    start = case.at("2019-01-15T10:00:00")
    contact = (start, start + timedelta(minutes=10))
    ticket_id = case.ticket(start, contacts=[contact], forwardings=[(start, None)] * 2)
    _move_one_forwarding(case, ticket_id, to=1)
    case.ticket(start, contacts=[contact])

    rows = case.rows_of(view=View.BY_DEPARTMENT)
    assert sorted((row["group"], row["count"], row["forwardings"]) for row in rows) == [
        ("(sem encaminhamento)", 1, 0),
        ("Engenharia", 1, 1),
        ("Peças", 1, 1),
    ]
    total = case.total(view=View.BY_DEPARTMENT)
    assert (total["count"], total["forwardings"], total["contact_time"]) == (2, 2, 20)
    assert sum(row["share"] for row in rows) == total["share"] == Decimal("100.0")
    # About one department: of its forwardings alone, in the line and in the total.
    asked_of = {"view": View.BY_DEPARTMENT, "department_id": case.rows.departments[0].id}
    (row,) = case.rows_of(**asked_of)
    assert row["forwardings"] == case.total(**asked_of)["forwardings"] == 1


def _move_one_forwarding(case: Case, ticket_id: int, to: int) -> None:
    with company_scope(case.company):
        forwarding = db.session.query(Forwarding).filter_by(ticket_id=ticket_id).first()
        forwarding.department_id = case.rows.departments[to].id
        db.session.flush()


def test_a_ticket_forwarded_in_two_months_stands_in_both_and_once_in_the_total(desk):
    case = Case(desk)
    start = case.at("2019-01-15T10:00:00")
    case.ticket(
        start,
        forwardings=[(start, start), (start + timedelta(days=30), None), (start + timedelta(days=31), None)],
    )
    rows = case.rows_of(view=View.BY_MONTH, date_kind=DateKind.FORWARDED)
    assert [(row["group"], row["count"]) for row in rows] == [("01/2019", 1), ("02/2019", 1)]
    assert case.total(view=View.BY_MONTH, date_kind=DateKind.FORWARDED)["count"] == 1
    january = {"since": date(2019, 1, 1), "until": date(2019, 1, 31)}
    rows = case.rows_of(view=View.BY_MONTH, date_kind=DateKind.FORWARDED, **january)
    assert [row["group"] for row in rows] == ["01/2019"]


def test_names_sort_as_in_a_dictionary_whatever_the_accents(desk):
    start = Case(desk).at("2019-01-15T10:00:00")
    for name in ("Zulu", "ábaco", "Éden", "bala", "Ágata", "abeto"):
        Case(desk, name=name).ticket(start, problem="dicionário")
    question = Question(view=View.BY_CUSTOMER, text="dicionario", sort="group")
    names = [line.values[0] for line in answer(desk, Asked(question))[1][:-1]]
    assert names == ["ábaco", "abeto", "Ágata", "bala", "Éden", "Zulu"]
    question = replace(question, sort="-group")
    assert [line.values[0] for line in answer(desk, Asked(question))[1][:-1]] == names[::-1]


def test_of_equal_lines_always_the_same_comes_first(desk):
    """By any order, asked once or again: two categories may be called alike."""
    case = Case(desk)
    with company_scope(case.company):
        found = db.session.query(ProblemCategory).filter_by(name="Motor").count()
    assert found == 2
    for sort in ("", "group", "-group", "cost", "-close_mean"):
        question = Question(view=View.BY_CATEGORY, sort=sort)
        once, again = (answer(desk, Asked(question))[1] for _ in range(2))
        assert once == again


def _group(label: str, **figures: int) -> Group:
    return Group(None, label, label, Figures(**figures), {})


def test_what_has_no_figure_comes_last_in_either_order():
    groups = [_group("a"), _group("b", closed=2, close_time=9), _group("c", closed=1, close_time=3)]
    assert [group.label for group in ordered(groups, "close_mean")] == ["c", "b", "a"]
    assert [group.label for group in ordered(groups, "-close_mean")] == ["b", "c", "a"]


def test_a_line_of_a_summary_of_unanswered_ones_leads_to_those(desk):
    case = Case(desk)
    start = case.at("2019-01-15T10:00:00")
    both = case.ticket(start, forwardings=[(start, start), (start, None)])
    case.ticket(start, forwardings=[(start, start)])
    question = Question(
        view=View.BY_DEPARTMENT, customer_id=case.customer_id, forwardings=Forwarded.UNANSWERED
    )
    with company_scope(case.company):
        (group,) = summed(question, [case.company]).groups
    assert (group.figures.count, group.figures.forwardings) == (1, 1)
    drilled = summing.drill_down(question, group, "forwardings")
    sheet, lines = answer(desk, Asked(drilled, case.code))
    assert [line.kind for line in lines] == [LineKind.ROW, LineKind.TOTAL]
    with company_scope(case.company):
        assert values(sheet, lines[0])["number"] == db.session.get_one(Ticket, both).number
