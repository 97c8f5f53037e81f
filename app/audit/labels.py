"""What the audit trail calls records, their fields and what was done to them.

Modules and plugins name theirs once, where their forms are imported:

    describe("customer", _l("Customer"), CustomerForm)
    describe_actions(converted=_l("Conversion into a customer"))

Whatever nobody named is shown by its column's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from app.plugin_api.contract import Text


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one kind within a document, whose changes are named `<part>.<place>.<column>`.

    Places count from 1; of a row that was removed it is negative.

    Args:
        caption: what a row is called, with its `%(place)s`.
        form: as in `describe`.
        table: the table whose columns these are.
        fields: as in `describe`.
    """

    caption: Text
    form: type
    table: str
    fields: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Description:
    """How a kind of record is shown: its name, its fields' names, and the tables whose columns these are."""

    label: Text
    fields: dict[str, Text] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    parts: Mapping[str, tuple[Text, Description]] = field(default_factory=dict)

    def of_field(self, name: str) -> tuple[Description, str]:
        """The description that names a field, and the field's name there."""
        part, dot, rest = name.partition(".")
        if dot and part in self.parts:
            return self.parts[part][1], rest.rpartition(".")[2]
        return self, name

    def caption(self, name: str) -> str:
        """What stands before a field's name: the row of the document that it is in, or was in."""
        part, place, *_rest = [*name.split("."), ""]
        if part not in self.parts:
            return ""
        caption = str(self.parts[part][0]) % {"place": place.removeprefix("-")}
        removed = f" ({_('removed')})" if place.startswith("-") else ""
        return f"{caption}{removed} › "


_descriptions: dict[str, Description] = {}

_fields: dict[str, Text] = {
    "code": _l("Code"),
    "name": _l("Name"),
    "number": _l("Number"),
    "is_active": _l("Active"),
    "document": _l("CPF/CNPJ"),
}
_actions: dict[str, Text] = {
    "created": _l("Creation"),
    "changed": _l("Change"),
    "updated": _l("Change"),
    "deleted": _l("Deletion"),
    "activated": _l("Activation"),
    "deactivated": _l("Deactivation"),
    "closed": _l("Closing"),
    "reopened": _l("Reopening"),
    "cancelled": _l("Cancellation"),
}


def describe(
    entity: str,
    label: Text,
    form: type | None = None,
    *,
    tables: tuple[str, ...] = (),
    parts: Mapping[str, Part] = MappingProxyType({}),
    **fields: Text,
) -> None:
    """Name a kind of record and its fields for the audit trail.

    Args:
        entity: what `record()` gets: the table's name.
        form: a form whose fields are named like the columns; a lookup `customer` names `customer_id`.
        tables: further tables whose columns appear among the record's changes.
        parts: the rows that a document holds, by the name under which their changes are recorded.
        fields: names of columns that aren't on the form, or that read otherwise there.
    """
    rows = {
        name: (part.caption, Description(label, _labels_of(part.form) | dict(part.fields), (part.table,)))
        for name, part in parts.items()
    }
    _descriptions[entity] = Description(label, _labels_of(form) | fields, (entity, *tables), rows)


def describe_actions(**actions: Text) -> None:
    """Name what `record()` gets as `action`."""
    _actions.update(actions)


def description_of(entity: str) -> Description:
    """The description of a kind of record; one made of the table's name if nobody gave any."""
    return _descriptions.get(entity) or Description(_words(entity), {}, (entity,))


def described() -> dict[str, Text]:
    """Every kind of record that was described, with its name."""
    return {entity: description.label for entity, description in _descriptions.items()}


def field_label(description: Description, name: str) -> str:
    """The name of a record's field."""
    named, column = description.of_field(name)
    label = named.fields.get(column) or _fields.get(column) or _words(column.removesuffix("_id"))
    return f"{description.caption(name)}{label}"


def action_label(action: str) -> str:
    """The name of what was done."""
    return str(_actions.get(action) or _words(action))


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _labels_of(form: type | None) -> dict[str, Text]:
    """The labels of a form's fields in the form's order, as they stand in its class: unbound, (label, …)."""
    members: list[tuple[str, Any]] = [(name, getattr(form, name, None)) for name in dir(form)] if form else []
    fields = [
        (name, unbound) for name, unbound in members if hasattr(unbound, "creation_counter") and unbound.args
    ]
    labels: dict[str, Text] = {}
    for name, unbound in sorted(fields, key=lambda field: field[1].creation_counter):
        labels[name] = labels[f"{name}_id"] = unbound.args[0]
    return labels
