"""What the isolation tests share: the routes, a visitor, and what the companies hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.database import bound_to, db
from tests.pages import Form, forms_of
from tests.pdfs import words_of
from tests.rows_report import RowsReport
from tests.world import SECRET, World, log_in

OWN, FOREIGN = "aurora", "boreal"

ROWS = {
    "request_id": "work_order_request",
    "batch_id": "parameter_batch",
    "copy_id": "parameter_copy",
    "file_id": "report_file",
}
"""Arguments whose row in `world.rows` isn't named like them; all others are: `ticket_id` → `ticket`."""

WORDS = {"report_key": RowsReport.key}
"""Arguments that are no row's id, and what stands for them."""


@dataclass(frozen=True)
class Route:
    """One rule under one method."""

    rule: Rule
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def ids(self) -> list[str]:
        """Its id arguments."""
        return sorted(self.rule.arguments - {"company_code", *WORDS})

    @property
    def is_of_company(self) -> bool:
        return "company_code" in self.rule.arguments

    @property
    def is_safe(self) -> bool:
        return self.method in ("GET", "HEAD", "OPTIONS")

    def path(self, company_code: str, ids: Mapping[str, int]) -> str:
        """The address with these ids."""
        path = self.rule.rule.replace("<company_code>", company_code)
        for argument in self.ids:
            path = path.replace(f"<int:{argument}>", str(ids[argument]))
        for argument, word in WORDS.items():
            path = path.replace(f"<{argument}>", word)
        return path


def routes(app: Flask, methods: set[str] | None = None) -> list[Route]:
    """Every route that isn't a static file: in the order of their addresses."""
    wanted = methods or {"GET", "POST", "PUT", "PATCH", "DELETE"}
    return [
        Route(rule, method)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        for method in sorted((rule.methods or set()) & wanted)
        if rule.endpoint.rpartition(".")[2] != "static"
    ]


def candidates(route: Route, world: World, code: str) -> Iterator[dict[str, int]]:
    """Ids of the company's rows for the route's arguments: the world's first ones, then others of the kind.

    Raises:
        LookupError: an argument has no row; add one to `tests/world.py`.
    """
    rows = vars(world.rows[code])
    first: dict[str, int] = {}
    for argument in route.ids:
        name = ROWS.get(argument, argument.removesuffix("_id"))
        if name not in rows:
            raise LookupError(f"{route}: {argument} has no row {name!r} in tests/world.py")
        first[argument] = rows[name].id
    yield first
    for argument in route.ids:
        row = rows[ROWS.get(argument, argument.removesuffix("_id"))]
        for other in rows.values():
            if type(other) is type(row) and other is not row:
                yield first | {argument: other.id}


class Visitor:
    """A browser whose requests are all undone, and the connection under it."""

    def __init__(self, app: Flask, world: World, connection: Connection) -> None:
        self.app = app
        self.world = world
        self.connection = connection
        self.client = app.test_client()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is asked in the block never was."""
        before = self.connection.begin_nested()
        try:
            yield
        finally:
            before.rollback()

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        """One request; its changes stay until the surrounding `undone` ends. A PDF's answer is its text."""
        response = self.client.open(path, method=method, **options)
        if response.mimetype == "application/pdf":
            response.set_data(words_of(response.data))
        return response

    def look_up(self, address: str, params: Mapping[str, str]) -> str:
        """The id that a person would pick first; '' if there is nothing to pick."""
        items = self.ask("GET", address, query_string=dict(params)).get_json()["items"]
        return str(items[0]["id"]) if items else ""


@contextmanager
def visiting(
    app: Flask, world: World, login: str | None, *, engine: Engine | None = None
) -> Iterator[Visitor]:
    """A visitor, logged in unless `login` is None; as the serving role unless another engine is given.

    Beside the plugins' reports there is one that any test can ask.
    """
    registry = app.extensions["balcao"]
    with app.app_context():
        engine = engine or db.engine
    with engine.connect() as connection, pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.reports, RowsReport.key, (registry.plugins["service_desk"], RowsReport()))
        outer = connection.begin()
        with app.app_context(), bound_to(connection):
            visitor = Visitor(app, world, connection)
            if login is not None:
                log_in(visitor.client, world, login)
            yield visitor
        outer.rollback()


# ── What the companies hold ──────────────────────────────────────────────────────────────────────────

_TABLES = """
    SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
      AND a.attname = 'company_id' AND NOT a.attisdropped ORDER BY 1
"""


@contextmanager
def _inside(connection: Connection, company_id: int) -> Iterator[None]:
    tell = text("SELECT set_config('app.company_id', :company, true), set_config('app.user_id', '', true)")
    connection.execute(tell, {"company": str(company_id)})
    yield
    connection.execute(tell, {"company": ""})


def holdings(connection: Connection, company_id: int) -> dict[str, str]:
    """Table → a digest of all that the company has in it."""
    tables = connection.execute(text(_TABLES)).scalars().all()
    digests = " UNION ALL ".join(
        f"SELECT '{t}', coalesce(md5(string_agg(r::text, '|' ORDER BY r::text)), '')"
        f' FROM "{t}" r WHERE company_id = :company'
        for t in tables
    )
    with _inside(connection, company_id):
        return {row[0]: row[1] for row in connection.execute(text(digests), {"company": company_id})}


def tables_with_text(connection: Connection, company_id: int, needle: str) -> list[str]:
    """Tables in which a row of the company holds this text."""
    tables = connection.execute(text(_TABLES)).scalars().all()
    search = " UNION ALL ".join(
        f"SELECT '{t}' WHERE EXISTS (SELECT FROM \"{t}\" r"
        " WHERE company_id = :company AND strpos(r::text, :needle) > 0)"
        for t in tables
    )
    with _inside(connection, company_id):
        found = connection.execute(text(search), {"company": company_id, "needle": needle})
        return list(found.scalars())


_POINTERS = """
    SELECT c.conrelid::regclass::text AS child, a.attname AS column, c.confrelid::regclass::text AS parent
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
    WHERE c.contype = 'f' AND a.attname <> 'company_id' AND c.connamespace = 'public'::regnamespace
      AND a.atttypid <> 'bool'::regtype  -- a waiting forwarding's third column points at no id
"""


def pointers_abroad(connection: Connection, company_id: int, foreign: Mapping[str, set[int]]) -> list[str]:
    """Columns in which a row of the company names one of `foreign` (table → ids)."""
    found = []
    tables = set(connection.execute(text(_TABLES)).scalars())
    with _inside(connection, company_id):
        for child, column, parent in connection.execute(text(_POINTERS)).all():
            ids = foreign.get(parent)
            if not ids or child not in tables:
                continue
            statement = text(
                f'SELECT EXISTS (SELECT FROM {child} WHERE company_id = :company AND "{column}" = ANY (:ids))'
            )
            if connection.execute(statement, {"company": company_id, "ids": list(ids)}).scalar():
                found.append(f"{child}.{column}")
    return found


def secret_of(code: str) -> str:
    """What stands in every text of the company's rows."""
    return SECRET.format(code)


# ── The walks ────────────────────────────────────────────────────────────────────────────────────────

SUCCESS = (200, 204, 302, 303)


def forms_by_address(visitor: Visitor, company_routes: Sequence[Route]) -> dict[str, Form]:
    """The form that posts to an address, as own pages show it, by the address."""
    found: dict[str, Form] = {}
    for route in company_routes:
        # What one row's page doesn't offer (a closed ticket's reopening), another's does.
        for ids in candidates(route, visitor.world, OWN) if route.method == "GET" else ():
            path = route.path(OWN, ids)
            for form in forms_of(visitor.ask("GET", path).text, path):
                found.setdefault(form.action, form)
    return found


BY_SCRIPT = {
    "service_desk.timer_start": {"row_key": str(UUID(int=1)), "first": "stop"},
    "service_desk.timer_start_new": {
        "row_key": str(UUID(int=1)),
        "request_key": str(UUID(int=2)),
        "inputs": '[["problem", "Typed"]]',
        "first": "stop",
    },
    "reports.file_order": {"format": "csv", "query": "rows=6000", "request_key": str(UUID(int=3))},
    "service_desk.draft_keep": {"request_key": str(UUID(int=2)), "inputs": '[["problem", "Typed"]]'},
}
"""What the script sends to addresses that no form posts to, by endpoint."""


def body(route: Route, path: str, forms: Mapping[str, Form], visitor: Visitor) -> dict[str, str]:
    """What a person, or the page's script, would send there."""
    if route.is_safe:
        return {}
    if route.rule.endpoint in BY_SCRIPT:
        return BY_SCRIPT[route.rule.endpoint]
    if path not in forms:
        return {}
    return forms[path].filled(visitor.look_up)


def _attempts(route: Route, world: World) -> Iterator[dict[str, int]]:
    """Own ids, with one argument after the other taken from the other company."""
    own = next(candidates(route, world, OWN))
    for argument in route.ids:
        for foreign in candidates(route, world, FOREIGN):
            yield own | {argument: foreign[argument]}


def foreign_id_findings(
    visitor: Visitor, company_routes: Sequence[Route], forms: Mapping[str, Form]
) -> list[str]:
    """What is wrong when another company's ids stand in own addresses; nothing, if all is well."""
    world, connection = visitor.world, visitor.connection
    others = [company.id for company in (world.boreal, world.cometa)]
    before = [holdings(connection, company_id) for company_id in others]
    findings = []
    for route in company_routes:
        own_path = route.path(OWN, next(candidates(route, world, OWN)))
        for ids in _attempts(route, world):
            path = route.path(OWN, ids)
            with visitor.undone():
                response = visitor.ask(route.method, path, data=body(route, own_path, forms, visitor))
                after = [holdings(connection, company_id) for company_id in others]
            if response.status_code != 404:
                findings.append(f"{route.method} {path}: {response.status_code}")
            if secret_of(FOREIGN) in response.text:
                findings.append(f"{route.method} {path}: shows the other company's text")
            if after != before:
                findings.append(f"{route.method} {path}: changes the other company's rows")
    return findings


UNKNOWN = "SEGREDO-DE-ninguem"


def own_page_findings(visitor: Visitor, company_routes: Sequence[Route]) -> list[str]:
    """What own pages show of another company, also when they are asked for its ids and words."""
    world, secret = visitor.world, secret_of(FOREIGN)
    foreign = {f"{name}_id": str(row.id) for name, row in vars(world.rows[FOREIGN]).items()}
    foreign |= {name.removesuffix("_id"): value for name, value in foreign.items()}
    findings = []
    for route in company_routes:
        if route.method != "GET":
            continue
        path = route.path(OWN, next(candidates(route, world, OWN)))
        for question in ({}, {"q": secret}, {"q": "segredo", **foreign}):
            response = visitor.ask("GET", path, query_string=question)
            shown = response.text.count(secret)
            if secret in question.values():
                # What was asked for may be said again, as often as a word that nobody's rows have.
                shown -= visitor.ask("GET", path, query_string={"q": UNKNOWN}).text.count(UNKNOWN)
            if response.status_code not in SUCCESS:
                findings.append(f"{path} {question}: {response.status_code}")
            if shown:
                findings.append(f"{path} {question}: shows the other company's text")
    return findings
