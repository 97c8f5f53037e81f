"""Reading the audit trail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, String, cast, literal, select, union_all
from sqlalchemy.orm import joinedload

from app.audit.models import AuditEntry
from app.clock import start_of_day
from app.database import Base, CompanyOwned, db
from app.keyset import Page, Place, keyset_page

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


def entry_page(
    company: Company, *, place: Place, entity: str, user_id: int | None, first: date | None, last: date | None
) -> Page:
    """A page of the company's entries with their users, newest first.

    Args:
        entity: only this kind of record; "" for all.
        first, last: days in the company's time zone, both included.
    """
    rows = select(AuditEntry).options(joinedload(AuditEntry.user)).where(AuditEntry.company_id == company.id)
    if entity:
        rows = rows.where(AuditEntry.entity == entity)
    if user_id is not None:
        rows = rows.where(AuditEntry.user_id == user_id)
    if first is not None:
        rows = rows.where(AuditEntry.at >= start_of_day(first, company.timezone))
    if last is not None:
        rows = rows.where(AuditEntry.at < start_of_day(last + timedelta(days=1), company.timezone))
    return keyset_page(rows, key=AuditEntry.id, sorts={"at": AuditEntry.id}, default="-at", place=place)


def record_names(company: Company, records: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What people call these records of the company, in one statement; gone and foreign ones are left out.

    Args:
        records: (table, id).
    """
    ids: defaultdict[str, set[int]] = defaultdict(set)
    for table, record_id in records:
        ids[table].add(record_id)
    parts = [part for table in sorted(ids) if (part := _names(company, table, ids[table])) is not None]
    if not parts:
        return {}
    return {(table, record_id): name for table, record_id, name in db.session.execute(union_all(*parts))}


def _names(company: Company, table: str, ids: set[int]) -> Select[Any] | None:
    model = next((m.class_ for m in Base.registry.mappers if str(m.local_table) == table), None)
    name = _name(model)
    if model is None or name is None:
        return None
    rows = select(literal(table), model.id, name).where(model.id.in_(ids))
    return rows.where(model.company_id == company.id) if issubclass(model, CompanyOwned) else rows


def _name(model: Any) -> ColumnElement[str] | None:
    if hasattr(model, "number"):
        return cast(model.number, String)
    if hasattr(model, "code"):
        return model.code + " · " + model.name  # type: ignore[no-any-return]  # a model's columns
    # Of a user only the login: the name is theirs to tell to the companies that they join.
    return getattr(model, "login", None)
