"""The ticket on paper: what a customer is given, from the first contact to the closing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import g
from flask_babel import gettext as _

from app.plugin_api import to_local
from app.plugin_api.printing import (
    Document,
    Entry,
    Field,
    LongText,
    Section,
    Signature,
    party_section,
    product_section,
)
from app.plugin_api.web import day, hour, instant
from plugins.service_desk.texts import duration

if TYPE_CHECKING:
    from app.work_orders.models import WorkOrderRequest
    from plugins.service_desk.models import Forwarding, Interaction, Reopening, Ticket


def ticket_document(
    ticket: Ticket,
    *,
    category: str,
    interactions: Sequence[Interaction],
    forwardings: Sequence[Forwarding],
    reopenings: Sequence[Reopening],
    wishes: Sequence[WorkOrderRequest],
) -> Document:
    """Everything that the ticket's page shows, except its history and what a worker failed at.

    Args:
        category: of its known problem, with what that is below; "" without one.
        reopenings, wishes: the latest first.
    """
    opened_on = to_local(ticket.opened_at, g.company.timezone).date()
    return Document(
        title=_("Ticket %(number)s", number=ticket.number),
        state=_("Still open") if ticket.is_open else _("Closed ticket"),
        file_name=_("ticket-%(number)s.pdf", number=ticket.number),
        sections=[
            _identification(ticket),
            party_section(ticket.party),
            product_section(ticket.product, ticket.customer_product, opened_on=opened_on),
            _problem(ticket, category),
            Section(
                _("Tickets"), entries=[_interaction(place, row) for place, row in enumerate(interactions, 1)]
            ),
            Section(
                _("Forwardings"),
                entries=[_forwarding(place, row) for place, row in enumerate(forwardings, 1)],
            ),
            Section(_("Work orders"), fields=[field for wish in wishes if (field := _work_order(wish))]),
            Section(_("Reopenings"), entries=[_reopening(row) for row in reopenings]),
        ],
        signatures=[
            Signature(_("Technician"), ticket.technician.name),
            Signature(ticket.party_kind.label, ticket.party.name),
        ],
    )


def _identification(ticket: Ticket) -> Section:
    return Section(
        _("Identification"),
        fields=[
            Field(_("Opening"), instant(ticket.opened_at)),
            Field(_("Origin of the contact"), ticket.direction.label),
            Field(_("Channel"), ticket.channel.name),
            Field(_("Technician"), ticket.technician.name, 12 if ticket.is_open else 4),
            # It has no hour of its own (R14).
            Field(_("Closing date"), day(ticket.closed_at)),
            Field(_("Technician who closed"), ticket.closed_by.name if ticket.closed_by is not None else ""),
        ],
    )


def _problem(ticket: Ticket, category: str) -> Section:
    known = ticket.known_problem
    return Section(
        _("Problem"),
        texts=[LongText(_("Problem reported by the customer"), ticket.problem)],
        fields=[
            Field(_("Problem/solution code"), f"{known.code} · {known.name}" if known is not None else "", 6),
            Field(_("Category"), category, 6),
        ],
    )


def _interaction(place: int, row: Interaction) -> Entry:
    zone = g.company.timezone
    is_one_day = to_local(row.started_at, zone).date() == to_local(row.ended_at, zone).date()
    end = hour(row.ended_at) if is_one_day else instant(row.ended_at)
    return Entry(
        _("Interaction %(place)s", place=place),
        fields=[
            Field(_("Date of occurrence"), f"{instant(row.started_at)} – {end} ({duration(row)})", 6),
            Field(_("Name of the contact"), row.contact_name, 6),
            Field(_("Channel"), row.channel.name, 6),
            Field(_("Origin of the contact"), row.direction.label, 6),
        ],
        texts=[LongText(_("Problem found"), row.finding), LongText(_("Guidance"), row.guidance)],
    )


def _forwarding(place: int, row: Forwarding) -> Entry:
    is_answered = row.answered_at is not None
    return Entry(
        _("Forwarding %(place)s", place=place),
        fields=[
            Field(_("Department"), row.department.name, 6),
            Field(_("Date of forwarding"), day(row.forwarded_at), 3),
            Field(_("Date of answer"), day(row.answered_at) if is_answered else _("Waits for the answer"), 3),
            Field(_("Technician who answered"), row.answered_by.name if row.answered_by else "", 6),
            Field(_("Forwarding outcome"), row.outcome.name if row.outcome else "", 6),
        ],
        texts=[LongText(_("Answer to the forwarding"), row.answer or "")],
    )


def _work_order(wish: WorkOrderRequest) -> Field | None:
    order = wish.work_order
    if order is not None:
        return Field(_("Work order no. %(number)s", number=order.number), order.status.label)
    return Field(_("Work order"), _("Work order in the making")) if wish.is_waiting else None


def _reopening(row: Reopening) -> Entry:
    reopened_by = row.reopened_by.name if row.reopened_by else _("The system")
    return Entry(
        _("Reopened: %(when)s by %(name)s", when=instant(row.reopened_at), name=reopened_by),
        fields=[
            Field(
                _("It had been closed"),
                _("%(when)s by %(name)s", when=day(row.closed_at), name=row.closed_by.name),
                12,
            )
        ],
        texts=[LongText(_("Reason for the reopening"), row.reason)],
    )
