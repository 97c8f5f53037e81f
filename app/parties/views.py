"""HTTP of customers and prospects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, g, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.audit.labels import describe_actions
from app.companies.models import Company
from app.database import get_or_404, transaction
from app.errors import BusinessError
from app.formats import document
from app.lookups import add_lookup
from app.parties.forms import CustomerForm, ProspectForm
from app.parties.lookups import CUSTOMERS, PROSPECTS
from app.parties.models import Customer, Prospect
from app.parties.permissions import PARTIES_EDIT, PARTIES_VIEW
from app.parties.queries import others_with_document
from app.parties.services import convert_prospect
from app.portal import actor, company_blueprint, requires
from app.registers.views import ListColumn, Register, add_register

bp = company_blueprint("parties", __name__)

for _lookup in (CUSTOMERS, PROSPECTS):
    add_lookup(bp, _lookup)

describe_actions(converted=_l("Conversion into a customer"))


def _document_known(company: Company, party: Customer | Prospect) -> Iterable[str]:
    if others := others_with_document(company, party):
        names = ", ".join(f"{other.code} · {other.name}" for other in others)
        yield _("This CPF/CNPJ is also that of: %(names)s.", names=names)


COLUMNS = (
    ListColumn(_l("CPF/CNPJ"), lambda row: document(row.document), style="text-nowrap"),
    ListColumn(_l("Phone"), lambda row: row.phone, style="text-nowrap hide-narrow"),
)

add_register(
    bp,
    Register(
        name="customer",
        path="customers",
        model=Customer,
        form=CustomerForm,
        view=PARTIES_VIEW,
        edit=PARTIES_EDIT,
        label=_l("Customer"),
        title=_l("Customers"),
        new_label=_l("New customer"),
        name_label=_l("Name"),
        columns=COLUMNS,
        warnings=_document_known,
        template="registers/party.html",
    ),
)
add_register(
    bp,
    Register(
        name="prospect",
        path="prospects",
        model=Prospect,
        form=ProspectForm,
        view=PARTIES_VIEW,
        edit=PARTIES_EDIT,
        label=_l("Prospect"),
        title=_l("Prospects"),
        new_label=_l("New prospect"),
        name_label=_l("Name"),
        columns=COLUMNS,
        warnings=_document_known,
        template="registers/prospect.html",
    ),
)


@bp.post("/prospects/<int:prospect_id>/convert")
@requires(PARTIES_EDIT)
def prospect_convert(prospect_id: int) -> Any:
    """«Converter em cliente»."""
    prospect = get_or_404(g.company, Prospect, prospect_id)
    try:
        with transaction():
            customer = convert_prospect(company=g.company, actor=actor(), prospect=prospect)
    except BusinessError as error:
        flash(error.text, "danger")
        return redirect(url_for(".prospect_detail", prospect_id=prospect_id), 303)
    flash(_("“%(name)s” is a customer now.", name=customer.name), "success")
    for warning in _document_known(g.company, customer):
        flash(warning, "warning")
    return redirect(url_for(".customer_detail", customer_id=customer.id), 303)
