"""How customers and prospects are found from other forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.formats import document
from app.lookups import Lookup
from app.parties.models import Customer, Prospect
from app.parties.permissions import PARTIES_VIEW

if TYPE_CHECKING:
    from app.parties.models import PartyColumns


def _document(party: PartyColumns) -> str:
    return document(party.document)


CUSTOMERS = Lookup("parties.lookup_customers", Customer, PARTIES_VIEW, hint=_document)
"""Active customers."""

PROSPECTS = Lookup("parties.lookup_prospects", Prospect, PARTIES_VIEW, hint=_document)
"""Active prospects; those that became customers are not."""
