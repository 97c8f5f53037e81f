"""A ticket's page: what it reads, what its buttons do without JavaScript, and what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import abort, g, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from app.audit.permissions import AUDIT_VIEW
from app.plugin_api import now, to_local, today
from app.plugin_api.web import actor, day, may, panel
from app.work_orders import queries as work_orders
from app.work_orders.models import WorkOrderStatus
from app.work_orders.permissions import WORK_ORDERS_EDIT
from plugins.service_desk import queries
from plugins.service_desk.forms.closing import ReopenForm
from plugins.service_desk.forms.conflicts import Clash, clash_again, picks_of
from plugins.service_desk.forms.tickets import EditTicketForm, TicketForm
from plugins.service_desk.models import Forwarding, Interaction, Ticket
from plugins.service_desk.permissions import TICKETS_EDIT, TICKETS_REOPEN
from plugins.service_desk.queries.open_documents import Party
from plugins.service_desk.services.document import Document, document_of
from plugins.service_desk.services.merging import base_of
from plugins.service_desk.services.work_orders import SOURCE, next_sequence
from plugins.service_desk.texts import duration
from plugins.service_desk.views.timing import Timing, press, remove_row

INCLUDED = "service_desk_included"
"""In the session: the id of the ticket that was just included, until its page has asked R20's question."""
COMMAND = "_do"
"""What a button of the form asks for without JavaScript: nothing is saved, the form comes back changed."""
SHOW = "open-documents"
"""The command of R11's «Sim»."""


def posted() -> MultiDict[str, str] | None:
    """What was typed into the form that this request posts; None for a page that is only opened."""
    return request.form if request.method == "POST" else None


@dataclass(frozen=True, slots=True)
class Stored:
    """A ticket as it is stored, with its rows and what its form makes of them."""

    ticket: Ticket
    interactions: Sequence[Interaction]
    forwardings: Sequence[Forwarding]
    document: Document

    def form(
        self,
        *,
        inputs: MultiDict[str, str] | None = None,
        document: Document | None = None,
        **given: str | None,
    ) -> EditTicketForm:
        """The form that shows it, what was typed, or a document that was merged of both."""
        return EditTicketForm(
            document or self.document,
            inputs=inputs,
            version=self.ticket.version,
            # A post that lost it must not pass for one that has seen what is stored now.
            base=base_of(self.document) if inputs is None else "",
            **given,
        )


def stored_ticket(ticket_id: int) -> Stored:
    """The ticket with all that its form shows; three statements.

    Raises:
        NotFound: there is no such ticket in this company.
    """
    ticket = queries.whole_ticket(g.company, ticket_id)
    interactions = queries.interactions_of(g.company, ticket.id)
    forwardings = queries.forwardings_of(g.company, ticket.id)
    document = document_of(ticket, interactions, forwardings, g.company.timezone)
    return Stored(ticket, interactions, forwardings, document)


def obey(form: TicketForm, command: str, ticket: Ticket | None = None) -> Timing | None:
    """Do what a button of the form asks for: a row more, a row less, the timer of a row."""
    verb, _colon, key = command.partition(":")
    match verb:
        case "add-interaction":
            form.offer_interaction(uuid4())
        case "add-forwarding":
            form.offer_forwarding(uuid4())
        case "remove":
            remove_row(form, key)
        case "timer" if ticket is not None:
            return press(form, key, ticket_id=ticket.id)
        case "timer":
            return press(form, key, request_key=form.request_key.data)
        case "open-documents":  # SHOW
            pass  # the page shows the window; the form stays as it is
        case _:
            abort(400)
    return None


@dataclass(frozen=True, slots=True)
class Blocker:
    """A line of «O que impede o encerramento»: an unanswered forwarding, or a warning."""

    kind: str
    text: str
    url: str


_OVER = (WorkOrderStatus.DONE, WorkOrderStatus.CANCELLED)


def ticket_page(
    stored: Stored,
    form: EditTicketForm,
    reopen_form: ReopenForm | None = None,
    *,
    conflict: Clash | None = None,
    asking: Any = None,
    timing: Timing | None = None,
) -> str:
    """The page of a saved ticket.

    Args:
        conflict: what two people's edits made of it (R24).
        asking: R11's question or window, an `Asking`.
        timing: after «Cronômetro» was pressed without script.
    """
    ticket = stored.ticket
    wishes = work_orders.requests_of_source(g.company, SOURCE, ticket.id)
    last = wishes[0] if wishes else None
    sequence = next_sequence(last)
    may_wish = may(WORK_ORDERS_EDIT)
    visible = work_orders.visible_to(g.company, actor(), g.membership.role)
    was_just_included = request.method == "GET" and session.get(INCLUDED) == ticket.id
    if was_just_included:
        del session[INCLUDED]
    read_only = not (ticket.is_open and may(TICKETS_EDIT))
    if not read_only:
        timing = timing or Timing.of(ticket_id=ticket.id)
        timing.show_in(form, typed_at=now() if request.method == "POST" else None)
        form.offer_rows()
    return render_template(
        "service_desk/ticket.html",
        ticket=ticket,
        form=form,
        timing=timing,
        read_only=read_only,
        wishes=wishes,
        sequence=sequence,
        may_wish=may_wish,
        offers_wish=may_wish and (last is None or sequence > last.sequence),
        asks=was_just_included and may_wish and last is None,
        visible=visible,
        conflict=conflict or clash_again(form, stored.document, picks_of(request.form)),
        asking=asking,
        saved_party=Party.of(ticket),
        history=panel(g.company, Ticket.__tablename__, ticket.id) if may(AUDIT_VIEW) else None,
        **_closing_context(stored, form, wishes, visible, reopen_form),
    )


def _closing_context(
    stored: Stored,
    form: EditTicketForm,
    wishes: Sequence[Any],
    visible: Any,
    reopen_form: ReopenForm | None,
) -> dict[str, Any]:
    """What stands in the way of a closing (R15), and how a closed ticket is opened again (R16)."""
    ticket = stored.ticket
    # Where the form has it: after a refused save its rows may stand otherwise than the stored ones.
    places = {entry.form.key.data: entry.index for entry in form.forwardings.entries}
    waits = {row.key: _wait(row) for row in stored.forwardings if row.answered_at is None}
    may_reopen = not ticket.is_open and may(TICKETS_REOPEN)
    return {
        "waits": waits,
        "durations": {row.key: duration(row) for row in stored.interactions},
        "blockers": [
            *(
                _unanswered(places.get(row.key), place, waits[row.key])
                for place, row in enumerate(stored.forwardings)
                if row.key in waits
            ),
            *(
                Blocker(
                    "warning",
                    _("Work order no. %(number)s is still open", number=order.number),
                    url_for("work_orders.work_order_detail", work_order_id=order.id)
                    if visible.includes(order)
                    else "",
                )
                for wish in wishes
                if (order := wish.work_order) is not None and order.status not in _OVER
            ),
        ],
        "reopenings": queries.reopenings_of(g.company, ticket.id),
        "reopen_form": (reopen_form or ReopenForm(formdata=None, obj=ticket)) if may_reopen else None,
    }


def _unanswered(shown: int | None, stored: int, wait: str) -> Blocker:
    """An unanswered forwarding; one that the form has removed, and not saved so, leads to the tab."""
    place = stored if shown is None else shown
    url = "#forwardings" if shown is None else f"#forwardings-{shown}"
    return Blocker("unanswered", _("Forwarding %(place)s: %(wait)s", place=place + 1, wait=wait), url)


def _wait(row: Forwarding) -> str:
    """For whom a ticket waits and since when."""
    return _(
        "%(department)s hasn't answered since %(day)s (%(since)s)",
        department=row.department.name,
        day=day(row.forwarded_at),
        since=days_since(row.forwarded_at),
    )


def days_since(instant: datetime) -> str:
    """How many days of the company's calendar ago an instant was."""
    zone = g.company.timezone
    days = (today(zone) - to_local(instant, zone).date()).days
    return ngettext("%(num)s day", "%(num)s days", days) if days else _("today")
