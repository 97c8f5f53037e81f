"""Bar charts as SVG, drawn on the server: for a page, where CSS colours them, and for paper.

A chart shows what stands beside it as a table, too: it is a picture with a title and a description, and each
of its bars names itself and its figure. This module is the geometry; `macros/charts.html` writes it down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from heapq import nlargest
from math import ceil
from typing import NamedTuple
from uuid import uuid4

from babel.numbers import format_compact_decimal
from flask import get_template_attribute
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _

from app.reports.typesetting import printable

MOST_BARS = 15
"""Bars that lie, before the others are only a figure."""
MOST_COLUMNS = 24
"""Bars that stand, before the earliest are only a figure."""

_TEXT, _SMALL, _BOLD = 12, 11, 12.2
"""Sizes of letters: what bars are called, and all else; bold figures are as wide as larger ones."""
_GAP = 8
_PITCH, _THICK = 24, 14
_COLUMN = 44
_COMPACT_FROM = 10_000
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EMS = dict.fromkeys(" !'()*,-./:;I[\\]`fijlrt{|}", 0.34) | dict.fromkeys("@MWmw%", 1.0)
_ANY_LATIN, _ANY_OTHER = 0.67, 1.05


class Room(IntEnum):
    """How wide a chart is, in the units of its letters: text keeps its size only where the chart fits."""

    WIDE = 720
    NARROW = 330
    """For a telephone's screen."""


class Bar(NamedTuple):
    """A bar: what it is called, and a figure for each series, none below zero, stacked in their order."""

    label: str
    values: tuple[int, ...]

    @property
    def total(self) -> int:
        """What the whole bar shows."""
        return sum(self.values)


def bar_chart(
    title: str,
    description: str,
    bars: Iterable[Bar],
    *,
    series: Sequence[str] = (),
    totals: Sequence[int] = (),
    is_upright: bool = False,
    room: Room = Room.WIDE,
    is_for_paper: bool = False,
) -> str:
    """The chart as an `<svg>` to put into a page as it is, or whole, into a document.

    Of more than `MOST_BARS` bars the largest are drawn, of more than `MOST_COLUMNS` that stand the latest.
    What is left is a figure, «Outros» or «Anteriores», and no bar: it may be many times as long as any other.

    Args:
        description: what the chart shows, for whoever doesn't see it.
        series: what the parts of a bar are called, two at most; none: bars are whole.
        totals: what each part comes to in all, where bars share what they count; none: the sum of the bars.
        is_upright: bars stand side by side, in the order of time, on a scale.
        is_for_paper: colours and letters stand in the picture itself.
    """
    as_shown = _on_paper if is_for_paper else _plain
    drawing = Drawing(as_shown(title), as_shown(description), room, is_upright, is_for_paper, totals)
    shown = [Bar(as_shown(bar.label), bar.values) for bar in bars]
    names = [as_shown(name) for name in series]
    if not shown:
        drawing.say_nothing()
    elif is_upright:
        _draw_upright(drawing, *_latest(shown), names)
    else:
        _draw_lying(drawing, *_largest(shown), names)
    svg: str = get_template_attribute("macros/charts.html", "svg")(drawing)
    return svg


# ── What is drawn ────────────────────────────────────────────────────────────────────────────────────


class Label(NamedTuple):
    """A text and where it stands; `look` says how.

    Args:
        anchor: which of its ends x is: `start`, `middle` or `end`.
        is_turned: whether it reads upwards.
    """

    x: float
    y: float
    text: str
    look: str
    anchor: str = "start"
    is_turned: bool = False


class Box(NamedTuple):
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    look: str


class Mark(NamedTuple):
    """A bar: its parts and texts, and its whole name with all its figures."""

    name: str
    boxes: Sequence[Box]
    labels: Sequence[Label]


@dataclass(slots=True)
class Drawing:
    """What the template writes down."""

    title: str
    description: str
    room: Room
    is_upright: bool
    is_for_paper: bool
    totals: Sequence[int]
    height: int = 48
    marks: list[Mark] = field(default_factory=list)
    rules: list[tuple[float, float, float, float]] = field(default_factory=list)
    """Lines of the scale: x and y of both ends."""
    boxes: list[Box] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    key: str = field(default_factory=lambda: f"chart-{uuid4().hex[:12]}")
    """Its ids begin with it: no other chart of the page has them."""

    @property
    def width(self) -> int:
        """Of its room."""
        return int(self.room)

    @property
    def classes(self) -> str:
        """How CSS knows it."""
        return f"chart chart-{self.room.name.lower()}"

    @property
    def is_striped(self) -> bool:
        """Whether a part of a bar is told from the other by stripes."""
        return any(box.look == _STRIPED for box in self.boxes)

    def look(self, name: str) -> Mapping[str, str]:
        """How something looks: a class where CSS says it, otherwise all of it."""
        looks = dict(_ON_PAPER[name]) if self.is_for_paper else {"class": f"chart-{name}"}
        return looks | {"fill": f"url(#{self.key}-stripes)"} if name == _STRIPED else looks

    def say_nothing(self) -> None:
        """There are no bars."""
        self.labels.append(Label(self.width / 2, 28, _("Nothing to show"), "text", "middle"))

    def add_legend(self, series: Sequence[str], bars: Sequence[Bar]) -> float:
        """What the parts of the bars are; return where the bars may begin."""
        if not series:
            return 0
        x, y = 0.0, 4.0
        for number, name in enumerate(series):
            total = self.totals[number] if self.totals else sum(bar.values[number] for bar in bars)
            text = f"{name}: {format_decimal(total)}"
            width = 12 + _GAP + _room(text, _SMALL)
            if x and x + width > self.width:
                x, y = 0.0, y + 18
            self.boxes.append(Box(x, y, 12, 12, _PARTS[number]))
            self.labels.append(Label(x + 12 + 6, y + 10, _shortened(text, self.width - 18, _SMALL), "text"))
            x += width + 2 * _GAP
        return y + 12 + 1.5 * _GAP


_STRIPED = "striped"
_PARTS = ("plain", _STRIPED)
_LETTERS = {"font-family": "Libertinus Serif", "fill": "#222222"}
_ON_PAPER: Mapping[str, Mapping[str, str]] = {
    "text": _LETTERS | {"font-size": str(_SMALL)},
    "name": _LETTERS | {"font-size": str(_TEXT)},
    "figure": _LETTERS | {"font-size": str(_SMALL), "font-weight": "bold"},
    "scale": _LETTERS | {"font-size": str(_SMALL), "fill": "#555555"},
    "rule": {"stroke": "#bbbbbb", "stroke-width": "0.6"},
    "plain": {"fill": "#2f55a4", "stroke": "#2f55a4", "stroke-width": "0.8"},
    "striped": {"stroke": "#2f55a4", "stroke-width": "0.8"},
    "ground": {"fill": "#ffffff"},
    "stripe": {"stroke": "#2f55a4", "stroke-width": "2.4"},
}


# ── Bars that lie ────────────────────────────────────────────────────────────────────────────────────


def _largest(bars: Sequence[Bar]) -> tuple[Sequence[Bar], Bar | None]:
    """The largest bars, and the others as one; a single one is as good as drawn."""
    if len(bars) <= MOST_BARS + 1:
        return bars, None
    places = nlargest(MOST_BARS, range(len(bars)), key=lambda place: (bars[place].total, -place))
    others = [bar for place, bar in enumerate(bars) if place not in set(places)]
    return [bars[place] for place in places], _together(_("Others"), others)


def _together(label: str, bars: Sequence[Bar]) -> Bar:
    return Bar(label, tuple(map(sum, zip(*(bar.values for bar in bars), strict=True))))


def _draw_lying(drawing: Drawing, bars: Sequence[Bar], rest: Bar | None, series: Sequence[str]) -> None:
    """One below the other: name, bar, figure."""
    every = [*bars, rest] if rest is not None else bars
    figures = [format_decimal(bar.total) for bar in every]
    figures_room = max(_room(figure, _BOLD) for figure in figures) + _GAP
    longest = max(_room(bar.label, _TEXT) for bar in every)
    names_room = min(longest, (drawing.width - figures_room) * 0.42)
    left = names_room + _GAP
    scale = _scale(drawing.width - left - figures_room, max(bar.total for bar in bars))
    top = drawing.add_legend(series, every)
    for number, (bar, figure) in enumerate(zip(every, figures, strict=True)):
        y = top + number * _PITCH
        boxes, end = [], left
        for part, value in zip(_PARTS, () if bar is rest else bar.values, strict=False):
            boxes.append(Box(end, y + (_PITCH - _THICK) / 2, value * scale, _THICK, part))
            end += value * scale
        line = y + _PITCH / 2 + 4
        labels = [
            Label(names_room, line, _shortened(bar.label, names_room, _TEXT), "name", "end"),
            Label(end + 6, line, figure, "figure"),
        ]
        drawing.marks.append(_mark(bar, figure, series, boxes, labels))
    bottom = top + len(every) * _PITCH
    drawing.rules.append((left, top, left, bottom))
    drawing.height = ceil(bottom)


# ── Bars that stand ──────────────────────────────────────────────────────────────────────────────────


def _latest(bars: Sequence[Bar]) -> tuple[Sequence[Bar], Bar | None]:
    """The latest bars, and what was before them as one."""
    if len(bars) <= MOST_COLUMNS:
        return bars, None
    return bars[-MOST_COLUMNS:], _together(_("Earlier"), bars[:-MOST_COLUMNS])


def _draw_upright(drawing: Drawing, bars: Sequence[Bar], earlier: Bar | None, series: Sequence[str]) -> None:
    """Side by side on a scale, which has a line and a figure for each of its steps."""
    ticks = [(tick, _compact(tick)) for tick in _ticks(max(bar.total for bar in bars))]
    left = max(_room(text, _SMALL) for _tick, text in ticks) + _GAP
    pitch = (drawing.width - left) / len(bars)
    figures = [format_decimal(bar.total) for bar in bars]
    widest = max(_room(figure, _BOLD) for figure in figures)
    is_turned = widest > pitch - 2
    top = drawing.add_legend(series, [*bars, earlier] if earlier is not None else bars)
    if earlier is not None:
        figure = format_decimal(earlier.total)
        told = Label(left, top + _SMALL, f"{earlier.label}: {figure}", "text")
        drawing.marks.append(_mark(earlier, figure, series, [], [told]))
        top += _SMALL + _GAP
    top += (widest if is_turned else _SMALL) + _GAP
    height = 150
    bottom = top + height
    scale = _scale(height, ticks[-1][0])
    for tick, text in ticks:
        y = bottom - tick * scale
        drawing.rules.append((left, y, drawing.width, y))
        drawing.labels.append(Label(left - 6, y + 4, text, "scale", "end"))
    named = _named(bars, pitch)
    thick = min(pitch * 0.72, _COLUMN)
    for number, (bar, figure) in enumerate(zip(bars, figures, strict=True)):
        middle = left + (number + 0.5) * pitch
        boxes, end = [], bottom
        for part, value in zip(_PARTS, bar.values, strict=False):
            end -= value * scale
            boxes.append(Box(middle - thick / 2, end, thick, value * scale, part))
        # Turned letters stand on their line's end: a little to the right, they are in the middle.
        turned = Label(middle + 4, end - 4, figure, "figure", is_turned=True)
        labels = [turned if is_turned else Label(middle, end - 4, figure, "figure", "middle")]
        if number in named:
            half = _room(bar.label, _SMALL) / 2
            x = min(max(middle, half), drawing.width - half)
            labels.append(Label(x, bottom + 16, bar.label, "text", "middle"))
        drawing.marks.append(_mark(bar, figure, series, boxes, labels))
    drawing.height = ceil(bottom) + 22


def _named(bars: Sequence[Bar], pitch: float) -> set[int]:
    """Which bars have room for their names: the first, the last, and evenly as many as don't touch."""
    widest = max(_room(bar.label, _SMALL) for bar in bars)
    step = ceil((widest + _GAP) / pitch)
    return {0, *range(len(bars) - 1, step - 1, -step)}


def _ticks(most: int) -> list[int]:
    """Round figures from zero to at least `most`, a few of them."""
    unit = 10 ** max(len(str(most)) - 2, 0)
    step = next(unit * times for times in (1, 2, 5, 10, 20, 50) if unit * times * 5 >= most)
    return [*range(0, max(most, 1), step), step * max(ceil(most / step), 1)]


def _compact(value: int) -> str:
    """On a scale: 25 mil."""
    if value < _COMPACT_FROM:
        return str(format_decimal(value))
    return str(format_compact_decimal(value, locale=get_locale() or "en", fraction_digits=1))


# ── Both ─────────────────────────────────────────────────────────────────────────────────────────────


def _mark(
    bar: Bar, figure: str, series: Sequence[str], boxes: Sequence[Box], labels: Sequence[Label]
) -> Mark:
    parts = [f"{name}: {format_decimal(value)}" for name, value in zip(series, bar.values, strict=False)]
    name = f"{bar.label}: {figure}" + (f" ({'; '.join(parts)})" if parts else "")
    return Mark(name, [box for box in boxes if box.width and box.height], labels)


def _scale(room: float, most: int) -> float:
    return max(room, 0) / most if most else 0.0


def _plain(text: str) -> str:
    """The text without what XML may not have."""
    return _NOT_IN_XML.sub("", text)


def _on_paper(text: str) -> str:
    """The same, with only the letters of paper's fonts."""
    return str(printable(_plain(text)))


def _room(text: str, size: float) -> float:
    """How wide a text is, at most, in a usual font of a screen."""
    return size * sum(
        _EMS.get(character, _ANY_LATIN if character < "\u0250" else _ANY_OTHER) for character in text
    )


def _shortened(text: str, room: float, size: float) -> str:
    """As much of the text as there is room for."""
    if _room(text, size) <= room:
        return text
    end = len(text)
    while end and _room(text[:end] + "…", size) > room:
        end -= 1
    return text[:end].rstrip() + "…"
