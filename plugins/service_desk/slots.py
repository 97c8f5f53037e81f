"""What the service desk puts into the host's pages (DESIGN 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, render_template, url_for

from app.plugin_api.web import actor, may
from plugins.service_desk import queries
from plugins.service_desk.permissions import TICKETS_VIEW
from plugins.service_desk.services.work_orders import SOURCE

if TYPE_CHECKING:
    from app.work_orders.models import WorkOrder, WorkOrderRequest


def work_order_panel(*, work_order: WorkOrder) -> str:
    """In a work order's page: the link back to its ticket (R22)."""
    return _link_back(work_order.source, work_order.source_id)


def work_order_request_source(*, work_order_request: WorkOrderRequest) -> str:
    """In the page that waits for a work order: the same link."""
    return _link_back(work_order_request.source, work_order_request.source_id)


def _link_back(source: str | None, source_id: int | None) -> str:
    if source != SOURCE or source_id is None or not may(TICKETS_VIEW):
        return ""
    number = queries.ticket_number(g.company, source_id)
    return render_template("service_desk/_link_back.html", ticket_id=source_id, number=number)


def home_panel() -> str:
    """On the company's home: the open tickets of the user's own technician."""
    rows = queries.open_tickets_of(g.company, actor()) if may(TICKETS_VIEW) else ()
    return render_template("service_desk/_home_panel.html", rows=rows) if rows else ""


def search_url() -> str:
    """Where the top bar's search goes."""
    return url_for("service_desk.ticket_list") if may(TICKETS_VIEW) else ""
