"""Permissions of the service desk (DOMAIN, «Who may do what»)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api import Permission, Role

TICKETS_VIEW = Permission("service_desk.view", _l("See tickets"), Role.VIEWER)
TICKETS_EDIT = Permission(
    "service_desk.edit", _l("Include and edit tickets"), Role.OPERATOR, only_writes=True
)
TICKETS_REOPEN = Permission("service_desk.reopen", _l("Reopen tickets"), Role.SUPERVISOR, only_writes=True)
TABLES_VIEW = Permission("service_desk.tables_view", _l("See the service desk's tables"), Role.VIEWER)
TABLES_EDIT = Permission(
    "service_desk.tables_edit", _l("Edit the service desk's tables"), Role.SUPERVISOR, only_writes=True
)
REPORTS_VIEW = Permission("service_desk.reports", _l("See reports of tickets"), Role.VIEWER)
