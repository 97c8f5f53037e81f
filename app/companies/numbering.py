"""Numbers per company: ascending, never reused, without gaps (R6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects.postgresql import insert

from app.companies.models import Counter
from app.database import db

if TYPE_CHECKING:
    from app.companies.models import Company


def next_number(company: Company, kind: str) -> int:
    """The next number of `kind` in this company.

    Locks the counter until the transaction ends: call it last, right before the insert, so that slow work
    doesn't serialise the company (DESIGN 6).
    """
    statement = (
        insert(Counter)
        .values(company_id=company.id, kind=kind, last=1)
        .on_conflict_do_update(
            index_elements=[Counter.company_id, Counter.kind], set_={"last": Counter.last + 1}
        )
        .returning(Counter.last)
    )
    return db.session.execute(statement).scalar_one()
