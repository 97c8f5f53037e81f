"""What a report of tickets asks: read from a query string and written to one, so that a link is the report.

Reading never fails. A word that isn't in a list narrows nothing; a register's entry that doesn't exist leaves
nothing, because whoever asked for one customer must not get all of them. For the same reason a day that never
was, or a text that no row can hold, is not left out of the question but refuses it, on the page as in files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlencode

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.parties.lookups import CUSTOMERS, PROSPECTS
from app.plugin_api import EARLIEST, LATEST, find, today
from app.plugin_api.reports import QuestionRefused, query_pairs
from app.plugin_api.web import LONGEST_TERM, Lookup, unstorable
from app.products.lookups import CUSTOMER_PRODUCTS, PRODUCTS
from app.staff.lookups import DEPARTMENTS, TECHNICIANS
from app.work_orders.models import WorkOrderStatus
from plugins.service_desk.lookups import CHANNELS, FORWARDING_OUTCOMES, KNOWN_PROBLEMS, PROBLEM_CATEGORIES
from plugins.service_desk.models import Direction
from plugins.service_desk.queries import Situation

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.plugin_api.contract import Text

NOBODY = 0
"""The id that no row has: what was named doesn't exist."""
LONGEST_SERIAL = 60
LONGEST_WORD = 40
MOST_COLUMNS = 40


class Choice(StrEnum):
    """A word of the URL with a label in the reader's language."""

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return str(_LABELS[type(self)][self])


class View(Choice):
    """«Tipo»: what the lines of the answer are."""

    TICKETS = "tickets"
    DETAILS = "details"
    FORWARDINGS = "forwardings"
    WAITING = "waiting"
    BY_TECHNICIAN = "by_technician"
    BY_DEPARTMENT = "by_department"
    BY_CUSTOMER = "by_customer"
    BY_PRODUCT = "by_product"
    BY_CATEGORY = "by_category"
    BY_CHANNEL = "by_channel"
    BY_MONTH = "by_month"

    @property
    def is_summary(self) -> bool:
        """Whether a line sums up several tickets."""
        return self not in (View.TICKETS, View.DETAILS) and not self.is_of_forwardings

    @property
    def is_of_forwardings(self) -> bool:
        """Whether a line is a forwarding: all that the question says of forwardings is about this one."""
        return self in (View.FORWARDINGS, View.WAITING)


class DateKind(Choice):
    """«Tipo de data»: which event of a ticket must lie in the span."""

    OPENED = "opened"
    OPEN = "open"
    """Opened in the span and still not closed."""
    CLOSED = "closed"
    REOPENED = "reopened"
    FORWARDED = "forwarded"
    ANSWERED = "answered"


class Period(Choice):
    """A span that moves with the calendar; a saved report with one stays up to date."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    LAST_MONTH = "last_month"
    QUARTER = "quarter"
    YEAR = "year"

    def span(self, day: date) -> tuple[date, date]:
        """First and last day of the period that `day` is in; weeks begin on Sunday."""
        first_of_month = day.replace(day=1)
        match self:
            case Period.TODAY:
                return day, day
            case Period.WEEK:
                first = day - timedelta(days=day.isoweekday() % 7)
                return first, first + timedelta(days=6)
            case Period.MONTH:
                return first_of_month, _months_on(first_of_month, 1) - timedelta(days=1)
            case Period.LAST_MONTH:
                return _months_on(first_of_month, -1), first_of_month - timedelta(days=1)
            case Period.QUARTER:
                first = day.replace(month=1 + (day.month - 1) // 3 * 3, day=1)
                return first, _months_on(first, 3) - timedelta(days=1)
        return date(day.year, 1, 1), date(day.year, 12, 31)


def _months_on(first: date, months: int) -> date:
    """The first of the month so many months after a first."""
    month = first.year * 12 + first.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)


class Forwarded(Choice):
    """«Encaminhamentos»: whether a ticket has any, any that waits, or any that was answered."""

    WITH = "with"
    WITHOUT = "without"
    UNANSWERED = "unanswered"
    ANSWERED = "answered"


class Ordered(Choice):
    """«OS»: whether a ticket has work orders."""

    WITH = "with"
    WITHOUT = "without"


class Only(Choice):
    """«Somente»: what no other filter can say of the tickets behind a line of a summary."""

    NO_PRODUCT = "no_product"
    NO_CATEGORY = "no_category"


# By class: members of two classes may be the same word.
_LABELS: Mapping[type[Choice], Mapping[Choice, Text]] = {
    View: {
        View.TICKETS: _l("Synthetic"),
        View.DETAILS: _l("Analytic"),
        View.FORWARDINGS: _l("Forwardings"),
        View.WAITING: _l("Forwardings that wait"),
        View.BY_TECHNICIAN: _l("Summary by technician"),
        View.BY_DEPARTMENT: _l("Summary by department"),
        View.BY_CUSTOMER: _l("Summary by customer"),
        View.BY_PRODUCT: _l("Summary by product"),
        View.BY_CATEGORY: _l("Summary by category"),
        View.BY_CHANNEL: _l("Summary by channel"),
        View.BY_MONTH: _l("Summary by month"),
    },
    DateKind: {
        DateKind.OPENED: _l("Opened in"),
        DateKind.OPEN: _l("Opened and not closed in"),
        DateKind.CLOSED: _l("Closed in"),
        DateKind.REOPENED: _l("Reopened in"),
        DateKind.FORWARDED: _l("Forwarded in"),
        DateKind.ANSWERED: _l("Answered in"),
    },
    Period: {
        Period.TODAY: _l("Today"),
        Period.WEEK: _l("This week"),
        Period.MONTH: _l("This month"),
        Period.LAST_MONTH: _l("Last month"),
        Period.QUARTER: _l("This quarter"),
        Period.YEAR: _l("This year"),
    },
    Forwarded: {
        Forwarded.WITH: _l("With forwardings"),
        Forwarded.WITHOUT: _l("Without forwardings"),
        Forwarded.UNANSWERED: _l("With unanswered forwardings"),
        Forwarded.ANSWERED: _l("With answered forwardings"),
    },
    Ordered: {
        Ordered.WITH: _l("With work order"),
        Ordered.WITHOUT: _l("Without work order"),
    },
    Only: {
        Only.NO_PRODUCT: _l("Without product"),
        Only.NO_CATEGORY: _l("Without category"),
    },
}

C = TypeVar("C", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Reference:
    """A filter by a register's row: in the URL `<name>_id`, or `<name>` as it was typed."""

    name: str
    lookup: Lookup

    @property
    def field(self) -> str:
        """Of `Question`."""
        return f"{self.name}_id"


REFERENCES = (
    Reference("customer", CUSTOMERS),
    Reference("prospect", PROSPECTS),
    Reference("product", PRODUCTS),
    Reference("customer_product", CUSTOMER_PRODUCTS),
    Reference("technician", TECHNICIANS),
    Reference("closed_by", TECHNICIANS),
    Reference("answered_by", TECHNICIANS),
    Reference("department", DEPARTMENTS),
    Reference("channel", CHANNELS),
    Reference("category", PROBLEM_CATEGORIES),
    Reference("known_problem", KNOWN_PROBLEMS),
    Reference("outcome", FORWARDING_OUTCOMES),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question. What is None or empty narrows nothing; `NOBODY` as an id leaves nothing.

    Args:
        companies: codes; none: the company from which is asked.
        since, until: days of each company's own zone, both included; a `period` takes their place.
        category_id: with all below it, unless `only_category`.
        department_id, answered_by_id, outcome_id, and the date kinds of forwardings: all of one and the same
            forwarding.
        order_status: of any of the ticket's work orders.
        only: all of these.
        sort: a column's key, with `-` before it for falling; "" is the view's own order.
        break_by: a column's key; the lines are grouped by its values.
        columns: keys; none: those that the user has remembered, or the view's own.
        refused: names in the URL of what can't be read; with any there is no answer, whatever else is asked.
    """

    view: View = View.TICKETS
    companies: tuple[str, ...] = ()
    date_kind: DateKind = DateKind.OPENED
    period: Period | None = None
    since: date | None = None
    until: date | None = None
    status: Situation | None = None
    customer_id: int | None = None
    prospect_id: int | None = None
    product_id: int | None = None
    customer_product_id: int | None = None
    serial: str = ""
    technician_id: int | None = None
    closed_by_id: int | None = None
    answered_by_id: int | None = None
    department_id: int | None = None
    channel_id: int | None = None
    direction: Direction | None = None
    category_id: int | None = None
    only_category: bool = False
    known_problem_id: int | None = None
    outcome_id: int | None = None
    forwardings: Forwarded | None = None
    orders: Ordered | None = None
    order_status: WorkOrderStatus | None = None
    only: tuple[Only, ...] = ()
    text: str = ""
    sort: str = ""
    break_by: str = ""
    columns: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @classmethod
    def of(cls, args: MultiDict[str, str], company: Company | None) -> Self:
        """The question of a query string, also if it is `refused`: to show it, never to answer that.

        The company's scope is open: rows are looked up in it.

        Args:
            company: None: nothing is looked up, see `unchecked`.
        """
        read = _Reader(args, company)
        period = read.choice("period", Period)
        return cls(
            view=read.choice("view", View) or View.TICKETS,
            companies=read.words("company", most=1_000),
            date_kind=read.choice("date", DateKind) or DateKind.OPENED,
            period=period,
            # Beside a period no days are asked for.
            since=None if period else read.day("since"),
            until=None if period else read.day("until"),
            status=read.choice("status", Situation),
            serial=read.text("serial", LONGEST_SERIAL),
            direction=read.choice("direction", Direction),
            only_category=read.word("only_category") == "1",
            forwardings=read.choice("forwardings", Forwarded),
            orders=read.choice("orders", Ordered),
            order_status=read.choice("order_status", WorkOrderStatus),
            only=tuple(each for each in Only if each in read.words("only", most=len(Only))),
            text=read.text("q", LONGEST_TERM),
            sort=read.word("sort"),
            break_by=read.word("break"),
            columns=read.words("columns", most=MOST_COLUMNS),
            **{reference.field: read.row(reference) for reference in REFERENCES},
            refused=tuple(read.refused),
        )

    @classmethod
    def parse(cls, query: str, company: Company) -> Self:
        """As `of`, from text, to be answered.

        Raises:
            QuestionRefused: there is something that can't be read.
        """
        question = cls.of(MultiDict(query_pairs(query)), company)
        if question.refused:
            raise QuestionRefused(filter=READ[question.refused[0]])
        return question

    @classmethod
    def unchecked(cls, query: str) -> Self:
        """As `of`, from text, without a statement: rows are taken at their ids, a typed one is nobody's.

        To compare questions and to write addresses, never to answer one.
        """
        return cls.of(MultiDict(query_pairs(query)), None)

    def query(self, **changes: Any) -> str:
        """The query string of this question with some parts changed; only what differs from the default."""
        asked = replace(self, **changes) if changes else self
        return urlencode(list(asked.pairs()), errors="replace", safe=",")

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Names and values of the query string, in a fixed order."""
        for part in fields(self):
            value = getattr(self, part.name)
            if value == part.default or value is None or part.name == "refused":
                continue
            name = _NAMES.get(part.name, part.name)
            if isinstance(value, tuple):
                # As one: an address that names hundreds of companies stands in each link of a page.
                yield name, ",".join(value)
            else:
                yield name, "1" if value is True else str(value)

    def span(self, timezone: str) -> tuple[date | None, date | None]:
        """First and last day, in a company's zone; None: no end on that side."""
        return self.period.span(today(timezone)) if self.period else (self.since, self.until)


READ: Mapping[str, Any] = {
    "since": _l("From"),
    "until": _l("Until"),
    "serial": _l("Serial number"),
    "q": _l("Search"),
}
"""By its name in the URL what each filter is called that may hold what can't be read."""
_NAMES = {"companies": "company", "date_kind": "date", "text": "q", "break_by": "break"}


@dataclass(slots=True)
class _Reader:
    """Takes parts out of a query string."""

    args: MultiDict[str, str]
    company: Company | None
    refused: list[str] = field(default_factory=list)

    def text(self, name: str, longest: int) -> str:
        text = self.args.get(name, "").strip()
        if len(text) > longest or unstorable(text):
            self.refused.append(name)
            return ""
        return text

    def word(self, name: str) -> str:
        """One that another list knows than this module's."""
        word = self.args.get(name, "").strip()
        return "" if len(word) > LONGEST_WORD or unstorable(word) else word

    def words(self, name: str, *, most: int) -> tuple[str, ...]:
        words = (word for text in self.args.getlist(name)[:most] for word in text.split(","))
        return tuple(dict.fromkeys(word for word in words if word and not unstorable(word)))[:most]

    def choice(self, name: str, kind: type[C]) -> C | None:
        value = self.args.get(name, "")
        return kind(value) if value in list(kind) else None

    def day(self, name: str) -> date | None:
        text = self.args.get(name, "")
        if not text.strip():
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or not EARLIEST <= day <= LATEST:
            self.refused.append(name)
            return None
        return day

    def row(self, reference: Reference) -> int | None:
        """The row's id, as the form's field finds it; NOBODY for what is no row of the company (R23)."""
        chosen, typed = (self.args.get(name, "").strip() for name in (reference.field, reference.name))
        if not chosen and not typed:
            return None
        row = None
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 20:
            if self.company is None:
                return int(chosen)
            row = find(self.company, reference.lookup.model, int(chosen))
        elif typed and not unstorable(typed) and self.company is not None:
            row = reference.lookup.exact_match(self.company, typed)
        return NOBODY if row is None else row.id
