"""How technicians and departments are found from other forms."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g
from sqlalchemy import ColumnElement

from app.clock import today
from app.lookups import Lookup
from app.staff.models import Department, Technician
from app.staff.permissions import STAFF_VIEW


def _employed(model: type[Technician], _params: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return model.choosable(today(g.company.timezone))


def _controller(model: type[Technician], params: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return [*_employed(model, params), model.is_controller.is_(True)]


TECHNICIANS = Lookup("staff.lookup_technicians", Technician, STAFF_VIEW, available=_employed)
"""Active technicians who aren't dismissed yet."""

CONTROLLERS = Lookup("staff.lookup_controllers", Technician, STAFF_VIEW, available=_controller)
"""Those of them who may be the controller of a work order."""

DEPARTMENTS = Lookup("staff.lookup_departments", Department, STAFF_VIEW)
"""Active departments."""
