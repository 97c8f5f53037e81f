"""HTTP of «Documentos em aberto»: what is under way for a party, before another ticket is made of it (R11).

With JavaScript the form asks when the focus leaves «Identificação»; without, at its first «Salvar».
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app.plugin_api import BIGINT_MAX, transaction
from app.plugin_api.web import actor, may, requires
from plugins.service_desk import errors
from plugins.service_desk.forms.conflicts import left_over
from plugins.service_desk.forms.contacts import take_contact
from plugins.service_desk.forms.tickets import NewTicketForm
from plugins.service_desk.models import PartyKind
from plugins.service_desk.permissions import TICKETS_EDIT, TICKETS_VIEW
from plugins.service_desk.queries.open_documents import OpenDocuments, Party, has_open_tickets, open_documents
from plugins.service_desk.services import timers
from plugins.service_desk.views.blueprint import bp
from plugins.service_desk.views.ticket_page import COMMAND, SHOW, stored_ticket, ticket_page

if TYPE_CHECKING:
    from plugins.service_desk.forms.tickets import TicketForm
    from plugins.service_desk.models import Ticket


@dataclass(frozen=True, slots=True)
class Asking:
    """What the question and the window show.

    Args:
        may_add_contact: the form's text may go into a ticket that is listed: a new ticket's.
        asks_for_save: nothing was saved yet, and both answers post the form; otherwise the script shows
            question and window.
        is_shown: «Sim» was answered, and the window stands open.
    """

    party: Party
    documents: OpenDocuments
    may_add_contact: bool
    asks_for_save: bool = False
    is_shown: bool = False

    @classmethod
    def of(cls, party: Party, ticket_id: int | None, **how: bool) -> Asking:
        """What is under way for the party, besides that ticket."""
        found = open_documents(g.company, actor(), g.membership.role, party=party, except_ticket_id=ticket_id)
        return cls(party, found, may_add_contact=ticket_id is None and may(TICKETS_EDIT), **how)


@bp.get("/open-documents")
@requires(TICKETS_VIEW)
def open_document_list() -> str:
    """The question and the window, as a part of a page; nothing if no ticket is open."""
    party = _party_of(request.args.get("customer_id", type=int), request.args.get("prospect_id", type=int))
    ticket_id = request.args.get("except", type=int)
    if party is None:
        return ""
    found = Asking.of(party, ticket_id and min(ticket_id, BIGINT_MAX))
    if not found.documents.tickets:
        return ""
    return render_template("service_desk/_open_documents.html", asking=found)


def _party_of(customer_id: int | None, prospect_id: int | None) -> Party | None:
    kind = PartyKind.CUSTOMER if customer_id is not None else PartyKind.PROSPECT
    chosen = customer_id if customer_id is not None else prospect_id
    return Party(kind, chosen) if chosen is not None and 0 < chosen <= BIGINT_MAX else None


@bp.route("/tickets/<int:ticket_id>/contact", methods=["GET", "POST"])
@requires(TICKETS_EDIT)
def ticket_contact(ticket_id: int) -> Any:
    """«Adicionar contato a este atendimento»: its form with what was typed into a new one, not yet saved.

    It answers GET so that typed text outlives a session that ended meanwhile: only a page may be resumed.
    """
    stored = stored_ticket(ticket_id)
    if request.method == "GET":
        return redirect(url_for(".ticket_detail", ticket_id=ticket_id))
    typed, form = NewTicketForm(inputs=request.form), stored.form()
    if not stored.ticket.is_open:
        form.show(errors.TicketClosed())
        return ticket_page(stored, form, conflict=left_over(form, typed)), 409
    take_contact(form, typed)
    form.taken_from.data = str(typed.request_key.data)
    with transaction():
        # A timer that runs in a taken row goes on in this ticket (R18).
        timers.take_along(
            company=g.company, actor=actor(), ticket=stored.ticket, request_key=typed.request_key.data
        )
    flash(
        _("This is what you had typed, as a new contact of this ticket. Save it, or nothing is kept."), "info"
    )
    return ticket_page(stored, form)


# ── For the ticket's page ────────────────────────────────────────────────────────────────────────────


def asks_before_saving(form: TicketForm, ticket: Ticket | None) -> bool:
    """Whether the question has still to be asked for the chosen party; notes in the form that it is."""
    party = chosen_party(form)
    if party is None or str(party) in (form.asked_party.data or "").split():
        return False
    if ticket is not None and party == Party.of(ticket):
        return False
    if not has_open_tickets(
        g.company,
        party=party,
        except_ticket_id=ticket.id if ticket is not None else None,
        except_request_key=form.request_key.data if isinstance(form, NewTicketForm) else None,
    ):
        return False
    form.asked_party.data = f"{form.asked_party.data or ''} {party}".strip()
    return True


def chosen_party(form: TicketForm) -> Party | None:
    """The party that stands in the form; none while two stand there, which is refused (R9)."""
    kind, customer, prospect = form.party_kind.data, form.customer.data, form.prospect.data
    chosen = {PartyKind.CUSTOMER: customer, PartyKind.PROSPECT: prospect}.get(kind)
    return Party(kind, chosen) if chosen is not None and None in (customer, prospect) else None


def asking(form: TicketForm, ticket: Ticket | None, *, asks: bool) -> Asking | None:
    """What the ticket's template needs to ask the question, or to show the window after «Sim»."""
    party = chosen_party(form)
    shows = request.form.get(COMMAND) == SHOW
    if party is None or not (asks or shows):
        return None
    return Asking.of(party, ticket.id if ticket is not None else None, asks_for_save=asks, is_shown=shows)
