"""Verbs that include and save tickets: header, interactions, forwardings and closing as one (DESIGN 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.plugin_api import (
    ChangedMeanwhile,
    NotAvailable,
    changes_of,
    db,
    next_number,
    now,
    record,
    removal_of,
)
from plugins.service_desk import errors, queries
from plugins.service_desk.models import Forwarding, Interaction, Ticket
from plugins.service_desk.parameters import ServiceDeskParameters
from plugins.service_desk.services import timers
from plugins.service_desk.services.closing import Closing, closing_of
from plugins.service_desk.services.document import Document, document_of
from plugins.service_desk.services.forwardings import forwarding_values
from plugins.service_desk.services.identification import Kept, checked
from plugins.service_desk.services.interactions import interaction_values
from plugins.service_desk.services.work_orders import wish_for_work_order

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

NUMBER = "service_desk.ticket"
"""The kind of number that tickets take (`next_number`)."""
MOST_ROWS = 500
"""Interactions, and forwardings, that one ticket holds at most."""

R = TypeVar("R", Interaction, Forwarding)


def open_ticket(*, company: Company, actor: User, request_key: UUID, document: Document) -> Ticket:
    """Include a ticket with the company's next number; the same form twice is one ticket (R6, DESIGN 6).

    With «Gera a OS sem perguntar» the wish for its work order is recorded with it (R3).

    Args:
        request_key: made with the empty form.
        document: what was typed.

    Raises:
        BusinessError: a rule says no; the error names the rule and the field.
        SavedOtherwise: the same form was saved before, and has been changed since.
        AlreadySaved: the same form is being saved at this instant by another request, which won; after
            the rollback `queries.ticket_by_request_key` has its ticket.
    """
    first = queries.ticket_by_request_key(company, request_key)
    if first is not None:
        _refuse_other_text(company, first, document)
        return first
    moment = now()
    plan = _Plan.of(company, document, Kept(), moment)
    ticket = Ticket(
        company_id=company.id,
        request_key=request_key,
        created_by_id=actor.id,
        saved_by_id=actor.id,
        saved_at=moment,
        **plan.header,
        # Last: the counter stays locked until the commit, and the company's other saves wait for it.
        number=next_number(company, NUMBER),
    )
    db.session.add(ticket)
    _flush()
    _write_rows(company, actor, ticket, plan)
    _flush()
    keys = [row.key for row in plan.interactions]
    timers.settle(company=company, actor=actor, ticket=ticket, saved_keys=keys, request_key=request_key)
    changes: dict[str, list[Any]] = {"number": [None, ticket.number]}
    _record(company, actor, ticket, "created", changes)
    if plan.closing is not None:
        _close(company, actor, ticket, plan.closing)
    parameters = ServiceDeskParameters.of(company)
    if parameters.auto_work_order and parameters.auto_work_order_silently:
        wish_for_work_order(company=company, actor=actor, ticket=ticket, sequence=1)
    return ticket


def _refuse_other_text(company: Company, ticket: Ticket, document: Document) -> None:
    """Whoever went back, typed on and saved again must not be told that it was included.

    Once somebody has changed the ticket nobody knows any more what its form had said: then it is the same.
    """
    if ticket.version > 1:
        return
    rows = queries.interactions_of(company, ticket.id), queries.forwardings_of(company, ticket.id)
    if document_of(ticket, *rows, company.timezone) != document:
        raise errors.SavedOtherwise(number=ticket.number)


def save_ticket(
    *, company: Company, actor: User, ticket_id: int, version: int | None, document: Document
) -> Ticket:
    """Save an open ticket as its form has it: rows that aren't there any more are removed.

    The ticket's row is locked first, the rows are written before the header, and the closing with it last:
    who answers the last forwarding and closes in one save is not refused by the database (DESIGN 6). A save
    that changes only rows raises the ticket's version, too.

    Args:
        version: the one that the form showed (R24).

    Raises:
        NotFound: there is no such ticket in this company.
        TicketClosed: R16.
        ChangedMeanwhile: somebody saved the ticket after the form was opened (R24).
        BusinessError: as in `open_ticket`.
    """
    ticket = queries.locked_ticket(company, ticket_id)
    if version != ticket.version:
        raise ChangedMeanwhile
    if not ticket.is_open:
        raise errors.TicketClosed
    interactions = queries.interactions_of(company, ticket.id)
    forwardings = queries.forwardings_of(company, ticket.id)
    moment = now()
    plan = _Plan.of(
        company, document, Kept.by(ticket), moment, interactions=interactions, forwardings=forwardings
    )
    changes = _write_rows(company, actor, ticket, plan)
    _flush()
    keys = [row.key for row in plan.interactions]
    timers.settle(company=company, actor=actor, ticket=ticket, saved_keys=keys)
    for name, value in plan.header.items():
        setattr(ticket, name, value)
    changes |= changes_of(ticket)
    if not changes and plan.closing is None:
        return ticket
    ticket.saved_at, ticket.saved_by_id = moment, actor.id
    if changes:
        _record(company, actor, ticket, "changed", changes)
    if plan.closing is not None:
        _close(company, actor, ticket, plan.closing)
    _flush()
    return ticket


def hand_over_tickets(*, company: Company, actor: User, prospect_id: int, customer_id: int) -> None:
    """A prospect's tickets, the closed ones too, become those of the customer it turned into (R22b)."""
    for ticket in queries.tickets_of_prospect(company, prospect_id):
        ticket.prospect_id, ticket.customer_id = None, customer_id
        _record(company, actor, ticket, "changed", changes_of(ticket))
        ticket.saved_at, ticket.saved_by_id = now(), actor.id
    db.session.flush()


# ── What a save is to do, once every rule said yes ───────────────────────────────────────────────────


class _Row(NamedTuple):
    """One row of a tab: the key, what is stored under it, and the columns' new values."""

    key: UUID
    stored: Any
    values: Mapping[str, Any]


class _Plan(NamedTuple):
    """Everything that the save writes; made, and refused, before anything is written."""

    header: dict[str, Any]
    interactions: list[_Row]
    forwardings: list[_Row]
    removed: list[tuple[str, Interaction | Forwarding]]
    closing: Closing | None

    @classmethod
    def of(
        cls,
        company: Company,
        document: Document,
        kept: Kept,
        moment: datetime,
        *,
        interactions: Sequence[Interaction] = (),
        forwardings: Sequence[Forwarding] = (),
    ) -> _Plan:
        if max(len(document["interactions"]), len(document["forwardings"])) > MOST_ROWS:
            raise errors.TooManyRows
        header = checked(company, document, kept, moment)
        contact_of = {row.key: row for row in interactions}
        forwarding_of = {row.key: row for row in forwardings}
        contacts = [
            _Row(row["key"], stored, interaction_values(company, row, stored, moment=moment))
            for row in document["interactions"]
            for stored in [contact_of.get(row["key"])]
        ]
        sent = [
            _Row(
                row["key"],
                stored,
                forwarding_values(company, row, stored, opened_at=header["opened_at"], moment=moment),
            )
            for row in document["forwardings"]
            for stored in [forwarding_of.get(row["key"])]
        ]
        closing = closing_of(
            company,
            document,
            opened_at=header["opened_at"],
            answers=[row.values["answered_at"] for row in sent],
            moment=moment,
        )
        removed: list[tuple[str, Interaction | Forwarding]] = [
            *_missing_from("interactions", contacts, interactions),
            *_missing_from("forwardings", sent, forwardings),
        ]
        return cls(header, contacts, sent, removed, closing)


def _missing_from(tab: str, left: Iterable[_Row], stored: Sequence[R]) -> list[tuple[str, R]]:
    """The stored rows that the document has no more; the place where one stood is negative in the history."""
    keys = {row.key for row in left}
    return [(f"{tab}.-{place}", row) for place, row in enumerate(stored, 1) if row.key not in keys]


def _write_rows(company: Company, actor: User, ticket: Ticket, plan: _Plan) -> dict[str, list[Any]]:
    """Add, change and remove rows; say what became of each, by `tab.place.column`."""
    changes: dict[str, list[Any]] = {}
    for at, gone in plan.removed:
        changes |= _at(at, removal_of(gone, _TOLD[type(gone)]))
        db.session.delete(gone)
    kinds: list[tuple[str, type[Interaction | Forwarding], list[_Row]]] = [
        ("interactions", Interaction, plan.interactions),
        ("forwardings", Forwarding, plan.forwardings),
    ]
    for tab, kind, rows in kinds:
        for place, (key, stored, values) in enumerate(rows, 1):
            row = stored or kind(company_id=company.id, ticket_id=ticket.id, key=key, created_by_id=actor.id)
            for name, value in values.items():
                if getattr(row, name) != value:
                    setattr(row, name, value)
            told = {name: change for name, change in changes_of(row).items() if name in values}
            changes |= _at(f"{tab}.{place}", told)
            if stored is None:
                db.session.add(row)
    return changes


_TOLD: Mapping[type, tuple[str, ...]] = {
    Interaction: (
        "started_at",
        "ended_at",
        "channel_id",
        "direction",
        "contact_name",
        "finding",
        "guidance",
    ),
    Forwarding: ("department_id", "forwarded_at", "answered_at", "answered_by_id", "outcome_id", "answer"),
}
"""What the history tells of a row that was removed."""


def _at(place: str, changes: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    return {f"{place}.{name}": change for name, change in changes.items()}


def _close(company: Company, actor: User, ticket: Ticket, closing: Closing) -> None:
    """Set the closing, and tell it; R15 is the database's to keep, at the flush."""
    ticket.closed_at, ticket.closed_by_id = closing
    told = changes_of(ticket)
    _record(company, actor, ticket, "closed", {name: told[name] for name in ("closed_at", "closed_by_id")})
    _flush()


def _record(
    company: Company, actor: User, ticket: Ticket, action: str, changes: dict[str, list[Any]]
) -> None:
    record(
        company=company,
        actor_id=actor.id,
        entity=Ticket.__tablename__,
        entity_id=ticket.id,
        action=action,
        changes=changes,
    )


# ── What only the database can see ───────────────────────────────────────────────────────────────────

_TABLES = ("service_desk_ticket", "service_desk_interaction", "service_desk_forwarding")


def _flush() -> None:
    """Flush; say in the rules' words what another request did at the same instant."""
    try:
        db.session.flush()
    except IntegrityError as error:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
        if constraint == "uq_service_desk_ticket_company_id_request_key":
            raise errors.AlreadySaved from error
        if constraint == "fk_service_desk_forwarding_pending":
            raise errors.ForwardingUnanswered from error
        for table in _TABLES:
            reference = constraint.removeprefix(f"fk_{table}_company_id_")
            if reference != constraint:
                # The row was there when it was checked, and has been deleted since.
                raise NotAvailable(reference.removesuffix("_id")) from error
        raise
