"""Permissions of the staff module."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api.contract import Permission
from app.users.roles import Role

STAFF_VIEW = Permission("staff.view", _l("See technicians and departments"), Role.VIEWER)
STAFF_EDIT = Permission(
    "staff.edit", _l("Edit technicians and departments"), Role.SUPERVISOR, only_writes=True
)
