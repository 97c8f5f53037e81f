"""HTTP of the products module."""

from __future__ import annotations

from app.lookups import add_lookup
from app.products.lookups import CUSTOMER_PRODUCTS, PRODUCTS
from app.portal import company_blueprint

bp = company_blueprint("products", __name__)

for _lookup in (PRODUCTS, CUSTOMER_PRODUCTS):
    add_lookup(bp, _lookup)
