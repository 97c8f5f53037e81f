"""What two people's edits of one ticket look like to the one who has to choose (R24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, cast

from flask import g
from flask_babel import gettext as _
from wtforms import Field

from app.plugin_api import find
from app.plugin_api.web import LookupField, RowList, day
from plugins.service_desk.forms.tickets import EditTicketForm, TicketForm
from plugins.service_desk.services.document import Document
from plugins.service_desk.services.merging import (
    KEEP,
    MINE,
    PARTS,
    REMOVE,
    THEIRS,
    Conflict,
    Merged,
    Place,
    asked,
    changes,
)

PICK = "pick-"
"""Before the id of a conflict: the name of its radio buttons."""

Text = str | list[tuple[str, str]]
"""A value as people read it; a whole row as (label, value) of each of its fields."""


@dataclass(frozen=True, slots=True)
class Side:
    """«o seu» or «o atual» of a question.

    Args:
        value: what the radio button posts.
        text: None for a row that was removed.
    """

    label: str
    value: str
    text: Text | None
    is_picked: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A conflict to choose in: `name` of the radio buttons, `label` of the field, both sides."""

    name: str
    label: str
    sides: tuple[Side, Side]


def picks_of(inputs: Mapping[str, str]) -> dict[str, str]:
    """What was picked in a posted form: a conflict's id → `mine`, `theirs`, `keep` or `remove`."""
    known = (MINE, THEIRS, KEEP, REMOVE)
    return {
        name.removeprefix(PICK): value
        for name, value in inputs.items()
        if name.startswith(PICK) and value in known
    }


class Naming:
    """Names places and values of a ticket's documents as its form does.

    Args:
        form: a form of the ticket, for its labels.
        documents: where the rows are counted, the first that has the row: «Atendimento 2».
    """

    def __init__(self, form: TicketForm, *documents: Document) -> None:
        self._form = form
        self._documents: tuple[Mapping[str, Any], ...] = documents
        # A part's empty row: its fields tell the labels.
        self._rows = {part: form[part].prototype("0") for part in PARTS}

    def question(self, conflict: Conflict, picked: str | None = None) -> Question:
        """The conflict as it is asked; «o seu» is marked, of a row the side that keeps it.

        Args:
            picked: what was already picked, where the question is shown again.
        """
        if conflict.field is not None:
            values = (MINE, THEIRS)
        else:
            values = (REMOVE, KEEP) if conflict.mine is None else (KEEP, REMOVE)
        marked = picked if picked in values else KEEP if KEEP in values else MINE
        texts = (self._text(conflict, conflict.mine), self._text(conflict, conflict.theirs))
        labels = (_("yours"), _("the present one"))
        mine, theirs = (
            Side(label, value, text, value == marked)
            for label, value, text in zip(labels, values, texts, strict=True)
        )
        return Question(f"{PICK}{conflict.id}", self.label(conflict.place, conflict.field), (mine, theirs))

    def typed(self, conflict: Conflict) -> tuple[str, Text | None]:
        """Label and text of what was typed and can't be saved."""
        return self.label(conflict.place, conflict.field), self._text(conflict, conflict.mine)

    def names(self, ids: Iterable[str]) -> list[str]:
        """The labels of these fields and rows, as `Merged.taken` has them."""
        return [self._name(*name.split(".")) for name in ids]

    def _name(self, part: str, key: str = "", field: str | None = None) -> str:
        if not key:
            return self.label(None, part)
        for document in self._documents:
            for row in document[part]:
                if str(row["key"]) == key:
                    return self.label(Place(part, row["key"]), field)
        raise LookupError(key)

    def label(self, place: Place | None, field: str | None) -> str:
        """`Meio de Comunicação`, `Atendimento 2`, `Atendimento 2 › Problema Constatado`."""
        if place is None:
            return str(self._field(self._form, field or "").label.text)
        caption = self._caption(place)
        if field is None:
            return caption
        return f"{caption} › {self._field(self._rows[place.part], field).label.text}"

    def _caption(self, place: Place) -> str:
        rows: RowList = self._form[place.part]
        for document in self._documents:
            keys = [row["key"] for row in document[place.part]]
            if place.key in keys:
                is_gone = document is not self._documents[0]
                caption = rows.caption(keys.index(place.key) + 1)
                return _("%(row)s (removed)", row=caption) if is_gone else caption
        raise LookupError(place)

    def _text(self, conflict: Conflict, value: Any) -> Text | None:
        fields = self._form if conflict.place is None else self._rows[conflict.place.part]
        if conflict.field is not None:
            return _read(self._field(fields, conflict.field), value)
        if value is None:
            return None
        cells = ((self._field(fields, name), cell) for name, cell in value.items() if name != "key")
        return [(str(field.label.text), _read(field, cell)) for field, cell in cells]

    @staticmethod
    def _field(fields: Any, name: str) -> Field:
        field: Field = fields[name if name in fields else name.removesuffix("_id")]
        return field


def _read(field: Field, value: Any) -> str:
    """A value of the field as people read it (R26)."""
    match value:
        case None:
            return ""
        case bool():
            return _("Yes") if value else _("No")
        case date():
            return day(value)
        case time():
            return f"{value:%H:%M}"
        case int() if isinstance(field, LookupField):
            row = find(g.company, field.lookup.model, value)
            return field.lookup.label(row) if row is not None else ""
        case _:
            return str(getattr(value, "label", value))


@dataclass(frozen=True, slots=True)
class Clash:
    """What the page says after two have edited one ticket.

    Args:
        questions: what the user has to choose.
        taken: names of what only the other one changed, and is in the form already.
        typed: label and text of all that was typed, where nothing can be saved any more.
    """

    questions: tuple[Question, ...] = ()
    taken: tuple[str, ...] = ()
    typed: tuple[tuple[str, Text | None], ...] = ()
    is_closed: bool = False


def clash(form: TicketForm, merged: Merged, typed: Document) -> Clash:
    """What is asked over a form that shows the merged document."""
    naming = Naming(form, cast("Document", merged.document), typed)
    questions = tuple(naming.question(conflict) for conflict in merged.conflicts)
    return Clash(questions, tuple(naming.names(merged.taken)))


def clash_again(form: EditTicketForm, stored: Document, picks: Mapping[str, str]) -> Clash | None:
    """The same questions once more, over a form that came back before it could be saved; None without any."""
    if not picks:
        return None
    typed = form.document()
    naming = Naming(form, typed, stored)
    conflicts = asked(picks, typed, stored)
    return Clash(tuple(naming.question(conflict, picks[conflict.id]) for conflict in conflicts))


def lost(form: EditTicketForm, typed: Document, stored: Document) -> Clash:
    """What was typed into a ticket that was closed meanwhile."""
    naming = Naming(form, typed, stored)
    told = changes(form.base.data or "", typed, stored)
    return Clash(typed=tuple(naming.typed(conflict) for conflict in told), is_closed=True)


def left_over(form: EditTicketForm, typed: TicketForm) -> Clash:
    """What was typed into a new ticket, where the open one that should have taken it is closed by now."""
    document = typed.document()
    naming = Naming(form, document)
    told = [Conflict(None, "problem", document["problem"], None)]
    told += [Conflict(Place("interactions", row["key"]), None, row, None) for row in document["interactions"]]
    return Clash(typed=tuple(naming.typed(conflict) for conflict in told), is_closed=True)
