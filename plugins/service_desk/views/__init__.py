"""HTTP of the service desk, by entity."""

from plugins.service_desk.views import tables, tickets
from plugins.service_desk.views.blueprint import bp

__all__ = ["bp", "tables", "tickets"]
