"""`flask work-orders …`."""

from __future__ import annotations

from flask.cli import AppGroup

work_orders_cli = AppGroup("work-orders", help="The hand-off's queue.")
