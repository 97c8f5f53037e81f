"""Reads that every register shares (R22b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager

from app.database import db
from app.keyset import Column, Page, Place, keyset_page
from app.registers.models import RegisterRow

if TYPE_CHECKING:
    from app.companies.models import Company

NARROWEST_CODE = 4


def register_page(
    company: Company,
    model: type[RegisterRow],
    *,
    place: Place,
    term: str = "",
    only_active: bool = True,
    joined: Sequence[InstrumentedAttribute[Any]] = (),
    sorts: Mapping[str, Column] | None = None,
) -> Page:
    """A page of a register, by name unless `place` says otherwise.

    Args:
        term: words that code, name and the register's other searched columns must hold; accents and case
            don't matter.
        joined: references that the list shows, read in the same statement.
        sorts: orders besides code and name, on the register's or a joined register's columns.
    """
    rows: Select[Any] = select(model).where(model.company_id == company.id)
    for reference in joined:
        rows = rows.outerjoin(reference).options(contains_eager(reference))
    if only_active:
        rows = rows.where(model.is_active)
    if term:
        found = getattr(func, f"search_{model.__tablename__}")(term).column_valued("found")
        rows = rows.where(model.id.in_(select(found)))
    return keyset_page(
        rows,
        key=model.id,
        sorts={"code": model.code, "name": model.name_key, **(sorts or {})},
        default="name",
        place=place,
    )


def name_of(company: Company, model: type[RegisterRow], row_id: Any) -> ColumnElement[str]:
    """The name of the row that a document's column refers to, for a list of documents.

    Not a join: planning one of seven tables under row security took PostgreSQL 18 ms, this takes it 0.3.
    """
    name = select(model.name).where(model.company_id == company.id, model.id == row_id)
    return name.scalar_subquery()


def suggested_code(company: Company, model: type[RegisterRow]) -> str:
    """The number after the highest code that is one, just as wide: «0042» after «0041».

    Longer ones are somebody else's numbers (bar codes), and nothing to count on from.
    """
    highest = db.session.scalar(
        select(model.code)
        .where(model.company_id == company.id, model.code.regexp_match("^[0-9]{1,9}$"))
        .order_by(cast(model.code, BigInteger).desc())
        .limit(1)
    )
    width = max(NARROWEST_CODE, len(highest or ""))
    return str(int(highest or 0) + 1).zfill(width)
