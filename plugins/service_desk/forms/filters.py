"""What narrows the list of tickets."""

from __future__ import annotations

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import Optional

from app.parties.lookups import CUSTOMERS, PROSPECTS
from app.plugin_api.web import LONGEST_TERM, DateField, FilterForm, LookupField, TextField
from app.staff.lookups import TECHNICIANS
from plugins.service_desk.lookups import CHANNELS
from plugins.service_desk.queries import Situation, Wanted

EVERY = "all"


class TicketFilterForm(FilterForm):
    """What the URL of the list says; open tickets by default, all of them when something is searched for."""

    q = TextField(_l("Search"), longest=LONGEST_TERM)
    status = SelectField(
        _l("Status"),
        choices=lambda: [*((s.value, s.label) for s in Situation), (EVERY, str(_l("All tickets")))],
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
