"""The verb that saves a ticket after somebody else has saved it: both sides' changes at once (R24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from app.plugin_api import ChangedMeanwhile
from plugins.service_desk import queries
from plugins.service_desk.models import Ticket
from plugins.service_desk.services.document import Document, document_of
from plugins.service_desk.services.merging import Merged, answered, merge
from plugins.service_desk.services.tickets import save_ticket

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User


class Shown(NamedTuple):
    """What the form that was posted had shown.

    Args:
        version: the ticket's.
        base: `base_of` the stored document of then.
        offered: `base_of` the merged document that a page with conflicts showed instead; otherwise empty.
        picks: what was picked there.
    """

    version: int | None
    base: str
    offered: str
    picks: Mapping[str, str]


class Saved(NamedTuple):
    """The saved ticket, and what was merged, if somebody else had saved meanwhile."""

    ticket: Ticket
    merged: Merged | None = None
    others_name: str | None = None


def save_together(
    *, company: Company, actor: User, ticket_id: int, shown: Shown, document: Document
) -> Saved:
    """Save what was typed; where others saved meanwhile, together with what they changed.

    Raises:
        ChangedMeanwhile: somebody must choose, or the ticket was closed meanwhile: nothing was saved.
        NotFound, BusinessError: as `save_ticket`.
    """

    def save(version: int | None, document: Document) -> Ticket:
        return save_ticket(
            company=company, actor=actor, ticket_id=ticket_id, version=version, document=document
        )

    if not shown.picks:
        try:
            return Saved(save(shown.version, document))
        except ChangedMeanwhile:
            pass  # it was refused before anything was written, and the ticket is locked
    ticket = queries.locked_ticket(company, ticket_id)
    if not ticket.is_open and ticket.version != shown.version:
        raise ChangedMeanwhile
    stored = document_of(
        ticket,
        queries.interactions_of(company, ticket.id),
        queries.forwardings_of(company, ticket.id),
        company.timezone,
    )
    mine = answered(document, stored, shown.picks, base=shown.base, shown=shown.offered)
    merged = merge(shown.base, mine, stored)
    if merged.conflicts:
        raise ChangedMeanwhile
    others_name = ticket.saved_by.name if ticket.saved_by else None
    return Saved(save(ticket.version, cast("Document", merged.document)), merged, others_name)
