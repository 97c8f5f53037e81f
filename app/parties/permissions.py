"""Permissions of the parties module."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api.contract import Permission
from app.users.roles import Role

PARTIES_VIEW = Permission("parties.view", _l("See customers and prospects"), Role.VIEWER)
PARTIES_EDIT = Permission("parties.edit", _l("Edit customers and prospects"), Role.OPERATOR, only_writes=True)
