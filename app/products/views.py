"""HTTP of the products module."""

from __future__ import annotations

from app.portal import company_blueprint

bp = company_blueprint("products", __name__)
