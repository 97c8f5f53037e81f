"""HTTP of the audit module."""

from __future__ import annotations

from app.portal import company_blueprint

bp = company_blueprint("audit", __name__)
