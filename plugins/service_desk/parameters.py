"""What a company decides about its service desk (R1 to R3)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.plugin_api import CompanyParameters, parameter


@dataclass(frozen=True, slots=True)
class ServiceDeskParameters(CompanyParameters, module="service_desk"):
    """The manual's switches; the labels are the manual's."""

    enabled: bool = parameter(
        False,
        label=_l("Controls customer service tickets"),
        help=_l("Off: no service desk in this company's menu, and its addresses answer “not found” (R1)."),
    )
    customer_products: bool = parameter(
        False,
        label=_l("Controls the products that belong to customers"),
        help=_l(
            "On: a customer's ticket asks for the customer's product instead of a catalogue product (R2)."
        ),
        requires=("host.service_kind", "technical_assistance"),
    )
    auto_work_order: bool = parameter(
        False,
        label=_l("Makes a work order automatically after a ticket is included"),
        help=_l("On: the question about a work order appears right after a new ticket is saved (R3)."),
    )
    auto_work_order_silently: bool = parameter(
        False,
        label=_l("Makes the work order without asking"),
        help=_l("On: the question is skipped and the work order is made at once (R3)."),
        requires=("service_desk.auto_work_order", True),
    )
