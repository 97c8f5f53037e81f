"""What the service desk puts into the host's pages (DESIGN 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, render_template, url_for
from flask_babel import gettext as _
from markupsafe import escape

from app.plugin_api import scope_cache
from app.plugin_api.web import actor, may
from plugins.service_desk import queries
from plugins.service_desk.permissions import TICKETS_EDIT, TICKETS_VIEW
from plugins.service_desk.queries.in_hand import running_timer
from plugins.service_desk.services.work_orders import SOURCE
from plugins.service_desk.views.timing import timer_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.work_orders.models import WorkOrder, WorkOrderRequest


def work_order_panel(*, work_order: WorkOrder) -> str:
    """In a work order's page: the link back to its ticket (R22)."""
    return _link_back(work_order, among=[work_order])


def work_order_request_source(
    *, work_order_request: WorkOrderRequest, among: Sequence[WorkOrderRequest]
) -> str:
    """In the page that waits for a work order, and in the queue's rows (`among`): the same link."""
    return _link_back(work_order_request, among=among)


def work_order_print_source(*, work_order: WorkOrder) -> str:
    """On a printed work order: which ticket it was made from."""
    number = _ticket_number(work_order, among=[work_order])
    return "" if number is None else escape(_("Ticket %(number)s", number=number))


def _link_back(
    document: WorkOrder | WorkOrderRequest, *, among: Sequence[WorkOrder | WorkOrderRequest]
) -> str:
    number = _ticket_number(document, among=among)
    if number is None:
        return ""
    return render_template("service_desk/_link_back.html", ticket_id=document.source_id, number=number)


def _ticket_number(
    document: WorkOrder | WorkOrderRequest, *, among: Sequence[WorkOrder | WorkOrderRequest]
) -> int | None:
    if document.source != SOURCE or document.source_id is None or not may(TICKETS_VIEW):
        return None
    cache = scope_cache()
    if "service_desk.ticket_numbers" not in cache:
        # All that this page shows, at once: a statement per row would grow with the list.
        ids = [d.source_id for d in among if d.source == SOURCE and d.source_id is not None]
        cache["service_desk.ticket_numbers"] = queries.ticket_numbers(g.company, ids)
    number: int | None = cache["service_desk.ticket_numbers"].get(document.source_id)
    return number


def home_panel() -> str:
    """On the company's home: the open tickets of the user's own technician."""
    rows = queries.open_tickets_of(g.company, actor()) if may(TICKETS_VIEW) else ()
    return render_template("service_desk/_home_panel.html", rows=rows) if rows else ""


def search_url() -> str:
    """Where the top bar's search goes."""
    return url_for("service_desk.ticket_list") if may(TICKETS_VIEW) else ""


def topbar() -> str:
    """In the top bar of every page: the user's running timer (R18)."""
    return timer_bar(running_timer(g.company, actor())) if may(TICKETS_EDIT) else ""
