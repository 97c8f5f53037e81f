"""Files of the report read back, and how the values of a line read in them in Brazil."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from pypdf import PdfReader

from app.database import company_scope
from app.reports.outputs import FORMATS
from app.reports.sheets import Column, Kind, Line, LineKind, Sheet
from tests.plugins.service_desk.reports.data import Desk
from tests.plugins.service_desk.reports.questions import REPORT, Asked, reader_of

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EMPTY = ""


def file_of(desk: Desk, asked: Asked, format_key: str) -> bytes:
    """The question's file, written as its lines are read."""
    reader, content = reader_of(desk, asked.code), BytesIO()
    with company_scope(reader.company), REPORT.sheet(reader, asked.query) as sheet:
        FORMATS[format_key].write(sheet, content)
    return content.getvalue()


def shown(kind: Kind, value: Any) -> str:
    """A value in Portuguese."""
    if value is None:
        return EMPTY
    match kind:
        case Kind.INSTANT:
            return f"{value:%d/%m/%Y %H:%M}"
        case Kind.DAY:
            return f"{value:%d/%m/%Y}"
        case Kind.MINUTES:
            return "{}:{:02}".format(*divmod(value, 60))
        case Kind.MONEY:
            return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
        case Kind.PERCENT:
            return f"{value:.1f}%".replace(".", ",")
    return str(value)


def grid(sheet: Sheet, lines: Sequence[Line]) -> list[list[tuple[Kind, Any]]]:
    """The sheet as files of cells have it: after the labels the columns, after these the details."""
    has_labels = lines[0].kind is LineKind.BREAK or sheet.columns[0].is_summed
    before: list[tuple[Kind, Any]] = [(Kind.TEXT, None)] if has_labels else []
    columns, details = kinds(sheet.columns), kinds(sheet.details)
    found = [[(Kind.TEXT, str(column.label)) for column in (*sheet.columns, *sheet.details)]]
    found[0] = [(Kind.TEXT, "Grupo"), *found[0]] if has_labels else found[0]
    for line in lines:
        values: list[Any] = [None] * len(columns)
        below: list[Any] = [None] * len(details)
        if line.kind is LineKind.DETAIL:
            below = list(line.values)
        elif line.kind is not LineKind.BREAK:
            values = list(line.values)
        cells = [*before, *zip((*columns, *details), (*values, *below), strict=True)]
        if line.kind not in (LineKind.ROW, LineKind.DETAIL):
            cells[0] = (Kind.TEXT, line.label)
        found.append(cells)
    return found


def kinds(columns: Sequence[Column]) -> list[Kind]:
    return [column.kind for column in columns]


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────


def csv_lines(content: bytes) -> tuple[list[list[str]], dict[str, str]]:
    """The grid, and what the file states."""
    text = content.decode("utf-8-sig")
    lines = list(csv.reader(StringIO(text, newline=""), delimiter=";", strict=True))
    end = len(lines) - 1 - lines[::-1].index([])
    return lines[:end], {line[0]: line[1] for line in lines[end + 1 :]}


def assert_csv(sheet: Sheet, lines: Sequence[Line], content: bytes) -> None:
    """The file has exactly these lines; a text that could be a formula has an apostrophe before it."""
    found, stated = csv_lines(content)
    wanted = grid(sheet, lines)
    assert len(found) == len(wanted)
    for cells, read in zip(wanted, found, strict=True):
        texts = [shown(kind, value) for kind, value in cells]
        assert len(texts) == len(read)
        for (kind, _value), text, cell in zip(cells, texts, read, strict=True):
            assert cell == text or (kind is Kind.TEXT and cell == f"'{text}")
            assert not (kind is Kind.TEXT and re.match(r"[=+\-@\t＝＋－＠]", cell)), cell
    assert stated["Linhas"] == str(sheet.count)


# ── XLSX ─────────────────────────────────────────────────────────────────────────────────────────────


def xlsx_lines(content: bytes, name: str = "sheet1") -> list[dict[int, str | float]]:
    """The lines of one sheet of a workbook: column to value. Fails over what isn't a text or a number."""
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        root = ET.fromstring(archive.read(f"xl/worksheets/{name}.xml"))
    lines: list[dict[int, str | float]] = []
    for line in root.iter(f"{MAIN}row"):
        lines += [{} for _ in range(int(line.get("r", "0")) - len(lines))]
        for cell in line:
            assert {child.tag for child in cell} <= {f"{MAIN}v", f"{MAIN}is"}, "a formula"
            text = EMPTY.join(each.text or EMPTY for each in cell.iter(f"{MAIN}t"))
            text = re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), text)
            number = cell.find(f"{MAIN}v")
            value = text if cell.get("t") == "inlineStr" else float(number.text)  # type: ignore[union-attr]
            lines[-1][_column(cell.get("r", EMPTY))] = value
    return lines


def _column(name: str) -> int:
    number = 0
    for letter in name.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def assert_xlsx(sheet: Sheet, lines: Sequence[Line], content: bytes) -> None:
    """The workbook has exactly these lines, numbers and days as such, and these totals."""
    found = xlsx_lines(content)
    wanted = grid(sheet, lines)
    assert len(found) == len(wanted)
    for cells, read in zip(wanted, found, strict=True):
        there = {
            at: _as_number(kind, value) for at, (kind, value) in enumerate(cells) if value not in (None, "")
        }
        assert read.keys() == there.keys()
        for at, value in there.items():
            if isinstance(value, str):
                assert read[at] == kept(value)
            else:
                assert abs(read[at] - value) < 1e-9 * max(1, abs(value))  # type: ignore[operator]
    totals = [kept(line.label) for line in lines if line.kind in (LineKind.SUBTOTAL, LineKind.TOTAL)]
    assert [line[0] for line in xlsx_lines(content, "sheet2")[1:]] == totals
    assert [line for line in xlsx_lines(content, "sheet3") if line.get(0) == "Linhas"] == [
        {0: "Linhas", 1: str(sheet.count)}
    ]


def kept(text: str) -> str:
    """What a workbook keeps of a text: its lines end as XML has them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _as_number(kind: Kind, value: Any) -> str | float:
    match kind:
        case Kind.INSTANT:
            return (value - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001  local
        case Kind.DAY:
            return float((value - date(1899, 12, 30)).days)
        case Kind.MINUTES:
            return value / 1440
        case Kind.PERCENT:
            return float(value) / 100
        case Kind.TEXT:
            return str(value)
    return float(value)


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────────────


def pdf_text(content: bytes) -> str:
    """All pages in one piece, without white space: lines may have been wrapped anywhere."""
    return re.sub(r"[\s\u200b]", EMPTY, EMPTY.join(_pages(content)))


def _pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def assert_pdf(sheet: Sheet, lines: Sequence[Line], content: bytes) -> None:
    """The figures of all these lines, in their order; and no row but these."""
    text, place = pdf_text(content), 0
    rows, keys = [line for line in lines if line.kind is LineKind.ROW], [c.key for c in sheet.columns]
    apart = "\n".join(_pages(content))
    if "number" in keys and "order" not in keys and not any("5000" in line.label for line in lines):
        numbers = [line.values[keys.index("number")] for line in rows]
        # Those of the desk; only work orders and breaks may have such a figure, too.
        wanted = sorted(str(number) for number in numbers if number > 500_000)
        assert sorted(re.findall(r"(?<!\d)5000\d\d(?!\d)", apart)) == wanted
    elif "share" in keys:
        # Each line has its share, and the total has one.
        assert len(re.findall(r"\d,\d%", apart)) == len(rows) + 1
    for line in lines:
        if line.kind in (LineKind.BREAK, LineKind.DETAIL):
            continue
        pairs = zip(sheet.columns, line.values, strict=True)
        figures = [shown(c.kind, value) for c, value in pairs if c.kind not in (Kind.TEXT, Kind.INSTANT)]
        for figure in filter(None, figures):
            place = text.index(re.sub(r"\s", EMPTY, figure), place) + 1
    assert f"Linhas{sheet.count}" in text
