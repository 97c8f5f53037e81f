"""The summaries of the report's page: behind every figure the list of exactly its tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import g

from app.plugin_api.reports import Column, Room, formatter
from plugins.service_desk.reports import summing
from plugins.service_desk.reports.columns import COMPANY
from plugins.service_desk.reports.drawing import summary_chart
from plugins.service_desk.reports.question import Question, View
from plugins.service_desk.reports.report import summary_columns, summary_values, summed, total_label
from plugins.service_desk.views.report_lists import Head, address, head, page_of

if TYPE_CHECKING:
    from app.companies.models import Company

MOST_LINES = 300
"""Lines of a summary that are shown unless all are asked for: each has a dozen links."""
_BEHIND = {
    "open": "open",
    "closed": "closed",
    "close_mean": "closed",
    "close_p90": "closed",
    "forwardings": "forwardings",
    "answer_mean": "answered",
}
"""By column the figure that says whether there are tickets behind it; of all others the number of tickets."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value as text, and the list of the tickets behind it, if there are any."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A line of a summary, its company first where there are several."""

    names: Sequence[str]
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class SummaryAnswer:
    """What a summary's page shows.

    Args:
        names: how many columns stand before the figures.
        more: where all lines are, if some are left out here.
        charts: of all lines, for wide screens and for narrow ones.
    """

    heads: Sequence[Head]
    names: int
    lines: Sequence[SummaryLine]
    count: int
    total: SummaryLine
    more: str | None
    charts: Sequence[str]


def summary_answer(
    question: Question, companies: Sequence[Company], args: Mapping[str, str]
) -> SummaryAnswer:
    """The summary of at least one company.

    Args:
        args: `all=1` for every line.
    """
    answer = summed(question, companies)
    columns = summary_columns(question, companies)
    parts = summing.shares([group.figures.count for group in answer.groups])
    lines = list(zip(answer.groups, parts, strict=True))
    is_cut = len(lines) > MOST_LINES and args.get("all") != "1"
    links = _Links(question, companies, columns)
    whole = Decimal("100.0") if any(parts) else Decimal("0.0")
    names = len(columns) - len(summing.FIGURES)
    return SummaryAnswer(
        heads=[
            # Nothing sorts by the company: each line has one, and they are few.
            Head(column) if column is COMPANY else head(question, column, _order(question))
            for column in columns
        ],
        names=names,
        lines=[links.line(group, share) for group, share in (lines[:MOST_LINES] if is_cut else lines)],
        count=len(lines),
        total=links.total(answer.total, whole),
        more=address(question, more={"all": "1"}) if is_cut else None,
        charts=[summary_chart(question, answer, room=room) for room in Room],
    )


def _order(question: Question) -> str:
    """The order in force, as `summing.ordered` reads it."""
    known = {"group", *(column.key for column in summing.FIGURES)}
    if question.sort.removeprefix("-") in known:
        return question.sort
    return "group" if question.view is View.BY_MONTH else "-count"


class _Links:
    """Makes lines of groups."""

    def __init__(self, question: Question, companies: Sequence[Company], columns: Sequence[Column]) -> None:
        self.question, self.columns = question, columns
        self.texts = [formatter(column.kind) for column in columns]
        self.names = len(columns) - len(summing.FIGURES)
        self.page, self.pages = page_of(g.company), {company.id: page_of(company) for company in companies}
        # Where the companies' days differ, one link can't name them all.
        self.is_one_span = len({question.span(company.timezone) for company in companies}) == 1

    def line(self, group: summing.Group, share: Decimal) -> SummaryLine:
        """A group's line."""
        values = summary_values(self.columns, group, group.figures, share)
        return self._line(values, group)

    def total(self, figures: summing.Figures, share: Decimal) -> SummaryLine:
        """The line of all tickets, each counted once."""
        group = summing.Group(None, total_label(self.question, figures.count), None, figures, {})
        return self._line(summary_values(self.columns, None, figures, share), group)

    def _line(self, values: Sequence[Any], group: summing.Group) -> SummaryLine:
        shown = [reads(value) for reads, value in zip(self.texts, values, strict=True)]
        urls: dict[str, str | None] = {}
        figures = []
        for column, text in zip(self.columns[self.names :], shown[self.names :], strict=True):
            behind = _BEHIND.get(column.key, "count")
            if behind not in urls:
                urls[behind] = self._url(group, column.key) if getattr(group.figures, behind) else None
            figures.append(Figure(text, urls[behind]))
        return SummaryLine([group.label] if group.order is None else shown[: self.names], figures)

    def _url(self, group: summing.Group, key: str) -> str | None:
        if group.company is not None:
            asked = summing.drill_down(self.question, group, key)
            return address(asked, self.pages[group.company.id]) if asked else None
        if not self.is_one_span:
            return None
        # Of several companies, or all that the question is about: the same list of all of them.
        asked = summing.drill_down(self.question, replace(group, company=g.company), key)
        return address(replace(asked, companies=self.question.companies), self.page) if asked else None
