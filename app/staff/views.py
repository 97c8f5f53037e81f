"""HTTP of the staff module."""

from __future__ import annotations

from app.portal import company_blueprint

bp = company_blueprint("staff", __name__)
