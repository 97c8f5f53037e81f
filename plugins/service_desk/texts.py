"""How a ticket's rows read, on the screen and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

if TYPE_CHECKING:
    from plugins.service_desk.models import Interaction


def duration(row: Interaction) -> str:
    """How long a contact took, in hours and minutes."""
    minutes = round((row.ended_at - row.started_at).total_seconds() / 60)
    hours, minutes = divmod(minutes, 60)
    return (
        _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
        if hours
        else _("%(minutes)s min", minutes=minutes)
    )
