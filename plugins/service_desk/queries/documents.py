"""Reads about what tickets gather: interactions, forwardings, reopenings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from app.plugin_api import RegisterRow, db, to_local
from app.staff.models import Department
from plugins.service_desk.models import Forwarding, Interaction, Reopening

if TYPE_CHECKING:
    from app.companies.models import Company


def interactions_of(company: Company, ticket_id: int) -> Sequence[Interaction]:
    """A ticket's interactions with their channels, in the order in which they were noted."""
    return db.session.scalars(
        select(Interaction)
        .where(Interaction.company_id == company.id, Interaction.ticket_id == ticket_id)
        .options(joinedload(Interaction.channel, innerjoin=True))
        .order_by(Interaction.id)
        .execution_options(populate_existing=True)
    ).all()


def forwardings_of(company: Company, ticket_id: int) -> Sequence[Forwarding]:
    """A ticket's forwardings with all that they name, in the order in which they were noted."""
    return db.session.scalars(
        select(Forwarding)
        .where(Forwarding.company_id == company.id, Forwarding.ticket_id == ticket_id)
        .options(
            joinedload(Forwarding.department, innerjoin=True),
            joinedload(Forwarding.answered_by),
            joinedload(Forwarding.outcome),
        )
        .order_by(Forwarding.id)
        .execution_options(populate_existing=True)
    ).all()


def reopenings_of(company: Company, ticket_id: int) -> Sequence[Reopening]:
    """How often, by whom and why a ticket was opened again; the latest first (R16)."""
    return db.session.scalars(
        select(Reopening)
        .where(Reopening.company_id == company.id, Reopening.ticket_id == ticket_id)
        .options(joinedload(Reopening.reopened_by), joinedload(Reopening.closed_by, innerjoin=True))
        .order_by(Reopening.id.desc())
    ).all()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where a ticket waits: the department of its oldest unanswered forwarding, and how many there are."""

    department: str
    since: datetime
    count: int

    def days(self, today: date, timezone: str) -> int:
        """Days since it was forwarded, in the company's calendar."""
        return (today - to_local(self.since, timezone).date()).days


def waiting_tickets(company: Company, ticket_ids: Iterable[int]) -> Mapping[int, Waiting]:
    """Of these tickets, those with an unanswered forwarding: id → for whom and since when (R19)."""
    oldest = (Forwarding.forwarded_at, Forwarding.id)
    rows = db.session.execute(
        select(
            Forwarding.ticket_id,
            Department.name,
            Forwarding.forwarded_at,
            func.count().over(partition_by=Forwarding.ticket_id),
        )
        .join(Forwarding.department)
        .where(
            Forwarding.company_id == company.id,
            Forwarding.ticket_id.in_(list(ticket_ids)),
            Forwarding.answered_at.is_(None),
        )
        .ext(distinct_on(Forwarding.ticket_id))
        .order_by(Forwarding.ticket_id, *oldest)
    )
    return {ticket_id: Waiting(name, since, count) for ticket_id, name, since, count in rows}


def named_rows(company: Company, wanted: Mapping[type[RegisterRow], Iterable[int]]) -> list[RegisterRow]:
    """The register rows with these ids, one statement for each kind.

    Whoever keeps them finds each again without a statement (`find`): a document of many rows names the same
    few channels, departments and technicians over and over.
    """
    found: list[Any] = []
    for model, ids in wanted.items():
        if unique := set(ids):
            found += db.session.scalars(
                select(model).where(model.company_id == company.id, model.id.in_(unique))
            )
    return found
