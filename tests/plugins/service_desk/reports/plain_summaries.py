"""The report's summaries once more, as plainly: groups of tickets, counted one by one."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from app.parties.models import Customer, Prospect
from app.products.models import Product
from app.reports.sheets import Line, LineKind
from app.staff.models import Department, Technician
from plugins.service_desk.models import Channel, Forwarding, ProblemCategory
from plugins.service_desk.reports.question import DateKind, Question, View
from tests.plugins.service_desk.reports.plain import Books, Known, minutes
from tests.plugins.service_desk.reports.plain_lists import figure_of, total_label

FIGURES = (
    *("count", "share", "open", "closed", "close_mean", "close_p90", "contact_time", "forwardings"),
    *("answer_mean", "cost", "sale"),
)
NONE = {
    View.BY_PRODUCT: "(sem produto)",
    View.BY_CATEGORY: "(sem categoria)",
    View.BY_DEPARTMENT: "(sem encaminhamento)",
}
Counted = tuple[Books, Known, list[Forwarding]]
"""A ticket, and which of its forwardings count."""


@dataclass
class PlainGroup:
    """A line of a summary: the tickets that make it."""

    label: str
    order: Any
    company: str
    key: Any
    counted: list[Counted] = field(default_factory=list)


def keys_of(question: Question, books: Books, known: Known) -> list[tuple[Any, list[Forwarding]]]:
    """The lines in which a ticket stands, by key, each with the forwardings that count there."""
    ticket = known.ticket
    key: Any
    match question.view:
        case View.BY_TECHNICIAN:
            key = ticket.technician_id
        case View.BY_CHANNEL:
            key = ticket.channel_id
        case View.BY_CUSTOMER:
            key = (ticket.customer_id or ticket.prospect_id, ticket.customer_id is None)
        case View.BY_PRODUCT:
            key = books.product_of(known)
        case View.BY_CATEGORY:
            key = books.category_of(known)
        case View.BY_DEPARTMENT:
            meant = books.meant(question, known)
            departments = {each.department_id for each in meant}
            return [
                (department, [each for each in meant if each.department_id == department])
                for department in departments or [None]
            ]
        case View.BY_MONTH:
            return months_of(question, books, known)
    return [(key, books.meant(question, known))]


def months_of(question: Question, books: Books, known: Known) -> list[tuple[date, list[Forwarding]]]:
    """The months of the events that the question's dates are about, each with the forwardings that count."""
    meant = books.meant(question, known)
    reopened = [each.reopened_at for each in known.reopenings if books.is_within(question, each.reopened_at)]
    events: list[tuple[datetime, list[Forwarding]]]
    match question.date_kind:
        case DateKind.OPENED | DateKind.OPEN:
            events = [(known.ticket.opened_at, meant)]
        case DateKind.CLOSED:
            events = [(known.ticket.closed_at, meant)]
        case DateKind.REOPENED:
            events = [(instant, meant) for instant in reopened]
        case DateKind.FORWARDED:
            events = [(each.forwarded_at, [each]) for each in meant]
        case DateKind.ANSWERED:
            events = [(each.answered_at, [each]) for each in meant]
    months: dict[date, list[Forwarding]] = {}
    for instant, forwardings in events:
        counted = months.setdefault(books.day(instant).replace(day=1), [])
        counted += [each for each in forwardings if each not in counted]
    return list(months.items())


def named(question: Question, books: Books, key: Any) -> tuple[str, Any]:
    """What a line is called, and what it sorts by among the others."""
    if question.view is View.BY_MONTH:
        return f"{key:%m/%Y}", key
    model: Any = {
        View.BY_TECHNICIAN: Technician,
        View.BY_CHANNEL: Channel,
        View.BY_PRODUCT: Product,
        View.BY_CATEGORY: ProblemCategory,
        View.BY_DEPARTMENT: Department,
    }.get(question.view)
    if question.view is View.BY_CUSTOMER:
        model, key = (Prospect if key[1] else Customer), key[0]
    row = books.row(model, key)
    return (NONE[question.view], "") if row is None else (row.name, folded(row.name))


def folded(text: str) -> str:
    """Without accents and case."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def groups_of(question: Question, all_books: Sequence[Books]) -> list[PlainGroup]:
    """The lines of the summary in their order; a month of several companies is one line."""
    groups: dict[Any, PlainGroup] = {}
    by_month = question.view is View.BY_MONTH
    for books in all_books:
        for known in books.wanted(question):
            for key, forwardings in keys_of(question, books, known):
                place = key if by_month else (books.company.id, key)
                if place not in groups:
                    label, order = named(question, books, key)
                    groups[place] = PlainGroup(label, order, "" if by_month else books.company.name, key)
                groups[place].counted.append((books, known, forwardings))
    return in_order(question, list(groups.values()))


def in_order(question: Question, groups: list[PlainGroup]) -> list[PlainGroup]:
    by, is_falling = question.sort.removeprefix("-"), question.sort.startswith("-")

    def last_key(group: PlainGroup) -> Any:
        """Of equal names the customer before the prospect, then by id; none is last."""
        if question.view is View.BY_CUSTOMER:
            return group.key[1], group.key[0]
        return group.key is None, group.key

    groups.sort(key=lambda group: (group.order, group.company, last_key(group)))
    if by == "group":
        return groups[::-1] if is_falling else groups
    if by in FIGURES:
        by = "count" if by == "share" else by
        values = [(figures_of(group.counted)[by], group) for group in groups]
        found = sorted(
            [pair for pair in values if pair[0] is not None], key=lambda pair: pair[0], reverse=is_falling
        )
        return [group for _value, group in (*found, *(pair for pair in values if pair[0] is None))]
    if question.view is not View.BY_MONTH:
        groups.sort(key=lambda group: -len(group.counted))
    return groups


def figures_of(counted: Sequence[Counted]) -> dict[str, Any]:
    """What some tickets come to, without their share."""
    closed = [known.close_time for _books, known, _forwardings in counted if known.ticket.closed_at]
    answers = [
        minutes(each.forwarded_at, each.answered_at)
        for _books, _known, forwardings in counted
        for each in forwardings
        if each.answered_at is not None
    ]
    return {
        "count": len(counted),
        "open": len(counted) - len(closed),
        "closed": len(closed),
        "close_mean": mean(closed),
        "close_p90": nearest_rank(closed),
        "contact_time": sum(known.contact_time for _books, known, _forwardings in counted),
        "forwardings": sum(len(forwardings) for _books, _known, forwardings in counted),
        "answer_mean": mean(answers),
        "cost": money("cost", counted),
        "sale": money("sale", counted),
    }


def money(key: str, counted: Sequence[Counted]) -> Decimal:
    return sum((figure_of(books, key, known) for books, known, _ in counted), Decimal("0.00"))


def mean(values: Sequence[int]) -> int | None:
    """Half a minute rounded up."""
    return floor(Fraction(sum(values), len(values)) + Fraction(1, 2)) if values else None


def nearest_rank(values: Sequence[int]) -> int | None:
    """The smallest that is not under nine tenths of all."""
    return sorted(values)[ceil(Fraction(9 * len(values), 10)) - 1] if values else None


def shares(counts: Sequence[int]) -> list[Decimal]:
    """In tenths of a per cent: each rounded down, what is left goes to the largest remainders."""
    total = sum(counts)
    exact = [Fraction(1000 * count, total) for count in counts]
    tenths = [floor(each) for each in exact]
    for _ in range(1000 - sum(tenths) if counts else 0):
        most = max(range(len(counts)), key=lambda n: (exact[n] - tenths[n], -n))
        tenths[most] += 1
    return [Decimal(each).scaleb(-1) for each in tenths]


def summary_lines(question: Question, all_books: Sequence[Books], keys: Sequence[str]) -> list[Line]:
    """The whole summary of these companies."""
    groups = groups_of(question, all_books)
    parts = shares([len(group.counted) for group in groups])
    lines = []
    for group, share in zip(groups, parts, strict=True):
        values: Mapping[str, Any] = {
            "company": group.company,
            "group": group.label,
            "share": share,
            **figures_of(group.counted),
        }
        lines.append(Line(LineKind.ROW, [values[key] for key in keys]))
    total = total_of(question, all_books)
    total["share"] = Decimal("100.0") if groups else Decimal("0.0")
    label = total_label(question, total["count"])
    lines.append(Line(LineKind.TOTAL, [total.get(key) for key in keys], label))
    return lines


def total_of(question: Question, all_books: Sequence[Books]) -> dict[str, Any]:
    """Each ticket counts once, and each forwarding that the question is about."""
    return figures_of(
        [
            (books, known, books.meant(question, known))
            for books in all_books
            for known in books.wanted(question)
        ]
    )
