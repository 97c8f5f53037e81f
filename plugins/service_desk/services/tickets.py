"""Verbs that include and edit tickets; every rule about a ticket's first tab is here (R2, R6 to R12, R16)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar, Unpack
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from app.parties.models import Customer, Prospect
from app.parties.queries import hold_prospect
from app.plugin_api import (
    BusinessError,
    ChangedMeanwhile,
    NoSuchTime,
    NotAvailable,
    RegisterRow,
    changes_of,
    db,
    local_instant,
    next_number,
    now,
    record,
    to_local,
)
from app.products.models import CustomerProduct, Product
from app.registers.services import chosen
from app.staff.models import Technician
from plugins.service_desk import errors, queries
from plugins.service_desk.models import Channel, Direction, PartyKind, Ticket
from plugins.service_desk.parameters import ServiceDeskParameters
from plugins.service_desk.services.work_orders import wish_for_work_order

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

NUMBER = "service_desk.ticket"
"""The kind of number that tickets take (`next_number`)."""
LONGEST_PROBLEM = 100_000

Row = TypeVar("Row", bound=RegisterRow)


class Identification(TypedDict):
    """What the first tab says: the day and hour are the company's, the ids are this company's rows."""

    opened_on: date
    opened_time: time
    direction: Direction
    is_product_specific: bool
    party_kind: PartyKind
    customer_id: int | None
    prospect_id: int | None
    product_id: int | None
    customer_product_id: int | None
    technician_id: int
    channel_id: int
    problem: str


class _Kept(NamedTuple):
    """What the ticket already names: it keeps that, whatever became of it meanwhile (R4, R10)."""

    customer_id: int | None = None
    prospect_id: int | None = None
    product_id: int | None = None
    customer_product_id: int | None = None
    technician_id: int | None = None
    channel_id: int | None = None
    opened_at: datetime | None = None

    @classmethod
    def by(cls, ticket: Ticket) -> _Kept:
        return cls(*(getattr(ticket, name) for name in cls._fields))


def open_ticket(
    *, company: Company, actor: User, request_key: UUID, **typed: Unpack[Identification]
) -> Ticket:
    """Include a ticket with the company's next number; the same form twice is one ticket (R6, DESIGN 6).

    With «Gera a OS sem perguntar» the wish for its work order is recorded with it (R3).

    Args:
        request_key: made with the empty form.
        typed: the first tab.

    Raises:
        BusinessError: a rule of the first tab says no; the error names the rule and the field.
        AlreadySaved: the same form is being saved at this instant by another request, which won; after
            the rollback `queries.ticket_by_request_key` has its ticket.
    """
    first = queries.ticket_by_request_key(company, request_key)
    if first is not None:
        return first
    ticket = Ticket(
        company_id=company.id,
        request_key=request_key,
        created_by_id=actor.id,
        **_checked(company, typed, _Kept()),
        # Last: the counter stays locked until the commit, and the company's other saves wait for it.
        number=next_number(company, NUMBER),
    )
    db.session.add(ticket)
    _flush()
    record(
        company=company,
        actor_id=actor.id,
        entity=Ticket.__tablename__,
        entity_id=ticket.id,
        action="created",
        changes={"number": [None, ticket.number]},
    )
    parameters = ServiceDeskParameters.of(company)
    if parameters.auto_work_order and parameters.auto_work_order_silently:
        wish_for_work_order(company=company, actor=actor, ticket=ticket, sequence=1)
    return ticket


def edit_ticket(
    *, company: Company, actor: User, ticket: Ticket, version: int | None, **typed: Unpack[Identification]
) -> None:
    """Change the first tab of an open ticket, and tell the audit trail what changed.

    Args:
        version: the one that the form showed (R24).

    Raises:
        TicketClosed: R16.
        ChangedMeanwhile, StaleDataError: somebody saved the ticket after the form was opened (R24).
        BusinessError: as in `open_ticket`.
    """
    if version is None:
        raise ChangedMeanwhile
    if not ticket.is_open:
        # Whoever closed it may have done so meanwhile: then both sides are to be shown, too.
        raise errors.TicketClosed if version == ticket.version else ChangedMeanwhile
    values = _checked(company, typed, _Kept.by(ticket))
    set_committed_value(ticket, "version", version)
    for name, value in values.items():
        setattr(ticket, name, value)
    changes = changes_of(ticket)
    if not changes:
        return
    record(
        company=company,
        actor_id=actor.id,
        entity=Ticket.__tablename__,
        entity_id=ticket.id,
        action="changed",
        changes=changes,
    )
    _flush()


def hand_over_tickets(*, company: Company, actor: User, prospect_id: int, customer_id: int) -> None:
    """A prospect's tickets, the closed ones too, become those of the customer it turned into (R22b)."""
    for ticket in queries.tickets_of_prospect(company, prospect_id):
        ticket.prospect_id, ticket.customer_id = None, customer_id
        record(
            company=company,
            actor_id=actor.id,
            entity=Ticket.__tablename__,
            entity_id=ticket.id,
            action="changed",
            changes=changes_of(ticket),
        )
    db.session.flush()


# ── The rules of the first tab ───────────────────────────────────────────────────────────────────────


def _checked(company: Company, typed: Identification, kept: _Kept) -> dict[str, Any]:
    """The ticket's columns for what was typed; nothing is set on the ticket before all rules said yes."""
    for refusal in missing(company, typed):
        raise refusal
    customer, prospect = _party(company, typed, kept)
    product, customer_product = _product(company, typed, kept, customer)
    technician = _needed(company, Technician, typed["technician_id"], "technician", kept.technician_id)
    channel = _needed(company, Channel, typed["channel_id"], "channel", kept.channel_id)
    if not 1 <= len(typed["problem"]) <= LONGEST_PROBLEM:
        raise errors.ProblemRequired
    return {
        "opened_at": _opened_at(company, typed, kept),
        "direction": typed["direction"],
        "is_product_specific": typed["is_product_specific"],
        "customer_id": customer and customer.id,
        "prospect_id": prospect and prospect.id,
        "product_id": product and product.id,
        "customer_product_id": customer_product and customer_product.id,
        "technician_id": technician.id,
        "channel_id": channel.id,
        "problem": typed["problem"],
    }


def _opened_at(company: Company, typed: Identification, kept: _Kept) -> datetime:
    """The instant of the opening: a minute that was, and not in the future (R6)."""
    day, hour = typed["opened_on"], typed["opened_time"]
    if kept.opened_at is not None:
        local = to_local(kept.opened_at, company.timezone)
        # A form shows minutes: left as it was, the instant keeps its seconds, and its half of a doubled hour.
        if (day, hour) == (local.date(), local.time().replace(second=0, microsecond=0)):
            return kept.opened_at
    try:
        opened_at = local_instant(day, hour, company.timezone)
    except NoSuchTime as error:
        raise errors.NoSuchHour from error
    if opened_at > now():
        raise errors.OpenedInFuture
    return opened_at


def missing(company: Company, typed: Mapping[str, Any]) -> list[BusinessError]:
    """What the first tab lacks for its other answers: the chosen party (R9), a specific product (R8).

    Args:
        typed: as in `Identification`, as far as it could be read.
    """
    found: list[BusinessError] = []
    kind = typed["party_kind"]
    if kind is not None and typed[f"{kind}_id"] is None:
        found.append(errors.PartyRequired(kind.value))
    if typed["is_product_specific"] and typed["product_id"] is None and typed["customer_product_id"] is None:
        asks_for_theirs = _asks_for_customers_product(company, kind)
        found.append(errors.ProductRequired("customer_product" if asks_for_theirs else "product"))
    return found


def _asks_for_customers_product(company: Company, kind: PartyKind | None) -> bool:
    """R2; a prospect owns no products."""
    return kind is PartyKind.CUSTOMER and ServiceDeskParameters.of(company).customer_products


def _party(company: Company, typed: Identification, kept: _Kept) -> tuple[Customer | None, Prospect | None]:
    """Exactly one party, of the kind that was chosen (R9)."""
    is_for_customer = typed["party_kind"] is PartyKind.CUSTOMER
    if is_for_customer and typed["prospect_id"] is not None:
        raise errors.TwoParties("prospect")
    if not is_for_customer and typed["customer_id"] is not None:
        raise errors.TwoParties("customer")
    if typed["prospect_id"] != kept.prospect_id:
        # Whoever is turning it into a customer is waited for; whoever comes later finds this ticket.
        hold_prospect(company, typed["prospect_id"])
    return (
        chosen(company, Customer, typed["customer_id"], field="customer", kept_id=kept.customer_id),
        chosen(company, Prospect, typed["prospect_id"], field="prospect", kept_id=kept.prospect_id),
    )


def _product(
    company: Company, typed: Identification, kept: _Kept, customer: Customer | None
) -> tuple[Product | None, CustomerProduct | None]:
    """At most one product, of the kind that R2 asks for.

    A product that the ticket already has stays allowed when R2 is switched (R4).
    """
    product_id, customer_product_id = typed["product_id"], typed["customer_product_id"]
    asks_for_theirs = _asks_for_customers_product(company, typed["party_kind"])
    if product_id is not None and customer_product_id is not None:
        raise errors.TwoProducts
    if product_id is not None and asks_for_theirs and product_id != kept.product_id:
        raise errors.CatalogueProductRefused
    if customer_product_id is None:
        return chosen(company, Product, product_id, field="product", kept_id=kept.product_id), None
    if customer is None or not (asks_for_theirs or customer_product_id == kept.customer_product_id):
        raise errors.CustomerProductRefused
    owned = _needed(
        company, CustomerProduct, customer_product_id, "customer_product", kept.customer_product_id
    )
    if owned.customer_id != customer.id:
        raise errors.ProductOfAnotherCustomer
    return None, owned


def _needed(company: Company, model: type[Row], row_id: int | None, field: str, kept_id: int | None) -> Row:
    """The row, which must be there and available (R10)."""
    row = chosen(company, model, row_id, field=field, kept_id=kept_id)
    if row is None:
        raise NotAvailable(field)
    return row


# ── What only the database can see ───────────────────────────────────────────────────────────────────


def _flush() -> None:
    """Flush; say in the rules' words what another request did at the same instant."""
    try:
        db.session.flush()
    except IntegrityError as error:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
        if constraint == "uq_service_desk_ticket_company_id_request_key":
            raise errors.AlreadySaved from error
        reference = constraint.removeprefix("fk_service_desk_ticket_company_id_")
        if reference == constraint:
            raise
        # The row was there when it was checked, and has been deleted since.
        raise NotAvailable(reference.removesuffix("_id")) from error
