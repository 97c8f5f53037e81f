"""Fields that name several rows of a register at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import g
from flask_babel import gettext as _
from wtforms import Field
from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from app.forms import unstorable
from app.lookups import Lookup
from app.registers.models import RegisterRow

__all__ = ["LookupsField"]

MOST = 100
"""Rows that one field may name: each that is typed costs a statement."""


class LookupsField(Field):
    """References to several rows of a register: typed as codes or names, or picked one by one.

    `data` are the rows' ids, ascending; `rows` the rows as they were chosen. The post carries typed text
    under the field's name, a line or a part between semicolons for each row, and picked ids under
    `<name>_id`; both count.

    Args:
        argument: what services call the ids: `product_ids`.
    """

    def __init__(
        self,
        label: Any,
        lookup: Lookup,
        validators: Any = (),
        *,
        argument: str,
        params: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.lookup = lookup
        self.argument = argument
        self.params = params
        self.rows: list[RegisterRow] = []
        self.chosen: list[tuple[int, str]] = []
        self.unresolved: list[str] = []
        self.problem = ""

    # What the macro of one lookup asks for: here the lookup that adds one more.
    chosen_id = ""
    chosen_hint = ""

    @property
    def url(self) -> str:
        """Where the browser asks for matches."""
        return self.lookup.url()

    @property
    def typed(self) -> str:
        """What was typed and names no row."""
        return "; ".join(self.unresolved)

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(formdata, data, extra_filters)
        if formdata is not None:
            self._read(formdata.getlist(self.name), formdata.getlist(f"{self.name}_id"))

    def process_data(self, value: Sequence[RegisterRow] | None) -> None:
        self._choose(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        """Nothing: `process` reads both kinds of input."""

    def _choose(self, rows: Iterable[RegisterRow]) -> None:
        self.rows = list(dict.fromkeys(rows))
        self.data = sorted(row.id for row in self.rows)
        # Now, not when the page shows it: after a refused save's rollback a row may be gone.
        self.chosen = [(row.id, self.lookup.label(row)) for row in self.rows]

    def _read(self, texts: list[str], ids: list[str]) -> None:
        lines = [line for text in texts for line in map(str.strip, text.splitlines()) if line]
        picked = [text for text in dict.fromkeys(ids) if text]
        self.problem, self.unresolved = "", []
        # A part for each semicolon at most.
        if len(picked) + sum(1 + line.count(";") for line in lines) > MOST:
            self._choose(())
            self.unresolved = lines[:MOST]
            self.problem = _("Give at most %(count)s entries.", count=MOST)
            return
        self._choose([*self._rows_of(picked), *self._rows_named(lines)])
        if self.unresolved:
            self.problem = _("There is no such entry: %(what)s.", what=self.typed[:200])

    def _rows_of(self, picked: list[str]) -> list[RegisterRow]:
        """The rows with these ids; another company's is as none (R23)."""
        ids = [int(text) for text in picked if text.isascii() and text.isdigit() and len(text) < 20]
        found = self.lookup.rows(g.company, ids)
        if len(found) < len(picked):
            self.problem = _("There is no such entry: choose one from the list.")
        return [found[row_id] for row_id in ids if row_id in found]

    def _rows_named(self, lines: list[str]) -> list[RegisterRow]:
        """The rows that lines name, whole or in their parts: a name may hold a semicolon."""
        rows: list[RegisterRow] = []
        for line in lines:
            whole = self._row_named(line)
            if whole is not None:
                rows.append(whole)
                continue
            for part in filter(None, map(str.strip, line.split(";"))):
                row = self._row_named(part)
                if row is None:
                    self.unresolved.append(part)
                else:
                    rows.append(row)
        return rows

    def _row_named(self, text: str) -> RegisterRow | None:
        return None if unstorable(text) else self.lookup.exact_match(g.company, text)

    def _value(self) -> str:
        return "\n".join([*(label for _id, label in self.chosen), *self.unresolved])

    def pre_validate(self, form: Any) -> None:
        """Refuse what was typed or picked but isn't a row of this company (R23, R25)."""
        if self.problem:
            raise ValidationError(self.problem)
