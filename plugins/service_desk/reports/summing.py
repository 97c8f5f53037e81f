"""Summaries: what the tickets of a technician, a department, a customer, a month… come to.

Means and the 90th percentile are over the tickets themselves, never over other means: several companies are
put together from sums and, for the percentile, from the times of all tickets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ColumnElement, case, cast, func, literal, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from app.plugin_api import db
from app.plugin_api.reports import Column, Kind
from app.staff.models import Technician
from plugins.service_desk.models import Ticket
from plugins.service_desk.queries import Situation
from plugins.service_desk.reports import narrowing
from plugins.service_desk.reports.columns import MONEY, Source, minutes, worth
from plugins.service_desk.reports.dimensions import Dimension
from plugins.service_desk.reports.listing import COLUMNS
from plugins.service_desk.reports.question import Forwarded, Question, View

if TYPE_CHECKING:
    from app.companies.models import Company

NINETIETH = 0.9

FIGURES = (
    Column("count", _l("Tickets"), Kind.NUMBER, 9, is_summed=True),
    Column("share", _l("Share"), Kind.PERCENT, 8, is_summed=True),
    Column("open", _l("Still open"), Kind.NUMBER, 9, is_summed=True),
    Column("closed", _l("Closed tickets"), Kind.NUMBER, 9, is_summed=True),
    Column("close_mean", _l("Mean time to close"), Kind.MINUTES, 11, is_summed=True),
    Column("close_p90", _l("90% closed within"), Kind.MINUTES, 11, is_summed=True),
    Column("contact_time", _l("Contact time"), Kind.MINUTES, 10, is_summed=True),
    Column("forwardings", _l("Forwardings"), Kind.NUMBER, 9, is_summed=True),
    Column("answer_mean", _l("Mean time to answer"), Kind.MINUTES, 11, is_summed=True),
    Column("cost", _l("Cost"), Kind.MONEY, 12, is_summed=True),
    Column("sale", _l("Sale value"), Kind.MONEY, 12, is_summed=True),
)
"""What every summary tells of each line, and of all together."""
MADE_OF: Mapping[str, str] = {
    "close_mean": "close_time",
    "close_p90": "close_time",
    "contact_time": "contact_time",
    "forwardings": "forwarded",
    "answer_mean": "answer_time",
    "cost": "cost",
    "sale": "sale",
}
"""By figure the column of the list behind it from which it is computed."""
OF_FORWARDINGS = frozenset({"forwardings", "answer_mean"})
"""Figures behind which stand forwardings and not tickets."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What some tickets come to; sums, so that several can be added. Times are whole minutes.

    Args:
        close_times: each time to close; filled only where companies are put together.
        close_p90: the nearest-rank percentile of the times to close; None if none is closed.
    """

    count: int = 0
    open: int = 0
    closed: int = 0
    close_time: int = 0
    close_p90: int | None = None
    contact_time: int = 0
    forwardings: int = 0
    answered: int = 0
    answer_time: int = 0
    cost: Decimal = Decimal("0.00")
    sale: Decimal = Decimal("0.00")
    close_times: Sequence[int] = field(default=(), repr=False)

    @classmethod
    def together(cls, parts: Sequence[Figures]) -> Figures:
        """What the tickets of all of them come to."""
        # All at once: the percentile of each sum on the way would sort the same times again and again.
        times = [time for part in parts for time in part.close_times]
        nothing = cls()
        sums = {name: sum((getattr(part, name) for part in parts), getattr(nothing, name)) for name in _SUMS}
        return cls(**sums, close_p90=percentile(times))

    def value(self, key: str) -> Any:
        """What a column of `FIGURES` shows; the share is not known here."""
        match key:
            case "close_mean":
                return mean(self.close_time, self.closed)
            case "answer_mean":
                return mean(self.answer_time, self.answered)
            case "share":
                return None
        return getattr(self, key)


_SUMS = (
    *("count", "open", "closed", "close_time", "contact_time", "forwardings", "answered", "answer_time"),
    *("cost", "sale"),
)


def mean(total: int, count: int) -> int | None:
    """In whole units, halves up; None of nothing."""
    return (2 * total + count) // (2 * count) if count else None


def percentile(times: Sequence[int]) -> int | None:
    """The nearest-rank 90th percentile, as PostgreSQL's percentile_disc; None of nothing."""
    return sorted(times)[ceil(NINETIETH * len(times)) - 1] if times else None


def shares(counts: Sequence[int]) -> list[Decimal]:
    """Per cent, one place, adding up to 100.0: what rounding leaves over goes to the largest remainders."""
    total = sum(counts)
    if not total:
        return [Decimal("0.0")] * len(counts)
    tenths = [divmod(1000 * count, total) for count in counts]
    left = 1000 - sum(whole for whole, _rest in tenths)
    by_rest = sorted(range(len(counts)), key=lambda n: (-tenths[n][1], n))
    lucky = set(by_rest[:left])
    return [Decimal(whole + (n in lucky)) / 10 for n, (whole, _rest) in enumerate(tenths)]


@dataclass(frozen=True, slots=True)
class Group:
    """A line of a summary.

    Args:
        company: whose tickets these are; None: of several companies (a month).
        order: what the line sorts by as text or day.
        changes: of the question, which make it the list of exactly these tickets.
    """

    company: Company | None
    label: str
    order: Any
    figures: Figures
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """The answer of a summary in one company; `total` counts each ticket once."""

    groups: list[Group]
    total: Figures


def summary(question: Question, company: Company, *, is_one_of_several: bool = False) -> Summary:
    """The summary of the company, whose scope is open.

    One statement where each ticket stands in one line, otherwise two.
    """
    source = Source.of(company, View.TICKETS)
    by = Dimension(question, company)
    conditions = narrowing.of_tickets(question, company)
    named = [*by.keys, *by.labels]
    is_total = func.grouping(by.keys[0])
    # Of several companies the times of what is put together: of all tickets, and of a month's.
    all_times = _TIMES if is_one_of_several else literal(None, _TIMES.type)
    times = all_times if question.view is View.BY_MONTH else case((is_total == 1, all_times))
    statement = by.joined(source, [is_total, *named, *_figures(by), times]).where(*conditions)
    sets = [tuple_(*named), tuple_()] if by.is_plain else [tuple_(*named)]
    groups, total = [], Figures()
    # Of equal names always the same one comes first.
    statement = statement.group_by(func.grouping_sets(*sets)).order_by(*by.keys)
    for stands_for_all, *row in db.session.execute(statement):
        if stands_for_all:
            total = _read(row[len(named) :])
            continue
        key, label = tuple(row[: len(by.keys)]), row[len(by.keys) : len(named)]
        figures = _read(row[len(named) :])
        groups.append(
            Group(company, by.label_of(key, label), by.order_of(key, label), figures, by.changes_of(key))
        )
    if not by.is_plain:
        whole = Dimension(replace(question, view=View.TICKETS), company)
        all_of_them = whole.joined(source, [*_figures(whole), all_times]).where(*conditions)
        total = _read(db.session.execute(all_of_them).one())
    return Summary(groups, total)


_TOOK = minutes(Ticket.closed_at - Ticket.opened_at)
_TIMES = func.array_agg(_TOOK, type_=ARRAY(BigInteger, dimensions=1)).filter(Ticket.closed_at.is_not(None))


def _figures(by: Dimension) -> list[ColumnElement[Any]]:
    """In the order of `_read`."""

    def total(value: Any, kind: Any = BigInteger) -> ColumnElement[Any]:
        return cast(func.coalesce(func.sum(value), 0), kind)

    return [
        func.count(),
        func.count().filter(Ticket.closed_at.is_(None)),
        func.count(Ticket.closed_at),
        total(_TOOK),
        func.percentile_disc(NINETIETH).within_group(_TOOK),
        total(Ticket.contact_minutes),
        *(total(figure) for figure in by.forwardings),
        total(worth(Technician.hourly_cost), MONEY),
        total(worth(Technician.hourly_rate), MONEY),
    ]


def _read(row: Sequence[Any]) -> Figures:
    figures: Figures = Figures(*row[:-1])
    return replace(figures, close_times=row[-1]) if row[-1] else figures


def together(summaries: Iterable[tuple[Company, Summary]], view: View) -> Summary:
    """Several companies' summaries as one: their lines, and months put together; one total."""
    every = [summary for _company, summary in summaries]
    groups = [group for summary in every for group in summary.groups]
    if view is View.BY_MONTH:
        months: dict[date, list[Group]] = defaultdict(list)
        for group in groups:
            months[group.order].append(group)
        groups = [
            replace(parts[-1], company=None, figures=Figures.together([part.figures for part in parts]))
            for parts in months.values()
        ]
    return Summary(groups, Figures.together([summary.total for summary in every]))


def ordered(groups: Iterable[Group], sort: str) -> list[Group]:
    """By a column of the summary, falling with `-`; otherwise months by time, and others the most first."""
    by, is_falling = sort.removeprefix("-"), sort.startswith("-")
    rows = sorted(groups, key=lambda group: (group.order, group.company.name if group.company else ""))
    if by == "group":
        return rows[::-1] if is_falling else rows
    if by == "share":
        by = "count"
    if by in {column.key for column in FIGURES}:
        found = [group for group in rows if group.figures.value(by) is not None]
        nothing = [group for group in rows if group.figures.value(by) is None]
        return sorted(found, key=lambda g: g.figures.value(by), reverse=is_falling) + nothing
    is_by_time = bool(rows) and isinstance(rows[0].order, date)
    return rows if is_by_time else sorted(rows, key=lambda group: -group.figures.count)


def drill_down(question: Question, group: Group, key: str) -> Question | None:
    """«Ver os atendimentos»: the list of exactly the rows behind a figure; None: of several companies.

    Tickets, or forwardings; in a column of the list, and in its total, stands what the figure is made of.
    """
    if group.company is None:
        return None
    changes: dict[str, Any] = {
        "view": View.TICKETS,
        "companies": (),
        "sort": "",
        "break_by": "",
        "columns": (),
    }
    changes |= group.changes
    match key:
        case "open":
            changes["status"] = Situation.OPEN
        case "closed" | "close_mean" | "close_p90":
            changes["status"] = Situation.CLOSED
        case "forwardings":
            changes["view"] = View.FORWARDINGS
        case "answer_mean":
            changes |= {"view": View.FORWARDINGS, "forwardings": Forwarded.ANSWERED}
    if (column := MADE_OF.get(key)) is not None:
        usual = COLUMNS[changes["view"]]
        changes["columns"] = usual if column in usual else (*usual, column)
    return replace(question, **changes)
