"""Permissions of the audit module."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api.contract import Permission
from app.users.roles import Role

AUDIT_VIEW = Permission("audit.view", _l("See the audit trail"), Role.ADMIN)
