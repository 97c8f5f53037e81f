"""Random questions about the desk, and the report's answer beside the plain one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from app.database import company_scope
from app.reports.definition import Reader
from app.reports.sheets import Line, LineKind, Sheet
from app.users.models import User
from app.work_orders.models import WorkOrderStatus
from plugins.service_desk.models import Direction
from plugins.service_desk.queries import Situation
from plugins.service_desk.reports.columns import Source
from plugins.service_desk.reports.question import (
    NOBODY,
    DateKind,
    Forwarded,
    Only,
    Ordered,
    Period,
    Question,
    View,
)
from plugins.service_desk.reports.report import TicketReport
from tests.plugins.service_desk.reports import plain, plain_lists, plain_summaries
from tests.plugins.service_desk.reports.data import EDGES, NOW, Desk

REPORT = TicketReport()
LISTS = (View.TICKETS, View.DETAILS, View.FORWARDINGS, View.WAITING)
SUMMARIES = tuple(view for view in View if view.is_summary)
TEXTS = (
    *("bomba", "nao liga", "LIGA  não", "ávila", "zeta", "42", "=soma", "100%", "papel_preso", "erro visor"),
    *("500007", "RC1", "11222333000181", "nada disso", "ótica s", "%", "_", "secret"),
)
SERIALS = ("sn", "SN-0", "ae", "=", "-3", "nada")


def runs(most: int) -> settings:
    """So many examples, the same ones every time."""
    return settings(
        max_examples=most,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


KINDS = {
    "customer": "customers",
    "prospect": "prospects",
    "product": "products",
    "customer_product": "customer_products",
    "technician": "technicians",
    "closed_by": "technicians",
    "answered_by": "technicians",
    "department": "departments",
    "channel": "channels",
    "category": "categories",
    "known_problem": "known_problems",
    "outcome": "outcomes",
}
"""By the name of a filter what `Desk.rows` call the rows that it is about."""


def _one_of(kind: str) -> Callable[[SimpleNamespace], st.SearchStrategy[Any]]:
    def ids(rows: SimpleNamespace) -> st.SearchStrategy[int]:
        known = [row.id for row in getattr(rows, kind)]
        return st.sampled_from([*known, *known, NOBODY])

    return ids


def _words(words: Any) -> Callable[[SimpleNamespace], st.SearchStrategy[Any]]:
    return lambda rows: st.sampled_from(list(words))


FILTERS: dict[str, Callable[[SimpleNamespace], st.SearchStrategy[Any]]] = {
    **{f"{name}_id": _one_of(kind) for name, kind in KINDS.items()},
    "status": _words(Situation),
    "direction": _words(Direction),
    "forwardings": _words(Forwarded),
    "orders": _words(Ordered),
    "order_status": _words(WorkOrderStatus),
    "only": lambda rows: st.sampled_from([*((each,) for each in Only), tuple(Only)]),
    "text": _words(TEXTS),
    "serial": _words(SERIALS),
}
DAYS = st.one_of(
    st.sampled_from(sorted({edge.date() + timedelta(days=n) for edge in EDGES for n in (-1, 0, 1)})),
    st.dates(date(2018, 10, 1), date(2019, 3, 15)),
)


SPANS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"since": DAYS}, optional={"until": DAYS}),
    st.fixed_dictionaries({"until": DAYS}),
    st.fixed_dictionaries({"period": st.sampled_from(Period)}),
    st.just({"since": date(1970, 1, 1), "until": date(2020, 12, 31)}),
)


@dataclass(frozen=True)
class Asked:
    """A question, and the code of the company from which it is asked."""

    question: Question
    code: str = "aurora"

    @property
    def query(self) -> str:
        return self.question.query()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"/c/{self.code}?{self.query}")


@st.composite
def asked(
    draw: st.DrawFn, desk: Desk, views: tuple[View, ...] = tuple(View), only: tuple[str, ...] = ()
) -> Asked:
    """Any question about the desk: few filters at once, so that most have an answer.

    Args:
        only: names of the filters that it has, `days` among them; none: any.
    """
    code = draw(st.sampled_from(["aurora", "aurora", "aurora", "boreal", "cometa"]))
    view = draw(st.sampled_from(views))
    chosen = [name for name in only if name != "days"]
    if not only:
        chosen = draw(st.lists(st.sampled_from(sorted(FILTERS)), max_size=2, unique=True))
    parts: dict[str, Any] = {name: draw(FILTERS[name](desk.rows[code])) for name in chosen}
    parts["only_category"] = "category_id" in parts and draw(st.booleans())
    if not only or "days" in only:
        parts |= draw(SPANS if "days" in only else st.one_of(st.just({}), SPANS))
    # Several companies only where their rows can be in it, too.
    codes = ["aurora", "boreal", "cometa", "nowhere"]
    some = st.lists(st.sampled_from(codes), max_size=4, unique=True).map(tuple)
    columns = plain_lists.COLUMNS.get(view, ())
    orders = [*plain_summaries.FIGURES, "group"] if view.is_summary else list(columns)
    parts["sort"] = draw(st.sampled_from(["", "", "nothing", *orders, *(f"-{key}" for key in orders)]))
    if not view.is_summary:
        parts["break_by"] = draw(st.sampled_from(["", "", "nothing", *columns]))
        parts["columns"] = draw(
            st.one_of(
                st.just(()),
                st.lists(st.sampled_from([*columns, "nothing"]), unique=True, max_size=8).map(tuple),
            )
        )
    question = Question(
        view=view,
        date_kind=draw(st.sampled_from([DateKind.OPENED, DateKind.OPENED, *DateKind])),
        companies=draw(st.one_of(st.just(()), some)),
        **parts,
    )
    return Asked(question, code)


def reader_of(desk: Desk, code: str = "aurora", companies: tuple[str, ...] | None = None) -> Reader:
    """Somebody who may know these companies: by default all three."""
    known = sorted((desk.companies[each] for each in companies or desk.companies), key=lambda c: c.name)
    return Reader(User(name="Ana", login="ana"), desk.companies[code], tuple(known))


def books_about(desk: Desk, asked: Asked) -> list[plain.Books]:
    """The books of the companies that the question is about, by name."""
    for code, company in desk.companies.items():
        if code not in desk.books:
            desk.books[code] = plain.Books(company, NOW)
    codes = asked.question.companies or (asked.code,)
    return [desk.books[code] for code in sorted(desk.books) if code in codes]


def answer(desk: Desk, asked: Asked) -> tuple[Sheet, list[Line]]:
    """The report's sheet, and its lines."""
    reader = reader_of(desk, asked.code)
    with company_scope(reader.company), REPORT.sheet(reader, asked.query) as sheet:
        return sheet, list(sheet.lines)


def plain_answer(desk: Desk, asked: Asked, sheet: Sheet) -> list[Line]:
    """The lines as the plain computation has them, in the sheet's columns."""
    books = books_about(desk, asked)
    keys = [column.key for column in sheet.columns]
    if asked.question.view.is_summary:
        return plain_summaries.summary_lines(asked.question, books, keys)
    source = Source.of(desk.companies[asked.code], asked.question.view)
    labels = {key: str(shown.column.label) for key, shown in source.columns.items()}
    return plain_lists.list_lines(asked.question, books, keys, labels)


def same(line: Line) -> tuple[Any, ...]:
    """A line as it is compared: also the types of its values."""
    return line.kind, [(type(value).__name__, value) for value in line.values], line.label, line.level


def assert_same(desk: Desk, asked: Asked) -> None:
    """The report's answer is the plain one."""
    sheet, lines = answer(desk, asked)
    wanted = plain_answer(desk, asked, sheet)
    for n, (line, plain_line) in enumerate(zip(lines, wanted, strict=False)):
        assert same(line) == same(plain_line), f"line {n} of {asked.query}"
    assert len(lines) == len(wanted), asked.query
    assert sheet.count == sum(line.kind is LineKind.ROW for line in wanted)
    assert sheet.company == ", ".join(books.company.name for books in books_about(desk, asked))
