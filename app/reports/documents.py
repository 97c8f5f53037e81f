"""Printed documents: what they are made of, and how they become a PDF on A4 portrait.

A document is data, in the reader's language; `typst/document.typ` gives it its shape, the same for a work
order and for whatever a plugin prints. All texts in it are text, never markup, and a word that is wider than
its place may be broken anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, g
from flask_babel import gettext as _
from werkzeug.http import dump_options_header

from app.clock import now
from app.formats import document as shown_number
from app.formats import instant
from app.portal import actor
from app.reports.outputs.measuring import breakable
from app.reports.typesetting import typeset

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

COLUMNS = 12
"""Of the grid in which the fields stand, as in the forms on the screen."""
TAGGED_UP_TO = 200_000
"""Characters. A longer document has no structure for screen readers: it would take many times the memory."""
_WIDTH = 527.0
"""Points between the margins of A4 portrait."""
_GUTTER = 9.0
_SIZE = 10.0
"""The largest type of a value, a text, a caption; titles have room for twice as many letters as they need."""
_TITLE_SIZE = 18.0
_LETTERHEAD_SIZE = 9.0


@dataclass(frozen=True, slots=True)
class Field:
    """A label and what stands under it; one without a value is left out.

    Args:
        span: how many of the 12 columns it takes.
    """

    label: str
    value: str
    span: int = 4


@dataclass(frozen=True, slots=True)
class LongText:
    """A text of any length, its lines as they were typed; one without words is left out."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One of several things of a kind, under a title of its own."""

    title: str
    fields: Sequence[Field] = ()
    texts: Sequence[LongText] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading. One that has nothing to show is left out.

    Args:
        ruled_lines: how many lines there are to write on by hand.
    """

    title: str
    fields: Sequence[Field] = ()
    texts: Sequence[LongText] = ()
    entries: Sequence[Entry] = ()
    ruled_lines: int = 0


@dataclass(frozen=True, slots=True)
class Signature:
    """A box to sign in: as what somebody signs, and who, if that is known."""

    caption: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that is printed beside the company's letterhead and the footer.

    Args:
        title: what it is and which one: «Atendimento nº 17».
        state: where it stands, beside the title.
        file_name: under which it is kept, with its ending.
    """

    title: str
    state: str
    file_name: str
    sections: Sequence[Section]
    signatures: Sequence[Signature] = ()


def answer_with(document: Document) -> Response:
    """The document of the open company as a PDF that the browser shows, made by who is logged in."""
    response = Response(printed(document, company=g.company, made_by=actor()), mimetype="application/pdf")
    response.headers["Content-Disposition"] = dump_options_header("inline", {"filename": document.file_name})
    return response


def printed(document: Document, *, company: Company, made_by: User) -> bytes:
    """The document's pages: the company above, who made them and when below, «Página x de y».

    A page takes some 20 ms.
    """
    made_at = now()
    made = _("Made by %(name)s at %(time)s", name=made_by.name, time=instant(made_at))
    sections = [shown for section in document.sections if (shown := _section(section)) is not None]
    number = shown_number(company.document)
    data = {
        "title": breakable(document.title, _room(8, _TITLE_SIZE)),
        "state": breakable(document.state, _room(4)),
        "company": breakable(company.name, _room(8, _TITLE_SIZE)),
        "company_number": f"{_('CPF/CNPJ')} {number}" if number else "",
        "company_address": _letterhead(company.address),
        "company_contacts": [
            _letterhead(f"{label} {value}")
            for label, value in ((_("Phone"), company.phone), (_("E-mail"), company.email))
            if value
        ],
        "made": breakable(f"{document.title} · {made}", _room(8)),
        "date": made_at.utctimetuple()[:6],
        "sections": sections,
        "signatures": [_signature(signature) for signature in document.signatures],
        "signatures_title": _("Signatures"),
        "signed_on": _("Date"),
    }
    return typeset("document.typ", data, is_tagged=_characters(sections) <= TAGGED_UP_TO)


def _section(section: Section) -> dict[str, Any] | None:
    shown = _parts(section) | {
        "entries": [{"title": _line(entry.title)} | _parts(entry) for entry in section.entries],
        "ruled_lines": section.ruled_lines,
    }
    return {"title": _line(section.title)} | shown if any(shown.values()) else None


def _parts(part: Section | Entry) -> dict[str, Any]:
    return {
        "rows": _rows(part.fields),
        "texts": [
            {"label": _line(text.label), "text": _line(text.text)} for text in part.texts if text.text.strip()
        ],
    }


def _rows(fields: Sequence[Field]) -> list[list[dict[str, Any]]]:
    """The fields in their rows; what a left out one leaves free is taken by what follows it."""
    rows: list[list[dict[str, Any]]] = []
    free = 0
    for field in fields:
        if not field.value:
            continue
        if field.span > free:
            rows.append([])
            free = COLUMNS
        free -= field.span
        room = _room(field.span)
        rows[-1].append(
            {
                "label": breakable(field.label, room),
                "value": breakable(field.value, room),
                "span": field.span,
            }
        )
    return rows


def _signature(signature: Signature) -> dict[str, str]:
    # Two of them share a line, with a wide gap between them.
    room = _room(5)
    return {"caption": breakable(signature.caption, room), "name": breakable(signature.name, room)}


def _line(text: str) -> str:
    return breakable(text, _room(COLUMNS))


def _letterhead(text: str) -> str:
    return breakable(text, _room(COLUMNS, _LETTERHEAD_SIZE))


def _room(span: int, size: float = _SIZE) -> float:
    """Ems that so many columns have."""
    return (_WIDTH * span / COLUMNS - _GUTTER) / size


def _characters(part: Any) -> int:
    match part:
        case str():
            return len(part)
        case dict():
            return sum(_characters(each) for each in part.values())
        case list():
            return sum(_characters(each) for each in part)
        case _:
            return 0
