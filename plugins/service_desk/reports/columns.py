"""What a line of a report can show of a ticket or a forwarding, each column with the joins that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Select,
    Text,
    case,
    cast,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from app.parties.models import Customer, Prospect
from app.plugin_api import LATEST, start_of_day, today
from app.plugin_api.reports import Column, Kind
from app.products.models import CustomerProduct, Product
from app.staff.models import Department, Technician
from app.work_orders.models import WorkOrder, WorkOrderStatus
from plugins.service_desk.models import (
    Channel,
    Direction,
    Forwarding,
    ForwardingOutcome,
    KnownProblem,
    PartyKind,
    ProblemCategory,
    Ticket,
)
from plugins.service_desk.queries import Situation
from plugins.service_desk.queries.tickets import PROBLEM_KEY, PROBLEM_LINE
from plugins.service_desk.reports.question import View
from plugins.service_desk.services.work_orders import SOURCE

if TYPE_CHECKING:
    from app.companies.models import Company

COMPANY = Column("company", _l("Company"), width=18)
"""Not of a ticket's row: each company is read by itself."""

CLOSER = aliased(Technician, name="closer")
ANSWERER = aliased(Technician, name="answerer")
MONEY = Numeric(18, 2)
SOURCES = 64
"""How many companies' columns a process keeps, of some 100 KB each."""
_JOINS: Mapping[str, tuple[Any, Any]] = {
    "customer": (Customer, Ticket.customer_id),
    "prospect": (Prospect, Ticket.prospect_id),
    "product": (Product, Ticket.product_id),
    "customer_product": (CustomerProduct, Ticket.customer_product_id),
    "technician": (Technician, Ticket.technician_id),
    "closer": (CLOSER, Ticket.closed_by_id),
    "channel": (Channel, Ticket.channel_id),
    "known_problem": (KnownProblem, Ticket.known_problem_id),
    "category": (ProblemCategory, KnownProblem.category_id),
    "department": (Department, Forwarding.department_id),
    "answerer": (ANSWERER, Forwarding.answered_by_id),
    "outcome": (ForwardingOutcome, Forwarding.outcome_id),
}
"""By name the register that is joined, and the id that it is joined by."""
_JOINED: Mapping[Any, str] = {model: name for name, (model, _id) in _JOINS.items()}


def as_it_is(value: Any) -> Any:
    """What most columns show of a value."""
    return value


@dataclass(frozen=True, slots=True)
class Shown:
    """A column with the SQL behind it.

    Args:
        value: what the line shows, before `show`.
        order: what it sorts by; never NULL.
        needs: names of the joins that both use, as in `Source`.
        show: from the value in the database to the sheet's.
        exact: what tells apart the values that `order` takes for the same, and none that it doesn't; None: it
            takes none for the same.
    """

    column: Column
    value: ColumnElement[Any]
    order: ColumnElement[Any]
    needs: tuple[str, ...] = ()
    show: Callable[[Any], Any] = as_it_is
    exact: ColumnElement[Any] | None = None

    @property
    def key(self) -> ColumnElement[Any]:
        """What a break groups by: «João» and «Joao» are two."""
        return self.order if self.exact is None else self.exact

    @property
    def orders(self) -> tuple[ColumnElement[Any], ...]:
        """What breaks come in the order of: those two are neighbours."""
        return (self.order,) if self.exact is None else (self.order, self.exact)


def minutes(span: ColumnElement[timedelta] | Any) -> ColumnElement[int]:
    """Whole minutes of an interval: lines add up to their totals because each is whole."""
    return cast(func.floor(extract("epoch", span) / 60), BigInteger)


def worth(rate: Any) -> ColumnElement[Any]:
    """The contacts' time at an hourly rate of the ticket's technician, each ticket rounded to cents."""
    # Divided last: 1/30 of an hour has no end, and half a cent of it would be rounded down.
    value = cast(Ticket.contact_minutes, Numeric(18, 4)) * func.coalesce(rate, 0) / 60
    return cast(func.round(value, 2), MONEY)


@dataclass(frozen=True)
class Source:
    """The rows of one company's report: tickets, or forwardings, joined to what is asked for.

    Args:
        today: the company's day, from which what waits is counted.
    """

    company_id: int
    timezone: str
    view: View
    today: date

    @cached_property
    def columns(self) -> Mapping[str, Shown]:
        """All that a line can show, by key; made when asked for: a summary of many companies needs none."""
        columns = self._of_forwardings() if self.view.is_of_forwardings else self._of_tickets()
        return {shown.column.key: shown for shown in columns}

    @classmethod
    def of(cls, company: Company, view: View) -> Source:
        """The company's, as of today; the same one each time, unless very many others were asked for."""
        return _kept(company.id, company.timezone, view, today(company.timezone))

    @property
    def key(self) -> Any:
        """The unique id of a row."""
        return Forwarding.id if self.view.is_of_forwardings else Ticket.id

    def select(self, columns: Iterable[ColumnElement[Any]], needs: Iterable[str]) -> Select[Any]:
        """The columns from the rows of the company, joined to what they need; no conditions yet."""
        statement = select(*columns).select_from(Ticket)
        if self.view.is_of_forwardings:
            its = (Forwarding.company_id == self.company_id) & (Forwarding.ticket_id == Ticket.id)
            statement = statement.join(Forwarding, its)
        for name in dict.fromkeys(needs):
            statement = statement.outerjoin(*self._join(name))
        return statement

    def grouping(self, key: str) -> Shown | None:
        """The column that a break goes by, an instant by its day; None: there is no such column."""
        found = self.columns.get(key)
        if found is None or found.column.kind not in (Kind.INSTANT, Kind.DAY):
            return found
        day = cast(found.value, Date)
        never = literal(LATEST - timedelta(days=1), Date)
        return Shown(Column(key, found.column.label, Kind.DAY), day, func.coalesce(day, never), found.needs)

    # ── joins ──

    def _join(self, name: str) -> tuple[Any, Any]:
        """What is joined, and on what."""
        if name == "order":
            return self.order, self.order.c.source_id == Ticket.id
        if name == "wait":
            return self.wait, self.wait.c.ticket_id == Ticket.id
        model, row_id = _JOINS[name]
        return model, (model.company_id == self.company_id) & (model.id == row_id)

    # These two of all the company's tickets at once: looked for ticket by ticket, a break by them takes
    # three times as long.

    @cached_property
    def order(self) -> Any:
        """Of each ticket its work order: the one that isn't cancelled, otherwise the last one (R21)."""
        is_cancelled = WorkOrder.status == WorkOrderStatus.CANCELLED
        return (
            select(WorkOrder.source_id, WorkOrder.number, WorkOrder.status)
            .where(WorkOrder.company_id == self.company_id, WorkOrder.source == SOURCE)
            .ext(distinct_on(WorkOrder.source_id))
            .order_by(WorkOrder.source_id, is_cancelled, WorkOrder.id.desc())
            .subquery("work_order_of_ticket")
        )

    @cached_property
    def wait(self) -> Any:
        """Of each ticket that waits the department that was asked first (R19)."""
        return (
            select(Forwarding.ticket_id, Department.name, Department.name_key)
            .join(Forwarding.department)
            .where(Forwarding.company_id == self.company_id, Forwarding.answered_at.is_(None))
            .ext(distinct_on(Forwarding.ticket_id))
            .order_by(Forwarding.ticket_id, Forwarding.forwarded_at, Forwarding.id)
            .subquery("wait")
        )

    # ── columns ──

    def _of_tickets(self) -> Iterable[Shown]:
        yield from self._identification()
        yield self._text("problem", _l("Problem"), PROBLEM_LINE, PROBLEM_KEY, width=40)
        yield self._figure("contacts", _l("Contacts"), Ticket.contact_count)
        yield self._figure("contact_time", _l("Contact time"), Ticket.contact_minutes, Kind.MINUTES)
        yield self._figure("forwardings", _l("Forwardings"), Ticket.forwarding_count)
        yield self._figure("waiting", _l("Unanswered"), Ticket.waiting_count)
        waits_for, order = (func.coalesce(part, "") for part in (self.wait.c.name, self.wait.c.name_key))
        yield self._text("waits_for", _l("Forwarded to"), waits_for, order, "wait", width=16)
        took = minutes(Ticket.closed_at - Ticket.opened_at)
        yield self._figure("close_time", _l("Time to close"), took, Kind.MINUTES)
        yield self._figure("reopenings", _l("Reopenings"), Ticket.reopening_count)
        number = func.coalesce(cast(self.order.c.number, BigInteger), 0)
        yield Shown(Column("order", _l("WO"), Kind.NUMBER, width=7), self.order.c.number, number, ("order",))
        status = cast(self.order.c.status, WorkOrder.status.type)
        yield self._word("order_status", _l("WO status"), status, WorkOrderStatus, "order", width=12)
        for key, label, rate in (
            ("cost", _l("Cost"), Technician.hourly_cost),
            ("sale", _l("Sale value"), Technician.hourly_rate),
        ):
            value = worth(rate)
            yield Shown(Column(key, label, Kind.MONEY, 11, is_summed=True), value, value, ("technician",))

    def _of_forwardings(self) -> Iterable[Shown]:
        yield from self._identification()
        yield self._name("department", _l("Department"), (Department,), width=18)
        yield self._day("forwarded", _l("Forwarded"), Forwarding.forwarded_at)
        yield from self._of_waiting() if self.view is View.WAITING else self._of_answers()
        yield self._text("problem", _l("Problem"), PROBLEM_LINE, PROBLEM_KEY, width=40)

    def _of_waiting(self) -> Iterable[Shown]:
        since = cast(func.timezone(self.timezone, Forwarding.forwarded_at), Date)
        days = cast(literal(self.today, Date) - since, Integer)
        yield Shown(Column("days", _l("Days waiting"), Kind.NUMBER, 9), days, days)

    def _of_answers(self) -> Iterable[Shown]:
        yield self._day("answered", _l("Answered"), Forwarding.answered_at)
        took = minutes(Forwarding.answered_at - Forwarding.forwarded_at)
        yield self._figure("answer_time", _l("Time to answer"), took, Kind.MINUTES)
        yield self._name("answered_by", _l("Technician who answered"), (ANSWERER,), width=18)
        yield self._name("outcome", _l("Forwarding outcome"), (ForwardingOutcome,), width=16)

    def _identification(self) -> Iterable[Shown]:
        number: Any = Ticket.number
        yield Shown(Column("number", _l("Number"), Kind.NUMBER, 8), number, number)
        yield self._instant("opened", _l("Opening"), Ticket.opened_at)
        yield self._day("closed", _l("Closing"), Ticket.closed_at)
        status = case((Ticket.closed_at.is_(None), Situation.OPEN.value), else_=Situation.CLOSED.value)
        yield self._word("status", _l("Status"), status, Situation, width=10)
        yield self._name("party", _l("Customer or prospect"), (Customer, Prospect), width=28)
        kind = case((Ticket.customer_id.is_(None), PartyKind.PROSPECT.value), else_=PartyKind.CUSTOMER.value)
        yield self._word("party_kind", _l("Ticket for"), kind, PartyKind, width=12)
        yield self._name("product", _l("Product"), (CustomerProduct, Product), width=24)
        serial = func.coalesce(CustomerProduct.serial_number, "")
        order = func.name_key(serial, type_=Text(collation="C"))
        yield self._text("serial", _l("Serial number"), serial, order, "customer_product", width=14)
        yield self._name("technician", _l("Technician"), (Technician,), width=18)
        yield self._name("closed_by", _l("Technician who closed"), (CLOSER,), width=18)
        yield self._name("channel", _l("Channel"), (Channel,), width=14)
        yield self._word("direction", _l("Contact origin"), Ticket.direction, Direction, width=10)
        yield self._name("known_problem", _l("Known problem"), (KnownProblem,), width=24)
        category, key = (func.coalesce(part, "") for part in (ProblemCategory.name, ProblemCategory.name_key))
        needs = ("known_problem", "category")
        yield self._text("category", _l("Category"), category, key, *needs, width=18)

    def _name(self, key: str, label: Any, models: tuple[Any, ...], *, width: int) -> Shown:
        """The name of the row that a ticket points at; of several kinds the one that it has."""
        name, order = (
            func.coalesce(*(getattr(model, part) for model in models), "") for part in ("name", "name_key")
        )
        return self._text(key, label, name, order, *(_JOINED[model] for model in models), width=width)

    def _text(self, key: str, label: Any, text: Any, order: Any, *needs: str, width: int) -> Shown:
        """A text that sorts by what it is without accents and case."""
        exact = cast(text, Text(collation="C"))
        return Shown(Column(key, label, width=width), text, order, needs, exact=exact)

    def _word(self, key: str, label: Any, word: Any, kind: Any, *needs: str, width: int) -> Shown:
        """A word of a fixed list, shown by its label; it sorts as in the list from which it is chosen."""
        labels = {each.value: each.label for each in kind}
        places = {each.value: place for place, each in enumerate(kind)}
        order = case(places, value=cast(word, Text), else_=-1)
        return Shown(Column(key, label, width=width), word, order, needs, labels.__getitem__)

    def _instant(self, key: str, label: Any, instant: Any) -> Shown:
        """Local time; what hasn't happened comes last."""
        never = literal(start_of_day(LATEST, "UTC") - timedelta(days=1))
        local = func.timezone(self.timezone, instant)
        return Shown(Column(key, label, Kind.INSTANT, 16), local, func.coalesce(instant, never))

    def _day(self, key: str, label: Any, instant: Any) -> Shown:
        """The local day of what is typed without an hour, which sorts by the instant that stands for it."""
        shown = self._instant(key, label, instant)
        return replace(shown, column=Column(key, label, Kind.DAY, 10), value=cast(shown.value, Date))

    def _figure(self, key: str, label: Any, figure: Any, kind: Kind = Kind.NUMBER) -> Shown:
        """A figure that totals sum up; a ticket that isn't closed took no time yet, not even none."""
        return Shown(Column(key, label, kind, 9, is_summed=True), figure, func.coalesce(figure, -1))


# Making the columns takes milliseconds, and nothing in them changes.
_kept = lru_cache(maxsize=SOURCES)(Source)
