"""HTTP of the work_orders module."""

from __future__ import annotations

from app.portal import company_blueprint

bp = company_blueprint("work_orders", __name__)
