"""HTTP of the companies module."""

from __future__ import annotations

from app.portal import company_blueprint

bp = company_blueprint("companies", __name__)
