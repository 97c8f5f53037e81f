"""Permissions of the work_orders module."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api.contract import Permission
from app.users.roles import Role

WORK_ORDERS_VIEW = Permission("work_orders.view", _l("See work orders"), Role.VIEWER)
WORK_ORDERS_EDIT = Permission(
    "work_orders.edit", _l("Ask for and edit work orders"), Role.OPERATOR, only_writes=True
)
WORK_ORDERS_CANCEL = Permission(
    "work_orders.cancel", _l("Cancel a work order"), Role.SUPERVISOR, only_writes=True
)
WORK_ORDERS_QUEUE = Permission("work_orders.queue", _l("See and retry the work order queue"), Role.ADMIN)
