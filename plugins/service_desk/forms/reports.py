"""What narrows the report of tickets; the names are those of its query string."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, SelectField
from wtforms.validators import Optional

from app.parties.lookups import CUSTOMERS, PROSPECTS
from app.plugin_api.reports import Kind
from app.plugin_api.web import LONGEST_TERM, DateField, FilterForm, LookupField, TextField
from app.products.lookups import CUSTOMER_PRODUCTS, PRODUCTS
from app.staff.lookups import DEPARTMENTS, TECHNICIANS
from app.work_orders.models import WorkOrderStatus
from plugins.service_desk.lookups import CHANNELS, FORWARDING_OUTCOMES, KNOWN_PROBLEMS, PROBLEM_CATEGORIES
from plugins.service_desk.models import Direction
from plugins.service_desk.queries import Situation
from plugins.service_desk.reports.question import (
    LONGEST_SERIAL,
    READ,
    REFERENCES,
    DateKind,
    Forwarded,
    Only,
    Ordered,
    Period,
    Question,
    View,
)

if TYPE_CHECKING:
    from app.plugin_api.contract import Text
    from plugins.service_desk.reports.columns import Source


FURTHER = (
    *("prospect", "product", "customer_product", "serial", "closed_by", "channel", "direction"),
    *("known_problem", "category", "only_category", "orders", "order_status"),
    *("forwardings", "department", "answered_by", "outcome"),
)
"""Behind «Mais filtros»."""


_PEOPLE = frozenset({"technician", "closed_by", "answered_by", "department", "waits_for"})
_PARTY = frozenset({"party", "party_kind", "product", "serial"})


def breaks_of(source: Source) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every column of the rows, to group by, under captions that tell them apart; no empty caption."""
    people, party, classes = _("People and departments"), _("Customer and product"), _("Classification")
    days, figures = _("Dates"), _("Figures")
    found: dict[str, list[tuple[str, str]]] = {each: [] for each in (people, party, classes, days, figures)}
    for key, shown in source.columns.items():
        if key in _PEOPLE:
            caption = people
        elif key in _PARTY:
            caption = party
        elif shown.column.kind in (Kind.INSTANT, Kind.DAY):
            caption = days
        else:
            caption = figures if shown.column.kind.is_figure else classes
        found[caption].append((key, str(shown.column.label)))
    return [(caption, keys) for caption, keys in found.items() if keys]


class WordField(SelectField):
    """One of a list of words, or none; a word that isn't in it is as none.

    Args:
        nothing: what no word reads like; without it the first word is the default.
    """

    def __init__(self, label: Any, words: Any, *, nothing: Text | None = None, **more: Any) -> None:
        super().__init__(label, choices=_choices(words, nothing), validate_choice=False, **more)


def _choices(words: Any, nothing: Text | None) -> Callable[[], list[tuple[str, str]]]:
    none = [] if nothing is None else [nothing]
    return lambda: [*(("", str(text)) for text in none), *((word.value, word.label) for word in words)]


def _is_used(field: Field) -> bool:
    return field.wanted_id is not None if isinstance(field, LookupField) else bool(field.data)


class ReportForm(FilterForm):
    """The report's filters as the URL has them, the lookups with the rows that they name.

    Fields at which something is amiss say so.
    """

    view = WordField(_l("Kind"), View)
    date = WordField(_l("Kind of date"), DateKind)
    period = WordField(_l("Period"), Period, nothing=_l("Between two dates"))
    since = DateField(READ["since"], [Optional()])
    until = DateField(READ["until"], [Optional()])
    status = WordField(_l("Status"), Situation, nothing=_l("All tickets"))
    q = TextField(READ["q"], longest=LONGEST_TERM)
    customer = LookupField(_l("Customer"), CUSTOMERS)
    prospect = LookupField(_l("Prospect"), PROSPECTS)
    technician = LookupField(_l("Technician"), TECHNICIANS)
    product = LookupField(_l("Product"), PRODUCTS)
    customer_product = LookupField(_l("Customer product"), CUSTOMER_PRODUCTS, params=("customer_id",))
    serial = TextField(READ["serial"], longest=LONGEST_SERIAL)
    closed_by = LookupField(_l("Technician who closed"), TECHNICIANS)
    answered_by = LookupField(_l("Technician who answered"), TECHNICIANS)
    department = LookupField(_l("Department"), DEPARTMENTS)
    outcome = LookupField(_l("Forwarding outcome"), FORWARDING_OUTCOMES)
    channel = LookupField(_l("Channel"), CHANNELS)
    direction = WordField(_l("Contact origin"), Direction, nothing=_l("Any origin"))
    category = LookupField(_l("Category"), PROBLEM_CATEGORIES)
    only_category = BooleanField(_l("Only this category"))
    known_problem = LookupField(_l("Known problem"), KNOWN_PROBLEMS)
    forwardings = WordField(_l("Forwardings"), Forwarded, nothing=_l("With or without"))
    orders = WordField(_l("WO"), Ordered, nothing=_l("With or without"))
    order_status = WordField(_l("WO status"), WorkOrderStatus, nothing=_l("Any status"))

    def __init__(self) -> None:
        super().__init__()
        self.question = self._question()

    @property
    def only(self) -> list[tuple[Only, bool]]:
        """The words of «Somente», and whether each is ticked."""
        return [(each, each in self.question.only) for each in Only]

    @property
    def asks_for_more(self) -> bool:
        """Whether one of «Mais filtros» is in use."""
        return any(_is_used(self._fields[name]) for name in FURTHER) or bool(self.question.only)

    @property
    def refusal(self) -> str:
        """Why the question has no answer; "" where it has one."""
        fields = [self._fields[name] for name in self.question.refused]
        return f"{fields[0].label.text}: {fields[0].errors[0]}" if fields else ""

    def _question(self) -> Question:
        """What is asked; a row that was typed is looked for once, here."""
        args = MultiDict(request.args)
        for reference in REFERENCES:
            if (row_id := self._fields[reference.name].wanted_id) is not None:
                args[reference.field] = str(row_id)
        question = Question.of(args, g.company)
        self.validate()
        for name in READ:
            if name not in question.refused:
                # Days beside a period are not asked for.
                self._fields[name].errors = []
        if question.since and question.until and question.since > question.until:
            self.since.errors = [_("“From” is after “Until”: there is no day between them.")]
        self.only_category.data = question.only_category
        return question
