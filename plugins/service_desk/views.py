"""HTTP of the service desk."""

from __future__ import annotations

from app.portal import company_blueprint

bp = company_blueprint("service_desk", __name__, url_prefix="/service-desk")
