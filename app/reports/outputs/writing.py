"""What the writers of files share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, Protocol

from flask_babel import gettext as _

from app.reports.sheets import Kind, Line, LineKind, Sheet
from app.reports.texts import shown

TELL_EVERY = 1_000
"""Rows from one call of `progress` to the next, at most."""
_TELL_BYTES = 256 * 1024


class Progress(Protocol):
    """Told how many rows have been written; may raise to stop the writer."""

    def __call__(self, rows: int, /) -> object: ...


class Write(Protocol):
    """Writes a sheet's file.

    Its texts are in the reader's language: that of the block or request in which it is called. What
    `progress` raises is raised, and leaves no temporary file.
    """

    def __call__(self, sheet: Sheet, file: BinaryIO, *, progress: Progress = ...) -> None: ...


def silent(_rows: int, /) -> None:
    """The progress that nobody wants to know."""


class Watched:
    """A file whose writing tells how many rows there are: some libraries write for a minute at the end.

    Once it is let go nothing gets through to the file, whatever an abandoned library still writes.
    """

    def __init__(self, file: BinaryIO, progress: Progress) -> None:
        self._file: BinaryIO | None = file
        self._progress = progress
        self._untold = 0
        self.rows = 0

    def let_go(self) -> None:
        """The file is somebody else's again."""
        self._file = None

    def write(self, data: bytes) -> int:
        """As of a file."""
        if self._file is None:
            return len(data)
        self._untold += len(data)
        if self._untold >= _TELL_BYTES:
            self._progress(self.rows)
            self._untold = 0
        return self._file.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """As of a file."""
        return self._file.seek(offset, whence) if self._file is not None else 0

    def tell(self) -> int:
        """As of a file."""
        return self._file.tell() if self._file is not None else 0

    def flush(self) -> None:
        """As of a file."""
        if self._file is not None:
            self._file.flush()


def statements(sheet: Sheet, rows: int) -> list[tuple[str, str]]:
    """What every file states, label and value: of what, for whom, filters, by whom, when, how many rows."""
    return [
        (_("Report"), sheet.title),
        (_("Company"), sheet.company),
        # A report may state its companies itself, for where only what it states is shown.
        *(pair for pair in sheet.stated if pair[1] != sheet.company),
        (_("Made by"), sheet.made_by),
        (_("Made at"), shown(Kind.INSTANT, sheet.made_at)),
        (_("Rows"), str(rows)),
    ]


def flat(sheet: Sheet) -> tuple[list[str], bool, Iterator[Line]]:
    """The sheet as one grid: its column heads, whether labels have a column of their own, and its lines.

    Columns first, then the details, each with its cell in every line. Labels of breaks and totals stand in
    the first column: an additional one if there are breaks, or if the first one has totals in it.
    """
    lines = iter(sheet.lines)
    first = next(lines, None)
    has_breaks = first is not None and first.kind is LineKind.BREAK
    has_labels = has_breaks or any(column.is_summed for column in sheet.columns[:1])
    heads = [str(column.label) for column in (*sheet.columns, *sheet.details)]
    return (
        [_("Group"), *heads] if has_labels else heads,
        has_labels,
        lines if first is None else chain((first,), lines),
    )
