"""The plugin's tables, by entity."""

from plugins.service_desk.models.tables import Channel, ForwardingOutcome
from plugins.service_desk.models.tickets import Direction, PartyKind, Ticket

__all__ = ["Channel", "Direction", "ForwardingOutcome", "PartyKind", "Ticket"]
