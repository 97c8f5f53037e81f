"""Reads about companies and their parameters."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.companies.models import Company, CompanyParameter, ParameterBatch
from app.database import NoCompanyScope, current_company_id, db, scope_cache


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


def company_by_code(code: str) -> Company | None:
    """The company with this code, for the owner's commands (row security hides it from the web)."""
    return db.session.scalar(select(Company).where(Company.code == code))


def parameter_batches(company: Company, limit: int = 50) -> Sequence[ParameterBatch]:
    """The latest changes of parameters, newest first."""
    return db.session.scalars(
        select(ParameterBatch)
        .where(ParameterBatch.company_id == company.id)
        .order_by(ParameterBatch.created_at.desc(), ParameterBatch.id.desc())
        .limit(limit)
    ).all()
