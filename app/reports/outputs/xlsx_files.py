"""A sheet as a workbook: real dates and numbers, a sheet of the totals, and one of what every file states."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, cast

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.format import Format as Style
from xlsxwriter.worksheet import Worksheet

from app.reports.outputs.writing import TELL_EVERY, Progress, Watched, flat, silent, statements
from app.reports.sheets import Column, Kind, Line, LineKind, Sheet
from app.reports.texts import shown

LINES_OF_A_SHEET = 1_048_576
LONGEST_TEXT = 32_767
"""In units of UTF-16, as Excel counts."""
_A4 = 9
_DIGITS_KEPT = 15
_FIRST_DAY = date(1900, 3, 1)
"""Before it, programs disagree about what a number of days means."""
_MIDNIGHT_0, _DAY_0 = datetime(1899, 12, 30), date(1899, 12, 30).toordinal()  # noqa: DTZ001  local, as all are
_ONE_DAY = timedelta(days=1)
_NO_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBER_FORMATS = {
    Kind.TEXT: "@",
    Kind.NUMBER: "0",
    Kind.MINUTES: "[h]:mm",
    Kind.MONEY: "#,##0.00",
    Kind.PERCENT: "0.0%",
}


def write(sheet: Sheet, file: BinaryIO, *, progress: Progress = silent) -> None:
    """Writes the sheet in a memory that doesn't depend on its lines: they wait in a temporary folder.

    A text is always a text, never a formula or a link, also after somebody edits its cell. What Excel has no
    room for is cut and said in the statements; lines beyond its last one go on in a further sheet.
    """
    watched = Watched(file, progress)
    with TemporaryDirectory() as folder:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "use_zip64": True,
        }
        workbook = Workbook(cast("Any", watched), options)
        try:
            _Writer(workbook, sheet).write(watched, progress)
            workbook.close()
        finally:
            watched.let_go()
            for worksheet in workbook.worksheets():
                with suppress(OSError):  # of a full disk, which was told already
                    worksheet.row_data_fh.close()


class _Writer:
    def __init__(self, workbook: Workbook, sheet: Sheet) -> None:
        self._workbook = workbook
        self._sheet = sheet
        self._cut = 0
        is_english = str(get_locale() or "pt_BR") == "en"
        day = "m/d/yy" if is_english else "dd/mm/yyyy"
        formats = _NUMBER_FORMATS | {Kind.DAY: day, Kind.INSTANT: f"{day} hh:mm"}
        self._plain = {kind: self._style(number_format) for kind, number_format in formats.items()}
        self._bold = {kind: self._style(number_format, bold=True) for kind, number_format in formats.items()}
        self._head = self._style("@", bold=True, bg_color="#E6E9EF", border=1, border_color="#C4C9D4")
        workbook.set_properties(
            {
                "title": sheet.title,
                "author": sheet.made_by,
                "company": sheet.company,
                # Said to be UTC in the file.
                "created": sheet.made_at.astimezone(UTC).replace(tzinfo=None),
            }
        )

    def _style(self, number_format: str, **more: Any) -> Style:
        return self._workbook.add_format({"num_format": number_format, "valign": "top", **more})

    def write(self, watched: Watched, progress: Progress) -> None:
        sheet = self._sheet
        heads, has_labels, lines = flat(sheet)
        first, beyond = int(has_labels), int(has_labels) + len(sheet.columns)
        columns = [(first + at, self._put(column)) for at, column in enumerate(sheet.columns)]
        details = [(beyond + at, self._put(column)) for at, column in enumerate(sheet.details)]
        sums = [(first + at, self._put(column, bold=True)) for at, column in enumerate(sheet.columns)]
        widths = [*([16] if has_labels else []), *(c.width for c in (*sheet.columns, *sheet.details))]

        data = grid = _Grid(self._add(_("Data")), heads, widths, self._text, self._head)
        totals = self._totals()
        filters = self._add(_("Filters"))
        sheets, rows = 1, 0
        for line in lines:
            if grid.is_full:
                grid.close()
                sheets += 1
                grid = _Grid(self._add(f"{_('Data')} {sheets}"), heads, widths, self._text, self._head)
            kind = line.kind
            if kind is LineKind.ROW:
                grid.add(columns, line.values)
                rows += 1
                if rows % TELL_EVERY == 0:
                    progress(rows)
            elif kind is LineKind.DETAIL:
                grid.add(details, line.values)
            else:
                is_total = kind is LineKind.TOTAL
                grid.add([] if kind is LineKind.BREAK else sums, line.values, is_total=is_total)
                self._text(grid.worksheet, grid.at, 0, line.label, self._bold[Kind.TEXT])
                if kind is not LineKind.BREAK:
                    totals(line)
        grid.close()
        watched.rows = rows
        self._state(filters, rows)
        data.worksheet.activate()

    def _add(self, name: str) -> Worksheet:
        worksheet = self._workbook.add_worksheet(name)
        worksheet.set_landscape()
        worksheet.set_paper(_A4)
        worksheet.fit_to_pages(1, 0)
        worksheet.ignore_errors({"number_stored_as_text": f"A1:XFD{LINES_OF_A_SHEET}"})
        return worksheet

    def _totals(self) -> Callable[[Line], None]:
        """The sheet of the totals, and what adds one to it."""
        summed = [(at, column) for at, column in enumerate(self._sheet.columns) if column.is_summed]
        heads = [_("Group"), *(str(column.label) for _at, column in summed)]
        widths = [40, *(column.width for _at, column in summed)]
        grid = _Grid(self._add(_("Totals")), heads, widths, self._text, self._head)
        cells = [(at + 1, self._put(column)) for at, (_at, column) in enumerate(summed)]
        bold = [(at + 1, self._put(column, bold=True)) for at, (_at, column) in enumerate(summed)]

        def add(line: Line) -> None:
            is_total = line.kind is LineKind.TOTAL
            if grid.is_full and not is_total:
                return
            grid.add(bold if is_total else cells, [line.values[at] for at, _column in summed])
            style = (self._bold if is_total else self._plain)[Kind.TEXT]
            self._text(grid.worksheet, grid.at, 0, line.label, style)

        return add

    def _state(self, worksheet: Worksheet, rows: int) -> None:
        stated = statements(self._sheet, rows)
        if self._cut:
            note = ngettext(
                "%(num)d text is longer than a cell of a spreadsheet, and was cut.",
                "%(num)d texts are longer than a cell of a spreadsheet, and were cut.",
                self._cut,
            )
            stated.append((_("Note"), note))
        worksheet.set_column(0, 0, 24)
        worksheet.set_column(1, 1, 90)
        wrapped = self._style("@", text_wrap=True)
        for at, (label, value) in enumerate(stated):
            self._text(worksheet, at, 0, label, self._bold[Kind.TEXT])
            self._text(worksheet, at, 1, value, wrapped)

    # ── Cells ────────────────────────────────────────────────────────────────────────────────────────

    def _put(self, column: Column, *, bold: bool = False) -> _Put:
        """What writes a column's values: chosen once, called for each row."""
        kind = column.kind
        style = (self._bold if bold else self._plain)[kind]
        as_text = (self._bold if bold else self._plain)[Kind.TEXT]
        if kind is Kind.TEXT:
            return lambda worksheet, row, at, value: self._text(worksheet, row, at, value, style)
        number_of = _NUMBERS[kind]

        def put(worksheet: Worksheet, row: int, at: int, value: Any) -> None:
            number = number_of(value)
            if number is None:
                self._text(worksheet, row, at, shown(kind, value), as_text)
            else:
                worksheet.write_number(row, at, number, style)

        return put

    def _text(self, worksheet: Worksheet, row: int, at: int, value: Any, style: Style) -> None:
        text = str(value)
        if _NO_XML.search(text):
            text = _NO_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        if len(text) > LONGEST_TEXT // 2:
            units = text.encode("utf-16-le")
            if len(units) > 2 * LONGEST_TEXT:
                text = units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", errors="ignore") + "…"
                self._cut += 1
        if text.startswith("<r>") and text.endswith("</r>"):
            text += " "  # xlsxwriter would put it into the file as it is: formatted text, or a formula
        if text:
            worksheet.write_string(row, at, text, style)


_Put = Callable[[Worksheet, int, int, Any], None]


class _Grid:
    """Lines below their heads, in one sheet of the workbook."""

    def __init__(
        self,
        worksheet: Worksheet,
        heads: Sequence[str],
        widths: Sequence[int],
        write: Callable[[Worksheet, int, int, Any, Style], None],
        style: Style,
    ) -> None:
        self.worksheet = worksheet
        self.at = self._last = 0
        self._columns = len(heads)
        worksheet.freeze_panes(1, 0)
        worksheet.repeat_rows(0)
        for at, (head, width) in enumerate(zip(heads, widths, strict=True)):
            worksheet.set_column(at, at, min(max(width, len(head) + 3), 80))
            write(worksheet, 0, at, head, style)

    @property
    def is_full(self) -> bool:
        return self.at >= LINES_OF_A_SHEET - 1

    def add(self, puts: Iterable[tuple[int, _Put]], values: Sequence[Any], *, is_total: bool = False) -> None:
        self.at += 1
        if not is_total:
            self._last = self.at
        for (at, put), value in zip(puts, values, strict=True):
            if value is not None:
                put(self.worksheet, self.at, at, value)

    def close(self) -> None:
        # Whoever sorts must not find the total among the lines.
        self.worksheet.autofilter(0, 0, max(self._last, 1), self._columns - 1)


# ── Numbers, as a spreadsheet has them; None where it would have another one ─────────────────────────


def _number(value: Any) -> float | None:
    return value if abs(value) < 10**_DIGITS_KEPT else None


def _money(value: Any) -> float | None:
    return float(value) if abs(value) < 10 ** (_DIGITS_KEPT - 2) else None


def _percent(value: Any) -> float | None:
    return float(value) / 100


def _minutes(value: Any) -> float | None:
    return value / (24 * 60) if value >= 0 else None


def _day(value: date) -> float | None:
    return value.toordinal() - _DAY_0 if value >= _FIRST_DAY else None


def _instant(value: datetime) -> float | None:
    return (value - _MIDNIGHT_0) / _ONE_DAY if value.date() >= _FIRST_DAY else None


_NUMBERS: dict[Kind, Callable[[Any], float | None]] = {
    Kind.NUMBER: _number,
    Kind.MONEY: _money,
    Kind.PERCENT: _percent,
    Kind.MINUTES: _minutes,
    Kind.DAY: _day,
    Kind.INSTANT: _instant,
}
