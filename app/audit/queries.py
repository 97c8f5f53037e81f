"""Reading the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.audit.models import AuditEntry
from app.database import db

if TYPE_CHECKING:
    from app.companies.models import Company


def entries_of(company: Company, entity: str, entity_id: int, limit: int = 50) -> Sequence[AuditEntry]:
    """A record's latest entries, newest first, with their users."""
    return db.session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.company_id == company.id,
            AuditEntry.entity == entity,
            AuditEntry.entity_id == entity_id,
        )
        .options(joinedload(AuditEntry.user))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    ).all()
