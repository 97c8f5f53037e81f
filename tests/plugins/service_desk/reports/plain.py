"""The report's answers once more, slowly and plainly: loops over rows that simple SELECTs have loaded.

Written from what the issue and `question.py` say, not from the report's SQL. Everything is counted from the
rows themselves, never read from the figures that are kept beside a ticket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import undefer

from app.companies.models import Company
from app.database import company_scope, db
from app.parties.models import Customer, Prospect
from app.products.models import CustomerProduct, Product
from app.reports.sheets import Line, LineKind
from app.staff.models import Department, Technician
from app.work_orders.models import WorkOrder, WorkOrderStatus
from plugins.service_desk.models import (
    Channel,
    Forwarding,
    ForwardingOutcome,
    Interaction,
    KnownProblem,
    PartyKind,
    ProblemCategory,
    Reopening,
    Ticket,
)
from plugins.service_desk.queries import Situation
from plugins.service_desk.reports.question import (
    DateKind,
    Forwarded,
    Gap,
    Ordered,
    Period,
    Question,
    View,
)

REGISTERS = (
    *(Customer, Prospect, CustomerProduct, Product, Technician, Department),
    *(Channel, KnownProblem, ProblemCategory, ForwardingOutcome),
)
SUMMED = {
    *("contacts", "contact_time", "forwardings", "waiting", "close_time", "reopenings", "cost", "sale"),
}
MONEY = {"cost", "sale"}
TIMES = {"contact_time", "close_time"}
INSTANTS = {"opened", "closed", "forwarded"}
NEVER = datetime.max.replace(tzinfo=UTC)
MINUTE = timedelta(minutes=1)

_keys: dict[str, str] = {"": ""}


def learn_keys(texts: Iterable[str]) -> None:
    """Ask the database what texts are without accents and case, as it keeps them of names."""
    if new := sorted(set(texts) - _keys.keys()):
        text = func.unnest(array(new, type_=String)).column_valued("text")
        _keys.update({row[0]: row[1] for row in db.session.execute(select(text, func.name_key(text)))})


def key_of(text: str) -> str:
    """A text without accents and case."""
    learn_keys([text])
    return _keys[text]


def minutes(start: datetime, end: datetime) -> int:
    """Whole minutes between two instants."""
    return (end - start) // MINUTE


def worth(time: int, rate: Decimal | None) -> Decimal:
    """Minutes at an hourly rate, half a cent rounded up."""
    cents = Fraction(time) * Fraction(rate or 0) * 100 / 60
    return Decimal(floor(cents + Fraction(1, 2))).scaleb(-2)


@dataclass
class Known:
    """A ticket with all that hangs on it, each in the order in which it was noted."""

    ticket: Ticket
    contacts: list[Interaction] = field(default_factory=list)
    forwardings: list[Forwarding] = field(default_factory=list)
    reopenings: list[Reopening] = field(default_factory=list)
    orders: list[WorkOrder] = field(default_factory=list)

    @property
    def contact_time(self) -> int:
        return sum(minutes(each.started_at, each.ended_at) for each in self.contacts)

    @property
    def close_time(self) -> int | None:
        ticket = self.ticket
        return None if ticket.closed_at is None else minutes(ticket.opened_at, ticket.closed_at)

    @property
    def waiting(self) -> list[Forwarding]:
        return [each for each in self.forwardings if each.answered_at is None]


class Books:
    """One company's rows, all in memory."""

    def __init__(self, company: Company, now: datetime) -> None:
        self.company = company
        self.zone = ZoneInfo(company.timezone)
        self.today = now.astimezone(self.zone).date()
        with company_scope(company):
            self.registers = {model: {row.id: row for row in self._all(model)} for model in REGISTERS}
            known = {ticket.id: Known(ticket) for ticket in self._all(Ticket, undefer(Ticket.search_key))}
            for contact in self._all(Interaction):
                known[contact.ticket_id].contacts.append(contact)
            for forwarding in self._all(Forwarding):
                known[forwarding.ticket_id].forwardings.append(forwarding)
            for reopening in self._all(Reopening):
                known[reopening.ticket_id].reopenings.append(reopening)
            for order in self._all(WorkOrder):
                if order.source == "service_desk.ticket":
                    known[order.source_id].orders.append(order)
        self.known = list(known.values())
        learn_keys(self.first_line(each) for each in self.known)

    def _all(self, model: Any, *options: Any) -> list[Any]:
        own = select(model).where(model.company_id == self.company.id).order_by(model.id)
        fresh = own.options(*options).execution_options(populate_existing=True)
        return list(db.session.scalars(fresh))

    def row(self, model: Any, row_id: int | None) -> Any:
        return None if row_id is None else self.registers[model][row_id]

    def local(self, instant: datetime | None) -> datetime | None:
        return None if instant is None else instant.astimezone(self.zone).replace(tzinfo=None)

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    # ── which tickets ──

    def span(self, question: Question) -> tuple[date | None, date | None]:
        """First and last day."""
        day = self.today
        if question.period is None:
            return question.since, question.until
        months = day.year * 12 + day.month - 1
        match question.period:
            case Period.TODAY:
                return day, day
            case Period.WEEK:
                sunday = day
                while sunday.isoweekday() != 7:
                    sunday -= timedelta(days=1)
                return sunday, sunday + timedelta(days=6)
            case Period.MONTH:
                first, past = months, months + 1
            case Period.LAST_MONTH:
                first, past = months - 1, months
            case Period.QUARTER:
                first = months - months % 3
                past = first + 3
            case Period.YEAR:
                first = day.year * 12
                past = first + 12
        return month_day(first), month_day(past) - timedelta(days=1)

    def is_within(self, question: Question, instant: datetime) -> bool:
        since, until = self.span(question)
        day = self.day(instant)
        return (since is None or since <= day) and (until is None or day <= until)

    def wanted(self, question: Question) -> list[Known]:
        """The question's tickets."""
        if question.text:
            learn_keys([question.text])
        return [known for known in self.known if self._is_wanted(question, known)]

    def _is_wanted(self, question: Question, known: Known) -> bool:
        ticket = known.ticket
        named = (
            *("customer_id", "prospect_id", "customer_product_id", "technician_id", "closed_by_id"),
            *("channel_id", "known_problem_id", "direction"),
        )
        for name in named:
            value = getattr(question, name)
            if value is not None and getattr(ticket, name) != value:
                return False
        is_open = ticket.closed_at is None
        if question.status is not None and is_open is not (question.status is Situation.OPEN):
            return False
        return (
            self._has_product(question, known)
            and self._has_category(question, known)
            and self._happened(question, known)
            and self._was_forwarded(question, known)
            and self._has_orders(question, known)
            and (not question.text or self._is_found(question.text, ticket))
        )

    def product_of(self, known: Known) -> int | None:
        """The catalogue product, also of a customer's product."""
        owned = self.row(CustomerProduct, known.ticket.customer_product_id)
        return owned.product_id if owned else known.ticket.product_id

    def category_of(self, known: Known) -> int | None:
        problem = self.row(KnownProblem, known.ticket.known_problem_id)
        return problem.category_id if problem else None

    def _has_product(self, question: Question, known: Known) -> bool:
        owned = self.row(CustomerProduct, known.ticket.customer_product_id)
        if question.product_id is not None and self.product_of(known) != question.product_id:
            return False
        serial = key_of(owned.serial_number) if owned is not None else ""
        if question.serial and key_of(question.serial) not in serial:
            return False
        return Gap.PRODUCT not in question.gaps or self.product_of(known) is None

    def _has_category(self, question: Question, known: Known) -> bool:
        its = self.category_of(known)
        if Gap.CATEGORY in question.gaps and its is not None:
            return False
        if question.category_id is None:
            return True
        while its is not None and its != question.category_id and not question.only_category:
            its = self.registers[ProblemCategory][its].parent_id
        return its == question.category_id

    def _happened(self, question: Question, known: Known) -> bool:
        ticket = known.ticket
        match question.date_kind:
            case DateKind.OPENED:
                return self.is_within(question, ticket.opened_at)
            case DateKind.OPEN:
                return ticket.closed_at is None and self.is_within(question, ticket.opened_at)
            case DateKind.CLOSED:
                return ticket.closed_at is not None and self.is_within(question, ticket.closed_at)
            case DateKind.REOPENED:
                return any(self.is_within(question, each.reopened_at) for each in known.reopenings)
        return True

    def is_meant(self, question: Question, forwarding: Forwarding) -> bool:
        """Whether one forwarding is all that the question says of forwardings."""
        for name in ("department_id", "answered_by_id", "outcome_id"):
            value = getattr(question, name)
            if value is not None and getattr(forwarding, name) != value:
                return False
        if question.forwardings is Forwarded.UNANSWERED and forwarding.answered_at is not None:
            return False
        if question.date_kind is DateKind.FORWARDED:
            return self.is_within(question, forwarding.forwarded_at)
        if question.date_kind is DateKind.ANSWERED:
            return forwarding.answered_at is not None and self.is_within(question, forwarding.answered_at)
        return True

    def meant(self, question: Question, known: Known) -> list[Forwarding]:
        return [each for each in known.forwardings if self.is_meant(question, each)]

    def _was_forwarded(self, question: Question, known: Known) -> bool:
        if question.forwardings is Forwarded.WITHOUT and known.forwardings:
            return False
        asks = (
            question.department_id is not None
            or question.answered_by_id is not None
            or question.outcome_id is not None
            or question.forwardings in (Forwarded.WITH, Forwarded.UNANSWERED)
            or question.date_kind in (DateKind.FORWARDED, DateKind.ANSWERED)
        )
        return not asks or bool(self.meant(question, known))

    def _has_orders(self, question: Question, known: Known) -> bool:
        if question.orders is not None and bool(known.orders) is not (question.orders is Ordered.WITH):
            return False
        status = question.order_status
        return status is None or any(order.status is status for order in known.orders)

    def _is_found(self, text: str, ticket: Ticket) -> bool:
        """All words in the problem, all in the party's code, name or document, or the ticket's number."""
        party = self.row(Customer, ticket.customer_id) or self.row(Prospect, ticket.prospect_id)
        words = key_of(text).split()
        places = (ticket.search_key, party.search_key)
        return text == str(ticket.number) or any(all(word in place for word in words) for place in places)

    # ── what a line shows ──

    def first_line(self, known: Known) -> str:
        return known.ticket.problem[:200].split("\n")[0]

    def last_order(self, known: Known) -> WorkOrder | None:
        """The one that isn't cancelled, otherwise the last one."""
        live = [order for order in known.orders if order.status is not WorkOrderStatus.CANCELLED]
        return (live or known.orders or [None])[-1]

    def cell(  # noqa: C901  a column a case, in one place
        self, key: str, known: Known, forwarding: Forwarding | None
    ) -> tuple[Any, Any]:
        """What a column shows, and what it sorts and breaks by."""
        ticket = known.ticket
        row = self.row
        match key:
            case "number":
                return ticket.number, ticket.number
            case "opened" | "closed" | "forwarded":
                instant = getattr(ticket if key != "forwarded" else forwarding, f"{key}_at")
                return self.local(instant), instant or NEVER
            case "status":
                situation = Situation.CLOSED if ticket.closed_at else Situation.OPEN
                return situation.label, situation.value
            case "party_kind":
                kind = PartyKind.CUSTOMER if ticket.customer_id else PartyKind.PROSPECT
                return kind.label, kind.value
            case "direction":
                return ticket.direction.label, ticket.direction.value
            case "party":
                return name(row(Customer, ticket.customer_id) or row(Prospect, ticket.prospect_id))
            case "product":
                return name(
                    row(CustomerProduct, ticket.customer_product_id) or row(Product, ticket.product_id)
                )
            case "serial":
                owned = row(CustomerProduct, ticket.customer_product_id)
                return text(owned.serial_number if owned else "")
            case "technician":
                return name(row(Technician, ticket.technician_id))
            case "closed_by":
                return name(row(Technician, ticket.closed_by_id))
            case "channel":
                return name(row(Channel, ticket.channel_id))
            case "known_problem":
                return name(row(KnownProblem, ticket.known_problem_id))
            case "category":
                return name(row(ProblemCategory, self.category_of(known)))
            case "department":
                return name(row(Department, forwarding.department_id))
            case "waits_for":
                oldest = min(known.waiting, key=lambda each: (each.forwarded_at, each.id), default=None)
                return name(oldest and row(Department, oldest.department_id))
            case "days":
                days = (self.today - self.day(forwarding.forwarded_at)).days
                return days, days
            case "problem":
                return text(self.first_line(known))
            case "order":
                order = self.last_order(known)
                return (order.number, order.number) if order else (None, 0)
            case "order_status":
                order = self.last_order(known)
                return (order.status.label, order.status.value) if order else (None, "")
        figure = self.figure(key, known)
        return figure, figure or 0

    def figure(self, key: str, known: Known) -> Any:
        technician = self.row(Technician, known.ticket.technician_id)
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

    def details(self, known: Known) -> Iterator[tuple[Any, ...]]:
        """What stands below a ticket: its contacts, then its forwardings."""
        for each in known.contacts:
            yield (
                "Atendimento",
                self.local(each.started_at),
                self.local(each.ended_at),
                minutes(each.started_at, each.ended_at),
                each.contact_name,
                self.row(Channel, each.channel_id).name,
                None,
                each.finding,
                each.guidance,
            )
        for each in known.forwardings:
            is_answered = each.answered_at is not None
            yield (
                "Encaminhamento",
                self.local(each.forwarded_at),
                self.local(each.answered_at),
                minutes(each.forwarded_at, each.answered_at) if is_answered else None,
                self.row(Department, each.department_id).name,
                self.row(ForwardingOutcome, each.outcome_id).name if is_answered else None,
                self.row(Technician, each.answered_by_id).name if is_answered else None,
                None,
                each.answer,
            )


def month_day(months: int) -> date:
    """The first of a month, counted from year 0."""
    return date(months // 12, months % 12 + 1, 1)


def name(row: Any) -> tuple[str, str]:
    return ("", "") if row is None else (row.name, row.name_key)


def text(value: str) -> tuple[str, str]:
    return value, key_of(value)


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────

Pair = tuple[Known, Forwarding | None]


def rows_of(question: Question, books: Books) -> list[Pair]:
    """The lines of one company's list in their order: breaks first, equal ones by id."""
    pairs: list[Pair]
    if question.view is View.WAITING:
        pairs = [
            (known, each)
            for known in books.wanted(question)
            for each in known.waiting
            if books.is_meant(question, each)
        ]
    else:
        pairs = [(known, None) for known in books.wanted(question)]
    sort = question.sort
    if not has_column(question.view, sort.removeprefix("-")):
        sort = "-days" if question.view is View.WAITING else "-number"
    by = sort.removeprefix("-")
    pairs.sort(
        key=lambda pair: (books.cell(by, *pair)[1], (pair[1] or pair[0].ticket).id),
        reverse=sort.startswith("-"),
    )
    if has_column(question.view, question.break_by):
        pairs.sort(key=lambda pair: group_of(question.break_by, books, pair)[0])
    return pairs


_BOTH = (
    *("number", "opened", "closed", "status", "party", "party_kind", "product", "serial", "technician"),
    *("closed_by", "channel", "direction", "known_problem", "category", "problem"),
)
COLUMNS = {
    True: (*_BOTH, "department", "forwarded", "days"),
    False: (*_BOTH, *sorted(SUMMED), "waits_for", "order", "order_status"),
}
"""What can be shown and sorted by: of waiting forwardings, and of tickets."""


def has_column(view: View, key: str) -> bool:
    return key in COLUMNS[view is View.WAITING]


def group_of(key: str, books: Books, pair: Pair) -> tuple[Any, str]:
    """What a line's break goes by, and how it reads; an instant by its day."""
    value, order = books.cell(key, *pair)
    if key in INSTANTS:
        day = value and value.date()
        return day or date.max, f"{day:%d/%m/%Y}" if day else "—"
    if value is None or value == "":
        return order, "—"
    if key in TIMES:
        return order, f"{value // 60}:{value % 60:02}"
    if key in MONEY:
        return order, f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    return order, str(value)


def sums_of(keys: Sequence[str], books_and_pairs: Iterable[tuple[Books, Pair]]) -> list[Any]:
    """For each column what it comes to; None where nothing is summed up."""
    sums: list[Any] = [None if key not in SUMMED else Decimal("0.00") if key in MONEY else 0 for key in keys]
    for books, pair in books_and_pairs:
        for place, key in enumerate(keys):
            if key in SUMMED:
                sums[place] += books.figure(key, pair[0]) or 0
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
                    books.company.name if key == "company" else books.cell(key, *pair)[0] for key in keys
                ]
                lines.append(Line(LineKind.ROW, values))
                if question.view is View.DETAILS:
                    lines += [Line(LineKind.DETAIL, values) for values in books.details(pair[0])]
            if label is not None:
                lines.append(Line(LineKind.SUBTOTAL, sums_of(keys, part), label, int(several)))
        if several and pairs:
            lines.append(Line(LineKind.SUBTOTAL, sums_of(keys, pairs), books.company.name, 0))
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
    what = "encaminhamento" if question.view is View.WAITING else "atendimento"
    return f"Total: {count} {what}" + ("s" if count > 1 else "")
