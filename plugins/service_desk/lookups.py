"""How the service desk's tables are found from its forms."""

from __future__ import annotations

from app.plugin_api.web import Lookup
from plugins.service_desk.models import Channel, ForwardingOutcome
from plugins.service_desk.permissions import TABLES_VIEW

CHANNELS = Lookup("service_desk.lookup_channels", Channel, TABLES_VIEW)
"""Active channels."""

FORWARDING_OUTCOMES = Lookup("service_desk.lookup_forwarding_outcomes", ForwardingOutcome, TABLES_VIEW)
"""Active outcomes of forwardings."""
