"""The answer of a report, before it has a form: columns, lines, totals.

Whoever answers the question makes a `Sheet`; screen, PDF, spreadsheet and CSV only write it. So all of them
have the same rows and the same totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from app.plugin_api.contract import Text


class Kind(StrEnum):
    """What a column holds, and the Python type of its values; None everywhere means: nothing there."""

    TEXT = "text"
    """`str`, any characters, also line ends."""
    NUMBER = "number"
    """`int`."""
    INSTANT = "instant"
    """`datetime` without a zone: the local time of the row's company, to the minute or finer."""
    DAY = "day"
    """`date`."""
    MINUTES = "minutes"
    """`int`: whole minutes, shown as hours and minutes (`26:05`)."""
    MONEY = "money"
    """`Decimal` with two places, in the company's currency."""
    PERCENT = "percent"
    """`Decimal`: 12.3 reads 12,3%."""

    @property
    def is_figure(self) -> bool:
        """Whether values stand at the right, and can be summed."""
        return self in (Kind.NUMBER, Kind.MINUTES, Kind.MONEY, Kind.PERCENT)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Args:
        key: its name in the URL and among the columns that a user remembers.
        width: about how many characters it takes; the layouts share their width in these proportions.
        is_summed: subtotals and totals have a figure in it.
    """

    key: str
    label: Text
    kind: Kind = Kind.TEXT
    width: int = 12
    is_summed: bool = False


class LineKind(StrEnum):
    """What a line of a sheet is."""

    ROW = "row"
    DETAIL = "detail"
    """Belongs to the row above it, and has values for the sheet's `details`."""
    BREAK = "break"
    """A heading: what the rows below share."""
    SUBTOTAL = "subtotal"
    """Closes the break of the same level."""
    TOTAL = "total"


class Line(NamedTuple):
    """A line of a sheet.

    Args:
        values: one for each of the columns (DETAIL: for each of the details); of a SUBTOTAL and a TOTAL
            only the summed columns have one. A BREAK has none at all.
        label: of a BREAK what the rows share, of a SUBTOTAL and a TOTAL what they sum up, in the reader's
            language.
        level: of BREAK and SUBTOTAL: 0 is the outermost.
    """

    kind: LineKind
    values: Sequence[Any]
    label: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """An answered question. Its texts are in the reader's language.

    Args:
        title: «Relatório de Atendimentos e Encaminhamentos · Sintético».
        company: for whom: the company's name, or those of several.
        stated: the filters in words: label, value. Every file states them.
        columns: of ROW, SUBTOTAL and TOTAL.
        details: columns of DETAIL lines; none where there are no such lines.
        count: how many ROW lines there are.
        made_by: the user's name.
        made_at: in the zone of the company from which it was asked.
        lines: can be gone through once. The last one is the TOTAL; an empty report has only that.
        chart: an SVG of the same figures, or "".
    """

    title: str
    company: str
    stated: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    details: tuple[Column, ...]
    count: int
    made_by: str
    made_at: datetime
    lines: Iterable[Line]
    chart: str = ""
