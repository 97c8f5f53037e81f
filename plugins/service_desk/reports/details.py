"""What stands below a ticket in the analytic report: its contacts, then its forwardings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.plugin_api import db
from app.plugin_api.reports import Column, Kind
from app.staff.models import Department, Technician
from plugins.service_desk.models import Channel, Forwarding, ForwardingOutcome, Interaction
from plugins.service_desk.reports.columns import minutes

if TYPE_CHECKING:
    from app.companies.models import Company

DETAILS = (
    Column("detail", _l("Entry"), width=14),
    Column("start", _l("Start or forwarding"), Kind.INSTANT, 16),
    Column("end", _l("End or answer"), Kind.INSTANT, 16),
    Column("time", _l("Time"), Kind.MINUTES, 8),
    Column("whom", _l("Contact or department"), width=20),
    Column("how", _l("Channel or outcome"), width=16),
    Column("by", _l("Technician who answered"), width=18),
    Column("finding", _l("Problem found"), width=34),
    Column("guidance", _l("Guidance or answer"), width=34),
)


def details_of(company: Company, ticket_ids: Iterable[int]) -> Mapping[int, Sequence[Sequence[Any]]]:
    """By ticket the values of its detail lines, in the order in which they were noted; two statements."""
    found: dict[int, list[Sequence[Any]]] = defaultdict(list)
    ids, zone = list(ticket_ids), company.timezone
    contact, forwarding = _("Contact"), _("Forwarding")
    contacts = (
        select(
            Interaction.ticket_id,
            func.timezone(zone, Interaction.started_at),
            func.timezone(zone, Interaction.ended_at),
            minutes(Interaction.ended_at - Interaction.started_at),
            Interaction.contact_name,
            Channel.name,
            Interaction.finding,
            Interaction.guidance,
        )
        .join(Interaction.channel)
        .where(Interaction.company_id == company.id, Interaction.ticket_id.in_(ids))
        .order_by(Interaction.ticket_id, Interaction.id)
    )
    for ticket_id, *when, name, channel, finding, guidance in db.session.execute(contacts):
        found[ticket_id].append((contact, *when, name, channel, None, finding, guidance))
    forwardings = (
        select(
            Forwarding.ticket_id,
            func.timezone(zone, Forwarding.forwarded_at),
            func.timezone(zone, Forwarding.answered_at),
            minutes(Forwarding.answered_at - Forwarding.forwarded_at),
            Department.name,
            ForwardingOutcome.name,
            Technician.name,
            Forwarding.answer,
        )
        .join(Forwarding.department)
        .outerjoin(Forwarding.outcome)
        .outerjoin(Forwarding.answered_by)
        .where(Forwarding.company_id == company.id, Forwarding.ticket_id.in_(ids))
        .order_by(Forwarding.ticket_id, Forwarding.id)
    )
    for ticket_id, *when, department, outcome, by, answer in db.session.execute(forwardings):
        found[ticket_id].append((forwarding, *when, department, outcome, by, None, answer))
    return found
