"""How a warranty reads (R22b)."""

from __future__ import annotations

from datetime import date

from flask import g
from flask_babel import gettext as _

from app.clock import today
from app.formats import day
from app.products.models import CustomerProduct


def warranty(row: CustomerProduct | None, on: date | None = None) -> str:
    """«Em garantia até …» or «Fora de garantia»; nothing if no date is known.

    Args:
        on: the day that it is asked for; None: today in the company.
    """
    if row is None or (is_covered := row.is_under_warranty(on or today(g.company.timezone))) is None:
        return ""
    if is_covered:
        return _("Under warranty until %(day)s", day=day(row.warranty_until))
    return _("Out of warranty")
