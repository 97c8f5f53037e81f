"""HTTP of the ticket on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g

from app.plugin_api.printing import answer_with
from app.plugin_api.web import requires
from app.work_orders import queries as work_orders
from plugins.service_desk import queries
from plugins.service_desk.permissions import TICKETS_VIEW
from plugins.service_desk.printing import ticket_document
from plugins.service_desk.queries.knowledge import category_path
from plugins.service_desk.services.work_orders import SOURCE
from plugins.service_desk.views.blueprint import bp

if TYPE_CHECKING:
    from flask import Response


@bp.get("/tickets/<int:ticket_id>/print")
@requires(TICKETS_VIEW)
def ticket_print(ticket_id: int) -> Response:
    """«Imprimir»: the ticket as it is stored, for the customer."""
    ticket = queries.whole_ticket(g.company, ticket_id)
    known = ticket.known_problem
    return answer_with(
        ticket_document(
            ticket,
            category=category_path(g.company, known.category_id) if known is not None else "",
            interactions=queries.interactions_of(g.company, ticket.id),
            forwardings=queries.forwardings_of(g.company, ticket.id),
            reopenings=queries.reopenings_of(g.company, ticket.id),
            wishes=work_orders.requests_of_source(g.company, SOURCE, ticket.id),
        )
    )
