"""The plugin's tables, by entity."""

from plugins.service_desk.models.documents import Forwarding, Interaction, Reopening
from plugins.service_desk.models.in_hand import Draft, Timer
from plugins.service_desk.models.knowledge import KnownProblem, KnownProblemProduct, ProblemCategory
from plugins.service_desk.models.tables import Channel, ForwardingOutcome
from plugins.service_desk.models.tickets import Direction, PartyKind, Ticket

__all__ = [
    "Channel",
    "Direction",
    "Draft",
    "Forwarding",
    "ForwardingOutcome",
    "Interaction",
    "KnownProblem",
    "KnownProblemProduct",
    "PartyKind",
    "ProblemCategory",
    "Reopening",
    "Ticket",
    "Timer",
]
