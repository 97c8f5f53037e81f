"""Lists once more, as plainly: what each line shows, its breaks, and what the lines come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import Any

from app.parties.models import Customer, Prospect
from app.products.models import CustomerProduct, Product
from app.reports.sheets import Line, LineKind
from app.staff.models import Department, Technician
from app.work_orders.models import WorkOrder, WorkOrderStatus
from plugins.service_desk.models import (
    Channel,
    Forwarding,
    ForwardingOutcome,
    KnownProblem,
    PartyKind,
    ProblemCategory,
)
from plugins.service_desk.queries import Situation
from plugins.service_desk.reports.question import Question, View
from tests.plugins.service_desk.reports.plain import Books, Known, key_of, minutes

OF_TICKETS = (
    *("contacts", "contact_time", "forwardings", "waiting", "close_time", "reopenings", "cost", "sale"),
)
SUMMED = {*OF_TICKETS, "answer_time"}
MONEY = {"cost", "sale"}
TIMES = {"contact_time", "close_time", "answer_time"}
INSTANTS = {"opened", "closed", "forwarded", "answered"}
OF_FORWARDING: Mapping[str, Any] = {
    "department": Department,
    "answered_by": Technician,
    "outcome": ForwardingOutcome,
}
NEVER = datetime.max.replace(tzinfo=UTC)

Pair = tuple[Known, Forwarding | None]


# ── What a line shows ────────────────────────────────────────────────────────────────────────────────


def cell(books: Books, key: str, pair: Pair) -> tuple[Any, Any]:
    """What a column shows, and what it sorts and breaks by."""
    known, forwarding = pair
    if key in INSTANTS:
        instant = getattr(known.ticket if key in ("opened", "closed") else forwarding, f"{key}_at")
        local = books.local(instant)
        # Whatever else happens has a day and no hour.
        return local if key == "opened" or local is None else local.date(), instant or NEVER
    if key in SUMMED:
        figure = answer_time(forwarding) if key == "answer_time" else figure_of(books, key, known)
        return figure, -1 if figure is None else figure
    match key:
        case "number":
            return known.ticket.number, known.ticket.number
        case "days":
            assert forwarding is not None
            days = (books.today - books.day(forwarding.forwarded_at)).days
            return days, days
        case "order":
            order = last_order(known)
            return (order.number, order.number) if order else (None, 0)
        case "problem":
            # Half as many letters as are shown, so that equal lines have equal ones.
            problem = known.ticket.problem
            return first_line(problem[:200]), first_line(key_of(problem)[:100])
        case "serial":
            owned = books.row(CustomerProduct, known.ticket.customer_product_id)
            return text(owned.serial_number if owned else "")
    if key in ("status", "party_kind", "direction", "order_status"):
        word = word_of(key, known)
        return (word.label, list(type(word)).index(word)) if word is not None else (None, -1)
    row = named_row(books, key, known, forwarding)
    return ("", "") if row is None else (row.name, row.name_key)


def text(value: str) -> tuple[str, str]:
    return value, key_of(value)


def first_line(value: str) -> str:
    return value.partition("\n")[0].partition("\r")[0]


def word_of(key: str, known: Known) -> Any:
    """A word of a fixed list, or None."""
    words: dict[str, StrEnum | None] = {
        "status": Situation.CLOSED if known.ticket.closed_at else Situation.OPEN,
        "party_kind": PartyKind.CUSTOMER if known.ticket.customer_id else PartyKind.PROSPECT,
        "direction": known.ticket.direction,
    }
    if key == "order_status":
        order = last_order(known)
        return order and order.status
    return words[key]


def named_row(books: Books, key: str, known: Known, forwarding: Forwarding | None) -> Any:
    """The row whose name a column shows, or None."""
    ticket, row = known.ticket, books.row
    if key in OF_FORWARDING:
        return row(OF_FORWARDING[key], getattr(forwarding, f"{key}_id"))
    match key:
        case "party":
            return row(Customer, ticket.customer_id) or row(Prospect, ticket.prospect_id)
        case "product":
            return row(CustomerProduct, ticket.customer_product_id) or row(Product, ticket.product_id)
        case "technician":
            return row(Technician, ticket.technician_id)
        case "closed_by":
            return row(Technician, ticket.closed_by_id)
        case "channel":
            return row(Channel, ticket.channel_id)
        case "known_problem":
            return row(KnownProblem, ticket.known_problem_id)
        case "category":
            return row(ProblemCategory, books.category_of(known))
        case "waits_for":
            oldest = min(known.waiting, key=lambda each: (each.forwarded_at, each.id), default=None)
            return oldest and row(Department, oldest.department_id)
    raise KeyError(key)


def last_order(known: Known) -> WorkOrder | None:
    """The one that isn't cancelled, otherwise the last one."""
    live = [order for order in known.orders if order.status is not WorkOrderStatus.CANCELLED]
    return (live or known.orders or [None])[-1]


def answer_time(forwarding: Forwarding | None) -> int | None:
    """In minutes; None of one that waits."""
    assert forwarding is not None
    if forwarding.answered_at is None:
        return None
    return minutes(forwarding.forwarded_at, forwarding.answered_at)


def figure_of(books: Books, key: str, known: Known) -> Any:
    """What is summed up."""
    technician = books.row(Technician, known.ticket.technician_id)
    match key:
        case "contacts":
            return len(known.contacts)
        case "contact_time":
            return known.contact_time
        case "forwardings":
            return len(known.forwardings)
        case "waiting":
            return len(known.waiting)
        case "close_time":
            return known.close_time
        case "reopenings":
            return len(known.reopenings)
        case "cost":
            return worth(known.contact_time, technician.hourly_cost)
        case "sale":
            return worth(known.contact_time, technician.hourly_rate)
    raise KeyError(key)


def worth(time: int, rate: Decimal | None) -> Decimal:
    """Minutes at an hourly rate, half a cent rounded up."""
    cents = Fraction(time) * Fraction(rate or 0) * 100 / 60
    return Decimal(floor(cents + Fraction(1, 2))).scaleb(-2)


def details_of(books: Books, known: Known) -> Iterator[tuple[Any, ...]]:
    """What stands below a ticket: its contacts, then its forwardings."""
    for each in known.contacts:
        yield (
            "Contato",
            books.local(each.started_at),
            books.local(each.ended_at),
            minutes(each.started_at, each.ended_at),
            each.contact_name,
            books.row(Channel, each.channel_id).name,
            each.finding,
            each.guidance,
            *(None,) * 7,
        )
    for each in known.forwardings:
        is_answered = each.answered_at is not None
        yield (
            "Encaminhamento",
            *(None,) * 7,
            books.row(Department, each.department_id).name,
            books.day(each.forwarded_at),
            books.day(each.answered_at) if is_answered else None,
            answer_time(each),
            books.row(ForwardingOutcome, each.outcome_id).name if is_answered else None,
            books.row(Technician, each.answered_by_id).name if is_answered else None,
            each.answer,
        )


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(question: Question, books: Books) -> list[Pair]:
    """The lines of one company's list in their order: breaks first, equal ones by id."""
    pairs: list[Pair]
    if question.view in (View.FORWARDINGS, View.WAITING):
        pairs = [
            (known, each)
            for known in books.wanted(question)
            for each in (known.waiting if question.view is View.WAITING else known.forwardings)
            if books.is_meant(question, each)
        ]
    else:
        pairs = [(known, None) for known in books.wanted(question)]
    sort = question.sort
    if not has_column(question.view, sort.removeprefix("-")):
        sort = {View.WAITING: "-days", View.FORWARDINGS: "-forwarded"}.get(question.view, "-number")
    by = sort.removeprefix("-")
    pairs.sort(
        key=lambda pair: (cell(books, by, pair)[1], (pair[1] or pair[0].ticket).id),
        reverse=sort.startswith("-"),
    )
    if has_column(question.view, question.break_by):
        pairs.sort(key=lambda pair: group_of(question.break_by, books, pair)[0])
    return pairs


_BOTH = (
    *("number", "opened", "closed", "status", "party", "party_kind", "product", "serial", "technician"),
    *("closed_by", "channel", "direction", "known_problem", "category", "problem"),
)
_OF_TICKETS = (*_BOTH, *OF_TICKETS, "waits_for", "order", "order_status")
COLUMNS = {
    View.TICKETS: _OF_TICKETS,
    View.DETAILS: _OF_TICKETS,
    View.FORWARDINGS: (
        *(*_BOTH, "department", "forwarded", "answered", "answer_time", "answered_by", "outcome"),
    ),
    View.WAITING: (*_BOTH, "department", "forwarded", "days"),
}
"""What can be shown and sorted by."""


def has_column(view: View, key: str) -> bool:
    return key in COLUMNS[view]


def group_of(key: str, books: Books, pair: Pair) -> tuple[Any, str]:
    """What a line's break goes by, and how it reads; an instant by its day.

    Texts that differ only by accents and case are neighbours, but two.
    """
    value, order = cell(books, key, pair)
    if key in INSTANTS:
        day = value.date() if key == "opened" else value
        return day or date.max, f"{day:%d/%m/%Y}" if day else "—"
    heading = "—" if value is None or value == "" else str(value)
    if value is not None and key in TIMES:
        heading = f"{value // 60}:{value % 60:02}"
    if key in MONEY:
        heading = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    return (order, heading), heading


def sums_of(keys: Sequence[str], books_and_pairs: Iterable[tuple[Books, Pair]]) -> list[Any]:
    """For each column what it comes to; None where nothing is summed up."""
    sums: list[Any] = [None if key not in SUMMED else Decimal("0.00") if key in MONEY else 0 for key in keys]
    for books, pair in books_and_pairs:
        for place, key in enumerate(keys):
            if key in SUMMED:
                sums[place] += cell(books, key, pair)[0] or 0
    return sums


def list_lines(
    question: Question, all_books: Sequence[Books], keys: Sequence[str], labels: Mapping[str, str]
) -> list[Line]:
    """The whole list of these companies.

    Args:
        keys: of the columns, the company's among them if there are several.
        labels: what columns are called.
    """
    lines: list[Line] = []
    several = len(all_books) > 1
    everything: list[tuple[Books, Pair]] = []
    for books in all_books:
        pairs = [(books, pair) for pair in rows_of(question, books)]
        everything += pairs
        if several and pairs:
            lines.append(Line(LineKind.BREAK, (), books.company.name, 0))
        for label, part in parts_of(question, pairs, labels):
            if label is not None:
                lines.append(Line(LineKind.BREAK, (), label, int(several)))
            for _books, pair in part:
                values = [
                    books.company.name if key == "company" else cell(books, key, pair)[0] for key in keys
                ]
                lines.append(Line(LineKind.ROW, values))
                if question.view is View.DETAILS:
                    lines += [Line(LineKind.DETAIL, values) for values in details_of(books, pair[0])]
            if label is not None:
                summed = f"{label} · {counted(question, len(part))}"
                lines.append(Line(LineKind.SUBTOTAL, sums_of(keys, part), summed, int(several)))
        if several and pairs:
            summed = f"{books.company.name} · {counted(question, len(pairs))}"
            lines.append(Line(LineKind.SUBTOTAL, sums_of(keys, pairs), summed, 0))
    lines.append(Line(LineKind.TOTAL, sums_of(keys, everything), total_label(question, len(everything))))
    return lines


def parts_of(
    question: Question, pairs: list[tuple[Books, Pair]], labels: Mapping[str, str]
) -> Iterator[tuple[str | None, list[tuple[Books, Pair]]]]:
    """The rows by their breaks, each with its heading: that of its first row."""
    if not has_column(question.view, question.break_by):
        yield None, pairs
        return
    parts: dict[Any, list[tuple[Books, Pair]]] = defaultdict(list)
    headings: dict[Any, str] = {}
    for books, pair in pairs:
        key, heading = group_of(question.break_by, books, pair)
        parts[key].append((books, pair))
        headings.setdefault(key, f"{labels[question.break_by]}: {heading}")
    yield from ((headings[key], part) for key, part in parts.items())


def total_label(question: Question, count: int) -> str:
    return f"Total: {counted(question, count)}"


def counted(question: Question, count: int) -> str:
    what = "encaminhamento" if question.view in (View.FORWARDINGS, View.WAITING) else "atendimento"
    return f"{count} {what}" + ("s" if count > 1 else "")
