"""PDF: read back, it has the sheet's rows and totals on numbered pages, whatever they are and how many."""

from __future__ import annotations

import gc
import re
import tracemalloc
from io import BytesIO
from itertools import pairwise
from unicodedata import category, normalize

import pytest
from pypdf import PdfReader

from app.formats import in_language
from app.reports.outputs import pdf_files
from app.reports.outputs.joining import Joined
from app.reports.outputs.measuring import Measures, breakable
from app.reports.outputs.pdf_files import write
from app.reports.outputs.writing import Watched, silent
from app.reports.sheets import Column, Kind, Line, LineKind
from app.reports.typesetting import printable
from tests import pdfs
from tests.app.reports.made_sheets import (
    COLUMNS,
    DETAILS,
    FORMULAS,
    HOSTILE,
    LOCAL,
    MADE_AT,
    Stop,
    flat_sheet,
    grouped_lines,
    grouped_sheet,
    row,
    sheet_of,
    texts_sheet,
    written,
)

CHART = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 9"><rect width="40" height="9"/></svg>'
FOOTER = "Relatório de Atendimentos · Sintético · Gerado por Ana Maria em 02/11/2026 14:30 Página "


@pytest.fixture(autouse=True)
def portuguese(app):
    with app.app_context(), in_language("pt_BR"):
        yield


@pytest.fixture
def parts(monkeypatch):
    """Sheets are typeset in many parts."""
    monkeypatch.setattr(pdf_files, "CELLS_OF_A_PART", 0)


def pages_of(content: bytes) -> list[str]:
    """Each page's text, in one piece: lines may have been wrapped anywhere."""
    return [" ".join(page.split()) for page in pdfs.pages_of(content)]


def seen(text: str) -> str:
    """What is seen of a text: neither space nor marks without a width."""
    return "".join(
        c for c in normalize("NFC", text) if category(c) != "Cf" and c != "\ufe0f" and not c.isspace()
    )


def test_the_first_page_says_what_it_is_and_the_last_has_the_total():
    (page,) = pages_of(written(write, flat_sheet(2)))
    assert page.startswith(
        "Relatório de Atendimentos · Sintético Aurora Assistência Técnica"
        " Período 01/01/2026 a 31/01/2026 Cliente =Todos Gerado por Ana Maria Gerado em 02/11/2026 14:30"
        " Linhas 2"
        " Número Aberto em Prazo Cliente Problema Tempo Custo Parte 1 31/01/2026 23:51"
    )
    assert page.endswith(f"Total geral 0:21 370,35 {FOOTER}1 de 1")


def test_every_row_detail_and_sum_is_there_in_its_order():
    text = " ".join(pages_of(written(write, grouped_sheet(2, 3))))
    place = 0
    for line in grouped_lines(2, 3):
        if line.kind is LineKind.DETAIL:
            kind, at, words = line.values
            instant = f" · Quando: {LOCAL:%d/%m/%Y %H:%M}" if at else ""
            wanted = f"{kind}{instant} · Texto: {' '.join(words.split())}"
        elif line.kind is LineKind.ROW:
            wanted = f"{line.values[0]} {line.values[1]:%d/%m/%Y %H:%M}"
        else:
            wanted = line.label
        place = text.index(wanted, place) + len(wanted)
    assert "Subtotal 0.0 26:05 1.234,50" in text
    assert "Total geral 100000:00 1.234.567,89" in text


def test_heads_and_open_breaks_are_repeated_on_every_page():
    pages = pages_of(written(write, grouped_sheet(1, 40)))
    assert len(pages) > 3
    for page in pages[1:]:
        assert re.match(r"Número Aberto em Prazo .* Parte Departamento: 0 Cliente: 0\.[01] ", page)


@pytest.mark.parametrize(("groups", "cells"), [(1, 0), (3, 0), (3, 600)])
def test_nobody_sees_where_the_parts_met(groups, cells, monkeypatch):
    """Page for page the same as typeset in one go; only the total is written last."""
    whole = pages_of(written(write, grouped_sheet(groups, 36 // groups)))
    assert len(whole) > 3
    monkeypatch.setattr(pdf_files, "CELLS_OF_A_PART", cells)
    assert pages_of(written(write, grouped_sheet(groups, 36 // groups))) == whole


def test_pages_of_parts_are_numbered_through_and_know_their_total(parts):
    pages = pages_of(written(write, flat_sheet(160)))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert page.endswith(f"{FOOTER}{number} de {len(pages)}")
    numbers = [int(n) for page in pages for n in re.findall(r"(\d+) \d\d/\d\d/2026 \d\d:\d\d ", page)]
    assert numbers[-160:] == list(range(1, 161))


def test_a_short_report_is_accessible_and_every_one_has_title_and_language(monkeypatch):
    short = written(write, flat_sheet(5, chart=CHART))
    assert b"pdfuaid:part" in short
    monkeypatch.setattr(pdf_files, "CELLS_OF_A_PART", 0)
    for content in (short, written(write, flat_sheet(200, chart=CHART))):
        read = PdfReader(BytesIO(content))
        assert read.metadata.title == "Relatório de Atendimentos · Sintético"
        assert read.root_object["/Lang"] == "pt-BR"
        assert read.root_object["/ViewerPreferences"]["/DisplayDocTitle"]
        assert read.metadata.creation_date_raw.startswith("D:20261102173000Z")


def test_the_same_sheet_makes_the_same_file(parts):
    assert written(write, flat_sheet(5)) == written(write, flat_sheet(5))
    assert written(write, flat_sheet(120)) == written(write, flat_sheet(120))


@pytest.mark.parametrize("texts", [FORMULAS, HOSTILE])
def test_texts_are_printed_as_they_are(texts):
    text = seen(" ".join(pages_of(written(write, texts_sheet(texts)))))
    for each in texts:
        # What is written from right to left, or around another character, is read back in another order.
        if not re.search("[\u0590-\u06ff\u202e\u20e3]", each):
            assert seen(printable(each)) in text


def test_labels_filters_and_names_are_printed_as_they_are(parts):
    columns = (Column("a", "#emph[A]"), Column("b", "$B$", Kind.NUMBER, is_summed=True))
    lines = [
        Line(LineKind.BREAK, (), "*C*"),
        *(Line(LineKind.ROW, ("_D_", 5)) for _ in range(90)),
        Line(LineKind.SUBTOTAL, (None, 450), "`E` 😀"),
        Line(LineKind.TOTAL, (None, 450), "= F"),
    ]
    sheet = sheet_of(
        *(lines,),
        columns=columns,
        rows=90,
        title="<T> #x",
        company="@C\x00",
        stated=(("// L", "/* V"), ("", "")),
        made_by="\\u{41}",
    )
    text = " ".join(pages_of(written(write, sheet)))
    for each in (
        "#emph[A] $B$ *C* _D_ 5",
        "`E` □ 450",
        "= F 450",
        "<T> #x @C // L /* V",
        "<T> #x · Gerado por \\u{41}",
    ):
        assert each in text


def test_an_empty_report_is_a_page_that_says_so():
    (page,) = pages_of(written(write, flat_sheet(0)))
    assert "Nenhuma linha." in page
    assert page.endswith(f"Total geral 0:00 0,00 {FOOTER}1 de 1")
    (page,) = pages_of(written(write, sheet_of([])))
    assert "Nenhuma linha." in page


def test_a_text_of_many_pages_is_printed_to_its_end(parts):
    words = " ".join(f"palavra{number}" for number in range(3_000))
    detail = Line(LineKind.DETAIL, ("Contato", None, words))
    lines = [row(1), detail, row(2, problem=words), row(3), Line(LineKind.TOTAL, (None,) * 8, "Total geral")]
    pages = pages_of(written(write, sheet_of(lines, rows=3, details=DETAILS)))
    text = " ".join(pages)
    assert len(pages) > 3
    assert text.count("palavra2999") == 2
    assert [page for page in pages if "palavra2000" in page]
    assert "3 31/01/2026 23:53" in text


def test_a_sheet_that_ends_with_its_part_has_no_page_more(parts):
    assert pdf_files.CELLS_OF_A_PART == 0
    lines = [row(number) for number in range(50)]
    pages = pages_of(written(write, sheet_of(lines, rows=50)))
    assert all(" 31/01/2026" in page or " 01/02/2026" in page for page in pages)


def test_sums_in_the_first_columns_have_their_label_above():
    columns = (Column("n", "Quantos", Kind.NUMBER, is_summed=True), Column("a", "Nome"))
    lines = [Line(LineKind.ROW, (3, "Ana")), Line(LineKind.TOTAL, (3, None), "Total geral")]
    (page,) = pages_of(written(write, sheet_of(lines, columns=columns, rows=1)))
    assert "Quantos Nome 3 Ana Total geral 3" in page

    columns = (Column("i", "X", width=1), columns[0], Column("a", "Nome", width=200))
    lines = [Line(LineKind.TOTAL, (None, 3, None), "Encaminhamentosdetodososdias")]
    (page,) = pages_of(written(write, sheet_of(lines, columns=columns)))
    assert page.partition("X Quantos Nome ")[2].startswith("Encaminhamentosdetodososdias 3")


def test_joined_parts_are_a_sound_file_wherever_it_begins(parts):
    """Read by a reader that forgives nothing: each reference leads to its object."""
    sheet = flat_sheet(160, chart=CHART)
    content = BytesIO(b"before")
    content.seek(6)
    write(sheet, content)
    assert content.getvalue().startswith(b"before%PDF-1.7")
    read = PdfReader(BytesIO(content.getvalue()[6:]), strict=True)
    for number in range(1, read.trailer["/Size"]):
        assert read.get_object(number) is not None
    assert [read.get_page_number(page) for page in read.pages] == list(range(len(read.pages)))
    assert len(read.root_object["/Pages"]["/Kids"]) > 2
    assert "Linhas 160" in pages_of(content.getvalue()[6:])[0]


def test_pages_that_are_written_dont_stay_in_memory(tmp_path):
    """Of more than a hundred pages less is kept than one part takes."""
    part = written(write, flat_sheet(300))
    with (tmp_path / "joined.pdf").open("wb") as file:
        joined = Joined(Watched(file, silent), title="", made_at=MADE_AT)
        joined.add(part)
        tracemalloc.start()
        for _ in range(20):
            joined.add(part)
        gc.collect()
        held, _peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert joined.pages > 100
    assert held < joined.pages * 200 < len(part)


def test_progress_is_told_and_can_stop_it(parts):
    told: list[int] = []
    written(write, flat_sheet(5), told.append)
    assert told == [5]
    told.clear()
    written(write, flat_sheet(120), told.append)
    assert told[-1] == 120
    assert all(0 <= later - earlier <= 50 for earlier, later in pairwise([0, *told]))

    def stop(rows: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        written(write, flat_sheet(120), stop)


def test_nothing_runs_out_of_the_page():
    """Seen on the page itself: beyond the margins everything is white."""
    word, many = "W" * 200, tuple(Column(f"c{n}", f"Encaminhamentos{n}", width=4) for n in range(30))
    details = [Line(LineKind.DETAIL, (word, LOCAL, word)), row(2, customer=word, problem=word)]
    lines = [Line(LineKind.BREAK, (), word), row(1, problem=word, share=10**40), *details]
    for sheet in (
        sheet_of(
            lines, rows=2, details=DETAILS, title=word, company=word, stated=((word[:30], word), ("a", word))
        ),
        sheet_of([Line(LineKind.ROW, ("i" * 40,) * 30), Line(LineKind.ROW, (word,) * 30)], columns=many),
        sheet_of([Line(LineKind.TOTAL, (None,) * 5 + (10**9, 10**15, None), word)]),
        sheet_of([row(1)], columns=(*COLUMNS[:-1], Column("z", "Z" * 300, Kind.PERCENT))),
    ):
        content = written(write, sheet)
        for number in range(len(PdfReader(BytesIO(content)).pages)):
            page = pdfs.Picture(content, number + 1)
            assert page.is_white(0, 11)
            assert page.is_white(286, 297)
            assert not page.is_white(12, 285)


@pytest.mark.parametrize("size", [1, 3, 8, 20, 60])
def test_long_words_keep_to_their_column(size):
    """A word is left whole if it has room, by the widths of its letters; else it may be broken anywhere."""
    measures = Measures([("a", size), ("b", 100)])
    words = {
        "i" * 50: 0.26,
        "W" * 50: 0.94,
        "0123456789" * 5: 0.46,
        "Encaminhamento": 0.46,
        "e\u0301" * 30: 0.2,
    }
    for word, ems in words.items():
        text, _ = measures.fit([f"x {word} y", ""])
        parts = text.split(" ")[1].split("\u200b")
        assert "".join(parts) == word
        if len(word) * ems > measures.room[0]:
            assert set(parts) <= {*word, "e\u0301"}
    assert measures.fit(["a b", ""]) == ["a b", ""]


@pytest.mark.parametrize("ems", [1, 3, 12, 50])
def test_a_word_of_thousands_of_letters_breaks_less_often_and_still_fits(ems):
    for word in ("W" * 5_000, "e\u0301" * 5_000, "😀" * 2_001):
        parts = breakable(word, ems).split("\u200b")
        assert "".join(parts) == word
        assert all(part[0] != "\u0301" for part in parts)
        assert max(len(part.replace("\u0301", "")) for part in parts) <= max(ems / 10, 1)
    assert max(map(len, breakable("W" * 2_000, ems).split("\u200b"))) == 1
