"""Reads about customers and prospects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.database import db
from app.parties.models import Customer, Prospect

if TYPE_CHECKING:
    from app.companies.models import Company

MOST_NAMED = 3


def others_with_document(company: Company, party: Customer | Prospect) -> Sequence[Customer | Prospect]:
    """Up to three parties of the company that have this one's document; not the prospect it once was."""
    if not party.document:
        return ()
    customers = select(Customer).where(Customer.company_id == company.id, Customer.document == party.document)
    prospects = select(Prospect).where(
        Prospect.company_id == company.id,
        Prospect.document == party.document,
        Prospect.customer_id.is_(None),
    )
    if isinstance(party, Customer):
        customers = customers.where(Customer.id != party.id)
    else:
        customers = customers.where(Customer.id != (party.customer_id or 0))
        prospects = prospects.where(Prospect.id != party.id)
    found: list[Customer | Prospect] = []
    for statement, model in ((customers, Customer), (prospects, Prospect)):
        found += db.session.scalars(statement.order_by(model.id).limit(MOST_NAMED))
    return found[:MOST_NAMED]


def hold_prospect(company: Company, prospect_id: int | None) -> None:
    """Read a prospect anew, and keep it from being converted until the transaction ends (R22b)."""
    if prospect_id is not None:
        db.session.scalar(
            select(Prospect)
            .where(Prospect.company_id == company.id, Prospect.id == prospect_id)
            .with_for_update(read=True, key_share=True)
            .execution_options(populate_existing=True)
        )
