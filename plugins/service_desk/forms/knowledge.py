"""The input of the knowledge base's registers (R22b)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from app.plugin_api.web import DescribedForm, LongTextField, LookupField, LookupsField, TextField
from app.products.lookups import PRODUCTS
from plugins.service_desk.lookups import PROBLEM_CATEGORIES

LONGEST_SOLUTION = 100_000
LONGEST_KEYWORDS = 500


class ProblemCategoryForm(DescribedForm):
    """A node of the tree of categories."""

    parent = LookupField(_l("Parent category"), PROBLEM_CATEGORIES)


class KnownProblemForm(DescribedForm):
    """A known problem: what tickets copy from it are its description and its solution (R13)."""

    category = LookupField(_l("Category"), PROBLEM_CATEGORIES)
    products = LookupsField(_l("Products"), PRODUCTS, argument="product_ids")
    keywords = TextField(_l("Keywords"), longest=LONGEST_KEYWORDS)
    solution = LongTextField(_l("Solution"), [DataRequired()], longest=LONGEST_SOLUTION)
