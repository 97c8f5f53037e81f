"""HTTP of the staff module."""

from __future__ import annotations

from app.lookups import add_lookup
from app.staff.lookups import CONTROLLERS, DEPARTMENTS, TECHNICIANS
from app.portal import company_blueprint

bp = company_blueprint("staff", __name__)

for _lookup in (TECHNICIANS, CONTROLLERS, DEPARTMENTS):
    add_lookup(bp, _lookup)
