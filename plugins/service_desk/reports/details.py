"""What stands below a ticket in the analytic report: its contacts, then its forwardings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, Date, any_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.plugin_api import db
from app.plugin_api.reports import Column, Kind
from app.staff.models import Department, Technician
from plugins.service_desk.models import Channel, Forwarding, ForwardingOutcome, Interaction
from plugins.service_desk.reports.columns import minutes

if TYPE_CHECKING:
    from app.companies.models import Company

_OF_CONTACTS = (
    Column("start", _l("Start"), Kind.INSTANT, 16),
    Column("end", _l("End"), Kind.INSTANT, 16),
    Column("contact_time", _l("Contact time"), Kind.MINUTES, 8),
    Column("contact", _l("Contact"), width=20),
    Column("channel", _l("Channel"), width=16),
    Column("finding", _l("Problem found"), width=34),
    Column("guidance", _l("Guidance"), width=34),
)
_OF_FORWARDINGS = (
    Column("department", _l("Department"), width=20),
    Column("forwarded", _l("Forwarded"), Kind.DAY, 10),
    Column("answered", _l("Answered"), Kind.DAY, 10),
    Column("answer_time", _l("Time to answer"), Kind.MINUTES, 8),
    Column("outcome", _l("Forwarding outcome"), width=16),
    Column("answered_by", _l("Technician who answered"), width=18),
    Column("answer", _l("Answer to the forwarding"), width=34),
)
DETAILS = (Column("detail", _l("Entry"), width=14), *_OF_CONTACTS, *_OF_FORWARDINGS)
"""A contact has nothing in the columns of forwardings, and a forwarding nothing in those of contacts."""


def details_of(company: Company, ticket_ids: Iterable[int]) -> Mapping[int, Sequence[Sequence[Any]]]:
    """By ticket the values of its detail lines, in the order in which they were noted; two statements."""
    found: dict[int, list[Sequence[Any]]] = defaultdict(list)
    zone = company.timezone
    # One array: of as many values PostgreSQL, once it keeps a plan for any, reads all that the company has.
    ids = literal(list(ticket_ids), ARRAY(BigInteger))
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
        .where(Interaction.company_id == company.id, Interaction.ticket_id == any_(ids))
        .order_by(Interaction.ticket_id, Interaction.id)
    )
    for ticket_id, *values in db.session.execute(contacts):
        found[ticket_id].append((contact, *values, *(None for _column in _OF_FORWARDINGS)))
    forwardings = (
        select(
            Forwarding.ticket_id,
            Department.name,
            cast(func.timezone(zone, Forwarding.forwarded_at), Date),
            cast(func.timezone(zone, Forwarding.answered_at), Date),
            minutes(Forwarding.answered_at - Forwarding.forwarded_at),
            ForwardingOutcome.name,
            Technician.name,
            Forwarding.answer,
        )
        .join(Forwarding.department)
        .outerjoin(Forwarding.outcome)
        .outerjoin(Forwarding.answered_by)
        .where(Forwarding.company_id == company.id, Forwarding.ticket_id == any_(ids))
        .order_by(Forwarding.ticket_id, Forwarding.id)
    )
    for ticket_id, *values in db.session.execute(forwardings):
        found[ticket_id].append((forwarding, *(None for _column in _OF_CONTACTS), *values))
    return found
