"""How a customer or a prospect stands in a printed document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.formats import document
from app.parties.models import Prospect
from app.reports.documents import Field, Section

if TYPE_CHECKING:
    from app.parties.models import Customer


def party_section(party: Customer | Prospect) -> Section:
    """Who it is and how they are reached: under «Cliente» or «Interessado»."""
    return Section(
        party_kind(party),
        fields=[
            Field(_("Name"), f"{party.code} · {party.name}", 8),
            Field(_("CPF/CNPJ"), document(party.document)),
            Field(_("Address"), party.address, 12),
            Field(_("Phone"), party.phone),
            Field(_("E-mail"), party.email, 8),
        ],
    )


def party_kind(party: Customer | Prospect) -> str:
    """«Cliente» or «Interessado»."""
    return _("Prospect") if isinstance(party, Prospect) else _("Customer")
