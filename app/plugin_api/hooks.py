"""The events that the host tells its plugins: each is sent inside the transaction that made it true.

A receiver gets the company and the keyword arguments named below; what it raises fails the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app

if TYPE_CHECKING:
    from app.companies.models import Company


@dataclass(frozen=True, slots=True)
class Hook:
    """A named event; `send` calls the receivers of the plugins that are active for the company."""

    name: str

    def send(self, company: Company, **details: Any) -> None:
        """Tell the active plugins; `details` are the hook's documented arguments."""
        for receiver in current_app.extensions["balcao"].receivers(self, company):
            receiver(company=company, **details)


work_order_opened = Hook("work_order_opened")
"""A work order was made. work_order: WorkOrder; actor_id: int | None (who wished for it)."""

work_order_cancelled = Hook("work_order_cancelled")
"""A work order was cancelled. work_order: WorkOrder; actor: User."""

prospect_converted = Hook("prospect_converted")
"""A prospect became a customer and its documents follow. prospect_id, customer_id: int; actor: User."""
