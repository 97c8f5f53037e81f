"""What the service desk does when the host tells it something (DESIGN 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.plugin_api import record
from plugins.service_desk.models import Ticket
from plugins.service_desk.services import tickets
from plugins.service_desk.services.work_orders import SOURCE

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User
    from app.work_orders.models import WorkOrder


def note_opened_work_order(*, company: Company, work_order: WorkOrder, actor_id: int | None) -> None:
    """The ticket's history says which work order came of it."""
    if work_order.source == SOURCE:
        record(
            company=company,
            actor_id=actor_id,
            entity=Ticket.__tablename__,
            entity_id=work_order.source_id,
            action="work_order_opened",
            changes={"work_order": [None, work_order.number]},
        )


def note_cancelled_work_order(*, company: Company, work_order: WorkOrder, actor: User) -> None:
    """The ticket's history says which work order is void; the ticket may ask for another (R21)."""
    if work_order.source == SOURCE:
        record(
            company=company,
            actor_id=actor.id,
            entity=Ticket.__tablename__,
            entity_id=work_order.source_id,
            action="work_order_cancelled",
            changes={"work_order": [work_order.number, None]},
        )


def follow_converted_prospect(*, company: Company, prospect_id: int, customer_id: int, actor: User) -> None:
    """The prospect's tickets become the customer's (R22b)."""
    tickets.hand_over_tickets(company=company, actor=actor, prospect_id=prospect_id, customer_id=customer_id)
