"""How a product stands in a printed document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.formats import day
from app.products.warranty import warranty
from app.reports.documents import Field, Section

if TYPE_CHECKING:
    from datetime import date

    from app.products.models import CustomerProduct, Product


def product_section(
    product: Product | None, customer_product: CustomerProduct | None, *, opened_on: date
) -> Section:
    """The product, or the customer's own one with its warranty on the day of the document's opening (R22b).

    Without either it says that none was named.

    Args:
        opened_on: a day of the company's time zone.
    """
    if customer_product is None:
        name = f"{product.code} · {product.name}" if product is not None else "—"
        return Section(_("Product"), fields=[Field(_("Description"), name, 12)])
    own, catalogue = customer_product, customer_product.product
    return Section(
        _("Customer product"),
        fields=[
            Field(_("Description"), f"{own.code} · {own.name}", 8),
            Field(_("Serial number"), own.serial_number),
            Field(_("Product"), f"{catalogue.code} · {catalogue.name}", 8),
            Field(_("Purchase date"), day(own.purchased_on)),
            Field(_("Location"), own.location),
            Field(_("Warranty until"), day(own.warranty_until)),
            Field(_("Warranty on the day of the opening"), warranty(own, opened_on)),
        ],
    )
