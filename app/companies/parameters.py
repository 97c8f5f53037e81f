"""The host's own parameters."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.plugin_api.parameters import CompanyParameters, parameter

TECHNICAL_ASSISTANCE = "technical_assistance"
OTHER_SERVICES = "other_services"


@dataclass(frozen=True, slots=True)
class HostParameters(CompanyParameters, module="host"):
    """Parameters that belong to no plugin."""

    service_kind: str = parameter(
        OTHER_SERVICES,
        label=_l("Kind of service"),
        choices={
            TECHNICAL_ASSISTANCE: _l("Technical assistance"),
            OTHER_SERVICES: _l("Other services"),
        },
    )
    work_orders_by_technician: bool = parameter(
        False,
        label=_l("Blocks access to work orders by technician"),
        help=_l("A user tied to a technician sees and edits only the work orders of that technician."),
    )
