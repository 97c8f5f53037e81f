"""How the service desk's tables are found from its forms."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g
from sqlalchemy import ColumnElement

from app.plugin_api import BIGINT_MAX
from app.plugin_api.web import Lookup
from plugins.service_desk.models import Channel, ForwardingOutcome, KnownProblem, ProblemCategory
from plugins.service_desk.permissions import TABLES_VIEW
from plugins.service_desk.queries.knowledge import applies, category_path

CHANNELS = Lookup("service_desk.lookup_channels", Channel, TABLES_VIEW)
"""Active channels."""

FORWARDING_OUTCOMES = Lookup("service_desk.lookup_forwarding_outcomes", ForwardingOutcome, TABLES_VIEW)
"""Active outcomes of forwardings."""


def _where_it_stands(row: ProblemCategory) -> str:
    # At the top of the tree nothing has to be read.
    return category_path(g.company, row.parent_id) if row.parent_id is not None else ""


PROBLEM_CATEGORIES = Lookup(
    "service_desk.lookup_problem_categories", ProblemCategory, TABLES_VIEW, hint=_where_it_stands
)
"""Active categories of problems."""


def _sent_id(params: Mapping[str, str], name: str) -> int | None:
    text = params.get(name, "")
    return min(int(text), BIGINT_MAX) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _for_the_product(model: type[KnownProblem], params: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Active known problems that are for the ticket's product (R13); without a product all of them."""
    product_id, customer_product_id = (
        _sent_id(params, name) for name in ("product_id", "customer_product_id")
    )
    its = applies(g.company, product_id=product_id, customer_product_id=customer_product_id)
    return [model.is_active.is_(True), its]


def _texts(row: KnownProblem) -> Mapping[str, str]:
    return {"finding": row.name, "guidance": row.solution}


KNOWN_PROBLEMS = Lookup(
    "service_desk.lookup_known_problems",
    KnownProblem,
    TABLES_VIEW,
    available=_for_the_product,
    extra=_texts,
)
"""Active known problems of the product that the browser sends along
(`params=("product_id", "customer_product_id")`), each with the texts that an interaction copies (R13)."""
