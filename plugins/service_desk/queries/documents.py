"""Reads about what tickets gather: interactions, forwardings, reopenings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.plugin_api import RegisterRow, db
from app.staff.models import Department
from plugins.service_desk.models import Forwarding, Interaction, Reopening, Ticket

if TYPE_CHECKING:
    from sqlalchemy.sql.selectable import LateralFromClause

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


def oldest_wait(company: Company) -> LateralFromClause:
    """For each ticket of a statement: `department`, `since` and `count` of its unanswered forwardings (R19).

    Of several the oldest counts; a ticket without any has no row.
    """
    return (
        select(
            Department.name.label("department"),
            Forwarding.forwarded_at.label("since"),
            func.count().over().label("count"),
        )
        .join(Forwarding.department)
        .where(
            Forwarding.company_id == company.id,
            Forwarding.ticket_id == Ticket.id,
            Forwarding.answered_at.is_(None),
        )
        .order_by(Forwarding.forwarded_at, Forwarding.id)
        .limit(1)
        .correlate(Ticket)
        .lateral("wait")
    )


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
