"""HTTP of the parties module."""

from __future__ import annotations

from app.lookups import add_lookup
from app.parties.lookups import CUSTOMERS, PROSPECTS
from app.portal import company_blueprint

bp = company_blueprint("parties", __name__)

for _lookup in (CUSTOMERS, PROSPECTS):
    add_lookup(bp, _lookup)
