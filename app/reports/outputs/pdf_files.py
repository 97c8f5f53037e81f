"""A sheet as a PDF to read and to print: A4 landscape, heads on every page, «Página x de y».

typst's memory grows with what it typesets, so a long sheet is typeset in parts. A part's last page isn't
full: its lines begin the next part, and only whole pages are kept, so that nobody sees where the parts met.

A sheet that fits into one part is accessible (PDF/UA-1). A longer one has no structure for screen readers,
which would take twenty times the room; its readers have the other files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from flask_babel import gettext as _
from pypdf import PdfReader

from app.reports.outputs.joining import Joined
from app.reports.outputs.measuring import Measures
from app.reports.outputs.writing import Progress, Watched, silent, statements
from app.reports.sheets import Kind, Line, LineKind, Sheet
from app.reports.texts import formatter, shown
from app.reports.typesetting import typeset

CELLS_OF_A_PART = 6_000
CHARACTERS_OF_A_PART = 200_000
_FOOTER_TITLE = 100
_TEMPLATE = "sheet.typ"


def write(sheet: Sheet, file: BinaryIO, *, progress: Progress = silent) -> None:
    """Writes the sheet, however many lines it has. `progress` hears of each part."""
    pages = _Pages(sheet)
    lines, is_last = pages.take([])
    if is_last:
        file.write(pages.typeset(lines, is_part=False))
        progress(pages.rows_in(lines))
        return
    watched = Watched(file, progress)
    joined = Joined(watched, title=sheet.title, made_at=sheet.made_at)
    while lines:
        content = pages.typeset(lines, is_part=True, first=joined.pages + 1)
        kept, whole_pages = (len(lines), None) if is_last else _whole(content, lines)
        joined.add(content, whole_pages)
        watched.rows += pages.rows_in(lines[:kept])
        progress(watched.rows)
        pages.pass_by(lines[:kept])
        lines, is_last = pages.take(lines[kept:])
    joined.finish(total=pages.total(joined.pages))


class _Printed(NamedTuple):
    """A line as the template wants it.

    Args:
        data: its dictionary in the template.
        is_together: whether it stays on one page; a break does by itself.
    """

    kind: LineKind
    data: dict[str, Any]
    characters: int
    is_together: bool


class _Pages:
    """Makes parts of a sheet: of its lines, in their order."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._lines = iter(sheet.lines)
        measures = self._measures = Measures([(str(column.label), column.width) for column in sheet.columns])
        self._formatters = [formatter(column.kind) for column in sheet.columns]
        self._details = [(str(column.label), formatter(column.kind)) for column in sheet.details]
        self._most_lines = max(CELLS_OF_A_PART // max(len(sheet.columns), 1), 50)
        # What the lines to come share: the breaks that are open, from the outermost inwards.
        self._open: list[_Printed] = []
        made = _("Made by %(name)s at %(time)s", name=sheet.made_by, time=shown(Kind.INSTANT, sheet.made_at))
        self._frame = {
            "title": sheet.title,
            "made": measures.across(f"{sheet.title[:_FOOTER_TITLE]} · {made}"),
            "date": sheet.made_at.utctimetuple()[:6],
            "size": measures.size,
            "columns": [
                {"label": label, "width": width, "is_figure": column.kind.is_figure}
                for label, width, column in zip(measures.heads, measures.widths, sheet.columns, strict=True)
            ],
        }
        self._head: dict[str, Any] | None = {
            "title": measures.across(sheet.title),
            "company": measures.across(sheet.company),
            "stated": [
                (label, measures.in_half(value)) for label, value in statements(sheet, sheet.count)[2:]
            ],
            "nothing": _("No rows.") if sheet.count == 0 else "",
        }

    def take(self, begun: Sequence[_Printed]) -> tuple[list[_Printed], bool]:
        """As many lines as a part should have, those `begun` first, and whether they are the last ones."""
        lines = list(begun)
        characters = sum(line.characters for line in lines)
        for line in self._lines:
            printed = self._print(line)
            lines.append(printed)
            characters += printed.characters
            if len(lines) >= self._most_lines or characters >= CHARACTERS_OF_A_PART:
                return lines, False
        return lines, True

    def typeset(self, lines: Sequence[_Printed], *, is_part: bool, first: int = 1) -> bytes:
        """The pages of these lines. Of a part, an attachment says on which of its pages each line begins."""
        repeated = self._repeated(lines)
        data = self._frame | {
            "first": first,
            "is_part": is_part,
            "head": self._head,
            "lines": [line.data for line in repeated]
            + [line.data | {"at": at} for at, line in enumerate(lines)],
        }
        has_chart = self._head is not None and bool(self._sheet.chart)
        images = {"chart": self._sheet.chart.encode()} if has_chart else {}
        return typeset(_TEMPLATE, data, images=images, is_tagged=not is_part)

    def total(self, pages: int) -> bytes:
        """The page to lay over all others."""
        data = {"title": self._sheet.title, "size": self._measures.size, "total": str(pages)}
        return typeset("total.typ", data, is_tagged=False)

    def pass_by(self, lines: Sequence[_Printed]) -> None:
        """These lines have their pages: what follows them knows which breaks are still open."""
        self._head = None
        for line in lines:
            if line.kind in (LineKind.BREAK, LineKind.SUBTOTAL):
                self._open = [each for each in self._open if each.data["level"] < line.data["level"]]
            if line.kind is LineKind.BREAK:
                self._open.append(line)

    def rows_in(self, lines: Sequence[_Printed]) -> int:
        return sum(line.kind is LineKind.ROW for line in lines)

    def _repeated(self, lines: Sequence[_Printed]) -> list[_Printed]:
        """The breaks that a page beginning with these lines has at its top."""
        begins = lines[0] if lines else None
        if begins is None or begins.kind is LineKind.TOTAL:
            return []
        if begins.kind is LineKind.BREAK:
            return [each for each in self._open if each.data["level"] < begins.data["level"]]
        return self._open

    def _print(self, line: Line) -> _Printed:
        match line.kind:
            case LineKind.BREAK:
                data = {"kind": "break", "level": line.level, "label": self._measures.across(line.label)}
                return _Printed(line.kind, data, len(line.label), is_together=True)
            case LineKind.DETAIL:
                return self._print_detail(line)
            case _:
                texts = [make(value) for make, value in zip(self._formatters, line.values, strict=True)]
                values = self._measures.fit(texts)
                data = {"kind": str(line.kind), "values": values, "level": line.level}
                if line.kind is not LineKind.ROW:
                    data["label"] = self._measures.label(line.label)
                is_together = line.kind is not LineKind.ROW or self._measures.is_short(texts)
                return _Printed(
                    line.kind, data | {"is_together": is_together}, sum(map(len, texts)), is_together
                )

    def _print_detail(self, line: Line) -> _Printed:
        # The first one says what the others are about: it is their heading.
        name, *pairs = [
            (label, self._measures.across(make(value)))
            for (label, make), value in zip(self._details, line.values, strict=True)
        ]
        pairs = [(label, text) for label, text in pairs if text]
        characters = sum(len(label) + len(text) for label, text in (name, *pairs))
        is_together = self._measures.is_short_across("\n".join(text for _label, text in pairs))
        data = {"kind": "detail", "name": name[1], "pairs": pairs, "is_together": is_together}
        return _Printed(line.kind, data, characters, is_together)


def _whole(content: bytes, lines: Sequence[_Printed]) -> tuple[int, int | None]:
    """How many of a part's lines fill whole pages, and how many pages; all, and None, if that can't be told.

    A page is whole if the next one begins with the beginning of a line: if the line before it, which doesn't
    go over pages, begins on an earlier one.
    """
    begins = dict(json.loads(PdfReader(BytesIO(content)).attachments["lines"][0]))
    found: tuple[int, int | None] = (len(lines), None)
    before = None
    for at, page in sorted(begins.items()):
        if before is not None and page > begins[before] and lines[before].is_together:
            # What lies between them are breaks: they belong to the page that they head.
            found = before + 1, page - 1
        before = at
    return found
