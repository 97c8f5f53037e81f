"""The shape of a ticket's first tab, and of what narrows the list of tickets."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired, Optional

from app.parties.lookups import CUSTOMERS, PROSPECTS
from app.plugin_api import now, to_local
from app.plugin_api.web import (
    LONGEST_TERM,
    BaseForm,
    Chosen,
    DateField,
    FilterForm,
    LongTextField,
    LookupField,
    RequestKeyField,
    TextField,
    TimeField,
    VersionField,
)
from app.products.lookups import CUSTOMER_PRODUCTS, PRODUCTS
from app.staff.lookups import TECHNICIANS
from plugins.service_desk.lookups import CHANNELS
from plugins.service_desk.models import Direction, PartyKind, Ticket
from plugins.service_desk.parameters import ServiceDeskParameters
from plugins.service_desk.queries import Situation, Wanted
from plugins.service_desk.services.tickets import LONGEST_PROBLEM, missing

EVERY = "all"


def _choices(kind: type[Direction | PartyKind | Situation]) -> list[tuple[str, str]]:
    return [(member.value, member.label) for member in kind]


class TicketForm(BaseForm):
    """«Identificação» and «Problema». Its rules are in `services.tickets`."""

    opened_on = DateField(_l("Opening date"), [InputRequired(_l("Give the opening date (R6)."))])
    opened_time = TimeField(_l("Opening time"), [InputRequired(_l("Give the opening time (R6)."))])
    direction = RadioField(
        _l("Origin of the contact"),
        [InputRequired(_l("Say who made the contact (R7)."))],
        coerce=Direction,
        choices=lambda: _choices(Direction),
    )
    is_product_specific = BooleanField(_l("Specific product"))
    party_kind = RadioField(
        _l("Ticket for"),
        [InputRequired(_l("Say whom the ticket is for (R9)."))],
        coerce=PartyKind,
        choices=lambda: _choices(PartyKind),
        default=PartyKind.CUSTOMER,
    )
    customer = LookupField(_l("Customer"), CUSTOMERS)
    prospect = LookupField(_l("Prospect"), PROSPECTS)
    customer_product = LookupField(_l("Customer product"), CUSTOMER_PRODUCTS, params=("customer_id",))
    product = LookupField(_l("Product"), PRODUCTS)
    technician = LookupField(_l("Technician"), TECHNICIANS, [Chosen(_l("Choose the technician (R10)."))])
    channel = LookupField(_l("Channel"), CHANNELS, [Chosen(_l("Choose how the contact was made (R10)."))])
    problem = LongTextField(
        _l("Problem reported by the customer"),
        [DataRequired(_l("Describe the problem (R12)."))],
        longest=LONGEST_PROBLEM,
    )

    def __init__(self, *args: Any, obj: Ticket | None = None, **kwargs: Any) -> None:
        local = to_local(obj.opened_at if obj is not None else now(), g.company.timezone)
        opened_time = local.time().replace(second=0, microsecond=0)
        super().__init__(*args, obj=obj, opened_on=local.date(), opened_time=opened_time, **kwargs)
        controls_theirs = ServiceDeskParameters.of(g.company).customer_products
        # The kind of product that R2 asks for, and the kind that the ticket has (R4).
        self.asks_customer_product = controls_theirs or bool(obj and obj.customer_product_id)
        self.asks_product_of_customers = not controls_theirs or bool(obj and obj.product_id)

    def validate(self, extra_validators: Any = None) -> bool:
        """As every form; and all that is missing is told at once, also where it hangs on another answer."""
        valid = super().validate(extra_validators)
        for refusal in missing(g.company, self.payload()):
            valid = False
            if not self[refusal.field].errors:
                self.show(refusal)
        return valid


class NewTicketForm(TicketForm):
    """For including one."""

    request_key = RequestKeyField()


class EditTicketForm(TicketForm):
    """For changing one."""

    version = VersionField()


class TicketFilterForm(FilterForm):
    """What the URL of the list says; open tickets by default, all of them when something is searched for."""

    q = TextField(_l("Search"), longest=LONGEST_TERM)
    status = SelectField(
        _l("Status"), choices=lambda: [*_choices(Situation), (EVERY, str(_l("All tickets")))]
    )
    customer = LookupField(_l("Customer"), CUSTOMERS)
    prospect = LookupField(_l("Prospect"), PROSPECTS)
    technician = LookupField(_l("Technician"), TECHNICIANS)
    channel = LookupField(_l("Channel"), CHANNELS)
    opened_from = DateField(_l("From"), [Optional()])
    opened_until = DateField(_l("Until"), [Optional()])

    def __init__(self) -> None:
        super().__init__()
        if "status" not in request.args:
            self.status.data = EVERY if self.q.data else Situation.OPEN.value

    @property
    def status_options(self) -> list[tuple[str, str]]:
        """The situations to choose from, for `filter_select`."""
        return [(value, label) for value, label, *_ in self.status.iter_choices()]

    @property
    def is_narrowed(self) -> bool:
        """Whether the list shows anything else than all open tickets."""
        return self.wanted() != Wanted(situation=Situation.OPEN)

    def wanted(self) -> Wanted:
        """The filters in force; a day that never was narrows nothing, a name of nobody leaves nothing."""
        is_known = self.status.data in list(Situation)
        return Wanted(
            text=self.term(self.q),
            situation=Situation(self.status.data) if is_known else None,
            customer_id=self.customer.wanted_id,
            prospect_id=self.prospect.wanted_id,
            technician_id=self.technician.wanted_id,
            channel_id=self.channel.wanted_id,
            opened_from=self.opened_from.data,
            opened_until=self.opened_until.data,
        )
