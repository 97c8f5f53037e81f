"""How the values of a sheet read, in the reader's language (R26); made for half a million rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import get_locale

from app.reports.sheets import Kind


def shown(kind: Kind, value: Any) -> str:
    """A value as text; "" for None."""
    return formatter(kind)(value)


def formatter(kind: Kind) -> Callable[[Any], str]:
    """What makes text of a column's values in the reader's language: asked for once, called for each row."""
    is_english = str(get_locale() or "pt_BR") == "en"
    if kind in (Kind.MONEY, Kind.PERCENT):
        plain = _AMOUNTS[kind]
        return plain if is_english else lambda value: plain(value).translate(_SWAPPED)
    return (_ENGLISH if is_english else _BRAZILIAN).get(kind, _text)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _minutes(value: int | None) -> str:
    return "" if value is None else f"{value // 60}:{value % 60:02}"


def _day(value: date | None) -> str:
    return "" if value is None else f"{value.day:02}/{value.month:02}/{value.year}"


def _instant(value: datetime | None) -> str:
    if value is None:
        return ""
    return f"{value.day:02}/{value.month:02}/{value.year} {value.hour:02}:{value.minute:02}"


def _day_in_english(value: date | None) -> str:
    return "" if value is None else f"{value.month}/{value.day}/{value.year % 100:02}"


def _instant_in_english(value: datetime | None) -> str:
    return "" if value is None else f"{_day_in_english(value)} {value.hour:02}:{value.minute:02}"


def _money(value: Decimal | None) -> str:
    return "" if value is None else f"{value:,.2f}"


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{value:,.1f}%"


_AMOUNTS: dict[Kind, Callable[[Any], str]] = {Kind.MONEY: _money, Kind.PERCENT: _percent}
_SWAPPED = str.maketrans(",.", ".,")
_BRAZILIAN: dict[Kind, Callable[[Any], str]] = {
    Kind.MINUTES: _minutes,
    Kind.DAY: _day,
    Kind.INSTANT: _instant,
}
_ENGLISH = _BRAZILIAN | {Kind.DAY: _day_in_english, Kind.INSTANT: _instant_in_english}
