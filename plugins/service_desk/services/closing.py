"""Closing a ticket, and opening it again (R14 to R16)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from app.plugin_api import ChangedMeanwhile, changes_of, db, now, record
from app.registers.services import chosen
from app.staff.models import Technician
from plugins.service_desk import errors, queries
from plugins.service_desk.models import Reopening, Ticket
from plugins.service_desk.services.document import Document
from plugins.service_desk.services.moments import moment_of

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

LONGEST_REASON = 2000


class Closing(NamedTuple):
    """When and by whom; both or neither (R14)."""

    closed_at: datetime
    closed_by_id: int


def closing_of(
    company: Company,
    typed: Document,
    *,
    opened_at: datetime,
    answers: Iterable[datetime | None],
    moment: datetime,
) -> Closing | None:
    """What the box «Encerramento» says; None leaves the ticket open.

    Args:
        opened_at: when the ticket is opened by this save's own header.
        answers: when each forwarding was answered, as this save leaves them; None: it waits.
        moment: now, the same for the whole save.

    Raises:
        ClosingIncomplete, ClosedInFuture, ClosedBeforeOpening, ClosedBeforeAnswer: R14.
        ForwardingUnanswered: R15, in words; that it holds in every race is the database's business.
    """
    day, technician_id = typed["closed_on"], typed["closed_by_id"]
    if day is None and technician_id is None:
        return None
    if day is None or technician_id is None:
        raise errors.ClosingIncomplete("closed_on" if day is None else "closed_by")
    technician = chosen(company, Technician, technician_id, field="closed_by")
    assert technician is not None  # its id isn't None
    closed_at = moment_of(company, day, moment=moment)
    if closed_at > moment:
        raise errors.ClosedInFuture
    if closed_at < opened_at:
        raise errors.ClosedBeforeOpening
    given = list(answers)
    if None in given:
        raise errors.ForwardingUnanswered
    if any(answered_at > closed_at for answered_at in given if answered_at is not None):
        raise errors.ClosedBeforeAnswer
    return Closing(closed_at, technician.id)


def reopen_ticket(
    *, company: Company, actor: User, ticket_id: int, version: int | None, reason: str
) -> Ticket:
    """Open a closed ticket again; its closing and the reason stay in its history (R16).

    Args:
        version: the one that the page showed (R24).
        reason: «Motivo da reabertura», 1 to 2,000 characters.

    Raises:
        NotFound: there is no such ticket in this company.
        ChangedMeanwhile: somebody saved, or reopened, the ticket after the page was shown.
        ReasonRequired: R16.
    """
    ticket = queries.locked_ticket(company, ticket_id)
    if version != ticket.version or ticket.closed_at is None or ticket.closed_by_id is None:
        raise ChangedMeanwhile
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise errors.ReasonRequired
    moment = now()
    db.session.add(
        Reopening(
            company_id=company.id,
            ticket_id=ticket.id,
            closed_at=ticket.closed_at,
            closed_by_id=ticket.closed_by_id,
            reopened_at=moment,
            reopened_by_id=actor.id,
            reason=reason,
        )
    )
    ticket.closed_at = ticket.closed_by_id = None
    changes: dict[str, list[Any]] = {**changes_of(ticket), "reason": [None, reason]}
    ticket.saved_at, ticket.saved_by_id = moment, actor.id
    db.session.flush()
    record(
        company=company,
        actor_id=actor.id,
        entity=Ticket.__tablename__,
        entity_id=ticket.id,
        action="reopened",
        changes=changes,
    )
    return ticket
