"""The rules of the second tab: when a contact was, and who may be named in it (R17)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.plugin_api import NotAvailable
from app.registers.services import chosen
from plugins.service_desk import errors
from plugins.service_desk.models import Channel, Interaction
from plugins.service_desk.services.document import InteractionTyped
from plugins.service_desk.services.identification import LONGEST_TEXT
from plugins.service_desk.services.moments import instant_of

if TYPE_CHECKING:
    from app.companies.models import Company

LONGEST_OVERNIGHT = timedelta(hours=12)
"""How long a contact that ends past midnight may be (R17)."""
LONGEST_CONTACT_NAME = 200


def interaction_values(
    company: Company, typed: InteractionTyped, stored: Interaction | None, *, moment: datetime
) -> dict[str, Any]:
    """The interaction's columns for what was typed.

    Args:
        stored: the interaction as it is, if it is there already.
        moment: now, the same for the whole save.

    Raises:
        BusinessError: a rule says no; the field is `interactions.<key>.<name>`.
    """
    place = f"interactions.{typed['key']}."
    started_at, ended_at = contact_span(company, typed, stored, moment=moment)
    channel = chosen(
        company,
        Channel,
        typed["channel_id"],
        field=f"{place}channel",
        kept_id=stored.channel_id if stored else None,
    )
    if channel is None:
        raise NotAvailable(f"{place}channel")
    for name, longest in (
        ("contact_name", LONGEST_CONTACT_NAME),
        ("finding", LONGEST_TEXT),
        ("guidance", LONGEST_TEXT),
    ):
        if not 1 <= len(typed[name]) <= longest:  # type: ignore[literal-required]  # the names just above
            raise errors.InteractionIncomplete(f"{place}{name}")
    return {
        "started_at": started_at,
        "ended_at": ended_at,
        "channel_id": channel.id,
        "direction": typed["direction"],
        "contact_name": typed["contact_name"],
        "finding": typed["finding"],
        "guidance": typed["guidance"],
    }


def contact_span(
    company: Company, typed: InteractionTyped, stored: Interaction | None, *, moment: datetime
) -> tuple[datetime, datetime]:
    """From when to when a contact was: an end earlier in the day than the start is the next day's (R17).

    Raises:
        NoSuchHour: the clocks went forward over one of the hours.
        EndsBeforeStart: it would be longer than 12 hours past midnight, or no time at all.
        InteractionInFuture: R17.
    """
    place = f"interactions.{typed['key']}."
    day, start, end = typed["occurred_on"], typed["start_time"], typed["end_time"]
    started_at = instant_of(
        company, day, start, field=f"{place}start_time", kept=stored.started_at if stored else None
    )
    is_overnight = end <= start
    last_day = day + timedelta(days=1) if is_overnight else day
    is_as_it_was = stored is not None and started_at == stored.started_at
    ended_at = instant_of(
        company,
        last_day,
        end,
        field=f"{place}end_time",
        kept=stored.ended_at if stored is not None and is_as_it_was else None,
    )
    if ended_at <= started_at or (is_overnight and ended_at - started_at > LONGEST_OVERNIGHT):
        raise errors.EndsBeforeStart(f"{place}end_time")
    # The timer rounds its stop up: the minute that runs counts as begun.
    if not is_as_it_was and started_at > moment:
        raise errors.InteractionInFuture(f"{place}start_time")
    if ended_at > moment + timedelta(minutes=1) and not (stored and ended_at == stored.ended_at):
        raise errors.InteractionInFuture(f"{place}end_time")
    return started_at, ended_at
