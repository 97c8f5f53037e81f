"""The lists of the report's page: the rows of one company at a time, with breaks, subtotals and totals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import g, url_for
from flask_babel import gettext as _

from app.plugin_api import Page, Place, company_scope
from app.plugin_api.reports import Column, Kind, formatter
from plugins.service_desk.reports.details import DETAILS, details_of
from plugins.service_desk.reports.listing import Listing, Totals
from plugins.service_desk.reports.question import Question, View
from plugins.service_desk.reports.report import counted, total_label

if TYPE_CHECKING:
    from app.companies.models import Company

_LONG_END = re.compile(r"(?<=\w{5})(?=(?:mentos?|ção)\b)")
ANSWER = "report"
"""The id of what the filters give: sorting and paging lead there."""
MOST_SHOWN = 2_000
"""Characters of a contact's or an answer's text on a page, which is of fifty tickets; files have all."""


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head, which sorts by it, and the other way round when it already does.

    Args:
        sort: `ascending`, `descending`, or None where another column sorts.
    """

    column: Column
    url: str | None = None
    sort: str | None = None

    @property
    def label(self) -> str:
        """What it is called."""
        return str(self.column.label)

    @property
    def parts(self) -> list[str]:
        """The same, cut where a long word may go on in the next line."""
        return _LONG_END.split(self.label)


@dataclass(frozen=True, slots=True)
class Row:
    """A line: where its ticket is, its values as text, and by key those of what stands below it."""

    url: str
    cells: Sequence[str]
    details: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Sums:
    """What some lines come to, told by a label."""

    label: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """The page's rows of one break; without breaks all of them, and no label."""

    label: str
    rows: Sequence[Row]
    sums: Sums | None


@dataclass(frozen=True, slots=True)
class CompanySums:
    """What one of several companies' rows come to, and where they are shown."""

    name: str
    url: str
    is_shown: bool
    count: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """What a list's page shows.

    Args:
        company: whose rows these are; None where the question is about one company only.
        companies: of several companies each one's totals, by name.
        total: of the company whose rows these are.
        together: of several companies all of them.
        lead: how many columns stand before the first that is summed up.
        following: the company whose rows come after the last page of this one: name and address.
    """

    heads: Sequence[Head]
    parts: Sequence[Part]
    count: int
    total: Sums
    lead: int
    company: str | None = None
    companies: Sequence[CompanySums] = ()
    together: Sums | None = None
    previous: str | None = None
    next: str | None = None
    following: tuple[str, str] | None = None


def page_of(company: Company) -> str:
    """The report's page in the company."""
    return url_for("service_desk.ticket_report", company_code=company.code)


def address(question: Question, page: str = "", more: Mapping[str, str] | None = None) -> str:
    """The question's page at its answer.

    Args:
        page: from `page_of`; none: that of the company that asks.
        more: what isn't of the question: the place in its list.
    """
    page = page or page_of(g.company)
    query = "&".join(part for part in (question.query(), urlencode(more or {}, safe=",")) if part)
    return f"{page}?{query}#{ANSWER}" if query else f"{page}#{ANSWER}"


def head(question: Question, column: Column, present: str, along: Mapping[str, str]) -> Head:
    """The head of a column, `present` being the order in force.

    Args:
        along: what the page's address has beside the question and stays in those that it leads to.
    """
    key = column.key
    # Of figures and instants the largest and latest are looked for.
    first, second = (f"-{key}", key) if column.kind is not Kind.TEXT else (key, f"-{key}")
    url = address(replace(question, sort=second if present == first else first), more=along)
    return Head(column, url, {key: "ascending", f"-{key}": "descending"}.get(present))


def inside(company: Company) -> AbstractContextManager[None]:
    """The company's scope; the one that the request has open already costs nothing."""
    return nullcontext() if company.id == g.company.id else company_scope(company)


def list_answer(
    question: Question,
    companies: Sequence[Company],
    columns: Sequence[str],
    args: Mapping[str, str],
    along: Mapping[str, str],
) -> ListAnswer:
    """The page of a list at the place that the query string names.

    Args:
        companies: at least one.
        columns: keys of those to show.
        args: `at`, the code of the company whose rows are shown; `after` and `before`, as in any list.
        along: as in `head`.
    """

    def url(**place: str) -> str:
        return address(question, more={**along, **place})

    several = len(companies) > 1
    listings, totals = {}, {}
    for company in companies:
        with inside(company):
            listings[company] = listing = Listing(question, company, columns)
            # Those of the only one come with its breaks'.
            if several or not listing.group:
                totals[company] = listing.totals()
    with_rows = [company for company in companies if company not in totals or totals[company].count]
    shown = next((c for c in companies if c.code == args.get("at")), (with_rows or companies)[0])
    listing = listings[shown]
    with inside(shown):
        is_empty = shown not in with_rows
        page = Page((), listing.sort, None, None) if is_empty else listing.page(Place.of(args))
        sums: Mapping[Any, Totals] = {}
        if listing.group and page.rows:
            totals[shown], sums = listing.totals_with_groups(row[-1] for row in page.rows)
        elif shown not in totals:
            totals[shown] = listing.totals()
        parts = list(_parts(listing, page, sums))
    at = {"at": shown.code} if several else {}
    left = with_rows[with_rows.index(shown) + 1 :] if shown in with_rows and not page.next else []
    shown_columns = listing.columns
    return ListAnswer(
        heads=[head(question, column, listing.sort, along) for column in shown_columns],
        parts=parts,
        count=sum(each.count for each in totals.values()),
        total=_total(question, shown_columns, totals[shown]),
        lead=next((n for n, column in enumerate(shown_columns) if column.is_summed), len(shown_columns)),
        company=shown.name if several else None,
        companies=[
            CompanySums(
                name=company.name,
                url=url(at=company.code),
                is_shown=company is shown,
                count=totals[company].count,
                cells=_sums(shown_columns, totals[company]),
            )
            for company in companies
            if several
        ],
        together=_total(question, shown_columns, *totals.values()) if several else None,
        previous=page.previous and url(**at, before=page.previous),
        next=page.next and url(**at, after=page.next),
        following=(left[0].name, url(at=left[0].code)) if left else None,
    )


def _parts(listing: Listing, page: Page, sums: Mapping[Any, Totals]) -> Iterator[Part]:
    rows = list(_rows(listing, page.rows))
    if listing.group is None or not rows:
        yield Part("", [row for _values, row in rows], None)
        return
    for key, pairs in groupby(rows, key=listing.group_key):
        of_part = list(pairs)
        label = listing.group_label(of_part[0][0])
        count = counted(listing.question, sums[key].count)
        told = _("Subtotal: %(count)s", count=count)
        if len(of_part) < sums[key].count:
            told = _("Subtotal: %(count)s (%(here)s on this page)", count=count, here=len(of_part))
        subtotal = Sums(told, _sums(listing.columns, sums[key]))
        yield Part(label, [row for _values, row in of_part], subtotal)


def _rows(listing: Listing, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[Sequence[Any], Row]]:
    texts = [formatter(column.kind) for column in listing.columns]
    tickets = url_for("service_desk.ticket_list", company_code=listing.company.code)
    details: Mapping[int, Sequence[Mapping[str, str]]] = {}
    if listing.question.view is View.DETAILS and rows:
        details = _details(listing.company, [row[0] for row in rows])
    for row in rows:
        cells = [reads(value) for reads, value in zip(texts, listing.values(row), strict=True)]
        yield row, Row(f"{tickets}/{row[0]}", cells, details.get(row[0], ()))


def _details(company: Company, ids: Sequence[int]) -> dict[int, list[Mapping[str, str]]]:
    texts = [(column.key, formatter(column.kind)) for column in DETAILS]
    return {
        ticket_id: [
            {key: _begin(reads(value)) for (key, reads), value in zip(texts, entry, strict=True)}
            for entry in entries
        ]
        for ticket_id, entries in details_of(company, ids).items()
    }


def _begin(text: str) -> str:
    """As much of a text as a page has room for."""
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN].rstrip()}…"


def _total(question: Question, columns: Sequence[Column], *totals: Totals) -> Sums:
    return Sums(total_label(question, sum(each.count for each in totals)), _sums(columns, *totals))


def _sums(columns: Sequence[Column], *totals: Totals) -> Sequence[str]:
    """Added up; what nothing is summed up in is ""."""
    values = [
        sum(each.sums[column.key] for each in totals) if column.is_summed else None for column in columns
    ]
    return [formatter(column.kind)(value) for column, value in zip(columns, values, strict=True)]
