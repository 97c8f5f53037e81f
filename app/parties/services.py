"""Verbs of the parties that a register's own don't do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from app.audit.services import changes_of, record
from app.database import db, find
from app.errors import ChangedMeanwhile
from app.parties.models import Customer, Prospect
from app.plugin_api.hooks import prospect_converted
from app.registers.queries import suggested_code
from app.registers.services import create_row

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User


def convert_prospect(*, company: Company, actor: User, prospect: Prospect) -> Customer:
    """The customer that the prospect becomes; asked again, the same one.

    The prospect stays as an inactive row that points at the customer. Its documents follow: the hook's
    receivers move them in this transaction.

    Raises:
        DocumentMissing: a customer can't be without CPF or CNPJ.
        ChangedMeanwhile: the prospect is gone.
        CodeTaken: another customer took the next code at this instant; a second try takes the one after.
    """
    # Whoever converts the same prospect at the same time waits here, and then finds the customer.
    locked = db.session.scalar(
        select(Prospect)
        .where(Prospect.company_id == company.id, Prospect.id == prospect.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if locked is None:
        raise ChangedMeanwhile
    if (known := find(company, Customer, prospect.customer_id)) is not None:
        return known
    customer = create_row(
        company=company,
        actor=actor,
        model=Customer,
        code=suggested_code(company, Customer),
        name=prospect.name,
        document=prospect.document,
        email=prospect.email,
        phone=prospect.phone,
        address=prospect.address,
    )
    prospect.customer_id, prospect.is_active = customer.id, False
    changes = changes_of(prospect)
    db.session.flush()
    record(
        company=company,
        actor_id=actor.id,
        entity="prospect",
        entity_id=prospect.id,
        action="converted",
        changes=changes,
    )
    prospect_converted.send(company, prospect_id=prospect.id, customer_id=customer.id, actor=actor)
    return customer
