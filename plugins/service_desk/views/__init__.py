"""HTTP of the service desk, by entity."""

from plugins.service_desk.views import in_hand, knowledge, open_documents, printing, reports, tables, tickets
from plugins.service_desk.views.blueprint import bp

__all__ = ["bp", "in_hand", "knowledge", "open_documents", "printing", "reports", "tables", "tickets"]
