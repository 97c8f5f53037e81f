"""Permissions of the products module."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api.contract import Permission
from app.users.roles import Role

PRODUCTS_VIEW = Permission("products.view", _l("See products and customer products"), Role.VIEWER)
PRODUCTS_EDIT = Permission(
    "products.edit", _l("Edit products and customer products"), Role.SUPERVISOR, only_writes=True
)
