"""Reads about the knowledge base: the tree of categories, and which products a known problem is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, or_, select, true

from app.plugin_api import db, scope_cache
from app.products.models import CustomerProduct
from plugins.service_desk.models import KnownProblem, KnownProblemProduct, ProblemCategory

if TYPE_CHECKING:
    from app.companies.models import Company

SEPARATOR = " › "
"""Between a category and the one below it."""


def category_path(company: Company, category_id: int | None) -> str:
    """A category's name after those of its ancestors, «Impressão › Toner»; "" for None.

    The whole tree is read by one statement in the scope, so that a list costs no statement per row.
    """
    names, parents = _known_tree(company)
    return SEPARATOR.join(reversed([names[ancestor] for ancestor in _upwards(parents, category_id)]))


def below(company: Company, category_id: int) -> set[int]:
    """The ids of all categories beneath this one, as the tree is now; read as in `category_path`."""
    _, parents = _known_tree(company)
    return {each for each in parents if each != category_id and category_id in _upwards(parents, each)}


def _known_tree(company: Company) -> tuple[dict[int, str], dict[int, int | None]]:
    cache = scope_cache()
    if "service_desk.categories" not in cache:
        cache["service_desk.categories"] = _tree(company)
    names, parents = cache["service_desk.categories"]
    return names, parents


def _tree(company: Company) -> tuple[dict[int, str], dict[int, int | None]]:
    """Every category's name, and every category's parent."""
    rows = db.session.execute(
        select(ProblemCategory.id, ProblemCategory.name, ProblemCategory.parent_id).where(
            ProblemCategory.company_id == company.id
        )
    )
    names: dict[int, str] = {}
    parents: dict[int, int | None] = {}
    for category_id, name, parent_id in rows:
        names[category_id], parents[category_id] = name, parent_id
    return names, parents


def _upwards(parents: Mapping[int, int | None], category_id: int | None) -> Iterator[int]:
    """The category, its parent, and so on; ends even in a circle, should there ever be one."""
    seen: set[int] = set()
    while category_id is not None and category_id in parents and category_id not in seen:
        seen.add(category_id)
        yield category_id
        category_id = parents[category_id]


def category_and_ancestors(company: Company, category_id: int) -> set[int]:
    """The category's id and those above it, as they are now; nobody moves any until the transaction ends.

    All categories are locked, in one order: two who move different branches would otherwise each see the
    other's old place, and make a circle together. Whatever only names a category doesn't wait.
    """
    rows = db.session.execute(
        select(ProblemCategory.id, ProblemCategory.parent_id)
        .where(ProblemCategory.company_id == company.id)
        .order_by(ProblemCategory.id)
        .with_for_update(key_share=True)
    )
    parents: dict[int, int | None] = {row.id: row.parent_id for row in rows}
    return set(_upwards(parents, category_id))


def applies(
    company: Company, *, product_id: int | None, customer_product_id: int | None
) -> ColumnElement[bool]:
    """Whether a known problem is for the product of a ticket, or of the customer's product; as SQL.

    One that names no products is for all, and without a product all are offered (R13, R22b).
    """
    if product_id is None and customer_product_id is None:
        return true()
    named = select(KnownProblemProduct.product_id).where(
        KnownProblemProduct.company_id == company.id,
        KnownProblemProduct.known_problem_id == KnownProblem.id,
    )
    theirs = select(CustomerProduct.product_id).where(
        CustomerProduct.company_id == company.id, CustomerProduct.id == customer_product_id
    )
    this = or_(
        KnownProblemProduct.product_id == product_id,
        KnownProblemProduct.product_id == theirs.scalar_subquery(),
    )
    return or_(~named.exists(), named.where(this).exists())


def applies_to(
    company: Company, known_problem_id: int, product_id: int | None, customer_product_id: int | None
) -> bool:
    """Whether the company has this known problem, and it is for that product; one statement (R13)."""
    found = select(KnownProblem.id).where(
        KnownProblem.company_id == company.id,
        KnownProblem.id == known_problem_id,
        applies(company, product_id=product_id, customer_product_id=customer_product_id),
    )
    return db.session.scalar(found) is not None
