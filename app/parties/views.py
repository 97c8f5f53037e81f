"""HTTP of the parties module."""

from __future__ import annotations

from app.portal import company_blueprint

bp = company_blueprint("parties", __name__)
