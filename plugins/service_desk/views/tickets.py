"""HTTP of the tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.exc import StaleDataError

from app.audit.permissions import AUDIT_VIEW
from app.plugin_api import (
    BusinessError,
    ChangedMeanwhile,
    describe,
    describe_actions,
    today,
    transaction,
)
from app.plugin_api.web import ListLinks, Place, actor, may, panel, requires
from app.staff.queries import technician_of
from app.work_orders import queries as work_orders
from app.work_orders.permissions import WORK_ORDERS_EDIT
from plugins.service_desk import errors, queries
from plugins.service_desk.forms.tickets import EditTicketForm, NewTicketForm, TicketFilterForm
from plugins.service_desk.models import Ticket
from plugins.service_desk.parameters import ServiceDeskParameters
from plugins.service_desk.permissions import TICKETS_EDIT, TICKETS_VIEW
from plugins.service_desk.services import tickets as services
from plugins.service_desk.services.work_orders import SOURCE, next_sequence, request_work_order
from plugins.service_desk.views.blueprint import bp

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from app.staff.models import Technician

describe(
    Ticket.__tablename__,
    _l("Ticket"),
    EditTicketForm,
    opened_at=_l("Opening"),
    work_order=_l("Work order"),
)
describe_actions(work_order_opened=_l("Work order opened"), work_order_cancelled=_l("Work order cancelled"))

INCLUDED = "service_desk_included"
"""In the session: the id of the ticket that was just included, until its page has asked R20's question."""


@bp.get("/tickets")
@requires(TICKETS_VIEW)
def ticket_list() -> str:
    """The company's tickets, narrowed by what the URL says."""
    form = TicketFilterForm()
    page = queries.ticket_page(g.company, wanted=form.wanted(), place=Place.of(request.args))
    wishes = work_orders.latest_requests(g.company, SOURCE, [row.id for row in page.rows])
    return render_template(
        "service_desk/tickets.html",
        form=form,
        rows=page.rows,
        wishes=wishes,
        links=ListLinks(page),
        may_edit=may(TICKETS_EDIT),
    )


@bp.route("/tickets/new", methods=["GET", "POST"])
@requires(TICKETS_EDIT)
def ticket_new() -> Any:
    """Include a ticket (R6 to R12); then the question of R20, where the company wants it."""
    form = NewTicketForm(technician=_own_technician() if request.method == "GET" else None)
    if form.validate_on_submit():
        try:
            ticket = _include(form)
        except BusinessError as error:
            form.show(error)
        else:
            return _after_inclusion(ticket)
    page = render_template("service_desk/ticket.html", ticket=None, form=form, read_only=False)
    return page, 422 if form.is_submitted() else 200


def _own_technician() -> Technician | None:
    """The user's technician, offered for a new ticket (R6); not one who can't be chosen any more."""
    technician = technician_of(g.company, actor())
    is_offered = technician is not None and technician.can_be_chosen(today(g.company.timezone))
    return technician if is_offered else None


def _include(form: NewTicketForm) -> Ticket:
    try:
        with transaction():
            return services.open_ticket(company=g.company, actor=actor(), **form.payload())
    except errors.AlreadySaved:
        # The same form came twice at one instant, and the other one won.
        ticket = queries.ticket_by_request_key(g.company, form.request_key.data)
        assert ticket is not None  # the database has just named it
        return ticket


def _after_inclusion(ticket: Ticket) -> Response:
    flash(_("Ticket %(number)s was included.", number=ticket.number), "success")
    parameters = ServiceDeskParameters.of(g.company)
    if parameters.auto_work_order and parameters.auto_work_order_silently:
        wish = work_orders.latest_request(g.company, SOURCE, ticket.id)
        if wish is not None:
            return redirect(url_for("work_orders.request_wait", request_id=wish.id), 303)
    elif parameters.auto_work_order:
        session[INCLUDED] = ticket.id
    return redirect(url_for(".ticket_detail", ticket_id=ticket.id), 303)


@bp.route("/tickets/<int:ticket_id>", methods=["GET", "POST"])
@requires(TICKETS_VIEW, write=TICKETS_EDIT)
def ticket_detail(ticket_id: int) -> Any:
    """Show a ticket; save it while it is open (R16), unless somebody else did meanwhile (R24)."""
    ticket = queries.whole_ticket(g.company, ticket_id)
    form = EditTicketForm(obj=ticket)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with transaction():
                services.edit_ticket(company=g.company, actor=actor(), ticket=ticket, **form.payload())
        except (StaleDataError, ChangedMeanwhile):
            ticket = queries.whole_ticket(g.company, ticket_id)
            form.show_conflict(ticket, ChangedMeanwhile())
            status = 409
        except BusinessError as error:
            ticket = queries.whole_ticket(g.company, ticket_id)
            form.show(error)
        else:
            flash(_("Ticket %(number)s was saved.", number=ticket.number), "success")
            return redirect(url_for(".ticket_detail", ticket_id=ticket_id), 303)
    return _ticket_page(ticket, form), status


def _ticket_page(ticket: Ticket, form: EditTicketForm) -> str:
    wishes = work_orders.requests_of_source(g.company, SOURCE, ticket.id)
    last = wishes[0] if wishes else None
    sequence = next_sequence(last)
    may_wish = may(WORK_ORDERS_EDIT)
    was_just_included = request.method == "GET" and session.get(INCLUDED) == ticket.id
    if was_just_included:
        del session[INCLUDED]
    return render_template(
        "service_desk/ticket.html",
        ticket=ticket,
        form=form,
        read_only=not (ticket.is_open and may(TICKETS_EDIT)),
        wishes=wishes,
        sequence=sequence,
        may_wish=may_wish,
        offers_wish=may_wish and (last is None or sequence > last.sequence),
        asks=was_just_included and may_wish and last is None,
        visible=work_orders.visible_to(g.company, actor(), g.membership.role),
        history=panel(g.company, Ticket.__tablename__, ticket.id) if may(AUDIT_VIEW) else None,
    )


# ── Its work order (R20, R21) ────────────────────────────────────────────────────────────────────────


@bp.post("/tickets/<int:ticket_id>/work-orders")
@requires(WORK_ORDERS_EDIT)
def ticket_request_work_order(ticket_id: int) -> Response:
    """«Gerar OS»: record the wish, then wait for the work order, whose form opens by itself."""
    sequence = request.form.get("sequence", type=int)
    if sequence is None:
        abort(400)
    with transaction():
        wish = request_work_order(company=g.company, actor=actor(), ticket_id=ticket_id, sequence=sequence)
    return redirect(url_for("work_orders.request_wait", request_id=wish.id), 303)
