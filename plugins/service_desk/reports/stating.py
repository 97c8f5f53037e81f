"""A question in the reader's words: what every output says of what it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.plugin_api import find
from app.plugin_api.reports import Kind, shown
from plugins.service_desk.reports.columns import Shown, Source
from plugins.service_desk.reports.dimensions import CAPTIONS
from plugins.service_desk.reports.listing import ORDERS
from plugins.service_desk.reports.question import REFERENCES, DateKind, Question, Reference, View
from plugins.service_desk.reports.summing import FIGURES

if TYPE_CHECKING:
    from datetime import date

    from app.companies.models import Company


def stated(question: Question, company: Company, companies: Sequence[Company]) -> tuple[tuple[str, str], ...]:
    """Label and value of the kind, of the span, and of each filter in force.

    Args:
        company: whose rows the question names; its scope is open.
        companies: which it is about.
    """
    return tuple(_stated(question, company, companies))


def _stated(question: Question, company: Company, companies: Sequence[Company]) -> Iterator[tuple[str, str]]:
    yield _("Kind"), question.view.label
    yield _("Companies") if len(companies) != 1 else _("Company"), ", ".join(c.name for c in companies) or "—"
    yield question.date_kind.label, _span(question, company, companies)
    for reference in REFERENCES:
        if (row_id := getattr(question, reference.field)) is not None:
            yield reference_label(reference.name), _name_of(reference, row_id, question, company)
    words = (
        (_("Status"), question.status),
        (_("Contact origin"), question.direction),
        (_("Forwardings"), question.forwardings),
        (_("Work orders"), question.orders),
        (_("WO status"), question.order_status),
        *((_("Only"), each) for each in question.only),
    )
    yield from ((label, word.label) for label, word in words if word is not None)
    texts = ((_("Serial number"), question.serial), (_("Search"), question.text))
    yield from ((label, text) for label, text in texts if text)
    columns = {} if question.view.is_summary else Source.of(company, question.view).columns
    if question.break_by in columns:
        yield _("Grouped by"), str(columns[question.break_by].column.label)
    yield from _order(question, columns)
    if question.view is View.BY_DEPARTMENT:
        yield (
            _("Note"),
            _("A ticket that was forwarded to several departments counts in each of them."),
        )
    if question.view is View.BY_MONTH and question.date_kind in _REPEATED:
        yield _("Note"), _("A ticket to which this happened in several months counts in each of them.")


_REPEATED = (DateKind.REOPENED, DateKind.FORWARDED, DateKind.ANSWERED)
"""What may happen to a ticket more than once."""


def _span(question: Question, company: Company, companies: Sequence[Company]) -> str:
    """The days. Those of a period that moves aren't the same everywhere near midnight."""
    spans = {question.span(each.timezone) for each in companies} or {question.span(company.timezone)}
    if question.period and len(spans) > 1:
        return _("%(period)s, by the day of each company", period=question.period.label)
    return span_text(*spans.pop())


def _order(question: Question, columns: Mapping[str, Shown]) -> Iterator[tuple[str, str]]:
    """By what the lines are sorted, where it isn't the kind's own order."""
    known = {key: shown.column.label for key, shown in columns.items()}
    if question.view.is_summary:
        known = {"group": CAPTIONS[question.view]} | {column.key: column.label for column in FIGURES}
    key = question.sort.removeprefix("-")
    if key not in known or question.sort == usual_order(question.view):
        return
    pattern = _("%(column)s, descending") if question.sort.startswith("-") else _("%(column)s, ascending")
    yield _("Order"), pattern % {"column": known[key]}


def usual_order(view: View) -> str:
    """What the view is sorted by unless somebody chose otherwise, as `Question.sort` has it."""
    if view.is_summary:
        return "group" if view is View.BY_MONTH else "-count"
    return ORDERS[view]


def _name_of(reference: Reference, row_id: int, question: Question, company: Company) -> str:
    row = find(company, reference.lookup.model, row_id)
    if row is None:
        return _("(there is no such entry)")
    name = reference.lookup.label(row)
    if reference.name == "category" and question.only_category:
        return _("%(category)s, without those below it", category=name)
    return name


def reference_label(name: str) -> str:
    """What the filter by a register's row is called."""
    return {
        "customer": _("Customer"),
        "prospect": _("Prospect"),
        "product": _("Product"),
        "customer_product": _("Customer product"),
        "technician": _("Technician"),
        "closed_by": _("Technician who closed"),
        "answered_by": _("Technician who answered"),
        "department": _("Department"),
        "channel": _("Channel"),
        "category": _("Category"),
        "known_problem": _("Known problem"),
        "outcome": _("Forwarding outcome"),
    }[name]


def span_text(since: date | None, until: date | None) -> str:
    """«de 01/10/2026 até 31/10/2026», or that every day counts."""
    if since is None and until is None:
        return _("any day")
    if until is None:
        return _("from %(day)s on", day=shown(Kind.DAY, since))
    if since is None:
        return _("until %(day)s", day=shown(Kind.DAY, until))
    return _("from %(first)s to %(last)s", first=shown(Kind.DAY, since), last=shown(Kind.DAY, until))
