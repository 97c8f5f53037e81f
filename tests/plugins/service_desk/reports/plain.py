"""The report's answers once more, slowly and plainly: loops over rows that simple SELECTs have loaded.

Written from what the issue and `question.py` say, not from the report's SQL. Everything is counted from the
rows themselves, never read from the figures that are kept beside a ticket.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import undefer

from app.companies.models import Company
from app.database import company_scope, db
from app.parties.models import Customer, Prospect
from app.products.models import CustomerProduct, Product
from app.staff.models import Department, Technician
from app.work_orders.models import WorkOrder
from plugins.service_desk.models import (
    Channel,
    Forwarding,
    ForwardingOutcome,
    Interaction,
    KnownProblem,
    ProblemCategory,
    Reopening,
    Ticket,
)
from plugins.service_desk.queries import Situation
from plugins.service_desk.reports.question import (
    DateKind,
    Forwarded,
    Only,
    Ordered,
    Period,
    Question,
)

REGISTERS = (
    *(Customer, Prospect, CustomerProduct, Product, Technician, Department),
    *(Channel, KnownProblem, ProblemCategory, ForwardingOutcome),
)
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
        serial = key_of(owned.serial_number if owned else "")
        if question.serial and (owned is None or key_of(question.serial) not in serial):
            return False
        return Only.NO_PRODUCT not in question.only or self.product_of(known) is None

    def _has_category(self, question: Question, known: Known) -> bool:
        its = self.category_of(known)
        if Only.NO_CATEGORY in question.only and its is not None:
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
        if question.forwardings is Forwarded.ANSWERED and forwarding.answered_at is None:
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
            or question.forwardings not in (None, Forwarded.WITHOUT)
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


def month_day(months: int) -> date:
    """The first of a month, counted from year 0."""
    return date(months // 12, months % 12 + 1, 1)
