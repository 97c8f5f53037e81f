"""How products and customers' products are found from other forms."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, false

from app.database import BIGINT_MAX
from app.lookups import Lookup
from app.products.models import CustomerProduct, Product
from app.products.permissions import PRODUCTS_VIEW
from app.products.warranty import warranty


def _of_the_customer(model: type[CustomerProduct], params: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Active products of the customer that the form names; without a customer there are none (R9)."""
    text = params.get("customer_id", "")
    customer_id = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    if not 0 < customer_id <= BIGINT_MAX:
        return [false()]
    return [model.is_active.is_(True), model.customer_id == customer_id]


def _serial_and_warranty(row: CustomerProduct) -> str:
    return " · ".join(part for part in (row.serial_number, warranty(row)) if part)


PRODUCTS = Lookup("products.lookup_products", Product, PRODUCTS_VIEW)
"""Active catalogue products."""

CUSTOMER_PRODUCTS = Lookup(
    "products.lookup_customer_products",
    CustomerProduct,
    PRODUCTS_VIEW,
    available=_of_the_customer,
    hint=_serial_and_warranty,
)
"""Active products of one customer: the browser sends `customer_id` along (`params=("customer_id",)`)."""
