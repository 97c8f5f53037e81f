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
    """R26: the clocks went forward over this hour; it never was."""

    rule = "R26"
    message = _l("This hour never was: the clocks went forward over it on that day (R26).")


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


class SavedOtherwise(BusinessError):
    """R6: a form is one ticket; what was typed after its save belongs into that ticket."""

    rule = "R6"
    message = _l(
        "This form is saved already, as ticket no. %(number)s, and what was typed since isn't in it."
        " Open that ticket to change it (R6)."
    )


class AlreadySaved(BusinessError):
    """The same form was saved at the same instant: its first ticket stands, this second one doesn't."""

    message = _l("This form was already saved.")


class KnownProblemOfOtherProducts(BusinessError):
    """R13: a known problem that is restricted to some products is offered for those only."""

    rule = "R13"
    field = "known_problem"
    message = _l("This problem and solution is for other products (R13).")


class ClosingIncomplete(BusinessError):
    """R14: the closing's day and its technician come together or not at all."""

    rule = "R14"
    message = _l("The closing date and the technician who closed come together or not at all (R14).")


class ClosedInFuture(BusinessError):
    """R14: nothing was closed before it happened."""

    rule = "R14"
    field = "closed_on"
    message = _l("The closing can't be in the future (R14).")


class ClosedBeforeOpening(BusinessError):
    """R14: a ticket is closed after it was opened."""

    rule = "R14"
    field = "closed_on"
    message = _l("The closing can't be before the opening (R14).")


class ClosedBeforeAnswer(BusinessError):
    """R14: a ticket is closed after its last answer."""

    rule = "R14"
    field = "closed_on"
    message = _l("The closing can't be before the last answer to a forwarding (R14).")


class ForwardingUnanswered(BusinessError):
    """R15: no closing with an unanswered forwarding; the database holds it, too."""

    rule = "R15"
    field = "closed_on"
    message = _l("A ticket can't be closed while it has forwardings without an answer (R15).")


class ReasonRequired(BusinessError):
    """R16: whoever reopens a ticket says why."""

    rule = "R16"
    field = "reason"
    message = _l("Give the reason for the reopening, in at most 2,000 characters (R16).")


class InteractionIncomplete(BusinessError):
    """R17: every part of an interaction is needed."""

    rule = "R17"
    message = _l("Every field of a contact is required (R17).")


class EndsBeforeStart(BusinessError):
    """R17: a contact ends after it starts; past midnight it may last 12 hours."""

    rule = "R17"
    message = _l("The end must be after the start; past midnight a contact lasts at most 12 hours (R17).")


class InteractionInFuture(BusinessError):
    """R17: no contact is told of before it was."""

    rule = "R17"
    message = _l("The contact can't be in the future (R17).")


class ForwardedInFuture(BusinessError):
    """R19: nothing was forwarded before it happened."""

    rule = "R19"
    message = _l("The forwarding can't be in the future (R19).")


class ForwardedBeforeOpening(BusinessError):
    """R19: a ticket is forwarded after it was opened."""

    rule = "R19"
    message = _l("The forwarding can't be before the ticket's opening (R19).")


class AnswerIncomplete(BusinessError):
    """R19: an answer has four parts, all or none."""

    rule = "R19"
    message = _l(
        "An answer needs its date, its technician, its outcome and its text: all four or none (R19)."
    )


class AnsweredInFuture(BusinessError):
    """R19: nothing was answered before it happened."""

    rule = "R19"
    message = _l("The answer can't be in the future (R19).")


class AnsweredBeforeForwarding(BusinessError):
    """R19: an answer comes after its forwarding."""

    rule = "R19"
    message = _l("The answer can't be before the forwarding (R19).")


class TooManyRows(BusinessError):
    """A document has at most so many rows in a tab."""

    message = _l("A ticket holds at most 500 contacts and 500 forwardings.")


class OtherTimerRuns(BusinessError):
    """R18: one timer runs per user and company; `values["other"]` is the one that runs, if it still does."""

    rule = "R18"
    message = _l("Another timer of yours is running: say what to do with it (R18).")


class TimerEndTooFar(BusinessError):
    """R18, R17: a contact ends after its start, at most 12 hours later."""

    rule = "R18"
    field = "end_time"
    message = _l("The end must be after the start, at most 12 hours later (R18).")


class TimerEndInFuture(BusinessError):
    """R18: nothing ended before it happened."""

    rule = "R18"
    field = "end_time"
    message = _l("The end can't be in the future (R18).")


class DraftTooLarge(BusinessError):
    """A draft is at most a megabyte."""

    message = _l("This is too much for a draft: save the ticket to keep it.")


class DraftUnstorable(BusinessError):
    """Characters that the database can't hold."""

    message = _l("The draft holds characters that can't be stored.")


class CategoryCircle(BusinessError):
    """R22b: no category stands below itself."""

    rule = "R22b"
    field = "parent"
    message = _l("A category can't stand below itself, nor below one of its own subcategories (R22b).")
