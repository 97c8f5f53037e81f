"""A sheet as CSV, as spreadsheets in Brazil open it: `;`, UTF-8 with a mark, CRLF, decimal commas.

The first line is the column heads, so that programs can read it too. The last lines, after an empty one, are
what every file states: label and value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from string import ascii_letters, digits
from typing import Any, BinaryIO

from app.reports.outputs.writing import TELL_EVERY, Progress, flat, silent, statements
from app.reports.sheets import Column, Kind, LineKind, Sheet
from app.reports.texts import formatter

# What a spreadsheet may skip or drop before it looks for a formula: white space, and what isn't seen.
_SKIPPED = (
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc"
)
# With all that becomes one of = + - @ when a spreadsheet or an input method makes plain characters of it.
_BEGINS_FORMULA = r"=+\-@＝＋－＠﹦﹢﹣﹫⁼₌⁺₊⁻₋−﬩⩴-⩶"
_FORMULA = re.compile(rf"[{_SKIPPED}]*[{_BEGINS_FORMULA}]|[\t\r\n]")

# Nearly every text begins with one of them: a question that takes half the time.
_PLAIN = frozenset(ascii_letters + digits)


def write(sheet: Sheet, file: BinaryIO, *, progress: Progress = silent) -> None:
    """Writes the sheet, line by line, in a memory that doesn't depend on how many there are.

    Texts are in quotes, figures are not. A text that a spreadsheet could take for a formula begins with `'`.
    """
    heads, has_labels, lines = flat(sheet)
    before = [""] if has_labels else []
    cells = [_cell(column) for column in sheet.columns]
    detail_cells = [_cell(column) for column in sheet.details]
    no_columns, no_details = [""] * len(cells), [""] * len(detail_cells)
    rows = 0
    pending = ["\ufeff" + ";".join(map(_text, heads))]
    for kind, values, label, _level in lines:
        if kind is LineKind.ROW:
            made = [cell(value) for cell, value in zip(cells, values, strict=True)]
            pending.append(";".join([*before, *made, *no_details]))
            rows += 1
            if rows % TELL_EVERY == 0:
                progress(rows)
        elif kind is LineKind.DETAIL:
            made = [cell(value) for cell, value in zip(detail_cells, values, strict=True)]
            pending.append(";".join([*before, *no_columns, *made]))
        else:
            made = no_columns
            if kind is not LineKind.BREAK:
                made = [cell(value) for cell, value in zip(cells, values, strict=True)]
            rest = made if has_labels else made[1:]
            pending.append(";".join([_text(label), *rest, *no_details]))
        if len(pending) >= TELL_EVERY:
            _send(pending, file)
            pending.clear()
    pending += ["", *(f"{_text(name)};{_text(value)}" for name, value in statements(sheet, rows))]
    _send(pending, file)
    progress(rows)


def _send(lines: list[str], file: BinaryIO) -> None:
    file.write(("\r\n".join(lines) + "\r\n").encode(errors="replace"))


def _cell(column: Column) -> Callable[[Any], str]:
    return _text if column.kind is Kind.TEXT else formatter(column.kind)


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    if '"' in text or "\0" in text:
        text = text.replace("\0", "").replace('"', '""')
    return f'"{text}"' if text[:1] in _PLAIN or not _FORMULA.match(text) else f'"\'{text}"'
