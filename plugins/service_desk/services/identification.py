"""The rules of a ticket's first tab (R2, R6 to R10, R12, R13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from app.parties.models import Customer, Prospect
from app.parties.queries import hold_prospect
from app.plugin_api import BusinessError, NotAvailable, RegisterRow
from app.products.models import CustomerProduct, Product
from app.registers.services import chosen
from app.staff.models import Technician
from plugins.service_desk import errors
from plugins.service_desk.models import Channel, KnownProblem, PartyKind, Ticket
from plugins.service_desk.parameters import ServiceDeskParameters
from plugins.service_desk.queries.knowledge import applies_to
from plugins.service_desk.services.document import Document
from plugins.service_desk.services.moments import instant_of

if TYPE_CHECKING:
    from app.companies.models import Company

LONGEST_TEXT = 100_000
"""Characters of a problem, a finding, a guidance, an answer (R12)."""

Row = TypeVar("Row", bound=RegisterRow)


class Kept(NamedTuple):
    """What the ticket already names: it keeps that, whatever became of it meanwhile (R4, R10)."""

    customer_id: int | None = None
    prospect_id: int | None = None
    product_id: int | None = None
    customer_product_id: int | None = None
    technician_id: int | None = None
    channel_id: int | None = None
    known_problem_id: int | None = None
    opened_at: datetime | None = None

    @classmethod
    def by(cls, ticket: Ticket) -> Kept:
        """What this ticket has."""
        return cls(*(getattr(ticket, name) for name in cls._fields))


def checked(company: Company, typed: Document, kept: Kept, moment: datetime) -> dict[str, Any]:
    """The ticket's columns for what was typed; nothing is set on the ticket before all rules said yes.

    Args:
        kept: what the ticket has; nothing for a new one.
        moment: now, the same for the whole save.

    Raises:
        BusinessError: a rule of the first tab says no; the error names the rule and the field.
    """
    for refusal in missing(company, typed):
        raise refusal
    customer, prospect = _party(company, typed, kept)
    product, customer_product = _product(company, typed, kept, customer)
    technician = _needed(company, Technician, typed["technician_id"], "technician", kept.technician_id)
    channel = _needed(company, Channel, typed["channel_id"], "channel", kept.channel_id)
    if not 1 <= len(typed["problem"]) <= LONGEST_TEXT:
        raise errors.ProblemRequired
    known_problem = _known_problem(company, typed, kept)
    return {
        "opened_at": _opened_at(company, typed, kept, moment),
        "direction": typed["direction"],
        "is_product_specific": typed["is_product_specific"],
        "customer_id": customer and customer.id,
        "prospect_id": prospect and prospect.id,
        "product_id": product and product.id,
        "customer_product_id": customer_product and customer_product.id,
        "technician_id": technician.id,
        "channel_id": channel.id,
        "problem": typed["problem"],
        "known_problem_id": known_problem and known_problem.id,
    }


def _opened_at(company: Company, typed: Document, kept: Kept, moment: datetime) -> datetime:
    """The instant of the opening: a minute that was, and not in the future (R6)."""
    opened_at = instant_of(
        company, typed["opened_on"], typed["opened_time"], field="opened_time", kept=kept.opened_at
    )
    if opened_at > moment and opened_at != kept.opened_at:
        raise errors.OpenedInFuture
    return opened_at


def missing(company: Company, typed: Mapping[str, Any]) -> list[BusinessError]:
    """What the first tab lacks for its other answers: the chosen party (R9), a specific product (R8).

    Args:
        typed: as in `Document`, as far as it could be read.
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


def _party(company: Company, typed: Document, kept: Kept) -> tuple[Customer | None, Prospect | None]:
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
    company: Company, typed: Document, kept: Kept, customer: Customer | None
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


def _known_problem(company: Company, typed: Document, kept: Kept) -> KnownProblem | None:
    """The code of the problem; one that is for other products isn't offered, and not taken (R13).

    A ticket keeps its code and its product together, whatever the table says of them later.
    """
    code = typed["known_problem_id"]
    known_problem = chosen(company, KnownProblem, code, field="known_problem", kept_id=kept.known_problem_id)
    product = (typed["product_id"], typed["customer_product_id"])
    is_as_it_was = (code, *product) == (kept.known_problem_id, kept.product_id, kept.customer_product_id)
    if known_problem is None or is_as_it_was or applies_to(company, known_problem.id, *product):
        return known_problem
    raise errors.KnownProblemOfOtherProducts
