"""Workbooks: read back from the file itself, values are real and no cell is a formula."""

from __future__ import annotations

import math
import re
import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import NamedTuple
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from app.formats import in_language
from app.reports.outputs import xlsx_files
from app.reports.outputs.xlsx_files import LONGEST_TEXT, write
from app.reports.sheets import Column, Kind, Line, LineKind
from tests.app.reports.made_sheets import (
    COLUMNS,
    DETAILS,
    FORMULAS,
    HOSTILE,
    Stop,
    flat_lines,
    flat_sheet,
    grouped_sheet,
    row,
    sheet_of,
    sums,
    texts_sheet,
    written,
)

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINKED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@pytest.fixture(autouse=True)
def portuguese(app):
    with app.app_context(), in_language("pt_BR"):
        yield


class Cell(NamedTuple):
    value: str | float
    format: str
    is_bold: bool


def read(content: bytes) -> dict[str, list[dict[int, Cell]]]:
    """Each sheet's lines: column to cell. Fails over a cell that isn't a plain text or number."""
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        styles = _styles(ET.fromstring(archive.read("xl/styles.xml")))
        names = ET.fromstring(archive.read("xl/workbook.xml")).find(f"{MAIN}sheets")
        links = {
            link.get("Id"): link.get("Target")
            for link in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        }
        return {
            each.get("name"): _lines(ET.fromstring(archive.read(f"xl/{links[each.get(LINKED)]}")), styles)
            for each in names
        }


def _styles(root: ET.Element) -> list[tuple[str, bool]]:
    formats = {each.get("numFmtId"): each.get("formatCode") for each in root.iter(f"{MAIN}numFmt")}
    builtin = {"0": "", "1": "0", "2": "0.00", "4": "#,##0.00", "46": "[h]:mm:ss", "49": "@"}
    bold = [each.find(f"{MAIN}b") is not None for each in root.find(f"{MAIN}fonts")]
    return [
        ((builtin | formats)[each.get("numFmtId")], bold[int(each.get("fontId"))])
        for each in root.find(f"{MAIN}cellXfs")
    ]


def _lines(root: ET.Element, styles: list[tuple[str, bool]]) -> list[dict[int, Cell]]:
    lines: list[dict[int, Cell]] = []
    for line in root.iter(f"{MAIN}row"):
        lines += [{} for _ in range(int(line.get("r")) - len(lines))]
        for cell in line:
            assert {child.tag for child in cell} <= {f"{MAIN}v", f"{MAIN}is"}
            text = "".join(each.text or "" for each in cell.iter(f"{MAIN}t"))
            text = re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), text)
            value = text if cell.get("t") == "inlineStr" else float(cell.find(f"{MAIN}v").text)
            lines[-1][_column(cell.get("r"))] = Cell(value, *styles[int(cell.get("s", "0"))])
    return lines


def _column(name: str) -> int:
    number = 0
    for letter in name.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def instant(value: float) -> datetime:
    return datetime(1899, 12, 30) + timedelta(seconds=round(value * 86_400))  # noqa: DTZ001  local


def plain(line: dict[int, Cell]) -> dict[int, str | float]:
    return {at: cell.value for at, cell in line.items()}


def test_every_value_is_what_it_was():
    made = read(written(write, flat_sheet(40)))["Dados"]
    assert [made[0][at].value for at in range(8)][:2] == ["Número", "Aberto em"]
    for line, cells in zip(flat_lines(40), made[1:], strict=True):
        number, opened, due, customer, problem, time, cost, share = line.values
        assert round(cells[5].value * 24 * 60) == time
        assert Decimal(str(cells[6].value)) == cost
        if line.kind is LineKind.TOTAL:
            assert cells[0] == ("Total geral", "@", True)
            assert cells[5].is_bold
            assert cells.keys() == {0, 5, 6}
            continue
        assert cells[0].value == number
        assert instant(cells[1].value) == opened
        assert (instant(cells[2].value).date() if 2 in cells else None) == due
        assert [cells[3].value, cells[4].value] == [customer, problem]
        assert math.isclose(cells[7].value, float(share) / 100)
        assert not any(cell.is_bold for cell in cells.values())


def test_figures_read_as_a_brazilian_spreadsheet_shows_them():
    cells = read(written(write, flat_sheet(1)))["Dados"][1]
    formats = [cells[at].format for at in range(8)]
    assert formats == ["0", "dd/mm/yyyy hh:mm", "dd/mm/yyyy", "@", "@", "[h]:mm", "#,##0.00", "0.0%"]


def test_an_english_reader_gets_english_days():
    with in_language("en"):
        cells = read(written(write, sheet_of([row(1)], rows=1)))["Data"][1]
    assert [cells[1].format, cells[2].format if 2 in cells else ""] == ["m/d/yy hh:mm", "m/d/yy"]


@pytest.mark.parametrize("texts", [FORMULAS, HOSTILE])
def test_texts_are_texts_whatever_they_are(texts):
    made = read(written(write, texts_sheet(texts)))["Dados"]
    assert len(made) == len(texts) + 2
    for text, cells in zip(texts, made[1:], strict=False):
        kept = "".join(
            c for c in text.replace("\r\n", "\n") if c in "\t\n\r" or (c >= " " and c not in "\ufffe\ud800")
        )
        value = cells[3].value if 3 in cells else ""
        # A reader of XML makes the end of a line of whatever ends one.
        assert value.rstrip(" ") == kept.replace("\r", "\n").rstrip(" ")
        assert 3 not in cells or cells[3].format == "@"


def test_nothing_in_the_file_is_a_formula_or_a_link():
    columns = (Column("a", "=A"), Column("b", "http://b", Kind.NUMBER, is_summed=True))
    lines = [
        Line(LineKind.BREAK, (), "=C"),
        Line(LineKind.ROW, ("http://d", -5)),
        Line(LineKind.ROW, ("{=D}", -5)),
        Line(LineKind.SUBTOTAL, (None, -5), "=E"),
        Line(LineKind.TOTAL, (None, -5), "@E"),
    ]
    sheet = sheet_of(
        lines, columns=columns, title="=T", company="http://c", stated=(("=F", "=G"),), made_by="=M"
    )
    content = written(write, sheet)
    made = read(content)
    assert [cell.value for cell in made["Dados"][1].values()] == ["=C"]
    assert made["Filtros"][0][1].value == "=T"
    with ZipFile(BytesIO(content)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        assert len(parts) == 3
        for name in parts:
            assert not re.search(rb"<f[ />]|hyperlink", archive.read(name))


def test_breaks_details_and_subtotals_have_their_cells():
    made = read(written(write, grouped_sheet(1, 1)))["Dados"]
    heads = ["Grupo", *(column.label for column in (*COLUMNS, *DETAILS))]
    assert plain(made[0]) == dict(enumerate(heads))
    assert made[1] == {0: ("Departamento: 0", "@", True)}
    assert made[2] == {0: ("Cliente: 0.0", "@", True)}
    assert made[4].keys() == {9, 10, 11}
    assert made[5][11].value == "Laudo 1\nem duas linhas"
    assert made[6][0] == ("Subtotal 0.0", "@", True)
    assert round(made[6][6].value * 1440) == 26 * 60 + 5


def test_a_second_sheet_has_the_totals_and_a_third_what_every_file_states():
    made = read(written(write, grouped_sheet(1, 2)))
    assert list(made) == ["Dados", "Totais", "Filtros"]
    assert [plain(line).get(0) for line in made["Totais"]] == [
        "Grupo",
        "Subtotal 0.0",
        "Subtotal 0.1",
        "Subtotal 0",
        "Total geral",
    ]
    assert [cell.value for cell in made["Totais"][0].values()] == ["Grupo", "Tempo", "Custo"]
    assert made["Totais"][-1][2].value == 1234567.89
    assert {line[0].value: line[1].value for line in made["Filtros"]} == {
        "Relatório": "Relatório de Atendimentos · Sintético",
        "Empresa": "Aurora Assistência Técnica",
        "Período": "01/01/2026 a 31/01/2026",
        "Cliente": "=Todos",
        "Gerado por": "Ana Maria",
        "Gerado em": "02/11/2026 14:30",
        "Linhas": "4",
    }


def test_the_header_stays_and_filters():
    with ZipFile(BytesIO(written(write, flat_sheet(3)))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in sheet
    assert 'ySplit="1"' in sheet
    assert '<autoFilter ref="A1:H4"/>' in sheet  # the total stays below, however the lines are sorted
    assert 'width="40' in sheet


def test_the_instant_of_its_making_is_the_same_everywhere():
    core = ZipFile(BytesIO(written(write, flat_sheet(1)))).read("docProps/core.xml").decode()
    assert ">2026-11-02T17:30:00Z</dcterms:created>" in core


def test_a_text_too_long_for_a_cell_is_cut_and_that_is_said():
    long, wide, fits = "a" * (LONGEST_TEXT + 1), "😀" * 20_000, "b" * LONGEST_TEXT
    made = read(written(write, texts_sheet([long, wide, fits])))
    assert made["Dados"][1][3].value == "a" * (LONGEST_TEXT - 1) + "…"
    assert made["Dados"][2][3].value == "😀" * 16_383 + "…"
    assert made["Dados"][3][3].value == fits
    assert made["Filtros"][-1][1].value == "4 textos não cabem em uma célula de planilha e foram cortados."


def test_lines_beyond_the_last_one_go_on_in_a_further_sheet(monkeypatch):
    monkeypatch.setattr(xlsx_files, "LINES_OF_A_SHEET", 11)
    made = read(written(write, flat_sheet(25)))
    assert list(made) == ["Dados", "Totais", "Filtros", "Dados 2", "Dados 3"]
    parts = [made["Dados"], made["Dados 2"], made["Dados 3"]]
    assert [len(part) for part in parts] == [11, 11, 7]
    assert {part[0][0].value for part in parts} == {"Número"}
    numbers = [line[0].value for part in parts for line in part[1:]]
    assert numbers == [*range(1, 26), "Total geral"]


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("opened", datetime(1899, 5, 1, 8, 30), "01/05/1899 08:30"),  # noqa: DTZ001  local
        ("due", date(1900, 2, 28), "28/02/1900"),
        ("number", 12345678901234567, "12345678901234567"),
        ("cost", Decimal("12345678901234.56"), "12.345.678.901.234,56"),
    ],
)
def test_what_a_spreadsheet_would_get_wrong_is_a_text(key, value, text):
    line = row(1, **{key: value})
    cells = read(written(write, sheet_of([line], rows=1)))["Dados"][1]
    assert cells[line.values.index(value)] == (text, "@", False)


def test_an_empty_report_is_a_file_that_says_so():
    made = read(written(write, flat_sheet(0)))
    assert len(made["Dados"]) == 2
    assert [cell.value for cell in made["Filtros"][-1].values()] == ["Linhas", "0"]


def test_sums_in_the_first_column_and_none_at_all_are_written_too():
    summed = (Column("n", "Quantos", Kind.NUMBER, is_summed=True),)
    made = read(written(write, sheet_of([Line(LineKind.TOTAL, (3,), "Total")], columns=summed)))
    assert plain(made["Dados"][1]) == plain(made["Totais"][1]) == {0: "Total", 1: 3}
    made = read(
        written(write, sheet_of([Line(LineKind.TOTAL, (None,), "Total")], columns=(Column("a", "A"),)))
    )
    assert plain(made["Totais"][1]) == {0: "Total"}


def test_nothing_is_left_behind_whether_it_ends_or_is_stopped(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told: list[int] = []
    first = written(write, flat_sheet(1_500), told.append)
    assert told[0] == 1_000
    assert list(tmp_path.iterdir()) == []

    def stop(rows: int) -> None:
        assert list(tmp_path.iterdir())
        raise Stop

    with pytest.raises(Stop):
        written(write, flat_sheet(1_500), stop)
    assert list(tmp_path.iterdir()) == []
    assert written(write, flat_sheet(1_500)) == first


def test_progress_is_told_while_the_file_is_put_together(monkeypatch):
    """Whoever waits for it must not take the writer for dead; and it can still be stopped."""
    monkeypatch.setattr("app.reports.outputs.writing._TELL_BYTES", 1)
    told: list[int] = []
    written(write, flat_sheet(999), told.append)
    assert set(told) == {999}

    content = BytesIO()

    def stop(rows: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        write(flat_sheet(999), content, progress=stop)
    size = len(content.getvalue())
    content.close()
    assert size == 0


def test_a_total_has_its_place_among_more_subtotals_than_a_sheet_has_lines(monkeypatch):
    monkeypatch.setattr(xlsx_files, "LINES_OF_A_SHEET", 5)
    lines = [sums(LineKind.SUBTOTAL, n, Decimal(n), f"Subtotal {n}") for n in range(9)]
    made = read(written(write, sheet_of([*lines, sums(LineKind.TOTAL, 9, Decimal(9), "Total geral")])))
    assert [line[0].value for line in made["Totais"]][-2:] == ["Subtotal 3", "Total geral"]
