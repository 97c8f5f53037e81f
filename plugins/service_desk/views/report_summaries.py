"""The summaries of the report's page: behind every figure the list of exactly its tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import g

from app.plugin_api.reports import Column, Room, formatter, query_pairs
from plugins.service_desk.reports import summing
from plugins.service_desk.reports.columns import COMPANY
from plugins.service_desk.reports.drawing import summary_chart
from plugins.service_desk.reports.question import Question
from plugins.service_desk.reports.report import summary_columns, summary_values, summed, total_label
from plugins.service_desk.reports.stating import usual_order
from plugins.service_desk.views.report_lists import Head, address, head, page_of
from plugins.service_desk.views.report_saved import SAVED

if TYPE_CHECKING:
    from app.companies.models import Company

BACK = "back"
"""In the address of a figure's rows: company code and query string of the summary that they are from."""
LONGEST_BACK = 1_500
"""Characters; of a longer one there is no way back. An address has 8,190 for all that is in it, and the form
on the rows' page sends each company as a part of its own, and in this once more, each comma as three."""
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
    """A value as text, and the list of the rows behind it, if there are any."""

    text: str
    url: str | None = None
    is_of_forwardings: bool = False


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
    question: Question, companies: Sequence[Company], args: Mapping[str, str], along: Mapping[str, str]
) -> SummaryAnswer:
    """The summary of at least one company.

    Args:
        args: `all=1` for every line.
        along: as in `head`.
    """
    answer = summed(question, companies)
    columns = summary_columns(question, companies)
    parts = summing.shares([group.figures.count for group in answer.groups])
    lines = list(zip(answer.groups, parts, strict=True))
    every = {"all": "1"} if args.get("all") == "1" else {}
    is_cut = len(lines) > MOST_LINES and not every
    links = _Links(question, companies, columns, {**along, **every})
    whole = Decimal("100.0") if any(parts) else Decimal("0.0")
    names = len(columns) - len(summing.FIGURES)
    return SummaryAnswer(
        heads=[
            # Nothing sorts by the company: each line has one, and they are few.
            Head(column) if column is COMPANY else head(question, column, _order(question), along)
            for column in columns
        ],
        names=names,
        lines=[links.line(group, share) for group, share in (lines[:MOST_LINES] if is_cut else lines)],
        count=len(lines),
        total=links.total(answer.total, whole),
        more=address(question, more={**along, "all": "1"}) if is_cut else None,
        charts=[summary_chart(question, answer, room=room) for room in Room],
    )


def summary_before(args: Mapping[str, str]) -> str | None:
    """Where the summary is whose figure led to this page; None: none did.

    Args:
        args: `back`, from that figure's link; what stands in it is read and written again, so that it leads
            nowhere else.
    """
    code, _, query = args.get(BACK, "").partition("?")
    company = next((each.company for each in g.memberships if each.company.code == code), None)
    question = Question.unchecked(query)
    if company is None or not question.view.is_summary or question.refused:
        return None
    kept = dict(query_pairs(query))
    return address(question, page_of(company), {name: kept[name] for name in (SAVED, "all") if name in kept})


def _order(question: Question) -> str:
    """The order in force, as `summing.ordered` reads it."""
    known = {"group", *(column.key for column in summing.FIGURES)}
    return question.sort if question.sort.removeprefix("-") in known else usual_order(question.view)


class _Links:
    """Makes lines of groups."""

    def __init__(
        self,
        question: Question,
        companies: Sequence[Company],
        columns: Sequence[Column],
        beside: Mapping[str, str],
    ) -> None:
        self.question, self.columns = question, columns
        whole = address(question, g.company.code, beside).partition("#")[0]
        # Written once: it may name hundreds of companies, and each line has a dozen links.
        back = urlencode({BACK: whole}, safe=",")
        self.back = back if len(back) <= LONGEST_BACK else ""
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
        urls: dict[tuple[str, str | None], str | None] = {}
        figures = []
        for column, text in zip(self.columns[self.names :], shown[self.names :], strict=True):
            behind = _BEHIND.get(column.key, "count")
            rows = behind, summing.MADE_OF.get(column.key)
            if rows not in urls:
                urls[rows] = self._url(group, column.key) if getattr(group.figures, behind) else None
            figures.append(Figure(text, urls[rows], column.key in summing.OF_FORWARDINGS))
        return SummaryLine([group.label] if group.order is None else shown[: self.names], figures)

    def _url(self, group: summing.Group, key: str) -> str | None:
        if group.company is not None:
            asked = summing.drill_down(self.question, group, key)
            return self._to(asked, self.pages[group.company.id]) if asked else None
        if not self.is_one_span:
            return None
        # Of several companies, or all that the question is about: the same list of all of them.
        asked = summing.drill_down(self.question, replace(group, company=g.company), key)
        if asked is None:
            return None
        return self._to(replace(asked, companies=self.question.companies), self.page)

    def _to(self, asked: Question, page: str) -> str:
        """The list's address, and in it the way back."""
        url, _, answer = address(asked, page).partition("#")
        way_back = f"{'&' if '?' in url else '?'}{self.back}" if self.back else ""
        return f"{url}{way_back}#{answer}"
