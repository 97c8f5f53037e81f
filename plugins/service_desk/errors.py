"""What the service desk refuses, each with its rule and the form field that it belongs to."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api import BusinessError


class OpenedInFuture(BusinessError):
    """R6: nothing was opened before it happened."""

    rule = "R6"
    field = "opened_time"
    message = _l("The opening can't be in the future (R6).")


class NoSuchHour(BusinessError):
    """R6: the clocks went forward over this hour; it never was."""

    rule = "R6"
    field = "opened_time"
    message = _l("This hour never was: the clocks went forward over it on that day (R6).")


class ProductRequired(BusinessError):
    """R8: a ticket for a specific product names it."""

    rule = "R8"
    message = _l("“Specific product” is ticked: give the product (R8).")


class TwoProducts(BusinessError):
    """R8: a ticket is about one product, of the catalogue or of the customer."""

    rule = "R8"
    field = "product"
    message = _l("Give one product only: the catalogue's or the customer's (R8).")


class PartyRequired(BusinessError):
    """R9: a ticket is for somebody."""

    rule = "R9"
    message = _l("Say whom the ticket is for (R9).")


class TwoParties(BusinessError):
    """R9: a ticket is for a customer or for a prospect, never for both."""

    rule = "R9"
    message = _l("The ticket is for one party: leave the field that wasn't chosen empty (R9).")


class ProductOfAnotherCustomer(BusinessError):
    """R9: the product that a ticket names belongs to the ticket's customer."""

    rule = "R9"
    field = "customer_product"
    message = _l("This product belongs to another customer (R9).")


class CatalogueProductRefused(BusinessError):
    """R2: where customers' products are controlled, a customer's ticket names one of those."""

    rule = "R2"
    field = "product"
    message = _l("A customer's ticket asks for the customer's product, not for the catalogue's (R2).")


class CustomerProductRefused(BusinessError):
    """R2: a prospect owns no products, and a company may not control its customers' ones."""

    rule = "R2"
    field = "customer_product"
    message = _l("This ticket asks for a catalogue product, not for a customer's (R2).")


class ProblemRequired(BusinessError):
    """R12: what the party told, in 1 to 100,000 characters."""

    rule = "R12"
    field = "problem"
    message = _l("Describe the problem in at most 100,000 characters (R12).")


class TicketClosed(BusinessError):
    """R16: a closed ticket is read-only."""

    rule = "R16"
    message = _l("This ticket is closed: it can be read, not changed (R16).")


class WorkOrderStillThere(BusinessError):
    """R21: another work order only after the last one was cancelled."""

    rule = "R21"
    message = _l("This ticket has a work order that isn't cancelled (R21).")


class AlreadySaved(BusinessError):
    """The same form was saved at the same instant: its first ticket stands, this second one doesn't."""

    message = _l("This form was already saved.")
