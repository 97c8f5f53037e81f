"""Verbs of the work orders. The hand-off's are in `handoff.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User


def follow_converted_prospect(
    *, company: Company, prospect_id: int, customer_id: int, actor: User
) -> None:
    """Hook receiver: the prospect's work orders become the customer's."""
