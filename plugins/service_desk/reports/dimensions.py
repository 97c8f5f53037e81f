"""What a summary groups by: technician, department, customer, product, category, channel, month."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import filterfalse
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ColumnElement, Date, Select, cast, func, select
from sqlalchemy.orm import aliased

from app.parties.models import Customer, Prospect
from app.products.models import CustomerProduct, Product
from app.staff.models import Department, Technician
from plugins.service_desk.models import Channel, Forwarding, KnownProblem, ProblemCategory, Reopening, Ticket
from plugins.service_desk.reports import narrowing
from plugins.service_desk.reports.columns import Source, minutes
from plugins.service_desk.reports.question import DateKind, Forwarded, Only, Question, View

if TYPE_CHECKING:
    from app.companies.models import Company

ITS_PRODUCT = aliased(Product, name="its_product")
CAPTIONS: Mapping[View, Any] = {
    View.BY_TECHNICIAN: _l("Technician"),
    View.BY_DEPARTMENT: _l("Department"),
    View.BY_CUSTOMER: _l("Customer or prospect"),
    View.BY_PRODUCT: _l("Product"),
    View.BY_CATEGORY: _l("Category"),
    View.BY_CHANNEL: _l("Channel"),
    View.BY_MONTH: _l("Month"),
}


_NONE: Mapping[View, Any] = {
    View.BY_PRODUCT: _l("(no product)"),
    View.BY_CATEGORY: _l("(no category)"),
    View.BY_DEPARTMENT: _l("(not forwarded)"),
}


class Dimension:
    """What a summary groups by; for any other view everything is one group."""

    def __init__(self, question: Question, company: Company) -> None:
        self.question, self.company = question, company
        self.keys: list[Any] = []
        self.labels: list[Any] = []
        self.needs: list[str] = []
        self.forwardings: tuple[Any, Any, Any] = (
            Ticket.forwarding_count,
            Ticket.answered_count,
            Ticket.answer_minutes,
        )
        """How many, how many answered, in how much time: those that the question is about."""
        self.is_plain = True
        """Whether each ticket stands in one line: then the lines' total is that of the tickets."""
        self._wanted = narrowing.of_forwardings(question, company)
        self._counts_forwardings = False
        self._joins: list[tuple[Any, Any]] = []
        self._changes: Callable[..., Mapping[str, Any]] = self._days_of
        match question.view:
            case View.BY_TECHNICIAN:
                self._by(Ticket.technician_id, Technician.name, "technician", name="technician_id")
            case View.BY_CUSTOMER:
                self._by_party()
            case View.BY_PRODUCT:
                self._by_product()
            case View.BY_CATEGORY:
                self._by_category()
            case View.BY_CHANNEL:
                self._by(Ticket.channel_id, Channel.name, "channel", name="channel_id")
            case View.BY_DEPARTMENT:
                self._by_department()
            case View.BY_MONTH:
                self._by_month()
        if self._wanted and not self._counts_forwardings:
            self._count_forwardings()

    def joined(self, source: Source, columns: Sequence[Any]) -> Select[Any]:
        """The columns from the question's tickets, joined to what they are grouped by; no conditions yet."""
        statement = source.select(columns, ["technician", *self.needs])
        for target, on in self._joins:
            statement = statement.outerjoin(target, on)
        return statement

    def label_of(self, key: tuple[Any, ...], label: Sequence[Any]) -> str:
        """What the line is called."""
        if self.question.view is View.BY_MONTH:
            return f"{key[0]:%m/%Y}"
        return str(label[0] if label[0] is not None else _NONE[self.question.view])

    def order_of(self, key: tuple[Any, ...], label: Sequence[Any]) -> Any:
        """What it sorts by among the others: the month, or the name without accents and case."""
        if self.question.view is View.BY_MONTH:
            return key[0]
        name = unicodedata.normalize("NFKD", label[0] or "")
        return "".join(filterfalse(unicodedata.combining, name)).casefold()

    def changes_of(self, key: tuple[Any, ...]) -> Mapping[str, Any]:
        """What makes the question one about this line's tickets."""
        return self._changes(*key)

    def _by(self, key: Any, label: Any, *needs: str, name: str) -> None:
        self.keys, self.labels, self.needs = [key], [label], list(needs)
        self._changes = lambda row_id: {name: row_id}

    def _by_party(self) -> None:
        self.keys = [Ticket.customer_id, Ticket.prospect_id]
        self.labels = [func.coalesce(Customer.name, Prospect.name)]
        self.needs = ["customer", "prospect"]
        self._changes = lambda customer_id, prospect_id: (
            {"prospect_id": prospect_id} if customer_id is None else {"customer_id": customer_id}
        )

    def _by_category(self) -> None:
        self._by(
            KnownProblem.category_id, ProblemCategory.name, "known_problem", "category", name="category_id"
        )
        self._changes = lambda category_id: (
            self._only(Only.NO_CATEGORY)
            if category_id is None
            else {"category_id": category_id, "only_category": True}
        )

    def _only(self, only: Only) -> Mapping[str, Any]:
        return {"only": (*self.question.only, only)}

    def _by_product(self) -> None:
        product_id = func.coalesce(CustomerProduct.product_id, Ticket.product_id)
        self._by(product_id, ITS_PRODUCT.name, "customer_product", name="product_id")
        self._changes = lambda row_id: (
            self._only(Only.NO_PRODUCT) if row_id is None else {"product_id": row_id}
        )
        its = (ITS_PRODUCT.company_id == self.company.id) & (ITS_PRODUCT.id == product_id)
        self._joins.append((ITS_PRODUCT, its))

    def _by_department(self) -> None:
        """A ticket counts in each department that it was forwarded to, and its forwardings there."""
        its = self._count_forwardings(Forwarding.department_id)
        self.is_plain = False
        self.keys, self.labels = [its.c.department_id], [Department.name]
        of_it = (Department.company_id == self.company.id) & (Department.id == its.c.department_id)
        self._joins.append((Department, of_it))
        self._changes = lambda row_id: (
            {"forwardings": Forwarded.WITHOUT} if row_id is None else {"department_id": row_id}
        )

    def _by_month(self) -> None:
        """The month of the event that the question's dates are about; a ticket may have several."""
        match self.question.date_kind:
            case DateKind.FORWARDED:
                self._by_months_of_forwardings(Forwarding.forwarded_at)
            case DateKind.ANSWERED:
                self._by_months_of_forwardings(Forwarding.answered_at)
            case DateKind.REOPENED:
                self._by_months_of_reopenings()
            case DateKind.CLOSED:
                self.keys = [self._month(Ticket.closed_at)]
            case _:
                self.keys = [self._month(Ticket.opened_at)]

    def _by_months_of_forwardings(self, instant: Any) -> None:
        its = self._count_forwardings(self._month(instant).label("month"))
        self.is_plain, self.keys = False, [its.c.month]

    def _by_months_of_reopenings(self) -> None:
        events = (
            select(Reopening.ticket_id, self._month(Reopening.reopened_at).label("month"))
            .where(
                Reopening.company_id == self.company.id,
                *narrowing.within(Reopening.reopened_at, self.question, self.company),
            )
            .distinct()
            .subquery("months")
        )
        self.is_plain, self.keys = False, [events.c.month]
        self._joins.append((events, events.c.ticket_id == Ticket.id))

    def _count_forwardings(self, *by: Any) -> Any:
        """Join what the question's forwardings of each ticket come to; in several lines, if that says so."""
        took = minutes(Forwarding.answered_at - Forwarding.forwarded_at)
        its = (
            select(
                Forwarding.ticket_id,
                *by,
                func.count().label("count"),
                func.count(Forwarding.answered_at).label("answered"),
                cast(func.sum(took), BigInteger).label("minutes"),
            )
            .where(Forwarding.company_id == self.company.id, *self._wanted)
            .group_by(Forwarding.ticket_id, *by)
            .subquery("its_forwardings")
        )
        self.forwardings = (its.c.count, its.c.answered, its.c.minutes)
        self._counts_forwardings = True
        self._joins.append((its, its.c.ticket_id == Ticket.id))
        return its

    def _month(self, instant: Any) -> ColumnElement[date]:
        return cast(func.date_trunc("month", func.timezone(self.company.timezone, instant)), Date)

    def _days_of(self, month: date) -> Mapping[str, Any]:
        """The month's days that the question asks for."""
        since, until = self.question.span(self.company.timezone)
        first, last = month, (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return {
            "period": None,
            "since": max(first, since) if since else first,
            "until": min(last, until) if until else last,
        }
