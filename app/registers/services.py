"""Verbs that every register shares (R22b)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from app.clock import today
from app.database import find
from app.errors import NotAvailable
from app.registers.models import RegisterRow

if TYPE_CHECKING:
    from app.companies.models import Company

Row = TypeVar("Row", bound=RegisterRow)


def chosen(
    company: Company, model: type[Row], row_id: int | None, *, field: str, kept_id: int | None = None
) -> Row | None:
    """The row that a document names, if it may be named in something new; None for None.

    Args:
        field: where the refusal is shown.
        kept_id: the id the document already has: it keeps an inactive one (R10).

    Raises:
        NotAvailable: the row is another company's, inactive, dismissed, or gone (R10, R22b, R23).
    """
    if row_id is None:
        return None
    row = find(company, model, row_id)
    if row is None:
        raise NotAvailable(field)
    if row.id == kept_id:
        return row
    if not row.can_be_chosen(today(company.timezone)):
        raise NotAvailable(field)
    return row
