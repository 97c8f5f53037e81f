"""The service desk's manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from app.plugin_api import (
    Hook,
    MenuItem,
    Plugin,
    Section,
    prospect_converted,
    work_order_cancelled,
    work_order_opened,
)
from plugins.service_desk import models  # noqa: F401  its tables belong to the metadata
from plugins.service_desk.parameters import ServiceDeskParameters
from plugins.service_desk.permissions import (
    REPORTS_VIEW,
    TABLES_EDIT,
    TABLES_VIEW,
    TICKETS_EDIT,
    TICKETS_REOPEN,
    TICKETS_VIEW,
)

if TYPE_CHECKING:
    from flask import Blueprint

    from app.companies.models import Company
    from app.plugin_api.contract import Text
    from app.plugin_api.parameters import Value
    from app.plugin_api.reports import Report


class ServiceDesk(Plugin):
    """«Atendimentos»: tickets, their tables, and the wish for a work order."""

    name = "service_desk"
    title = _l("Tickets")
    version = "0.1.0"
    parameters = ServiceDeskParameters
    permissions = (TICKETS_VIEW, TICKETS_EDIT, TICKETS_REOPEN, TABLES_VIEW, TABLES_EDIT, REPORTS_VIEW)
    menu = (
        MenuItem(_l("Tickets"), "service_desk.ticket_list", Section.MOVEMENTS, TICKETS_VIEW, 10),
        MenuItem(_l("Channels"), "service_desk.channel_list", Section.TABLES, TABLES_VIEW, 10),
        MenuItem(
            _l("Forwarding outcomes"),
            "service_desk.forwarding_outcome_list",
            Section.TABLES,
            TABLES_VIEW,
            20,
        ),
        MenuItem(
            _l("Problem categories"), "service_desk.problem_category_list", Section.TABLES, TABLES_VIEW, 30
        ),
        MenuItem(_l("Known problems"), "service_desk.known_problem_list", Section.TABLES, TABLES_VIEW, 40),
        MenuItem(
            _l("Tickets and forwardings"), "service_desk.ticket_report", Section.REPORTS, REPORTS_VIEW, 10
        ),
    )
    demo = "plugins.service_desk.demo"

    def blueprints(self) -> Iterable[Blueprint]:
        """The ticket's and the tables' routes, all under one name."""
        from plugins.service_desk.views import bp

        return [bp]

    def handlers(self) -> Mapping[Hook, Callable[..., None]]:
        """A ticket's history tells of its work orders; a prospect's tickets follow it."""
        from plugins.service_desk import handlers

        return {
            work_order_opened: handlers.note_opened_work_order,
            work_order_cancelled: handlers.note_cancelled_work_order,
            prospect_converted: handlers.follow_converted_prospect,
        }

    def reports(self) -> Iterable[Report]:
        """«Relatório de Atendimentos e Encaminhamentos»."""
        from plugins.service_desk.reports.report import TicketReport

        return [TicketReport()]

    def slots(self) -> Mapping[str, Callable[..., Any]]:
        """The way from a work order to its ticket, the user's own tickets and timer, the search."""
        from plugins.service_desk import slots

        return {
            "work_order.detail.panel": slots.work_order_panel,
            "work_order.request.source": slots.work_order_request_source,
            "work_order.print.source": slots.work_order_print_source,
            "home.panel": slots.home_panel,
            "search_url": slots.search_url,
            "topbar": slots.topbar,
        }

    def consequences(
        self, company: Company, before: Mapping[str, Value], after: Mapping[str, Value]
    ) -> Iterable[Text]:
        """R1: how many tickets go out of sight, or come back into it."""
        from plugins.service_desk.consequences import of_switching

        return of_switching(company, before, after)

    def is_active(self, company: Company) -> bool:
        """R1: the company's switch decides."""
        return ServiceDeskParameters.of(company).enabled
