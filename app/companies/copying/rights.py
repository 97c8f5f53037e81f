"""Who may copy: an administrator of both companies, at the instant of the writing (R5)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from app.companies.copying.errors import NotAdministered
from app.companies.models import Company
from app.database import acting_as, company_scope, db
from app.users import queries as users


def administered(user_id: int | None, company_ids: Iterable[int]) -> dict[int, Company]:
    """These companies as they are stored now, by id; the user administers every one of them.

    Args:
        user_id: None: the server's administrator, by command, who needs no membership.

    Raises:
        NotAdministered: one of them isn't the user's, or isn't there: nobody can tell which.
    """
    wanted = sorted(set(company_ids))
    found = _all(wanted) if user_id is None else administered_by(user_id)
    if not set(wanted) <= found.keys():
        raise NotAdministered
    return {company_id: found[company_id] for company_id in wanted}


def administered_by(user_id: int) -> dict[int, Company]:
    """Every company that the user administers, by id, in the order of their names."""
    with acting_as(user_id):
        return users.administered_companies(user_id)


def _all(company_ids: Iterable[int]) -> dict[int, Company]:
    found = {}
    for company_id in company_ids:
        with company_scope(company_id):
            found[company_id] = db.session.scalars(
                select(Company).where(Company.id == company_id).execution_options(populate_existing=True)
            ).one()
    return found
