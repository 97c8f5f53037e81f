"""Verbs of the knowledge base that mind several rows: categories' tree, known problems' products (R22b)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app.plugin_api import NotAvailable, db
from app.products.models import Product
from app.registers.services import chosen_ones, create_row, update_row
from plugins.service_desk.errors import CategoryCircle
from plugins.service_desk.models import KnownProblem, KnownProblemProduct, ProblemCategory
from plugins.service_desk.queries import knowledge

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User


def update_category(
    *, company: Company, actor: User, row: ProblemCategory, version: int | None, **values: Any
) -> None:
    """Change a category, as `update_row`; no category becomes its own ancestor.

    A new one can't: nothing is below it yet.

    Raises:
        CategoryCircle: the parent is the category itself or stands below it (R22b).
        BusinessError: as in `update_row`.
    """
    parent_id = values.get("parent_id")
    if parent_id not in (None, row.parent_id):
        _refuse_circle(company, row, below=parent_id)
    update_row(company=company, actor=actor, row=row, version=version, **values)


def _refuse_circle(company: Company, row: ProblemCategory, *, below: int) -> None:
    # Another company's category has no ancestors here; `update_row` refuses it.
    if row.id in knowledge.category_and_ancestors(company, below):
        raise CategoryCircle


def create_known_problem(
    *,
    company: Company,
    actor: User,
    product_ids: Collection[int],
    model: type[KnownProblem] = KnownProblem,
    **values: Any,
) -> KnownProblem:
    """Add a known problem, as `create_row`, with the products that it is for; none: for all.

    Raises:
        NotAvailable: one of the products can't be chosen.
        BusinessError: as in `create_row`.
    """
    products = chosen_ones(company, Product, product_ids, field="products")
    row = create_row(
        company=company, actor=actor, model=model, also=_change_of_products((), products), **values
    )
    _link(company, row, products)
    return row


def update_known_problem(
    *,
    company: Company,
    actor: User,
    row: KnownProblem,
    version: int | None,
    product_ids: Collection[int],
    **values: Any,
) -> None:
    """Change a known problem, as `update_row`, and the products that it is for; inactive ones may stay.

    Raises:
        NotAvailable: one of the products can't be chosen.
        BusinessError: as in `update_row`.
    """
    before = list(row.products)
    kept_ids = {product.id for product in before}
    products = chosen_ones(company, Product, product_ids, field="products", kept_ids=kept_ids)
    also = _change_of_products(before, products)
    update_row(company=company, actor=actor, row=row, version=version, also=also, **values)
    if also:
        _link(company, row, products, before)


def _change_of_products(before: Sequence[Product], after: Sequence[Product]) -> dict[str, list[Any]]:
    """What the audit trail says: the codes, which stay readable when a product is renamed or gone."""
    old, new = (
        ", ".join(sorted(product.code for product in products)) or None for products in (before, after)
    )
    return {} if old == new else {"products": [old, new]}


def _link(
    company: Company, row: KnownProblem, products: Sequence[Product], before: Sequence[Product] = ()
) -> None:
    """Write which products the known problem names."""
    gone = {product.id for product in before} - {product.id for product in products}
    if gone:
        db.session.execute(
            delete(KnownProblemProduct).where(
                KnownProblemProduct.company_id == company.id,
                KnownProblemProduct.known_problem_id == row.id,
                KnownProblemProduct.product_id.in_(gone),
            )
        )
    db.session.add_all(
        KnownProblemProduct(company_id=company.id, known_problem_id=row.id, product_id=product.id)
        for product in products
        if product not in before
    )
    try:
        db.session.flush()
    except IntegrityError as error:
        # The product was there when it was chosen, and has been deleted since.
        raise NotAvailable("products") from error
    db.session.expire(row, ["products"])
