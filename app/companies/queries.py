"""Reads about companies and their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.companies.models import (
    Company,
    CompanyParameter,
    ParameterBatch,
    ParameterCopy,
    ParameterCopyTarget,
)
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


def locked_batch(company: Company, batch_id: int) -> ParameterBatch | None:
    """One change of the company's parameters as it is now, locked until the transaction ends."""
    return db.session.scalar(
        select(ParameterBatch)
        .where(ParameterBatch.company_id == company.id, ParameterBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def batch_of_copy(company: Company, copy_key: UUID) -> int:
    """The id of the batch that a copy left in this company; it left one."""
    return db.session.scalars(
        select(ParameterBatch.id).where(
            ParameterBatch.company_id == company.id, ParameterBatch.copy_key == copy_key
        )
    ).one()


def copy_by_key(company: Company, key: UUID) -> ParameterCopy | None:
    """The copy that a form with this key has already started from this company."""
    return db.session.scalar(
        select(ParameterCopy).where(ParameterCopy.company_id == company.id, ParameterCopy.key == key)
    )


def parameter_copies(company: Company, limit: int = 10) -> Sequence[ParameterCopy]:
    """The latest copies that were started from this company, with their users, newest first."""
    return db.session.scalars(
        select(ParameterCopy)
        .where(ParameterCopy.company_id == company.id)
        .options(joinedload(ParameterCopy.user))
        .order_by(ParameterCopy.id.desc())
        .limit(limit)
    ).all()


def copy_targets(company: Company, copy_id: int, *, lock: bool = False) -> Sequence[ParameterCopyTarget]:
    """The companies that a copy goes to, in the order in which it takes them.

    Args:
        lock: keep them as they are until the transaction ends.
    """
    rows = (
        select(ParameterCopyTarget)
        .where(ParameterCopyTarget.company_id == company.id, ParameterCopyTarget.copy_id == copy_id)
        .order_by(ParameterCopyTarget.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(rows.with_for_update() if lock else rows).all()
