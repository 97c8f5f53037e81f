"""The host's own modules, in one table: what each brings to menu, permissions, routes, tasks and lookups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask
from flask_babel import lazy_gettext as _l

from app.audit.permissions import AUDIT_VIEW
from app.companies.parameters import HostParameters
from app.companies.permissions import PARAMETERS_EDIT
from app.parties.permissions import PARTIES_EDIT, PARTIES_VIEW
from app.plugin_api.contract import MenuItem, Permission, Schedule, Section
from app.products.permissions import PRODUCTS_EDIT, PRODUCTS_VIEW
from app.reports.permissions import REPORTS_SHARE
from app.staff.permissions import STAFF_EDIT, STAFF_VIEW
from app.users.permissions import USERS_EDIT
from app.work_orders.permissions import (
    WORK_ORDERS_CANCEL,
    WORK_ORDERS_EDIT,
    WORK_ORDERS_QUEUE,
    WORK_ORDERS_VIEW,
)

if TYPE_CHECKING:
    from app.plugin_api.hooks import Hook
    from app.plugin_api.parameters import CompanyParameters
    from app.plugin_api.registry import Registry


@dataclass(frozen=True)
class HostModule:
    """The same declarations as a plugin's, for a part of the host that is always on."""

    permissions: tuple[Permission, ...] = ()
    menu: tuple[MenuItem, ...] = ()
    parameters: type[CompanyParameters] | None = None
    tasks: tuple[str, ...] = ()
    beat: Mapping[str, Schedule] = field(default_factory=dict)


HOST = HostModule(
    parameters=HostParameters,
    permissions=(
        PARTIES_VIEW,
        PARTIES_EDIT,
        PRODUCTS_VIEW,
        PRODUCTS_EDIT,
        STAFF_VIEW,
        STAFF_EDIT,
        WORK_ORDERS_VIEW,
        WORK_ORDERS_EDIT,
        WORK_ORDERS_CANCEL,
        WORK_ORDERS_QUEUE,
        REPORTS_SHARE,
        PARAMETERS_EDIT,
        USERS_EDIT,
        AUDIT_VIEW,
    ),
    menu=(
        MenuItem(_l("Work orders"), "work_orders.work_order_list", Section.MOVEMENTS, WORK_ORDERS_VIEW, 20),
        MenuItem(_l("Customers"), "parties.customer_list", Section.REGISTERS, PARTIES_VIEW, 10),
        MenuItem(_l("Prospects"), "parties.prospect_list", Section.REGISTERS, PARTIES_VIEW, 20),
        MenuItem(_l("Products"), "products.product_list", Section.REGISTERS, PRODUCTS_VIEW, 30),
        MenuItem(
            _l("Customer products"), "products.customer_product_list", Section.REGISTERS, PRODUCTS_VIEW, 40
        ),
        MenuItem(_l("Technicians"), "staff.technician_list", Section.REGISTERS, STAFF_VIEW, 50),
        MenuItem(_l("Departments"), "staff.department_list", Section.REGISTERS, STAFF_VIEW, 60),
        MenuItem(_l("Additional parameters"), "companies.parameters", Section.COMPANY, PARAMETERS_EDIT, 10),
        MenuItem(
            _l("Copy of additional parameters"),
            "companies.parameter_copy",
            Section.COMPANY,
            PARAMETERS_EDIT,
            20,
        ),
        MenuItem(_l("Users"), "members.member_list", Section.COMPANY, USERS_EDIT, 30),
        MenuItem(_l("Work order queue"), "work_orders.request_list", Section.COMPANY, WORK_ORDERS_QUEUE, 40),
        MenuItem(_l("Audit"), "audit.entry_list", Section.COMPANY, AUDIT_VIEW, 50),
    ),
    tasks=("app.work_orders.tasks", "app.users.tasks", "app.companies.tasks", "app.reports.tasks"),
    beat={
        "sweep-work-order-requests": Schedule(
            "work_orders.sweep", every=timedelta(seconds=2), expires=timedelta(seconds=4)
        ),
        "sweep-parameter-copies": Schedule(
            "companies.sweep_copies", every=timedelta(seconds=5), expires=timedelta(seconds=10)
        ),
        "sweep-report-files": Schedule(
            "reports.sweep", every=timedelta(seconds=5), expires=timedelta(seconds=10)
        ),
        "forget-report-files": Schedule(
            "reports.forget_files", every=timedelta(hours=1), expires=timedelta(minutes=30)
        ),
        "forget-ended-sessions": Schedule(
            "users.forget_ended_sessions", every=timedelta(hours=1), expires=timedelta(minutes=30)
        ),
    },
)


def host_handlers() -> Mapping[Hook, Callable[..., None]]:
    """Receivers of hooks inside the host itself; called before any plugin's."""
    from app.plugin_api.hooks import prospect_converted
    from app.work_orders import services as work_orders

    return {prospect_converted: work_orders.follow_converted_prospect}


def host_blueprints() -> list[Blueprint]:
    """The host's blueprints; imported here, because views import what this module declares."""
    from app.audit.views import bp as audit
    from app.companies.views import bp as companies
    from app.health import bp as health
    from app.parties.views import bp as parties
    from app.products.views import bp as products
    from app.reports.views import bp as reports
    from app.staff.views import bp as staff
    from app.users.views import blueprints as users
    from app.work_orders.views import bp as work_orders

    return [health, *users, companies, parties, products, staff, work_orders, reports, audit]


def host_commands() -> list[Any]:
    """The host's command groups for `flask …`."""
    from app.commands import db_roles, translations_cli
    from app.companies.commands import company_cli, parameters_cli
    from app.demo.commands import demo_cli
    from app.work_orders.commands import work_orders_cli

    return [company_cli, parameters_cli, db_roles, translations_cli, work_orders_cli, demo_cli]


def register_host(app: Flask, registry: Registry) -> None:
    """Declare the host's modules and register their routes and commands."""
    registry.declare(HOST)
    registry.host_handlers = host_handlers
    for blueprint in host_blueprints():
        app.register_blueprint(blueprint)
    for command in host_commands():
        app.cli.add_command(command)
