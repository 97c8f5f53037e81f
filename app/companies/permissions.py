"""Permissions of the companies module."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api.contract import Permission
from app.users.roles import Role

PARAMETERS_EDIT = Permission("companies.parameters", _l("Change the company's parameters"), Role.ADMIN)
