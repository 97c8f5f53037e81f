"""HTTP of products and of customers' products."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.formats import day
from app.lookups import add_lookup
from app.parties.models import Customer
from app.portal import company_blueprint
from app.products.forms import CustomerProductForm, ProductForm
from app.products.lookups import CUSTOMER_PRODUCTS, PRODUCTS
from app.products.models import CustomerProduct, Product
from app.products.permissions import PRODUCTS_EDIT, PRODUCTS_VIEW
from app.products.warranty import warranty
from app.registers.views import ListColumn, Register, add_register

bp = company_blueprint("products", __name__)
bp.add_app_template_filter(warranty)

for _lookup in (PRODUCTS, CUSTOMER_PRODUCTS):
    add_lookup(bp, _lookup)

add_register(
    bp,
    Register(
        name="product",
        path="products",
        model=Product,
        form=ProductForm,
        view=PRODUCTS_VIEW,
        edit=PRODUCTS_EDIT,
        label=_l("Product"),
        title=_l("Products"),
        new_label=_l("New product"),
        columns=(ListColumn(_l("Unit"), lambda row: row.unit),),
        template="registers/product.html",
    ),
)
add_register(
    bp,
    Register(
        name="customer_product",
        path="customer-products",
        model=CustomerProduct,
        form=CustomerProductForm,
        view=PRODUCTS_VIEW,
        edit=PRODUCTS_EDIT,
        label=_l("Customer product"),
        title=_l("Customer products"),
        new_label=_l("New customer product"),
        columns=(
            ListColumn(_l("Customer"), lambda row: row.customer.name, sort="customer"),
            ListColumn(_l("Serial number"), lambda row: row.serial_number, style="text-nowrap hide-narrow"),
            ListColumn(_l("Warranty until"), lambda row: day(row.warranty_until), style="num hide-narrow"),
        ),
        joined=(CustomerProduct.customer,),
        sorts={"customer": Customer.name_key},
        template="registers/customer_product.html",
    ),
)
