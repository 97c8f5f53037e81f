"""The report as the host knows it: how many rows a question has, and its whole answer as a sheet."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.plugin_api import company_scope, now, to_local
from app.plugin_api.reports import Column, Kind, Line, LineKind, Reader, Report, Sheet
from plugins.service_desk.permissions import REPORTS_VIEW
from plugins.service_desk.reports import summing
from plugins.service_desk.reports.columns import COMPANY
from plugins.service_desk.reports.details import DETAILS, details_of
from plugins.service_desk.reports.dimensions import CAPTIONS
from plugins.service_desk.reports.drawing import summary_chart
from plugins.service_desk.reports.listing import Listing
from plugins.service_desk.reports.question import Question, View
from plugins.service_desk.reports.stating import stated

if TYPE_CHECKING:
    from app.companies.models import Company

AT_ONCE = 500
"""Tickets whose contacts and forwardings are read together."""


class TicketReport(Report):
    """«Relatório de Atendimentos e Encaminhamentos»."""

    key = "service_desk.tickets"
    title = _l("Report of tickets and forwardings")
    permission = REPORTS_VIEW
    endpoint = "service_desk.ticket_report"

    def companies_in(self, reader: Reader, query: str) -> tuple[Company, ...]:
        """The companies that the question is about, of those that the reader may know."""
        return companies_of(Question.parse(query, reader.company), reader)

    def count(self, reader: Reader, query: str) -> int:
        """How many rows the answer would have now."""
        question = Question.parse(query, reader.company)
        companies = companies_of(question, reader)
        if question.view.is_summary:
            return len(summed(question, companies).groups)
        count = 0
        for company in companies:
            with company_scope(company):
                count += Listing(question, company).count()
        return count

    @contextmanager
    def sheet(self, reader: Reader, query: str) -> Iterator[Sheet]:
        """The whole answer, its lines read little by little while the block runs."""
        question = Question.parse(query, reader.company)
        companies = companies_of(question, reader)
        lines: Generator[Line, None, None]
        chart = ""
        if question.view.is_summary:
            answer = summed(question, companies)
            columns, count = summary_columns(question, companies), len(answer.groups)
            lines = summary_lines(question, answer, columns)
            chart = summary_chart(question, answer, is_for_paper=True)
        else:
            # A report about no company has columns, too: a file without any is none.
            columns = list_columns(question, companies or (reader.company,))
            count = self.count(reader, query)
            lines = list_lines(question, companies, columns)
        with closing(lines):  # its scope ends before the caller's does
            yield Sheet(
                title=f"{self.title} · {question.view.label}",
                company=", ".join(company.name for company in companies),
                stated=stated(question, reader.company, companies),
                columns=columns,
                details=DETAILS if question.view is View.DETAILS else (),
                count=count,
                made_by=reader.user.name,
                made_at=to_local(now(), reader.company.timezone),
                lines=lines,
                chart=chart,
            )


def companies_of(question: Question, reader: Reader) -> tuple[Company, ...]:
    """Those that the question names and the reader may know, by name; none named: the reader's own."""
    if not question.companies:
        return (reader.company,)
    return tuple(company for company in reader.companies if company.code in question.companies)


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────


def list_columns(question: Question, companies: Sequence[Company]) -> tuple[Column, ...]:
    """What each line of a list shows; of several companies, also which one."""
    several = (COMPANY,) if len(companies) > 1 else ()
    return (*several, *Listing(question, companies[0]).columns)


def list_lines(
    question: Question, companies: Sequence[Company], columns: Sequence[Column]
) -> Generator[Line, None, None]:
    """All lines of a list, the companies one after the other, the total at the end."""
    total = _Sum(columns)
    for company in companies:
        with company_scope(company):
            yield from _lines_of(Listing(question, company), total, len(companies) > 1)
    yield total.line(LineKind.TOTAL, total_label(question, total.count))


def _lines_of(listing: Listing, total: _Sum, is_one_of_several: bool) -> Generator[Line, None, None]:
    """The company's lines; what they come to is added to the total."""
    name, level = listing.company.name, int(is_one_of_several)
    own = _Sum(total.columns)
    for _key, pairs in groupby(_with_details(listing), key=listing.group_key):
        part, label = _Sum(total.columns), ""
        for row, details in pairs:
            if is_one_of_several and not own.count and not part.count:
                yield Line(LineKind.BREAK, (), name)
            if listing.group and not part.count:
                label = listing.group_label(row)
                yield Line(LineKind.BREAK, (), label, level)
            values = listing.values(row)
            if is_one_of_several:
                values.insert(0, name)
            part.add(values)
            yield Line(LineKind.ROW, values)
            for each in details:
                yield Line(LineKind.DETAIL, each)
        if listing.group:
            count = counted(listing.question, part.count)
            yield part.line(LineKind.SUBTOTAL, f"{label} · {count}", level)
        own.merge(part)
    if is_one_of_several and own.count:
        yield own.line(LineKind.SUBTOTAL, f"{name} · {counted(listing.question, own.count)}")
    total.merge(own)


def _with_details(listing: Listing) -> Iterator[tuple[Sequence[Any], Sequence[Sequence[Any]]]]:
    """Each row with what stands below it, which is read for many tickets at once."""
    rows = listing.all()
    if listing.question.view is not View.DETAILS:
        for row in rows:
            yield row, ()
        return
    while chunk := list(islice(rows, AT_ONCE)):
        found = details_of(listing.company, [row[0] for row in chunk])
        for row in chunk:
            yield row, found.get(row[0], ())


class _Sum:
    """What lines come to, added up while they pass."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.count = 0
        self.places = [n for n, column in enumerate(columns) if column.is_summed]
        self.sums: list[Any] = [_zero(column) for column in columns]

    def add(self, values: Sequence[Any]) -> None:
        self.count += 1
        for place in self.places:
            if (value := values[place]) is not None:
                self.sums[place] += value

    def merge(self, other: _Sum) -> None:
        count = self.count + other.count
        self.add(other.sums)
        self.count = count

    def line(self, kind: LineKind, label: str, level: int = 0) -> Line:
        return Line(kind, self.sums, label, level)


def _zero(column: Column) -> Any:
    if not column.is_summed:
        return None
    return Decimal("0.00") if column.kind is Kind.MONEY else 0


def counted(question: Question, count: int) -> str:
    """How many rows, and of what."""
    if question.view.is_of_forwardings:
        return ngettext("%(num)s forwarding", "%(num)s forwardings", count)
    return ngettext("%(num)s ticket", "%(num)s tickets", count)


def total_label(question: Question, count: int) -> str:
    """What the total line says that it sums up."""
    return _("Total: %(count)s", count=counted(question, count))


# ── Summaries ────────────────────────────────────────────────────────────────────────────────────────


def summed(question: Question, companies: Sequence[Company]) -> summing.Summary:
    """The companies' summary, its lines in the order that the question wants."""
    several = len(companies) > 1
    found = []
    for company in companies:
        with company_scope(company):
            found.append((company, summing.summary(question, company, is_one_of_several=several)))
    answer = found[0][1] if len(found) == 1 else summing.together(found, question.view)
    return replace(answer, groups=summing.ordered(answer.groups, question.sort))


def summary_columns(question: Question, companies: Sequence[Company]) -> tuple[Column, ...]:
    """What each line of a summary shows; of several companies, also which one, unless it is a month's."""
    several = len(companies) > 1 and question.view is not View.BY_MONTH
    group = Column("group", CAPTIONS[question.view], width=28)
    return (*((COMPANY,) if several else ()), group, *summing.FIGURES)


def summary_lines(
    question: Question, answer: summing.Summary, columns: Sequence[Column]
) -> Generator[Line, None, None]:
    """A line for each group, and the total, which counts each ticket once."""
    parts = summing.shares([group.figures.count for group in answer.groups])
    for group, share in zip(answer.groups, parts, strict=True):
        yield Line(LineKind.ROW, summary_values(columns, group, group.figures, share))
    share = Decimal("100.0") if any(parts) else Decimal("0.0")
    values = summary_values(columns, None, answer.total, share)
    yield Line(LineKind.TOTAL, values, total_label(question, answer.total.count))


def summary_values(
    columns: Sequence[Column], group: summing.Group | None, figures: summing.Figures, share: Decimal
) -> list[Any]:
    """One for each column; of the total only the figures."""
    named = {"company": group and group.company and group.company.name, "group": group and group.label}
    return [
        named[column.key]
        if column.key in named
        else share
        if column.key == "share"
        else figures.value(column.key)
        for column in columns
    ]
