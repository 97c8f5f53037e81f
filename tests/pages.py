"""Reads the forms of a page and fills them as a person would, so that no test knows a form's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from typing import Any

VALUES = {
    "login": "new.person",
    "document": "52998224725",
    "current_password": "balcao-test-2026",
    "password": "another-long-password",
    "new_password": "another-long-password",
    "repeated_password": "another-long-password",
    "end_time": "00:01",
}
"""What a field of this name needs; all others are filled by their type."""
WITH = {"closed_by_id": ("closed_on", "shown_on")}
"""What a chosen row makes necessary: (another input, the input that has its value)."""
BY_TYPE = {
    "date": str(date(2026, 11, 20)),
    "time": "00:00",
    "email": "someone@example.com",
    "number": "1",
    "tel": "11 5555-0000",
}


@dataclass
class Input:
    """One input of a form; a lookup's hidden id carries the lookup's address."""

    name: str
    type: str
    value: str = ""
    checked: bool = True
    required: bool = False
    options: list[str] = field(default_factory=list)
    lookup: str = ""
    lookup_params: str = ""
    show_when: str = ""

    @property
    def is_sent(self) -> bool:
        """Whether a browser would post it as it stands."""
        return self.checked or self.type not in ("radio", "checkbox")


@dataclass
class Form:
    """A form that posts: where to, and its inputs in order."""

    action: str
    inputs: list[Input] = field(default_factory=list)

    @property
    def lookups(self) -> list[Input]:
        return [i for i in self.inputs if i.lookup]

    def selects(self) -> Iterator[tuple[str, str]]:
        """(name, another value) of each select and hidden input that holds a number."""
        for i in self.inputs:
            if i.type == "select" and any(option.isdigit() for option in i.options):
                yield i.name, i.value

    def filled(
        self, look_up: Callable[[str, Mapping[str, str]], str], given: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What a browser would post once everything required, and every lookup that is shown, is filled.

        Args:
            look_up: (address, other inputs' values) → an id.
            given: values that are typed instead.
        """
        data: dict[str, Any] = {}
        for i in self.inputs:
            if i.is_sent and i.name not in data:
                # Checkboxes of one name are sent together.
                checked = [o.value for o in self.inputs if o.name == i.name and o.is_sent]
                data[i.name] = checked if i.type == "checkbox" and len(checked) > 1 else i.value
        data |= given or {}
        for i in self.inputs:
            if i.required and not data.get(i.name) and not i.lookup:
                data[i.name] = self._typed(i)
        for i in self.lookups:
            if i.show_when and data.get(i.show_when.split("=")[0]) != i.show_when.split("=")[1]:
                data[i.name] = data[i.name.removesuffix("_id")] = ""
            elif not data.get(i.name):
                params = {p: data.get(p, "") for p in i.lookup_params.split()}
                data[i.name] = look_up(i.lookup, params)
        if "asked_party" in data:
            # A person has been asked about the party's open documents by then (R11).
            parties = (f"{kind}:{data.get(f'{kind}_id', '')}" for kind in ("customer", "prospect"))
            data["asked_party"] = " ".join(parties)
        return data | {other: data[source] for name, (other, source) in WITH.items() if data.get(name)}

    def _typed(self, i: Input) -> str:
        # A row's input is named `<rows>-<place>-<name>`.
        name = i.name.rpartition("-")[2]
        if name in VALUES:
            return VALUES[name]
        if i.type in ("radio", "select"):
            return next(o for o in self.options_of(i.name) if o)
        return BY_TYPE.get(i.type, f"typed {i.name}"[:18])

    def options_of(self, name: str) -> list[str]:
        """The values that can be chosen for a name."""
        return [
            option
            for i in self.inputs
            if i.name == name
            for option in ([i.value] if i.type == "radio" else i.options)
        ]


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self._open: Form | None = None
        self._select: Input | None = None
        self._textarea: Input | None = None
        self._lookup: tuple[str, str] = ("", "")
        self._shown: list[str] = []
        self._divs: list[bool] = []
        self._templates = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attributes}
        # What stands in a template is only there for scripts to copy.
        self._templates += tag == "template"
        if self._templates:
            return
        match tag:
            case "form" if a.get("method", "get").lower() == "post":
                self._open = Form(a.get("action") or self.page)
                self.forms.append(self._open)
                self.by_id[a.get("id", "")] = self._open
            case "div":
                self._divs.append("data-show-when" in a)
                if "data-show-when" in a:
                    self._shown.append(a["data-show-when"])
            case "balcao-lookup":
                self._lookup = (a["data-url"], a.get("data-params", ""))
            case "input" | "select" | "textarea" | "button" if a.get("name"):
                self._add(tag, a)
            case "option" if self._select is not None:
                self._select.options.append(a.get("value", ""))
                if "selected" in a or (len(self._select.options) == 1):
                    self._select.value = a.get("value", "")

    def _add(self, tag: str, a: Mapping[str, str]) -> None:
        form = self.by_id.get(a["form"]) if "form" in a else self._open
        kind = {"input": a.get("type", "text"), "button": "submit"}.get(tag, tag)
        # A lookup's hidden id is disabled until the script takes charge of it, as it does for a person.
        if form is None or ("disabled" in a and kind != "hidden"):
            return
        if kind in ("submit", "image", "file"):
            return
        read = Input(
            name=a["name"],
            type=kind,
            value=a.get("value", "on" if kind == "checkbox" else ""),
            checked="checked" in a or kind not in ("radio", "checkbox"),
            required="required" in a,
            show_when=self._shown[-1] if self._shown else "",
        )
        if self._lookup[0] and kind == "hidden":
            read.lookup, read.lookup_params = self._lookup
        form.inputs.append(read)
        self._select = read if tag == "select" else self._select
        self._textarea = read if tag == "textarea" else self._textarea

    def handle_endtag(self, tag: str) -> None:
        if self._templates:
            self._templates -= tag == "template"
            return
        match tag:
            case "form":
                self._open = None
            case "select":
                self._select = None
            case "textarea" if self._textarea is not None:
                # The line end after the tag belongs to the tag.
                self._textarea.value = self._textarea.value.removeprefix("\r").removeprefix("\n")
                self._textarea = None
            case "balcao-lookup":
                self._lookup = ("", "")
            case "div" if self._divs and self._divs.pop():
                self._shown.pop()

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea.value += data


def forms_of(html: str, page: str) -> list[Form]:
    """The posting forms of the page at path `page`."""
    reader = _Reader(page)
    reader.feed(html)
    return reader.forms
