"""What members may do with reports beyond asking them; each report declares who may ask it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api.contract import Permission
from app.users.roles import Role

REPORTS_SHARE = Permission("reports.share", _l("Share reports"), Role.SUPERVISOR, only_writes=True)
