"""From typed days and hours to instants, and back to nothing changed (R14, R17, R19, R26)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from app.plugin_api import NoSuchTime, end_of_day, local_instant, to_local
from plugins.service_desk import errors

if TYPE_CHECKING:
    from app.companies.models import Company


def instant_of(
    company: Company, day: date, hour: time, *, field: str, kept: datetime | None = None
) -> datetime:
    """The instant of a typed day and hour (R26).

    Args:
        field: where a refusal is shown.
        kept: the instant that the record has. A form shows minutes: left as it was, the instant keeps its
            seconds, and its half of a doubled hour.

    Raises:
        NoSuchHour: the clocks went forward over it.
    """
    if kept is not None:
        local = to_local(kept, company.timezone)
        if (day, hour) == (local.date(), local.time().replace(second=0, microsecond=0)):
            return kept
    try:
        return local_instant(day, hour, company.timezone)
    except NoSuchTime as error:
        raise errors.NoSuchHour(field) from error


def moment_of(company: Company, day: date, *, moment: datetime, kept: datetime | None = None) -> datetime:
    """The instant of a day that has no hour of its own: today it is now, an earlier day its last second.

    A later day is its last second, too: the caller sees that it lies ahead.

    Args:
        moment: now, the same for the whole save.
        kept: the instant that the record has; on an unchanged day it stays.
    """
    if kept is not None and to_local(kept, company.timezone).date() == day:
        return kept
    if to_local(moment, company.timezone).date() == day:
        return moment
    return end_of_day(day, company.timezone)
