"""Asking the host for a ticket's work order, and following what became of it (R20 to R22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.work_orders import handoff
from app.work_orders import queries as work_orders
from app.work_orders.models import WorkOrderStatus
from plugins.service_desk import errors, queries
from plugins.service_desk.models import Ticket

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User
    from app.work_orders.models import WorkOrderRequest

SOURCE = "service_desk.ticket"
"""What the host notes at work orders that were made from tickets."""


def request_work_order(*, company: Company, actor: User, ticket_id: int, sequence: int) -> WorkOrderRequest:
    """Record the wish for the ticket's work order; pressing the button twice is one wish (R20, R21).

    Args:
        sequence: the one that the pressed button showed.

    Returns:
        The wish, new or found.

    Raises:
        NotFound: there is no such ticket in this company.
        WorkOrderStillThere: there is a work order that isn't cancelled, and the button asked for another.
    """
    # Two who press at once are served one after the other: the second sees what the first has wished for.
    ticket = queries.locked_ticket(company, ticket_id)
    last = work_orders.latest_request(company, SOURCE, ticket.id)
    if last is not None and sequence <= last.sequence:
        return last
    if sequence != next_sequence(last):
        raise errors.WorkOrderStillThere
    return wish_for_work_order(company=company, actor=actor, ticket=ticket, sequence=sequence)


def wish_for_work_order(*, company: Company, actor: User, ticket: Ticket, sequence: int) -> WorkOrderRequest:
    """Hand the ticket's data over to the host; the ticket is new or its row is locked."""
    return handoff.request_work_order(
        company=company,
        actor=actor,
        source=SOURCE,
        source_id=ticket.id,
        sequence=sequence,
        customer_id=ticket.customer_id,
        prospect_id=ticket.prospect_id,
        product_id=ticket.product_id,
        customer_product_id=ticket.customer_product_id,
        technician_id=ticket.technician_id,
        problem=ticket.problem,
    )


def next_sequence(last: WorkOrderRequest | None) -> int:
    """What the next wish must say: it rises only when the last work order is cancelled (R21)."""
    if last is None:
        return 1
    order = last.work_order
    return last.sequence + (order is not None and order.status is WorkOrderStatus.CANCELLED)
