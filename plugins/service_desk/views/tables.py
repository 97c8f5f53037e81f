"""HTTP of the service desk's tables."""

from __future__ import annotations

from app.plugin_api.web import add_lookup
from plugins.service_desk.lookups import CHANNELS, FORWARDING_OUTCOMES
from plugins.service_desk.views.blueprint import bp

for _lookup in (CHANNELS, FORWARDING_OUTCOMES):
    add_lookup(bp, _lookup)
