"""The audit trail as people read it: names instead of ids, labels instead of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy import Boolean, Column, Date, DateTime, Enum, Numeric

from app.audit import queries
from app.audit.labels import Description, action_label, description_of, field_label
from app.audit.models import AuditEntry
from app.database import Base
from app.formats import day, instant

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.plugin_api.parameters import Parameter

Changes = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry in the reader's language and the company's time zone."""

    at: str
    user_name: str
    record: str
    action_label: str
    changes: list[tuple[str, str | None, str | None]]
    """(label, old, new); None where there was nothing."""
    request_id: str


def panel(company: Company, entity: str, entity_id: int, limit: int = 50) -> list[ShownEntry]:
    """A record's latest entries, newest first, for the macro `audit_panel`.

    What a record was created with is left out: the record beside the panel shows it. Two statements at most.

    Args:
        entity: the table's name, as given to `audit.services.record`.
    """
    entries = queries.entries_of(company, entity, entity_id, limit)
    return present(company, entries, with_created=False)


def present(
    company: Company, entries: Sequence[AuditEntry], *, with_created: bool = True
) -> list[ShownEntry]:
    """The entries, shown; one statement for all names that stand behind their ids.

    Args:
        with_created: also list what a record was created with, and name the record itself.
    """
    changes = {e.id: e.changes if with_created or e.action != "created" else {} for e in entries}
    wanted = {reference for e in entries for reference in _references(e, changes[e.id])}
    if with_created:
        wanted |= {(e.entity, e.entity_id) for e in entries if e.entity_id is not None}
    reader = _Reader(
        names=queries.record_names(company, wanted),
        parameters={p.key: p for p in current_app.extensions["balcao"].parameters()},
    )
    return [reader.entry(entry, changes[entry.id]) for entry in entries]


def _references(entry: AuditEntry, changes: Changes) -> Iterable[tuple[str, int]]:
    """The rows that the changes name by their ids."""
    description = description_of(entry.entity)
    for field, values in changes.items():
        if (table := _target(_column(description, field))) is not None:
            yield from ((table, value) for value in values if isinstance(value, int))


def _column(description: Description, field: str) -> Column[Any] | None:
    named, column = description.of_field(field)
    tables = (Base.metadata.tables.get(name) for name in named.tables)
    return next((t.columns[column] for t in tables if t is not None and column in t.columns), None)


def _target(column: Column[Any] | None) -> str | None:
    """The table that a column's ids belong to."""
    keys = column.foreign_keys if column is not None else ()
    return next((key.column.table.name for key in keys), None)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns what is stored into what is read."""

    names: dict[tuple[str, int], str]
    parameters: dict[str, Parameter]

    def entry(self, entry: AuditEntry, changes: Changes) -> ShownEntry:
        description = description_of(entry.entity)
        name = self.names.get((entry.entity, entry.entity_id or 0), "")
        return ShownEntry(
            at=instant(entry.at),
            user_name=entry.user.name if entry.user is not None else _("The system"),
            record=f"{description.label} {name}".strip(),
            action_label=action_label(entry.action),
            changes=[
                self._change(description, field, *changes[field])
                for field in sorted(changes, key=self._place_in(description))
            ],
            request_id=entry.request_id,
        )

    def _place_in(self, description: Description) -> Callable[[str], tuple[Any, ...]]:
        """Where a field stands on its form, a document's rows behind its header: JSONB keeps no order."""
        places = {name: place for place, name in enumerate([*description.fields, *self.parameters])}

        def place(field: str) -> tuple[Any, ...]:
            named, column = description.of_field(field)
            if named is description:
                return "", 0, places.get(field, len(places))
            part, row, *_rest = field.split(".")
            return part, int(row), list(named.fields).index(column) if column in named.fields else 0

        return place

    def _change(
        self, description: Description, field: str, old: Any, new: Any
    ) -> tuple[str, str | None, str | None]:
        if (parameter := self.parameters.get(field)) is not None:
            return str(parameter.label), parameter.shown(old), parameter.shown(new)
        column = _column(description, field)
        return field_label(description, field), self._value(old, column), self._value(new, column)

    def _value(self, value: Any, column: Column[Any] | None) -> str | None:
        if value in (None, ""):
            return None
        if (table := _target(column)) is not None:
            # A company is told by name only to those who belong to it.
            unnamed = _("another company") if table == "company" else f"#{value}"
            return self.names.get((table, value), unnamed)
        return _typed(value, column.type if column is not None else None)


def _typed(value: Any, kind: Any) -> str:
    match kind:
        case Boolean():
            return _("Yes") if value else _("No")
        case Enum(enum_class=members) if members is not None and value in list(members):
            return str(getattr(members(value), "label", value))
        case DateTime():
            return instant(datetime.fromisoformat(value))
        case Numeric():
            return str(format_decimal(value, "#,##0.00"))
        case Date():
            return day(date.fromisoformat(value))
        case _:
            return str(value)
