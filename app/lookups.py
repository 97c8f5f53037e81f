"""Lookups («lupas»): how a register's rows are found by code or name from another form (DESIGN 7).

A module declares `CUSTOMERS = Lookup(…)`, mounts it with `add_lookup(bp, CUSTOMERS)`, and forms refer to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, jsonify, request, url_for
from sqlalchemy import func, inspect, or_, select

from app.database import BIGINT_MAX, db
from app.lists import search_term
from app.plugin_api.contract import Permission
from app.portal import requires
from app.registers.models import RegisterRow

if TYPE_CHECKING:
    from app.companies.models import Company

MOST_ROWS = 50


def _nothing(row: Any) -> str:
    return ""


def _no_more(row: Any) -> Mapping[str, Any]:
    return {}


def _active(model: Any, params: Mapping[str, str]) -> list[Any]:
    return [model.is_active]


@dataclass(frozen=True)
class Lookup:
    """Which rows of a register can be chosen, and how they are shown.

    Args:
        endpoint: `parties.lookup_customers`, made by `add_lookup`.
        available: SQL conditions for rows that may be chosen for something new, given the other inputs
            that the browser sent along; default: the active ones.
        hint: a second line for a row (document, serial number).
        extra: what a row's JSON says besides `id`, `code`, `label` and `hint`, for scripts that copy it.
    """

    endpoint: str
    model: type[RegisterRow]
    permission: Permission
    available: Callable[[Any, Mapping[str, str]], list[Any]] = _active
    hint: Callable[[Any], str] = _nothing
    extra: Callable[[Any], Mapping[str, Any]] = _no_more

    def url(self) -> str:
        """The address of the JSON list in the open company."""
        return url_for(self.endpoint)

    def label(self, row: RegisterRow) -> str:
        """How a chosen row reads in its field."""
        return f"{row.code} · {row.name}"

    def matches(
        self, company: Company, query: str, params: Mapping[str, str], *, limit: int, page: int
    ) -> tuple[list[RegisterRow], bool]:
        """A page of available rows for a query (no query: the first rows), and whether there are more."""
        model = self.model
        rows = select(model).where(model.company_id == company.id, *self.available(model, params))
        order: list[Any] = [model.name_key, model.id]
        if query:
            found = getattr(func, f"search_{inspect(model).local_table.name}")(query).column_valued("found")
            rows = rows.where(model.id.in_(select(found)))
            # Whoever types a whole code means that row.
            order.insert(0, func.lower(model.code) != query.lower())
        rows = rows.order_by(*order).limit(limit + 1).offset((page - 1) * limit)
        result = list(db.session.scalars(rows))
        return result[:limit], len(result) > limit

    def rows(self, company: Company, ids: Collection[int]) -> dict[int, RegisterRow]:
        """The company's rows among these, by id, inactive ones too; one statement."""
        model = self.model
        known = [row_id for row_id in ids if 0 < row_id <= BIGINT_MAX]
        if not known:
            return {}
        rows = db.session.scalars(select(model).where(model.company_id == company.id, model.id.in_(known)))
        return {row.id: row for row in rows}

    def item(self, row: RegisterRow) -> dict[str, Any]:
        """A row as the browser gets it."""
        shown = {"id": row.id, "code": row.code, "label": self.label(row), "hint": self.hint(row)}
        return {**self.extra(row), **shown}  # noqa: S610  nothing of Django's

    def exact_match(self, company: Company, typed: str) -> RegisterRow | None:
        """The only row whose code, name or label is what was typed; accents and case don't matter."""
        model = self.model
        key = func.name_key(typed)
        rows = db.session.scalars(
            select(model)
            .where(
                model.company_id == company.id,
                or_(
                    func.name_key(model.code) == key,
                    model.name_key == key,
                    func.name_key(model.code + " · " + model.name) == key,
                ),
            )
            .order_by(func.name_key(model.code) != key, model.id)
            .limit(2)
        ).all()
        by_code = [row for row in rows if row.code.lower() == typed.lower()]
        if by_code or len(rows) == 1:
            return (by_code or list(rows))[0]
        return None


def add_lookup(bp: Blueprint, lookup: Lookup) -> None:
    """Mount the lookup's JSON list on the module's company blueprint."""
    name = lookup.endpoint.rpartition(".")[2]

    def search() -> Response:
        query = search_term()
        limit = min(max(request.args.get("limit", 20, type=int), 1), MOST_ROWS)
        page = min(max(request.args.get("page", 1, type=int), 1), 1000)
        rows, more = lookup.matches(g.company, query, request.args, limit=limit, page=page)
        return jsonify(items=[lookup.item(row) for row in rows], more=more)

    path = name.removeprefix("lookup_").replace("_", "-")
    bp.add_url_rule(f"/lookups/{path}", name, requires(lookup.permission)(search))
