"""CSV: read back by a program, it has the sheet's rows, and nothing that a spreadsheet would calculate."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest

from app.formats import in_language
from app.reports.outputs import FORMATS
from app.reports.outputs.csv_files import write
from app.reports.sheets import Column, Kind, Line, LineKind
from tests.app.reports.made_sheets import (
    FORMULAS,
    HOSTILE,
    Stop,
    day,
    flat_lines,
    flat_sheet,
    grouped_sheet,
    row,
    sheet_of,
    texts_sheet,
    written,
)


@pytest.fixture(autouse=True)
def portuguese(app):
    with app.app_context(), in_language("pt_BR"):
        yield


def read(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline=""), delimiter=";", strict=True))


def test_the_first_line_is_the_heads_and_the_last_ones_are_what_every_file_states():
    lines = read(written(write, flat_sheet(2)))
    assert lines[0] == ["Número", "Aberto em", "Prazo", "Cliente", "Problema", "Tempo", "Custo", "Parte"]
    assert lines[3][0] == "Total geral"
    assert lines[4:] == [
        [],
        ["Relatório", "Relatório de Atendimentos · Sintético"],
        ["Empresa", "Aurora Assistência Técnica"],
        ["Período", "01/01/2026 a 31/01/2026"],
        ["Cliente", "'=Todos"],
        ["Gerado por", "Ana Maria"],
        ["Gerado em", "02/11/2026 14:30"],
        ["Linhas", "2"],
    ]


def test_companies_that_a_report_states_itself_are_not_said_twice():
    sheet = flat_sheet(
        1, stated=(("Empresas", "Aurora, Boreal"), ("Cliente", "Todos")), company="Aurora, Boreal"
    )
    stated = [line[0] for line in read(written(write, sheet))[4:]]
    assert stated == ["Relatório", "Empresa", "Cliente", "Gerado por", "Gerado em", "Linhas"]


def test_every_row_and_total_is_there_as_it_reads_in_brazil():
    lines = read(written(write, flat_sheet(5)))
    for line, made in zip(flat_lines(5), lines[1:7], strict=True):
        number, opened, due, customer, problem, time, cost, _share = line.values
        if line.kind is LineKind.TOTAL:
            assert made == [line.label, "", "", "", "", f"{time // 60}:{time % 60:02}", "1.851,75", ""]
            continue
        assert made[:5] == [
            str(number),
            f"{opened:%d/%m/%Y %H:%M}",
            day(due) if due else "",
            customer,
            problem,
        ]
        assert made[5] == f"0:{time:02}"
        assert made[6].replace(".", "").replace(",", ".") == str(cost.quantize(cost.__class__("0.01")))
        assert made[7].replace(" ", "") == "12,3%"


def test_it_is_marked_as_utf8_and_texts_are_in_quotes_and_figures_are_not():
    first, second, *_ = written(write, flat_sheet(1)).split(b"\r\n")
    assert first.startswith('\ufeff"Número";"Aberto em"'.encode())
    start = '1;31/01/2026 23:51;31/01/2026;"Cliente 1 Ltda";"O equipamento não liga; ""erro 1""";0:07;123,45;'
    assert second.decode().startswith(start)


def test_lines_end_as_spreadsheets_want_them():
    content = written(write, grouped_sheet(2, 3))
    assert content.endswith(b"\r\n")
    assert content.count(b"\r\n") == content.count(b"\r")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_could_be_a_formula_begins_with_an_apostrophe(text):
    made = read(written(write, texts_sheet([text])))[1]
    assert made[3] == made[4] == "'" + text.replace("\0", "")


@pytest.mark.parametrize(
    "text", ["Ana", "a=b", "1-2", "(+55) 11", "ação", "¿=", "0", "–dash", "'=1", "x\n=1"]
)
def test_any_other_text_is_as_it_was(text):
    assert read(written(write, texts_sheet([text])))[1][3] == text


def test_labels_filters_and_heads_are_no_formulas_either():
    columns = (Column("a", "=A"), Column("b", "-B", Kind.NUMBER, is_summed=True))
    lines = [
        Line(LineKind.BREAK, (), "=C"),
        Line(LineKind.ROW, ("+D", -5)),
        Line(LineKind.TOTAL, (None, -5), "@E"),
    ]
    sheet = sheet_of(
        lines, columns=columns, rows=1, title="=T", company="+C", stated=(("=F", "-G"),), made_by="@M"
    )
    made = read(written(write, sheet))
    assert made[0] == ["Grupo", "'=A", "'-B"]
    assert made[1] == ["'=C", "", ""]
    assert made[2] == ["", "'+D", "-5"]
    assert made[3] == ["'@E", "", "-5"]
    stated = {line[0]: line[1] for line in made[5:]}
    assert stated["Relatório"] == "'=T"
    assert stated["Empresa"] == "'+C"
    assert stated["'=F"] == "'-G"
    assert stated["Gerado por"] == "'@M"


def test_whatever_the_texts_are_there_is_one_record_for_each_line():
    made = read(written(write, texts_sheet(HOSTILE)))
    assert len(made) == 1 + len(HOSTILE) + 1 + 1 + 7
    assert {len(line) for line in made[: len(HOSTILE) + 2]} == {8}
    for text, line in zip(HOSTILE, made[1:], strict=False):
        assert line[4].removeprefix("'") == text.replace("\0", "").replace("\ud800", "?")


def test_breaks_and_subtotals_have_their_label_in_a_column_of_its_own():
    heads, outer, inner, first, contact, forwarding, *rest = read(written(write, grouped_sheet(1, 1)))
    assert heads[0] == "Grupo"
    assert heads[-3:] == ["Tipo", "Quando", "Texto"]
    assert outer == ["Departamento: 0", *[""] * 11]
    assert inner == ["Cliente: 0.0", *[""] * 11]
    assert first[:2] == ["", "1"]
    assert first[-3:] == ["", "", ""]
    assert contact == [*[""] * 9, "Contato", "02/11/2026 14:30", "Texto 1. Texto 1. "]
    assert forwarding == [*[""] * 9, "Encaminhamento", "", "Laudo 1\nem duas linhas"]
    assert rest[0][:1] + rest[0][6:8] == ["Subtotal 0.0", "26:05", "1.234,50"]
    assert ["Total geral", *[""] * 5, "100000:00", "1.234.567,89", "", "", "", ""] in rest


def test_a_sum_in_the_first_column_leaves_the_label_its_place():
    columns = (Column("n", "Quantos", Kind.NUMBER, is_summed=True),)
    lines = [Line(LineKind.ROW, (3,)), Line(LineKind.TOTAL, (3,), "Total")]
    made = read(written(write, sheet_of(lines, columns=columns, rows=1)))
    assert made[:3] == [["Grupo", "Quantos"], ["", "3"], ["Total", "3"]]


def test_an_empty_report_is_a_file_that_says_so():
    made = read(written(write, flat_sheet(0)))
    assert made[1] == ["Total geral", "", "", "", "", "0:00", "0,00", ""]
    assert made[-1] == ["Linhas", "0"]


def test_it_states_how_many_rows_it_really_has():
    assert read(written(write, sheet_of(flat_lines(3), rows=99)))[-1] == ["Linhas", "3"]


def test_an_english_reader_gets_english_figures():
    with in_language("en"):
        made = read(written(write, sheet_of([row(100)], rows=1)))
    assert made[1][1] == "2/1/26 01:30"
    assert made[1][6] == "12,345.00"
    assert made[-1] == ["Rows", "1"]


def test_rows_are_on_their_way_before_the_last_one_is_read():
    content, sizes = BytesIO(), []

    def lines():
        for line in flat_lines(5_000):
            sizes.append(content.tell())
            yield line

    write(sheet_of(lines(), rows=5_000), content)
    assert sizes[1_500] > 0
    assert sizes[4_500] > 3 * sizes[1_500]


def test_progress_is_told_and_can_stop_it():
    told: list[int] = []
    written(write, flat_sheet(2_500), told.append)
    assert told == [1_000, 2_000, 2_500]

    def stop(rows: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        written(write, flat_sheet(2_500), stop)


def test_the_formats_are_what_a_page_offers():
    assert {key: (each.suffix, str(each.label)) for key, each in FORMATS.items()} == {
        "pdf": (".pdf", "PDF"),
        "xlsx": (".xlsx", "Planilha (XLSX)"),
        "csv": (".csv", "CSV"),
    }
