"""What of a question excludes something else: told exactly where no row can be, whatever there is."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.work_orders.models import WorkOrderStatus
from plugins.service_desk.queries import Situation
from plugins.service_desk.reports.contradictions import contradictions
from plugins.service_desk.reports.question import NOBODY, DateKind, Forwarded, Only, Ordered, Question, View
from tests.plugins.service_desk.reports import plain_lists
from tests.plugins.service_desk.reports.data import Desk
from tests.plugins.service_desk.reports.questions import KINDS, Asked, asked, books_about, runs

WORDS: list[tuple[str, Any]] = [
    *(("status", each) for each in Situation),
    *(("date_kind", each) for each in DateKind if each is not DateKind.OPENED),
    *(("forwardings", each) for each in Forwarded),
    *(("orders", each) for each in Ordered),
    *(("order_status", each) for each in WorkOrderStatus),
    *(("only", (each,)) for each in Only),
    ("view", View.FORWARDINGS),
    ("view", View.WAITING),
    ("serial", "SN"),
]
"""Filters without a register's row."""
DATA_HAS_FEW = {("order_status", each) for each in WorkOrderStatus} | {("serial", "SN")}
"""Of these with some others the desk happens to have none."""
COMPANIES = ("aurora", "boreal", "cometa")


def rows_of(desk: Desk, question: Question) -> list[Any]:
    """The plain computation's."""
    about = books_about(desk, Asked(question))
    return [row for books in about for row in plain_lists.rows_of(question, books)]


@runs(300)
@given(st.data())
def test_what_excludes_itself_has_no_rows(desk, data):
    wanted = data.draw(asked(desk))
    if contradictions(wanted.question):
        assert not rows_of(desk, wanted.question)


def test_two_filters_exclude_each_other_exactly_where_no_row_meets_both(desk):
    told = 0
    for one, other in combinations(WORDS, 2):
        if one[0] == other[0] or ({one, other} & DATA_HAS_FEW and "orders" not in (one[0], other[0])):
            continue
        question = Question(companies=COMPANIES, **dict([one, other]))
        found = contradictions(question)
        assert bool(found) == (not rows_of(desk, question)), (one, other)
        told += bool(found)
    assert told == 17


@pytest.mark.parametrize("name", [name for name in KINDS if name != "prospect"])
def test_a_filter_excludes_a_registers_row_exactly_where_no_row_of_it_is_met(desk, name):
    its = [(code, row.id) for code, rows in desk.rows.items() for row in getattr(rows, KINDS[name])]
    for word in WORDS:
        questions = [Question(companies=(code,), **dict([word, (f"{name}_id", each)])) for code, each in its]
        has_rows = any(rows_of(desk, question) for question in questions)
        assert {bool(contradictions(question)) for question in questions} == {not has_rows}, word


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (Question(), []),
        (
            Question(orders=Ordered.WITHOUT, order_status=WorkOrderStatus.OPEN),
            [("Sem OS", "Situação da OS: Aberta")],
        ),
        (
            Question(status=Situation.CLOSED, forwardings=Forwarded.UNANSWERED),
            [("Com encaminhamentos sem resposta", "Situação: Encerrado")],
        ),
        (
            Question(view=View.WAITING, answered_by_id=NOBODY),
            [("Encaminhamentos pendentes", "Técnico/Operador que respondeu")],
        ),
        (
            Question(
                forwardings=Forwarded.WITHOUT, date_kind=DateKind.ANSWERED, customer_id=1, prospect_id=2
            ),
            [("Sem encaminhamentos", "Respondidos em"), ("Cliente", "Interessado")],
        ),
        (
            Question(
                status=Situation.OPEN, date_kind=DateKind.CLOSED, category_id=1, only=(Only.NO_CATEGORY,)
            ),
            [("Situação: Em aberto", "Encerrados em"), ("Sem categoria", "Categoria")],
        ),
    ],
)
def test_it_is_told_in_the_words_of_the_filters(desk, question, told):
    assert contradictions(question) == told
