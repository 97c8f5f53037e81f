"""Writing the audit trail: in the transaction of what it tells."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import inspect

from app.audit.models import AuditEntry
from app.database import db

if TYPE_CHECKING:
    from app.companies.models import Company

LONGEST_VALUE = 500
_SILENT = {"id", "company_id", "version", "request_key", "name_key", "search_key"}


def record(
    *,
    company: Company,
    actor_id: int | None,
    entity: str,
    entity_id: int | None,
    action: str,
    changes: dict[str, list[Any]] | None = None,
) -> None:
    """Add one entry; it is committed with the change or not at all.

    Args:
        actor_id: the user; None: the system itself.
        entity: table name of the record, `service_desk_ticket`.
        action: a verb in the past tense, `created`.
        changes: field → [old, new], from `changes_of`.
    """
    db.session.add(
        AuditEntry(
            company_id=company.id,
            user_id=actor_id,
            request_id=structlog.contextvars.get_contextvars().get("request_id") or "",
            entity=entity,
            entity_id=entity_id,
            action=action,
            changes=changes or {},
        )
    )


def changes_of(row: Any) -> dict[str, list[Any]]:
    """What was set on a row since it was read: field → [old, new]. Call it before the flush."""
    state = inspect(row)
    changes: dict[str, list[Any]] = {}
    for column in state.mapper.column_attrs:
        history = state.attrs[column.key].history
        if column.key in _SILENT or not history.has_changes():
            continue
        old = history.deleted[0] if history.deleted else None
        new = history.added[0] if history.added else None
        if old != new and (state.persistent or new not in (None, "")):
            changes[column.key] = [_plain(old), _plain(new)]
    return changes


def removal_of(row: Any, names: Iterable[str]) -> dict[str, list[Any]]:
    """What these columns of a row held that is about to be deleted: field → [old, None]."""
    held = {name: _plain(getattr(row, name)) for name in names}
    return {name: [value, None] for name, value in held.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    """The value as JSON can hold it."""
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return str(value)
        case str() if len(value) > LONGEST_VALUE:
            return value[:LONGEST_VALUE] + "…"
        case _:
            return value
