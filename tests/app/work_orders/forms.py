"""What the tests of the work order's form share."""

from __future__ import annotations

import re

from app.database import company_scope, db
from app.work_orders.models import WorkOrder

NEW = "/c/aurora/work-orders/new"


def url(work_order: WorkOrder) -> str:
    return f"/c/aurora/work-orders/{work_order.id}"


def made(world, response) -> WorkOrder:
    """The work order that a successful save leads to."""
    assert response.status_code == 303, response.text
    with company_scope(world.aurora):
        row = db.session.get_one(WorkOrder, int(response.location.rpartition("/")[2]), populate_existing=True)
        db.session.expunge(row)
    return row


def error_at(response, field: str) -> str:
    """The message that stands at this field."""
    found = re.search(rf'id="{field}-error">\s*<li>(.*?)</li>', response.text)
    return found[1] if found else ""
