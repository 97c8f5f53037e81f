"""The input of products and of customers' products."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from app.forms import Chosen, DateField, LookupField, TextField
from app.parties.lookups import CUSTOMERS
from app.products.lookups import PRODUCTS
from app.registers.forms import DescribedForm


class ProductForm(DescribedForm):
    """An entry of the catalogue."""

    unit = TextField(_l("Unit"), [DataRequired()], longest=10, default="UN")


class CustomerProductForm(DescribedForm):
    """One product that one customer owns."""

    customer = LookupField(_l("Customer"), CUSTOMERS, [Chosen()])
    product = LookupField(_l("Product"), PRODUCTS, [Chosen()])
    serial_number = TextField(_l("Serial number"), longest=60)
    purchased_on = DateField(_l("Purchase date"))
    warranty_until = DateField(_l("Warranty until"))
    location = TextField(_l("Location"), longest=200)
