"""Reads about companies and their parameters."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.companies.models import Company, CompanyParameter, ParameterBatch
from app.database import NoCompanyScope, current_company_id, db, scope_cache

PARAMETERS_LOCK = 77
"""First key of the advisory locks on companies' parameters; the second is the company's id."""


def stored_parameters(company: Company) -> dict[str, CompanyParameter]:
    """The stored values of all modules by `module.name`; read once while the scope is open (DESIGN 4).

    Raises:
        NoCompanyScope: the open scope isn't this company's.
    """
    cache = scope_cache()
    if current_company_id() != company.id:
        raise NoCompanyScope(f"the open scope isn't company {company.id}'s")
    if "parameters" not in cache:
        rows = db.session.scalars(select(CompanyParameter).where(CompanyParameter.company_id == company.id))
        cache["parameters"] = {f"{row.module}.{row.name}": row for row in rows}
    stored: dict[str, CompanyParameter] = cache["parameters"]
    return stored


def lock_parameters(company: Company) -> dict[str, CompanyParameter]:
    """What is stored now by `module.name`; nobody else changes it until the transaction ends.

    The lock is the company's and not the rows': a parameter that was never stored has no row to lock.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(PARAMETERS_LOCK, company.id)))
    rows = db.session.scalars(
        select(CompanyParameter)
        .where(CompanyParameter.company_id == company.id)
        .execution_options(populate_existing=True)
    )
    return {f"{row.module}.{row.name}": row for row in rows}


def company_by_code(code: str) -> Company | None:
    """The company with this code, for the owner's commands (row security hides it from the web)."""
    return db.session.scalar(select(Company).where(Company.code == code))


def parameter_batches(company: Company, limit: int = 50) -> Sequence[ParameterBatch]:
    """The latest changes of parameters with their users, newest first."""
    return db.session.scalars(
        select(ParameterBatch)
        .where(ParameterBatch.company_id == company.id)
        .options(joinedload(ParameterBatch.user))
        .order_by(ParameterBatch.created_at.desc(), ParameterBatch.id.desc())
        .limit(limit)
    ).all()
