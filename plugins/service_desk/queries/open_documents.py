"""Reads about what a party has under way: tickets without closing date, open work orders (R11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select, true

from app.plugin_api import Role, db
from app.registers.queries import name_of
from app.staff.models import Technician
from app.work_orders import queries as work_orders
from app.work_orders.models import WorkOrder
from plugins.service_desk.models import Forwarding, PartyKind, Ticket
from plugins.service_desk.queries.tickets import FIRST_LINE

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

MOST = 100
"""Tickets, and work orders, that are listed; whoever has more of them looks into the lists."""


@dataclass(frozen=True, slots=True)
class Party:
    """The customer or the prospect whose documents are asked for."""

    kind: PartyKind
    id: int

    @classmethod
    def of(cls, ticket: Ticket) -> Party:
        """The party that the ticket has."""
        return cls(ticket.party_kind, ticket.party.id)

    def __str__(self) -> str:
        """As a form remembers for whom it has asked: `customer:12`."""
        return f"{self.kind}:{self.id}"

    @property
    def ids(self) -> dict[str, int | None]:
        """`customer_id` and `prospect_id`, one of them None."""
        is_customer = self.kind is PartyKind.CUSTOMER
        return {
            "customer_id": self.id if is_customer else None,
            "prospect_id": None if is_customer else self.id,
        }


@dataclass(frozen=True, slots=True)
class OpenDocuments:
    """What is under way for a party, the newest first.

    Args:
        tickets: `id`, `number`, `opened_at`, `technician` (name), `problem` (its first line), `waiting` (its
            forwardings without answer).
        work_orders: with whether the user may open it (R22a).
        has_more: whether there is more than `MOST` of one kind.
    """

    tickets: Sequence[Any]
    work_orders: Sequence[tuple[WorkOrder, bool]]
    has_more: bool


def open_documents(
    company: Company, actor: User, role: Role, *, party: Party, except_ticket_id: int | None = None
) -> OpenDocuments:
    """All that is under way for the party; at most three statements.

    Args:
        role: the actor's in this company (R22a).
        except_ticket_id: the ticket from whose form it is asked.
    """
    tickets = _open_tickets(company, party, except_ticket_id)
    orders = work_orders.work_orders_of(company, **party.ids, only_open=True, limit=MOST + 1)
    visible = work_orders.visible_to(company, actor, role)
    return OpenDocuments(
        tickets[:MOST],
        [(order, visible.includes(order)) for order in orders[:MOST]],
        max(len(tickets), len(orders)) > MOST,
    )


def _open_tickets(company: Company, party: Party, except_ticket_id: int | None) -> Sequence[Any]:
    waiting = (
        select(func.count())
        .where(
            Forwarding.company_id == company.id,
            Forwarding.ticket_id == Ticket.id,
            Forwarding.answered_at.is_(None),
        )
        .correlate(Ticket)
        .scalar_subquery()
    )
    return db.session.execute(
        select(
            Ticket.id,
            Ticket.number,
            Ticket.opened_at,
            name_of(company, Technician, Ticket.technician_id).label("technician"),
            func.split_part(func.left(Ticket.problem, FIRST_LINE), "\n", 1).label("problem"),
            waiting.label("waiting"),
        )
        .where(*_open(company, party, except_ticket_id))
        .order_by(Ticket.number.desc())
        .limit(MOST + 1)
    ).all()


def has_open_tickets(
    company: Company,
    *,
    party: Party,
    except_ticket_id: int | None = None,
    except_request_key: UUID | None = None,
) -> bool:
    """Whether the party has a ticket without closing date: then it is asked about (R11).

    Args:
        except_ticket_id: besides this one.
        except_request_key: besides the one that this form has included already, when its answer got lost.
    """
    conditions = _open(company, party, except_ticket_id)
    if except_request_key is not None:
        conditions.append(Ticket.request_key != except_request_key)
    return bool(db.session.scalar(select(exists().where(*conditions))))


def _open(company: Company, party: Party, except_ticket_id: int | None) -> list[ColumnElement[bool]]:
    column = Ticket.customer_id if party.kind is PartyKind.CUSTOMER else Ticket.prospect_id
    return [
        Ticket.company_id == company.id,
        column == party.id,
        Ticket.closed_at.is_(None),
        true() if except_ticket_id is None else Ticket.id != except_ticket_id,
    ]
