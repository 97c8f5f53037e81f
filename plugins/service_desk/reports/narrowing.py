"""A question as SQL: which tickets, and which forwardings, it is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, or_, select

from app.plugin_api import start_of_day
from app.products.models import CustomerProduct
from app.work_orders.models import WorkOrder
from plugins.service_desk.models import Forwarding, KnownProblem, Reopening, Ticket
from plugins.service_desk.queries import Situation
from plugins.service_desk.queries.knowledge import below
from plugins.service_desk.queries.tickets import found_by
from plugins.service_desk.reports.question import DateKind, Forwarded, Only, Ordered, Question
from plugins.service_desk.services.work_orders import SOURCE

if TYPE_CHECKING:
    from app.companies.models import Company

Conditions = list[ColumnElement[bool]]


def of_tickets(question: Question, company: Company) -> Conditions:
    """What a ticket of the company must be. A text costs a statement to learn how many it finds."""
    return [Ticket.company_id == company.id, *_of_tickets(question, company)]


def of_forwardings(question: Question, company: Company) -> Conditions:
    """What one and the same forwarding of a ticket must be, if the question says anything about them."""
    found: Conditions = [
        column == value
        for column, value in (
            (Forwarding.department_id, question.department_id),
            (Forwarding.answered_by_id, question.answered_by_id),
            (Forwarding.outcome_id, question.outcome_id),
        )
        if value is not None
    ]
    if question.forwardings is Forwarded.UNANSWERED:
        found.append(Forwarding.answered_at.is_(None))
    if question.forwardings is Forwarded.ANSWERED:
        found.append(Forwarding.answered_at.is_not(None))
    if question.date_kind is DateKind.FORWARDED:
        found += within(Forwarding.forwarded_at, question, company)
    if question.date_kind is DateKind.ANSWERED:
        found += [Forwarding.answered_at.is_not(None), *within(Forwarding.answered_at, question, company)]
    return found


def _of_tickets(question: Question, company: Company) -> Iterator[ColumnElement[bool]]:
    for column, value in (
        (Ticket.customer_id, question.customer_id),
        (Ticket.prospect_id, question.prospect_id),
        (Ticket.customer_product_id, question.customer_product_id),
        (Ticket.technician_id, question.technician_id),
        (Ticket.closed_by_id, question.closed_by_id),
        (Ticket.channel_id, question.channel_id),
        (Ticket.known_problem_id, question.known_problem_id),
        (Ticket.direction, question.direction),
    ):
        if value is not None:
            yield column == value
    if question.status is not None:
        is_open = question.status is Situation.OPEN
        yield Ticket.closed_at.is_(None) if is_open else Ticket.closed_at.is_not(None)
    yield from _of_products(question, company)
    yield from _of_categories(question, company)
    yield from _of_dates(question, company)
    yield from _of_their_forwardings(question, company)
    yield from _of_their_orders(question, company)
    if question.text:
        yield found_by(company, question.text)


def _of_products(question: Question, company: Company) -> Iterator[ColumnElement[bool]]:
    owned = select(CustomerProduct.id).where(CustomerProduct.company_id == company.id)
    if question.product_id is not None:
        its = owned.where(CustomerProduct.product_id == question.product_id)
        yield or_(Ticket.product_id == question.product_id, Ticket.customer_product_id.in_(its))
    if question.serial:
        named = func.strpos(func.name_key(CustomerProduct.serial_number), func.name_key(question.serial)) > 0
        yield Ticket.customer_product_id.in_(owned.where(named))
    if Only.NO_PRODUCT in question.only:
        yield func.num_nonnulls(Ticket.product_id, Ticket.customer_product_id) == 0


def _of_categories(question: Question, company: Company) -> Iterator[ColumnElement[bool]]:
    known = select(KnownProblem.id).where(KnownProblem.company_id == company.id)
    if question.category_id is not None:
        wanted = {question.category_id}
        if not question.only_category:
            wanted |= below(company, question.category_id)
        yield Ticket.known_problem_id.in_(known.where(KnownProblem.category_id.in_(wanted)))
    if Only.NO_CATEGORY in question.only:
        in_one = known.where(KnownProblem.category_id.is_not(None))
        yield or_(Ticket.known_problem_id.is_(None), Ticket.known_problem_id.not_in(in_one))


def _of_dates(question: Question, company: Company) -> Iterator[ColumnElement[bool]]:
    match question.date_kind:
        case DateKind.OPENED:
            yield from within(Ticket.opened_at, question, company)
        case DateKind.OPEN:
            yield from within(Ticket.opened_at, question, company)
            yield Ticket.closed_at.is_(None)
        case DateKind.CLOSED:
            yield Ticket.closed_at.is_not(None)
            yield from within(Ticket.closed_at, question, company)
        case DateKind.REOPENED:
            yield (
                select(Reopening.id)
                .where(
                    Reopening.company_id == company.id,
                    Reopening.ticket_id == Ticket.id,
                    *within(Reopening.reopened_at, question, company),
                )
                .exists()
            )


def within(instant: Any, question: Question, company: Company) -> Conditions:
    """Whether an instant is on one of the days that the question asks for, in the company's zone."""
    since, until = question.span(company.timezone)
    found: Conditions = []
    if since is not None:
        found.append(instant >= start_of_day(since, company.timezone))
    if until is not None:
        found.append(instant < start_of_day(until + timedelta(days=1), company.timezone))
    return found


def _of_their_forwardings(question: Question, company: Company) -> Iterator[ColumnElement[bool]]:
    own = select(Forwarding.id).where(Forwarding.company_id == company.id, Forwarding.ticket_id == Ticket.id)
    wanted = of_forwardings(question, company)
    if wanted or question.forwardings is Forwarded.WITH or question.date_kind is DateKind.FORWARDED:
        yield own.where(*wanted).correlate(Ticket).exists()
    if question.forwardings is Forwarded.WITHOUT:
        yield ~own.correlate(Ticket).exists()


def _of_their_orders(question: Question, company: Company) -> Iterator[ColumnElement[bool]]:
    own = select(WorkOrder.id).where(
        WorkOrder.company_id == company.id, WorkOrder.source == SOURCE, WorkOrder.source_id == Ticket.id
    )
    if question.orders is not None:
        yield own.exists() if question.orders is Ordered.WITH else ~own.exists()
    if question.order_status is not None:
        yield own.where(WorkOrder.status == question.order_status).exists()
