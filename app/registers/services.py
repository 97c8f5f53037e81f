"""Verbs that every register shares (R22b)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg import Error as PsycopgError
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from app.audit.services import changes_of, record
from app.clock import today
from app.database import db, find
from app.errors import BusinessError, ChangedMeanwhile, CodeTaken, NotAvailable, RowInUse
from app.registers.models import RegisterRow

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

Row = TypeVar("Row", bound=RegisterRow)


def chosen(
    company: Company, model: type[Row], row_id: int | None, *, field: str, kept_id: int | None = None
) -> Row | None:
    """The row that a document names, if it may be named in something new; None for None.

    Args:
        field: where the refusal is shown.
        kept_id: the id the document already has: it keeps an inactive one (R10).

    Raises:
        NotAvailable: the row is another company's, inactive, dismissed, or gone (R10, R22b, R23).
    """
    if row_id is None:
        return None
    row = find(company, model, row_id)
    if row is None:
        raise NotAvailable(field)
    if row.id == kept_id:
        return row
    if not row.can_be_chosen(today(company.timezone)):
        raise NotAvailable(field)
    return row


def chosen_ones(
    company: Company,
    model: type[Row],
    row_ids: Collection[int],
    *,
    field: str,
    kept_ids: Collection[int] = (),
) -> list[Row]:
    """As `chosen`, the rows of a field that takes several, in one statement; by name."""
    found = db.session.scalars(
        select(model)
        .where(model.company_id == company.id, model.id.in_(row_ids))
        .order_by(model.name_key, model.id)
    ).all()
    day = today(company.timezone)
    are_choosable = all(row.id in kept_ids or row.can_be_chosen(day) for row in found)
    if len(found) < len(set(row_ids)) or not are_choosable:
        raise NotAvailable(field)
    return list(found)


def create_row(
    *,
    company: Company,
    actor: User,
    model: type[Row],
    also: Mapping[str, list[Any]] | None = None,
    **values: Any,
) -> Row:
    """Add a row to a register, and tell the audit trail.

    Args:
        also: what the caller writes beside the row (rows of its own that hang on it): field → [old, new], for
            the same entry of the audit trail.
        values: by column; ids of other registers' rows must be choosable ones.

    Raises:
        CodeTaken: the code is another row's.
        NotAvailable: a row that it refers to can't be chosen.
        BusinessError: a rule of the register's own (`check`, `refusals`).
    """
    _check_references(company, model, None, values)
    row = model()
    _write(row, company_id=company.id, **values)
    row.check()
    db.session.add(row)
    changes = {**changes_of(row), **(also or {})}
    _flush(row)
    _record(company, actor, row, "created", changes)
    return row


def update_row(
    *,
    company: Company,
    actor: User,
    row: RegisterRow,
    version: int | None,
    also: Mapping[str, list[Any]] | None = None,
    **values: Any,
) -> None:
    """Change a row of a register, unless somebody else did since `version`.

    Args:
        version: the one that the user saw; None is never the right one.
        also: as in `create_row`; it raises the row's version, too.
        values: as in `create_row`; references that the row already has may have become inactive.

    Raises:
        ChangedMeanwhile: the row has another version by now, or is gone (R24).
        BusinessError: as in `create_row`.
    """
    _check_references(company, type(row), row, values)
    _expect(row, version)
    _write(row, **values)
    row.check()
    changes = changes_of(row)
    if also:
        changes |= also
        # Nothing of the row itself may have changed: two who change what hangs on it must still meet (R24).
        flag_modified(row, "code")
    _flush(row)
    if changes:
        _record(company, actor, row, "updated", changes)


def delete_row(*, company: Company, actor: User, row: RegisterRow, version: int | None) -> None:
    """Delete a row that nothing refers to.

    The foreign keys decide, and not a list of places to look at: it would miss the next plugin's.

    Raises:
        RowInUse: something refers to it (R22b).
        ChangedMeanwhile: as in `update_row`.
    """
    _expect(row, version)
    changes = {"code": [row.code, None], "name": [row.name, None]}
    db.session.delete(row)
    try:
        db.session.flush()
    except StaleDataError as error:
        raise ChangedMeanwhile from error
    except IntegrityError as error:
        raise RowInUse from error
    _record(company, actor, row, "deleted", changes)


def _write(row: RegisterRow, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _expect(row: RegisterRow, version: int | None) -> None:
    if version is None:
        raise ChangedMeanwhile
    # The row was read a moment ago; what counts is the version on the user's screen: UPDATE … WHERE version.
    set_committed_value(row, "version", version)


def _check_references(
    company: Company, model: type[RegisterRow], row: RegisterRow | None, values: dict[str, Any]
) -> None:
    """Every `<name>_id` that refers to a register must be choosable, or the one that the row has (R10)."""
    for relationship in inspect(model).relationships:
        field, target = relationship.key, relationship.mapper.class_
        if f"{field}_id" in values and issubclass(target, RegisterRow):
            kept_id = None if row is None else getattr(row, f"{field}_id")
            chosen(company, target, values[f"{field}_id"], field=field, kept_id=kept_id)


def _flush(row: RegisterRow) -> None:
    """Send it to the database; what the database refuses comes back as the rule that it broke."""
    try:
        db.session.flush()
    except StaleDataError as error:
        raise ChangedMeanwhile from error
    except IntegrityError as error:
        refusal = _refusal(row, constraint_of(error))
        if refusal is None:
            raise
        raise refusal from error


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that a statement broke."""
    return str(error.orig.diag.constraint_name) if isinstance(error.orig, PsycopgError) else ""


def _refusal(row: RegisterRow, constraint: str) -> BusinessError | None:
    table = row.__tablename__
    if constraint in row.refusals:
        return row.refusals[constraint]()
    if constraint == f"uq_{table}_company_id_code":
        return CodeTaken()
    reference = constraint.removeprefix(f"fk_{table}_company_id_")
    # The row that it refers to was deleted since `chosen` saw it.
    return NotAvailable(reference.removesuffix("_id")) if reference != constraint else None


def _record(
    company: Company, actor: User, row: RegisterRow, action: str, changes: dict[str, list[Any]]
) -> None:
    record(
        company=company,
        actor_id=actor.id,
        entity=row.__tablename__,
        entity_id=row.id,
        action=action,
        changes=changes,
    )
