"""The blueprints of the users module."""

from __future__ import annotations

from flask import Blueprint

from app.portal import company_blueprint

account = Blueprint("users", __name__)
members = company_blueprint("members", __name__, url_prefix="/users")
