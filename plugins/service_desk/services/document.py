"""The ticket's document as it is typed: header and rows with the company's days and hours (R24, R26)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TypedDict
from uuid import UUID

from app.plugin_api import to_local
from plugins.service_desk.models import Direction, Forwarding, Interaction, PartyKind, Ticket


class InteractionTyped(TypedDict):
    """A row of the second tab (R17)."""

    key: UUID
    occurred_on: date
    start_time: time
    end_time: time
    channel_id: int
    direction: Direction
    contact_name: str
    finding: str
    guidance: str


class ForwardingTyped(TypedDict):
    """A row of the third tab; the last four are all given or all None (R19)."""

    key: UUID
    department_id: int
    forwarded_on: date
    answered_on: date | None
    answered_by_id: int | None
    outcome_id: int | None
    answer: str | None


class Document(TypedDict):
    """A ticket as its form has it: the days and hours are the company's, the ids are this company's rows."""

    opened_on: date
    opened_time: time
    direction: Direction
    is_product_specific: bool
    party_kind: PartyKind
    customer_id: int | None
    prospect_id: int | None
    product_id: int | None
    customer_product_id: int | None
    technician_id: int
    channel_id: int
    problem: str
    known_problem_id: int | None
    closed_on: date | None
    closed_by_id: int | None
    interactions: list[InteractionTyped]
    forwardings: list[ForwardingTyped]


def document_of(
    ticket: Ticket, interactions: Iterable[Interaction], forwardings: Iterable[Forwarding], timezone: str
) -> Document:
    """The stored ticket as its form shows it."""

    def day(instant: datetime | None) -> date | None:
        return None if instant is None else to_local(instant, timezone).date()

    opened = to_local(ticket.opened_at, timezone)
    return {
        "opened_on": opened.date(),
        "opened_time": _minute(opened),
        "direction": ticket.direction,
        "is_product_specific": ticket.is_product_specific,
        "party_kind": ticket.party_kind,
        "customer_id": ticket.customer_id,
        "prospect_id": ticket.prospect_id,
        "product_id": ticket.product_id,
        "customer_product_id": ticket.customer_product_id,
        "technician_id": ticket.technician_id,
        "channel_id": ticket.channel_id,
        "problem": ticket.problem,
        "known_problem_id": ticket.known_problem_id,
        "closed_on": day(ticket.closed_at),
        "closed_by_id": ticket.closed_by_id,
        "interactions": [
            {
                "key": row.key,
                "occurred_on": to_local(row.started_at, timezone).date(),
                "start_time": _minute(to_local(row.started_at, timezone)),
                "end_time": _minute(to_local(row.ended_at, timezone)),
                "channel_id": row.channel_id,
                "direction": row.direction,
                "contact_name": row.contact_name,
                "finding": row.finding,
                "guidance": row.guidance,
            }
            for row in interactions
        ],
        "forwardings": [
            {
                "key": row.key,
                "department_id": row.department_id,
                "forwarded_on": to_local(row.forwarded_at, timezone).date(),
                "answered_on": day(row.answered_at),
                "answered_by_id": row.answered_by_id,
                "outcome_id": row.outcome_id,
                "answer": row.answer,
            }
            for row in forwardings
        ],
    }


def _minute(local: datetime) -> time:
    return local.time().replace(second=0, microsecond=0)
