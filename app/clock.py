"""Instants and local times: stored in UTC, shown and typed in the company's time zone (R26)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EARLIEST = date(1900, 1, 1)
"""The first day a form accepts; far enough from year 1 that no time zone can step out of the calendar."""
LATEST = date(2199, 12, 31)


class NoSuchTime(ValueError):
    """The hour never was: clocks went forward over it (R17)."""


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today(timezone: str) -> date:
    """The calendar day it is now in `timezone` (an IANA name)."""
    return now().astimezone(ZoneInfo(timezone)).date()


def local_instant(day: date, hour: time, timezone: str) -> datetime:
    """The instant of a local date and hour; a doubled hour is its first (R17).

    Raises:
        NoSuchTime: the hour was skipped when clocks went forward.
    """
    zone = ZoneInfo(timezone)
    local = datetime.combine(day, hour, tzinfo=zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime(f"{local:%Y-%m-%d %H:%M} in {timezone}")
    return instant


def to_local(instant: datetime, timezone: str) -> datetime:
    """The aware local time of an instant."""
    return instant.astimezone(ZoneInfo(timezone))


def start_of_day(day: date, timezone: str) -> datetime:
    """The first instant of a local day, also where clocks go forward at midnight."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def end_of_day(day: date, timezone: str) -> datetime:
    """The last second of a local day."""
    return start_of_day(day + timedelta(days=1), timezone) - timedelta(seconds=1)
