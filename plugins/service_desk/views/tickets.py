"""HTTP of the tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.plugin_api import (
    BusinessError,
    ChangedMeanwhile,
    Part,
    describe,
    describe_actions,
    today,
    transaction,
)
from app.plugin_api.web import ListLinks, Place, actor, may, requires
from app.staff.queries import technician_of
from app.work_orders import queries as work_orders
from app.work_orders.permissions import WORK_ORDERS_EDIT
from plugins.service_desk import errors, queries
from plugins.service_desk.forms.closing import ReopenForm
from plugins.service_desk.forms.filters import TicketFilterForm
from plugins.service_desk.forms.rows import ForwardingForm, InteractionForm
from plugins.service_desk.forms.tickets import EditTicketForm, NewTicketForm
from plugins.service_desk.models import Forwarding, Interaction, Ticket
from plugins.service_desk.parameters import ServiceDeskParameters
from plugins.service_desk.permissions import TICKETS_EDIT, TICKETS_REOPEN, TICKETS_VIEW
from plugins.service_desk.services import drafts
from plugins.service_desk.services import tickets as services
from plugins.service_desk.services.closing import reopen_ticket
from plugins.service_desk.services.together import save_together
from plugins.service_desk.services.work_orders import SOURCE, request_work_order
from plugins.service_desk.views.blueprint import bp
from plugins.service_desk.views.conflicts import conflict_page, shown_by, tell_saved
from plugins.service_desk.views.drafting import new_form, shown_in_hand
from plugins.service_desk.views.open_documents import asking, asks_before_saving
from plugins.service_desk.views.ticket_page import (
    COMMAND,
    INCLUDED,
    days_since,
    obey,
    posted,
    stored_ticket,
    ticket_page,
)

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from app.staff.models import Technician

describe(
    Ticket.__tablename__,
    _l("Ticket"),
    EditTicketForm,
    opened_at=_l("Opening"),
    closed_at=_l("Closing"),
    reason=_l("Reason for the reopening"),
    work_order=_l("Work order"),
    parts={
        "interactions": Part(
            _l("Interaction %(place)s"),
            InteractionForm,
            Interaction.__tablename__,
            {
                "started_at": _l("Start time"),
                "ended_at": _l("End time"),
            },
        ),
        "forwardings": Part(
            _l("Forwarding %(place)s"),
            ForwardingForm,
            Forwarding.__tablename__,
            {
                "forwarded_at": _l("Date of forwarding"),
                "answered_at": _l("Date of answer"),
            },
        ),
    },
)
describe_actions(work_order_opened=_l("Work order opened"), work_order_cancelled=_l("Work order cancelled"))


@bp.get("/tickets")
@requires(TICKETS_VIEW)
def ticket_list() -> str:
    """The company's tickets, narrowed by what the URL says."""
    form = TicketFilterForm()
    page = queries.ticket_page(g.company, wanted=form.wanted(), place=Place.of(request.args))
    ids = [row.id for row in page.rows]
    wishes = work_orders.latest_requests(g.company, SOURCE, ids)
    return render_template(
        "service_desk/tickets.html",
        form=form,
        rows=page.rows,
        wishes=wishes,
        days_since=days_since,
        links=ListLinks(page),
        may_edit=may(TICKETS_EDIT),
    )


@bp.route("/tickets/new", methods=["GET", "POST"])
@requires(TICKETS_EDIT)
def ticket_new() -> Any:
    """Include a ticket (R6 to R19); then the question of R20, where the company wants it."""
    form = new_form(_own_technician)
    status, asks, timing = 200, False, None
    if command := request.form.get(COMMAND):
        timing = obey(form, command)
    elif form.is_submitted():
        status = 422
        if form.validate():
            asks = asks_before_saving(form, None)
            if asks:
                status = 200
            else:
                try:
                    return _after_inclusion(_include(form))
                except BusinessError as error:
                    form.show(error)
    in_hand = shown_in_hand(form, timing)
    form.offer_rows()
    context = {"form": form, "read_only": False, "asking": asking(form, None, asks=asks), **in_hand}
    return render_template("service_desk/ticket.html", ticket=None, **context), status


def _own_technician() -> Technician | None:
    """The user's technician, offered for a new ticket (R6); not one who can't be chosen any more."""
    technician = technician_of(g.company, actor())
    is_offered = technician is not None and technician.can_be_chosen(today(g.company.timezone))
    return technician if is_offered else None


def _include(form: NewTicketForm) -> Ticket:
    try:
        with transaction():
            return services.open_ticket(
                company=g.company,
                actor=actor(),
                request_key=form.request_key.data,
                document=form.document(),
            )
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
    """Show a ticket; save it while it is open (R16), together with what others saved meanwhile (R24)."""
    stored = stored_ticket(ticket_id)
    form = stored.form(inputs=posted())
    status, asks, timing = 200, False, None
    if command := request.form.get(COMMAND):
        timing = obey(form, command, stored.ticket)
        if timing is not None:
            # Read again: a refused start's rollback has expired each row.
            stored = stored_ticket(ticket_id)
    elif form.is_submitted():
        status = 422
        if form.validate():
            asks = asks_before_saving(form, stored.ticket)
            if asks:
                status = 200
            else:
                try:
                    return _save(ticket_id, form)
                except ChangedMeanwhile:
                    return conflict_page(ticket_id, form), 409
                except BusinessError as error:
                    if form.version.data != stored.ticket.version:
                        # Refused is what came of both: only the merged form has all of it.
                        return conflict_page(ticket_id, form, error), 409
                    form.show(error)
        # Read again: after the refusal's rollback the rows hold what was typed.
        stored = stored_ticket(ticket_id)
    question = asking(form, stored.ticket, asks=asks)
    return ticket_page(stored, form, asking=question, timing=timing), status


def _save(ticket_id: int, form: EditTicketForm) -> Response:
    with transaction():
        saved = save_together(
            company=g.company,
            actor=actor(),
            ticket_id=ticket_id,
            shown=shown_by(form),
            document=form.document(),
        )
        if form.done_draft is not None:
            drafts.drop(company=g.company, actor=actor(), request_key=form.done_draft)
    tell_saved(saved, form)
    return redirect(url_for(".ticket_detail", ticket_id=ticket_id), 303)


@bp.post("/tickets/<int:ticket_id>/reopen")
@requires(TICKETS_REOPEN)
def ticket_reopen(ticket_id: int) -> Any:
    """«Reabrir», with «Motivo da reabertura» (R16)."""
    stored, reason, status = stored_ticket(ticket_id), ReopenForm(), 422
    if reason.validate():
        try:
            with transaction():
                ticket = reopen_ticket(
                    company=g.company, actor=actor(), ticket_id=ticket_id, **reason.payload()
                )
        except BusinessError as error:
            reason.show(error)
            status = 409 if isinstance(error, ChangedMeanwhile) else 422
        else:
            flash(_("Ticket %(number)s was reopened.", number=ticket.number), "success")
            return redirect(url_for(".ticket_detail", ticket_id=ticket_id), 303)
        stored = stored_ticket(ticket_id)
    form = stored.form()
    if stored.ticket.is_open:
        # Somebody was quicker: the window of the reason isn't there any more, and the refusal has to be told.
        form.form_errors += reason.form_errors or [ChangedMeanwhile().text]
    return ticket_page(stored, form, reopen_form=reason), status


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
