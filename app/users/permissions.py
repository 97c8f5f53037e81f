"""Permissions of the users module."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api.contract import Permission
from app.users.roles import Role

USERS_EDIT = Permission("users.edit", _l("Manage the company's users"), Role.ADMIN)
