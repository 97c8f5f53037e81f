"""The base of every form, and the fields that WTForms doesn't have.

A form knows the shape of its input; rules live in services, which name the field that a refusal belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast
from uuid import UUID, uuid4

from flask import g, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, FieldList, FormField, HiddenField, StringField, TextAreaField
from wtforms.fields import DateField as _DateField
from wtforms.fields import TimeField as _TimeField
from wtforms.meta import DefaultMeta
from wtforms.utils import unset_value
from wtforms.validators import Length, ValidationError
from wtforms.widgets import TextInput

from app.clock import EARLIEST, LATEST
from app.database import find, scope_cache
from app.errors import BusinessError
from app.formats import day as shown_day
from app.lists import LONGEST_TERM
from app.lookups import Lookup
from app.registers.models import RegisterRow

__all__ = [
    "BaseForm",
    "Chosen",
    "DateField",
    "FilterForm",
    "LongTextField",
    "LookupField",
    "RequestKeyField",
    "RowForm",
    "RowList",
    "TextField",
    "TimeField",
    "VersionField",
]

RESUME = "_resume"
"""Posted with text that was kept while the user logged in again: show it, don't save it."""


_UNSTORABLE = re.compile("[\x00\ufffd\ud800-\udfff]")


def unstorable(text: str) -> bool:
    """Whether PostgreSQL or UTF-8 can't hold the text: NUL, lone surrogates, undecodable bytes."""
    return _UNSTORABLE.search(text) is not None


class BaseForm(FlaskForm):
    """A form that shows business errors, keeps typed text, and hands services a plain payload."""

    form_errors: list[str]
    conflicts: list[tuple[str, str, str]]
    """After `show_conflict`: (label, what was typed, what is stored) per differing field (R24)."""

    class Meta(FlaskForm.Meta):
        @property
        def locales(self) -> list[str]:
            return [str(get_locale())]

        def get_translations(self, form: Any) -> Any:
            # WTForms' own way keeps a language's catalogue; Flask-WTF's reads the file in each request.
            return DefaultMeta.get_translations(self, form)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.conflicts = []
        super().__init__(*args, **kwargs)

    def is_submitted(self) -> bool:
        """Whether the user pressed the form's own button; kept text is only shown again."""
        return bool(super().is_submitted()) and RESUME not in request.form

    @property
    def unsaved(self) -> bool:
        """Whether the form shows kept text that nobody has saved yet."""
        return RESUME in request.form

    def validate(self, extra_validators: Any = None) -> bool:
        """As WTForms, and no text that can't be stored."""
        valid = bool(super().validate(extra_validators))
        for field in self:
            if isinstance(field.data, str) and unstorable(field.data):
                field.errors = [_("This text holds characters that can't be stored.")]
                valid = False
        return valid

    def payload(self) -> dict[str, Any]:
        """What was typed, by the service's argument names: a lookup `customer` gives `customer_id`."""
        return dict(self._payload())

    def _payload(self) -> Iterator[tuple[str, Any]]:
        for name, field in self._fields.items():
            if name != "csrf_token":
                # Lookups name what they give: `customer_id`, `product_ids`.
                yield getattr(field, "argument", name), field.data

    def show_only(self) -> str:
        """Make days and hours read as everywhere else (R26); returns no markup."""
        for field in self:
            if isinstance(field, (DateField, TimeField)):
                field.show_only()
            elif isinstance(field, RowList):
                for entry in field.entries:
                    entry.form.show_only()
        return ""

    def show(self, error: BusinessError) -> None:
        """Put a refusal at its field, or above the form if it belongs to none (R25)."""
        name = error.field or ""
        field = self._fields.get(name, self._fields.get(name.removesuffix("_id")))
        if field is None:
            self.form_errors.append(error.text)
        else:
            field.errors = [*field.errors, error.text]

    def show_conflict(self, row: Any, error: BusinessError) -> None:
        """After a conflict: list the fields where the stored row differs, and let a second save win (R24).

        Args:
            row: the record as it is stored now.
        """
        current = type(self)(formdata=None, obj=row)
        for name, field in self._fields.items():
            if isinstance(field, HiddenField) or name == "csrf_token":
                continue
            theirs = current._fields[name]
            if field.data != theirs.data:
                self.conflicts.append((str(field.label.text), _shown(field), _shown(theirs)))
        if (version := self._fields.get("version")) is not None:
            version.data = row.version
        self.show(error)


class RowForm(BaseForm):
    """One row of a document's form; the document's own token covers it."""

    class Meta(BaseForm.Meta):
        csrf = False


class RowList(FieldList):
    """The rows of one kind in a document's form: `<name>-<n>-<field>`.

    Args:
        caption: what a row is called, with its `%(place)s`, counted from 1.
        most: rows that a document may hold. Of more than these one is read, which the service refuses: a
            post of 20,000 took a minute, and its page 100 megabytes.
    """

    entries: list[Any]

    def __init__(self, row: type[RowForm], *, caption: Any, most: int, **kwargs: Any) -> None:
        super().__init__(FormField(row), **kwargs)
        self._caption = caption
        self._most = most

    def caption(self, place: int | str) -> str:
        """The row's caption in the reader's language."""
        return str(self._caption) % {"place": place}

    def prototype(self, index: str) -> Any:
        """An empty row at a place that isn't a number, for scripts to make rows of."""
        row = self.unbound_field.args[0]
        return row(formdata=None, prefix=f"{self.name}-{index}-")

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        start, found = f"{prefix}-", set()
        for name in formdata:
            index = name.removeprefix(start).partition("-")[0] if name.startswith(start) else ""
            # Nobody's page counts further; and other scripts' digits are no numbers to int().
            if index.isascii() and index.isdigit() and len(index) < 7:
                found.add(int(index))
        yield from sorted(found)[: self._most + 1]

    def gather_errors(self) -> None:
        """Take over what was put at the rows' fields after they were validated."""
        self.errors = [entry.errors for entry in self.entries] if any(e.errors for e in self.entries) else []

    def renumber(self) -> None:
        """Give the rows new places after some were taken out or in."""
        self._compact_indices()  # type: ignore[attr-defined]  # WTForms 3.3; its stubs don't know it


class FilterForm(BaseForm):
    """What narrows a list: read from the URL, nothing is saved, so no token."""

    class Meta(BaseForm.Meta):
        csrf = False

    def __init__(self) -> None:
        super().__init__(formdata=request.args)

    def term(self, field: StringField) -> str:
        """The words to search for; none if no row could hold them."""
        term = field.data or ""
        return "" if unstorable(term) else term[:LONGEST_TERM]


def _shown(field: Field) -> str:
    if isinstance(field.data, bool):
        return _("Yes") if field.data else _("No")
    if hasattr(field, "iter_choices"):
        return next((str(c.label) for c in field.iter_choices() if c.selected), "")
    value = field._value() if hasattr(field, "_value") else field.data
    return "" if value is None else str(value)


class TextField(StringField):
    """One line of text, trimmed; at most `longest` characters.

    Args:
        too_long: the refusal of a longer one, where a rule says how long it may be (R25).
    """

    def __init__(
        self, label: Any, validators: Any = (), *, longest: int, too_long: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(
            label,
            [*validators, Length(max=longest, message=too_long)],
            filters=[lambda s: (s or "").strip()],
            **kwargs,
        )


class LongTextField(TextAreaField):
    """Lines of text; at most `longest` characters, counted as the browser's line ends become one each.

    Args:
        too_long: the refusal of a longer one, where a rule says how long it may be (R25).
    """

    def __init__(
        self, label: Any, validators: Any = (), *, longest: int, too_long: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(
            label,
            [*validators, Length(max=longest, message=too_long)],
            filters=[lambda s: (s or "").replace("\r\n", "\n").replace("\r", "\n").strip()],
            **kwargs,
        )


class DateField(_DateField):
    """A calendar day within the years that every time zone can hold."""

    is_only_shown = False

    def show_only(self) -> None:
        """Read as dd/mm/aaaa; a date input would read as the browser likes."""
        self.widget, self.is_only_shown = TextInput(), True

    def _value(self) -> str:
        if self.is_only_shown:
            return shown_day(self.data)
        # What can't be read as a day stays as it was typed.
        return " ".join(self.raw_data) if self.raw_data else str(self.data or "")

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0]:
            self.data: date | None = None
            return
        try:
            day = date.fromisoformat(valuelist[0])
        except ValueError:
            self.data = None
            raise ValueError(_("This is not a valid date.")) from None
        if not EARLIEST <= day <= LATEST:
            self.data = None
            raise ValueError(_("Give a date between 1900 and 2199."))
        self.data = day


class TimeField(_TimeField):
    """An hour and minute of the day."""

    def show_only(self) -> None:
        """Read as hh:mm, whatever the browser's clock."""
        self.widget = TextInput()


class _HiddenValue(HiddenField):
    """A hidden input whose value isn't text."""

    data: Any

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)


class VersionField(_HiddenValue):
    """The version of the record that the form shows; the save compares it (R24)."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class RequestKeyField(_HiddenValue):
    """A UUID made with the empty form: a form posted twice finds the first record (DESIGN 6)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=cast("Any", uuid4), **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        # A post without a usable key is a new wish of its own.
        try:
            self.data = UUID(valuelist[0])
        except (ValueError, IndexError):
            self.data = uuid4()


class LookupField(Field):
    """A reference to a register's row: typed as code or name, or picked from the list.

    `data` is the row's id or None; `row` the row. The post carries what was typed under the field's name and
    the picked id under `<name>_id`; without JavaScript only the former, which must then be a whole code or
    name.
    """

    def __init__(
        self, label: Any, lookup: Lookup, validators: Any = (), *, params: tuple[str, ...] = (), **kwargs: Any
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.lookup = lookup
        self.params = params
        self.typed = ""
        self.chosen_id = ""
        self.row: RegisterRow | None = None
        self.chosen_hint = ""

    @property
    def url(self) -> str:
        """Where the browser asks for matches."""
        return self.lookup.url()

    @property
    def argument(self) -> str:
        """What services call the id."""
        return f"{self.short_name}_id"

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(formdata, data, extra_filters)
        id_name = f"{self.name}_id"
        # A lookup that the page hides is not sent: it is empty, whatever the record has.
        if formdata is not None:
            self.typed = (formdata.get(self.name) or "").strip()
            self.chosen_id = (formdata.get(id_name) or "").strip()
            self.raw_data = [self.chosen_id or self.typed]
            self._resolve()

    def process_data(self, value: Any) -> None:
        if isinstance(value, int):
            value = find(g.company, self.lookup.model, value)
        self._choose(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Nothing: `process` reads both inputs."""

    def _choose(self, row: RegisterRow | None) -> None:
        self.row = row
        self.data = row.id if row is not None else None
        self.chosen_id = str(row.id) if row is not None else ""
        self.typed = self.lookup.label(row) if row is not None else ""
        # Now, not when the page shows it: after a refused save's rollback the row may be gone.
        self.chosen_hint = self.lookup.hint(row) if row is not None else ""

    def _resolve(self) -> None:
        typed, chosen = self.typed, self.chosen_id
        row: RegisterRow | None = None
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 20:
            row = find(g.company, self.lookup.model, int(chosen))
        elif typed and not unstorable(typed):
            row = self._named(typed)
        self._choose(row)
        if row is None:
            self.typed, self.chosen_id = typed, chosen

    def _named(self, typed: str) -> RegisterRow | None:
        """The row that the text names: looked for once, where each row of a document names the same one."""
        known = scope_cache().setdefault("lookups.named", {})
        name = (self.lookup.model, typed)
        if name in known:
            return find(g.company, self.lookup.model, known[name])
        row = self.lookup.exact_match(g.company, typed)
        known[name] = None if row is None else row.id
        return row

    @property
    def wanted_id(self) -> int | None:
        """For a list's filter: the chosen row; an id that no row has for a text that names none."""
        return self.data if self.data or not (self.typed or self.chosen_id) else 0

    def _value(self) -> str:
        return self.typed

    def pre_validate(self, form: Any) -> None:
        """Refuse what was typed or picked but isn't a row of this company (R23, R25)."""
        if self.row is None and (self.typed or self.chosen_id):
            raise ValidationError(_("There is no such entry: choose one from the list."))


class Chosen:
    """Validator: a lookup must be chosen."""

    field_flags: Mapping[str, bool] = {"required": True}

    def __init__(self, message: Any = None) -> None:
        self.message = message or _l("This field is required.")

    def __call__(self, form: Any, field: LookupField) -> None:
        if field.data is None and not field.typed and not field.chosen_id:
            raise ValidationError(str(self.message))
