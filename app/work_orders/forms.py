"""The shape of a work order's input."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import DataRequired, InputRequired, Optional

from app.clock import now, to_local
from app.forms import (
    BaseForm,
    DateField,
    FilterForm,
    LongTextField,
    LookupField,
    RequestKeyField,
    TextField,
    TimeField,
    VersionField,
)
from app.lists import LONGEST_TERM
from app.parties.lookups import CUSTOMERS, PROSPECTS
from app.products.lookups import CUSTOMER_PRODUCTS, PRODUCTS
from app.staff.lookups import CONTROLLERS, TECHNICIANS
from app.work_orders.models import RequestStatus, WorkOrder, WorkOrderStatus
from app.work_orders.queries import Wanted
from app.work_orders.services import scheduled_parts

LONGEST_TEXT = 100_000
_TOO_LONG = _l("At most 100,000 characters (R22a).")


class WorkOrderForm(BaseForm):
    """What new and saved work orders share."""

    status = SelectField(_l("Status"), coerce=WorkOrderStatus, default=WorkOrderStatus.OPEN)
    customer = LookupField(_l("Customer"), CUSTOMERS)
    prospect = LookupField(_l("Prospect"), PROSPECTS)
    customer_product = LookupField(_l("Customer product"), CUSTOMER_PRODUCTS, params=("customer_id",))
    product = LookupField(_l("Product"), PRODUCTS)
    technician = LookupField(_l("Technician"), TECHNICIANS)
    controller = LookupField(_l("Controller"), CONTROLLERS)
    opened_on = DateField(_l("Opening date"), [InputRequired()])
    opened_time = TimeField(_l("Opening time"), [InputRequired()])
    scheduled_on = DateField(_l("Scheduled date"))
    scheduled_time = TimeField(_l("Scheduled time"), [Optional()])
    problem = LongTextField(_l("Problem"), [DataRequired()], longest=LONGEST_TEXT, too_long=_TOO_LONG)
    work_done = LongTextField(_l("Work done"), longest=LONGEST_TEXT, too_long=_TOO_LONG)

    def __init__(self, *args: Any, obj: WorkOrder | None = None, **values: Any) -> None:
        super().__init__(*args, obj=obj, **_local_times(obj), **values)
        # «Cancelada» is reached by a button of its own, never by choosing it here.
        is_cancelled = obj is not None and obj.status is WorkOrderStatus.CANCELLED
        self.status.choices = [
            (s.value, s.label) for s in WorkOrderStatus if is_cancelled or s is not WorkOrderStatus.CANCELLED
        ]


def _local_times(work_order: WorkOrder | None) -> dict[str, Any]:
    timezone = g.company.timezone
    opened = to_local(work_order.opened_at if work_order is not None else now(), timezone)
    values: dict[str, Any] = {
        "opened_on": opened.date(),
        "opened_time": opened.time().replace(second=0, microsecond=0),
    }
    if work_order is not None:
        values["scheduled_on"], values["scheduled_time"] = scheduled_parts(work_order, timezone)
    return values


class NewWorkOrderForm(WorkOrderForm):
    """A form posted twice makes one work order."""

    request_key = RequestKeyField()


class SavedWorkOrderForm(WorkOrderForm):
    """A save after somebody else's is a conflict (R24)."""

    version = VersionField()


class WorkOrderFilterForm(FilterForm):
    """What the list of work orders is narrowed to; a day that never was narrows nothing."""

    q = TextField(_l("Search"), longest=LONGEST_TERM)
    status = SelectField(_l("Status"), default="")
    customer = LookupField(_l("Customer"), CUSTOMERS)
    prospect = LookupField(_l("Prospect"), PROSPECTS)
    technician = LookupField(_l("Technician"), TECHNICIANS)
    opened_from = DateField(_l("From"))
    opened_until = DateField(_l("Until"))

    def __init__(self) -> None:
        super().__init__()
        self.status.choices = [("", _l("All")), *((s.value, s.label) for s in WorkOrderStatus)]

    def wanted(self) -> Wanted:
        """The filters in force."""
        is_known = self.status.data in list(WorkOrderStatus)
        return Wanted(
            text=self.term(self.q),
            status=WorkOrderStatus(self.status.data) if is_known else None,
            customer_id=self.customer.wanted_id,
            prospect_id=self.prospect.wanted_id,
            technician_id=self.technician.wanted_id,
            opened_from=self.opened_from.data,
            opened_until=self.opened_until.data,
        )


class RequestFilterForm(FilterForm):
    """Which requests of the queue are listed."""

    status = SelectField(_l("Status"), default="")

    def __init__(self) -> None:
        super().__init__()
        self.status.choices = [("", _l("All")), *((s.value, s.label) for s in RequestStatus)]

    def wanted(self) -> RequestStatus | None:
        """The status in force; None: all."""
        return RequestStatus(self.status.data) if self.status.data in list(RequestStatus) else None
