"""Sheets for the tests of the writers: every kind of column and of line, and texts that mean trouble."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from app.reports.outputs.writing import Write, silent
from app.reports.sheets import Column, Kind, Line, LineKind, Sheet

MADE_AT = datetime(2026, 11, 2, 14, 30, tzinfo=ZoneInfo("America/Sao_Paulo"))
LOCAL = MADE_AT.replace(tzinfo=None)
COLUMNS = (
    Column("number", "Número", Kind.NUMBER, 8),
    Column("opened", "Aberto em", Kind.INSTANT, 16),
    Column("due", "Prazo", Kind.DAY, 10),
    Column("customer", "Cliente", Kind.TEXT, 30),
    Column("problem", "Problema", Kind.TEXT, 40),
    Column("time", "Tempo", Kind.MINUTES, 8, is_summed=True),
    Column("cost", "Custo", Kind.MONEY, 12, is_summed=True),
    Column("share", "Parte", Kind.PERCENT, 8),
)
DETAILS = (
    Column("kind", "Tipo"),
    Column("at", "Quando", Kind.INSTANT, 16),
    Column("text", "Texto", width=60),
)

# What a spreadsheet could take for a formula, with what it could skip before it.
FORMULAS = (
    *("=1+1", "+1", "-5", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x";"y")'),
    *(
        " =1",
        "   -1",
        "\t=1",
        "\tabc",
        "\rabc",
        "\nabc",
        "\r\n=1",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff@x",
        "\u2060+1",
    ),
    *("\u3000=1", "\u00ad-1", "\u202e=1", "\x01=1", "\x00=1", "\x1f =1", "\u3164=1", "\ufe0f=1"),
    *("＝1", "＋1", "－1", "＠x", "\u200b＝1", "﹦1", "﹢1", "﹣1", "﹫x", "−1", "⁼1"),
)
HOSTILE = (
    *(
        "#emph[x]",
        "$x$",
        "\\",
        "*bold*",
        "_a_",
        "= title",
        "<label>",
        "@ref",
        "// c",
        "/* c",
        "`x`",
        "]",
        "[",
        "}",
    ),
    *(
        "</t></is></c><c><f>1</f></c>",
        "<r><t>a</t></r>",
        "<r>=1</r>",
        "&amp;",
        "_x0041_",
        "a\x0bb",
        "a\x00b\x1fc",
    ),
    *(
        "😀 👩\u200d👧",
        "王小明",
        "مرحبا",
        "שלום",
        "\u202eabc",
        "e\u0301",
        "\ufffe",
        "a\r\nb\rc\u2028d\te",
        "a\n" * 30,
    ),
    *("x" * 300, "W" * 300, "A;B;" * 60, "  indented", "", "ﷺ", "1\ufe0f\u20e3", "\ud800"),
)


class Stop(Exception):
    """What a progress raises that doesn't want the file any more."""


def row(number: int, /, **values: Any) -> Line:
    opened = datetime(2026, 1, 31, 23, 50) + timedelta(minutes=number)  # noqa: DTZ001  local
    usual = {
        "number": number,
        "opened": opened,
        "due": opened.date() if number % 3 else None,
        "customer": f"Cliente {number} Ltda",
        "problem": f'O equipamento não liga; "erro {number}"',
        "time": number * 7,
        "cost": Decimal(number * 12345) / 100,
        "share": Decimal("12.3"),
    }
    return Line(LineKind.ROW, tuple((usual | values)[column.key] for column in COLUMNS))


def sums(kind: LineKind, time: int, cost: Decimal, label: str, level: int = 0) -> Line:
    return Line(kind, (*[None] * 5, time, cost, None), label, level)


def flat_lines(rows: int) -> Iterator[Line]:
    """Rows and their total."""
    time, cost = 0, Decimal(0)
    for number in range(1, rows + 1):
        line = row(number)
        time, cost = time + line.values[5], cost + line.values[6]
        yield line
    yield sums(LineKind.TOTAL, time, cost, "Total geral")


def grouped_lines(groups: int, rows: int) -> Iterator[Line]:
    """Two levels of breaks with their subtotals; every other row has two details."""
    number = 0
    for outer in range(groups):
        yield Line(LineKind.BREAK, (), f"Departamento: {outer}", 0)
        for inner in range(2):
            yield Line(LineKind.BREAK, (), f"Cliente: {outer}.{inner}", 1)
            for _ in range(rows):
                number += 1
                yield row(number, problem="O equipamento não liga. " * (1 + number % 5))
                if number % 2:
                    yield Line(LineKind.DETAIL, ("Contato", LOCAL, f"Texto {number}. " * (1 + number % 30)))
                    yield Line(LineKind.DETAIL, ("Encaminhamento", None, f"Laudo {number}\nem duas linhas"))
            yield sums(LineKind.SUBTOTAL, 26 * 60 + 5, Decimal("1234.50"), f"Subtotal {outer}.{inner}", 1)
        yield sums(LineKind.SUBTOTAL, 60, Decimal("-0.01"), f"Subtotal {outer}", 0)
    yield sums(LineKind.TOTAL, 6_000_000, Decimal("1234567.89"), "Total geral")


def sheet_of(lines: Iterable[Line], *, rows: int = 0, **instead: Any) -> Sheet:
    usual = Sheet(
        title="Relatório de Atendimentos · Sintético",
        company="Aurora Assistência Técnica",
        stated=(("Período", "01/01/2026 a 31/01/2026"), ("Cliente", "=Todos")),
        columns=COLUMNS,
        details=(),
        count=rows,
        made_by="Ana Maria",
        made_at=MADE_AT,
        lines=lines,
    )
    return replace(usual, **instead)


def flat_sheet(rows: int, **instead: Any) -> Sheet:
    return sheet_of(flat_lines(rows), rows=rows, **instead)


def grouped_sheet(groups: int, rows: int, **instead: Any) -> Sheet:
    lines = grouped_lines(groups, rows)
    return sheet_of(lines, rows=groups * 2 * rows, details=DETAILS, **instead)


def texts_sheet(texts: Iterable[str]) -> Sheet:
    """One row for each text, which stands in two columns, and a total of that name."""
    texts = list(texts)
    rows = [row(at, customer=text, problem=text) for at, text in enumerate(texts)]
    return sheet_of([*rows, sums(LineKind.TOTAL, 1, Decimal(1), "Total geral")], rows=len(texts))


def written(write: Write, sheet: Sheet, progress: Any = silent) -> bytes:
    content = BytesIO()
    write(sheet, content, progress=progress)
    return content.getvalue()


def day(value: date) -> str:
    return value.strftime("%d/%m/%Y")
