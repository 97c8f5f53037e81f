"""Charts drawn on the server: whole figures, inside their picture, well-formed whatever the names are."""

from __future__ import annotations

import re
from itertools import pairwise
from math import cos, radians, sin
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.formats import in_language
from app.reports import charts
from app.reports.charts import MOST_BARS, MOST_COLUMNS, Bar, Room, bar_chart
from app.reports.typesetting import typeset

SVG = "{http://www.w3.org/2000/svg}"
STATIC = Path(charts.__file__).parents[1] / "static"
TECHNICIANS = [Bar("Ana", (120,)), Bar("Bruno", (30,)), Bar("Caio", (0,)), Bar("Dora", (60,))]
MONTHS = [Bar(f"{month:02}/2026", (month * 10, 12 - month)) for month in range(1, 13)]
SERIES = ("Encerrados", "Em aberto")


@pytest.fixture(autouse=True)
def portuguese(app):
    with app.test_request_context(), in_language("pt_BR"):
        yield


def chart(bars, **options):
    return ET.fromstring(bar_chart("Por técnico", "Um gráfico de barras.", bars, **options))


def marks(drawn) -> list[tuple[str, list[dict[str, float]]]]:
    """Each bar: its whole name, and its parts' places."""
    numbers = ("x", "y", "width", "height")
    return [
        (group[0].text, [{n: float(box.get(n)) for n in numbers} for box in group.findall(f"{SVG}rect")])
        for group in drawn.findall(f"{SVG}g")
    ]


def names(drawn) -> list[str]:
    return [name for name, _boxes in marks(drawn)]


def size(drawn) -> tuple[float, float]:
    return tuple(map(float, drawn.get("viewBox").split()[2:]))


def figures(drawn) -> list[int]:
    """What the bars' names say that they come to."""
    return [int(re.search(r": ([\d.]+)", name)[1].replace(".", "")) for name in names(drawn)]


LONG = "Comércio de Bombas e Peças Hidráulicas do Vale do Paraíba Ltda"
SHAPES = [
    pytest.param(bars, options, id=name)
    for name, bars, options in [
        ("technicians", TECHNICIANS, {}),
        ("in parts", [Bar("Ana", (30, 10)), Bar("Bruno", (0, 5)), Bar("Caio", (0, 0))], {"series": SERIES}),
        ("one", [Bar("Ana", (7,))], {}),
        ("zeros", [Bar("Ana", (0,)), Bar("Bruno", (0,))], {}),
        ("milliards", [Bar(LONG, (10**9,)), Bar("Ana", (1,))], {}),
        ("many", [Bar(f"{LONG} {n}", (n,)) for n in range(400)], {}),
        ("months", MONTHS, {"series": SERIES, "is_upright": True}),
        ("one month", MONTHS[:1], {"series": SERIES, "is_upright": True}),
        ("empty months", [Bar("01/2026", (0,)), Bar("02/2026", (0,))], {"is_upright": True}),
        (
            "milliards a month",
            [Bar(f"{n:02}/2026", (10**9 + n,)) for n in range(1, 25)],
            {"is_upright": True},
        ),
        (
            "decades",
            [Bar(f"{n % 12 + 1:02}/{1976 + n // 12}", (n,)) for n in range(600)],
            {"is_upright": True},
        ),
    ]
]


@pytest.mark.parametrize("room", Room)
@pytest.mark.parametrize("is_for_paper", [False, True])
@pytest.mark.parametrize(("bars", "options"), SHAPES)
def test_bars_are_proportional_inside_their_picture_and_apart(bars, options, room, is_for_paper):
    drawn = chart(bars, room=room, is_for_paper=is_for_paper, **options)
    width, height = size(drawn)
    assert width == room
    along, across = ("height", "y") if options.get("is_upright") else ("width", "x")
    found, totals = marks(drawn), figures(drawn)
    # What is left of very many is told, and isn't drawn.
    rest = next((n for n, name in enumerate(names(drawn)) if name.startswith(("Outros", "Anteriores"))), None)
    if rest is not None:
        assert found.pop(rest)[1] == []
        totals.pop(rest)
    lengths = [sum(box[along] for box in boxes) for _name, boxes in found]
    scale = max(lengths) / max(*totals, 1)
    assert lengths == pytest.approx([total * scale for total in totals], abs=0.03)
    assert max(totals) == 0 or max(lengths) > 60
    for _name, boxes in found:
        for box in boxes:
            assert box["x"] >= 0 <= box["y"]
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height
        assert sorted(boxes, key=lambda box: box[across]) in (boxes, boxes[::-1])
    begins = "x" if options.get("is_upright") else "y"
    thick = "width" if options.get("is_upright") else "height"
    shown = [boxes[0] for _name, boxes in found if boxes]
    assert all(one[begins] + one[thick] < other[begins] for one, other in pairwise(shown))
    for label in drawn.iter(f"{SVG}text"):
        assert 0 <= float(label.get("x")) <= width
        assert 0 < float(label.get("y")) <= height


@pytest.mark.parametrize(("bars", "options"), SHAPES)
def test_nothing_is_left_out_of_the_sum(bars, options):
    drawn = chart(bars, **options)
    assert sum(figures(drawn)) == sum(bar.total for bar in bars)
    assert len(marks(drawn)) <= (MOST_COLUMNS if options.get("is_upright") else MOST_BARS) + 1


def test_of_many_the_largest_are_shown_and_the_rest_is_one():
    drawn = chart([Bar(f"T{n:03}", (n,)) for n in range(100)])
    assert names(drawn)[:2] == ["T099: 99", "T098: 98"]
    assert len(names(drawn)) == MOST_BARS + 1
    assert names(drawn)[-1].startswith("Outros: ")
    assert figures(drawn)[-1] == sum(range(100 - MOST_BARS))
    # Each fits as it stands while only one would be the rest.
    assert names(chart([Bar(f"T{n}", (1,)) for n in range(MOST_BARS + 1)]))[-1] == f"T{MOST_BARS}: 1"


def test_of_many_months_the_latest_are_shown_and_what_was_before_is_one():
    drawn = chart([Bar(f"M{n}", (n, 1)) for n in range(100)], series=SERIES, is_upright=True)
    assert names(drawn)[-1] == "M99: 100 (Encerrados: 99; Em aberto: 1)"
    before = 100 - MOST_COLUMNS
    assert names(drawn)[0] == (
        f"Anteriores: {f'{sum(range(before)) + before:,}'.replace(',', '.')}"
        f" (Encerrados: {f'{sum(range(before)):,}'.replace(',', '.')}; Em aberto: {before})"
    )


def test_parts_are_told_apart_by_stripes_and_named_with_their_sums():
    drawn = chart(MONTHS, series=SERIES, is_upright=True)
    stripes = drawn.find(f".//{SVG}pattern").get("id")
    boxes = drawn.findall(f"{SVG}g")[0].findall(f"{SVG}rect")
    assert [box.get("class") for box in boxes] == ["chart-plain", "chart-striped"]
    assert boxes[1].get("fill") == f"url(#{stripes})"
    texts = [label.text for label in drawn.findall(f"{SVG}text")]
    assert {"Encerrados: 780", "Em aberto: 66"} <= set(texts)


def test_nothing_is_said_to_be_nothing():
    drawn = chart([])
    assert [label.text for label in drawn.iter(f"{SVG}text")] == ["Nada a mostrar"]
    assert marks(drawn) == []


def test_it_has_a_title_and_a_description_whose_ids_no_other_chart_of_the_page_has():
    page = f"<p>{bar_chart('A', 'B', TECHNICIANS)}{bar_chart('A', 'B', MONTHS, series=SERIES)}</p>"
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == 5
    for drawn in ET.fromstring(page):
        assert drawn.get("role") == "img"
        title, description = drawn[0], drawn[1]
        assert (title.tag, title.text) == (f"{SVG}title", "A")
        assert (description.tag, description.text) == (f"{SVG}desc", "B")
        assert drawn.get("aria-labelledby") == title.get("id")
        assert drawn.get("aria-describedby") == description.get("id")


NASTY = "</title><script>alert(1)</script>&amp;\"'{{ 7*7 }}\x00\x01\x0b\ud800\uffff=SUM(A1)"


@pytest.mark.parametrize("is_for_paper", [False, True])
def test_any_text_is_text(is_for_paper):
    options = {"series": (NASTY, "B"), "is_for_paper": is_for_paper}
    made = bar_chart(NASTY, NASTY, [Bar(NASTY, (1, 2))], **options)
    assert "<script" not in made
    drawn = ET.fromstring(made)
    plain = "</title><script>alert(1)</script>&amp;\"'{{ 7*7 }}=SUM(A1)"
    assert drawn[0].text == drawn[1].text == plain
    assert names(drawn) == [f"{plain}: 3 ({plain}: 1; B: 2)"]


def test_a_long_name_is_cut_and_stands_whole_in_the_bars_own():
    drawn = chart([Bar(LONG, (3,))], room=Room.NARROW)
    shown = drawn.find(f"{SVG}g").find(f"{SVG}text").text
    assert shown.endswith("…")
    assert LONG.startswith(shown[:-1])
    assert names(drawn) == [f"{LONG}: 3"]


def test_figures_are_in_the_readers_language():
    bars = [Bar("A", (1_234_567,))]
    assert "1.234.567" in bar_chart("T", "D", bars)
    upright = bar_chart("T", "D", [Bar("A", (1_500_000,))], is_upright=True)
    assert ">1,5 mi<" in re.sub(r"\s", " ", upright)
    with in_language("en"):
        assert "1,234,567" in bar_chart("T", "D", bars)
        assert "Nothing to show" in bar_chart("T", "D", [])


def test_a_page_needs_no_style_and_paper_no_css():
    on_screen = bar_chart("T", "D", MONTHS, series=SERIES, is_upright=True)
    assert "style" not in on_screen
    assert set(re.findall(r'fill="([^"]*)"', on_screen)) == {re.search(r"url\([^)]*\)", on_screen)[0]}
    known = set(re.findall(r"\.(chart[\w-]*)", (STATIC / "reports-chart.css").read_text()))
    used = {name for names in re.findall(r'class="([^"]*)"', on_screen) for name in names.split()}
    assert used <= known | {"chart-text"}
    on_paper = chart(MONTHS, series=SERIES, is_upright=True, is_for_paper=True)
    for shape in on_paper.iter():
        if shape.tag in (f"{SVG}rect", f"{SVG}line", f"{SVG}text"):
            assert shape.get("fill") or shape.get("stroke")
            assert shape.get("class") is None


@pytest.mark.parametrize(("bars", "options"), [*SHAPES, pytest.param([], {}, id="none")])
def test_it_can_be_printed(tmp_path, bars, options):
    path = tmp_path / "chart.typ"
    path.write_text(
        '#import "frame.typ": data, frame, pictures\n#show: frame.with(title: data.title)\n'
        '#heading(data.title)\n#image(pictures.chart, alt: "x", width: 100%)'
    )
    picture = bar_chart("T", "D", [*bars[:3], *bars[3:]], is_for_paper=True, **options)
    assert b"pdfuaid:part" in typeset(path, {"title": "T"}, images={"chart": picture.encode()})


# ── Contrast ─────────────────────────────────────────────────────────────────────────────────────────


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Of an OKLCH colour, as WCAG has it."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long, middle, short = (
        (lightness + x * a + y * b) ** 3
        for x, y in (
            (0.3963377774, 0.2158037573),
            (-0.1055613458, -0.0638541728),
            (-0.0894841775, -1.291485548),
        )
    )
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def token(name: str, theme: int) -> float:
    value = re.search(rf"--{name}: light-dark\((.*)\);", (STATIC / "theme.css").read_text())[1]
    lightness, chroma, hue = re.findall(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", value)[theme]
    return luminance(float(lightness) / 100, float(chroma), float(hue))


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(("name", "least"), [("mark", 3), ("text", 4.5), ("text-2", 4.5)])
def test_bars_and_letters_stand_out_from_their_card(theme, name, least):
    lighter, darker = sorted((token(name, theme), token("card", theme)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= least
