"""The blueprint that every view of the service desk hangs on."""

from __future__ import annotations

from pathlib import Path

from app.plugin_api import company_blueprint

_HERE = Path(__file__).parent.parent

bp = company_blueprint(
    "service_desk",
    __name__,
    url_prefix="/service-desk",
    template_folder=_HERE / "templates",
)
