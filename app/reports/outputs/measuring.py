"""How wide texts are in the columns of a page, well enough to keep them in."""

from __future__ import annotations

import re
from collections.abc import Sequence

PAGE_WIDTH = 773.0
"""Points between the margins of A4 landscape."""
_SIDES = 4.0
_LARGEST, _SMALLEST = 8.5, 6.0
_USUAL = 0.5
"""Ems that a character takes on the whole; a short text counts its own."""
_SHORT = 16
"""Lines of a cell up to which a row stays on one page, where thrice as many have room."""
_WIDTHS = {
    character: ems
    for ems, characters in (
        (0.4, " !'()*,-./:;I[\\]`fijlrst{|}ªº°·ìíîï"),
        (0.56, "#$+0123456789<=>?FLSJ^_abcdegopquvxyzàáâãäåçèéêëðòóôõöøùúûüýÿ–□"),
        (0.68, "%BEPTYZhknÈÉÊËÝÞßñ"),
        (0.78, "&ACDGKNOQRUVXwÀÁÂÃÄÅÇÐÑÒÓÔÕÖØÙÚÛÜæ—"),
        (1.0, "@HMWmÆ"),
    )
    for character in characters
}
"""Ems, at most, also of the bold letters."""
_ANY_OTHER = 1.1
_LONGEST_HEAD = 20
_BREAK = "\u200b"
_MANY_LINES = 2_000
"""Characters of a word beyond which nobody minds where its lines end."""
# Before it the text may not be cut: it would leave a letter without what is written over it.
_CUT = re.compile(
    "(?<=[^\\s\u200b])(?=[^\\s\u200b\u0300-\u036f\u0591-\u05c7\u064b-\u0655\u200c\u200d\ufe00-\ufe0f])"
)


class Measures:
    """Columns that share a page's width: the size of the type, and texts that fit.

    Args:
        columns: label and width, as a sheet's columns have them; a label's usual words have room in any case.
    """

    def __init__(self, columns: Sequence[tuple[str, int]]) -> None:
        widths = self.widths = [max(width, _longest_word(label) / _USUAL + 1) for label, width in columns]
        room = PAGE_WIDTH - _SIDES * len(widths)
        self.size = round(max(_SMALLEST, min(_LARGEST, room / (sum(widths) * _USUAL))), 1)
        self._page = (PAGE_WIDTH - 3 * _SIDES) / self.size
        # Of each column, in ems.
        self.room = [max((PAGE_WIDTH * width / sum(widths) - _SIDES) / self.size, 1.0) for width in widths]
        self._long = [_long_word(ems) for ems in self.room]
        self._long_across = _long_word(self._page / 2)
        self.heads = self.fit([label for label, _width in columns])

    def fit(self, texts: Sequence[str]) -> list[str]:
        """The texts of the columns; a word that is wider than its column may be broken anywhere."""
        return [
            breakable(text, ems) if long.search(text) else text
            for text, ems, long in zip(texts, self.room, self._long, strict=True)
        ]

    def across(self, text: str) -> str:
        """A text that has the whole line, in whatever size is printed there."""
        return breakable(text, self._page / 2) if self._long_across.search(text) else text

    def label(self, text: str) -> str:
        """A text that has an eighth of the line at least."""
        return breakable(text, self._page / 8)

    def in_half(self, text: str) -> str:
        """A text of the head, beside its label and another pair of the two."""
        return breakable(text, self._page / 4)

    def is_short(self, texts: Sequence[str]) -> bool:
        """Whether the cells have few lines."""
        return all(
            len(text) <= _SHORT or _lines(text, ems) <= _SHORT
            for text, ems in zip(texts, self.room, strict=True)
        )

    def is_short_across(self, text: str) -> bool:
        """The same for a text that has the whole line."""
        return _lines(text, self._page) <= _SHORT


def _longest_word(label: str) -> float:
    return max((_width(word[:_LONGEST_HEAD]) for word in label.split()), default=0)


def _long_word(ems: float) -> re.Pattern[str]:
    return re.compile(rf"\S{{{max(int(ems / _ANY_OTHER), 1)},}}")


def breakable(text: str, ems: float) -> str:
    """The text, its words that are wider than this breakable anywhere, or at each tenth of a line."""
    return re.sub(r"\S+", lambda word: _cut(word[0], ems) if _width(word[0]) > ems else word[0], text)


def _cut(word: str, ems: float) -> str:
    if len(word) <= _MANY_LINES:
        return _CUT.sub(_BREAK, word)
    # Each place to break costs typst 15 microseconds: 100,000 of them would be one and a half seconds.
    parts, step = _CUT.split(word), max(int(ems / 10 / _ANY_OTHER), 1)
    return _BREAK.join("".join(parts[at : at + step]) for at in range(0, len(parts), step))


def _width(word: str) -> float:
    return sum(_WIDTHS.get(character, _ANY_OTHER) for character in word)


def _lines(text: str, ems: float) -> int:
    return sum(1 + int(len(line) * _USUAL / ems) for line in text.splitlines()) if text else 0
