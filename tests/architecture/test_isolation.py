"""Every route and method of the application against another company's rows (R23).

Nothing here knows a screen: routes come from `app.url_map`, ids from `tests/world.py`, forms from the pages.
A new route is covered as soon as it is there; a new id argument needs a row in the world.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.database import Base
from tests.architecture.isolation import (
    FOREIGN,
    OWN,
    SUCCESS,
    Route,
    Visitor,
    body,
    candidates,
    foreign_id_findings,
    forms_by_address,
    holdings,
    own_page_findings,
    pointers_abroad,
    routes,
    secret_of,
    tables_with_text,
    visiting,
)
from tests.pages import Form
from tests.world import World

ADMIN_OF_BOTH = "ana"
"""Sees boreal's rows under /c/boreal; so what is refused under /c/aurora is refused for the address."""

OUTSIDE_COMPANIES = {
    "health.healthz": "asked by machines",
    "health.readyz": "asked by machines",
    "users.login": "who logs in has no company yet",
    "users.logout": "one's own session",
    "users.start": "chooses the company",
    "users.profile": "one's own account",
    "users.password": "one's own account",
    "users.end_other_sessions": "one's own sessions",
    "users.accept_invitation": "one's own invitation; tests/app/users has another user's",
    "users.decline_invitation": "one's own invitation; tests/app/users has another user's",
}
"""Routes without a company, and why."""


@pytest.fixture(scope="module", autouse=True)
def with_documents(documents: None) -> None:
    """Each company has rows in the tabs of its ticket, and a closed ticket."""


@pytest.fixture(scope="module")
def all_routes(app: Flask, world: World) -> list[Route]:
    return routes(app)


@pytest.fixture(scope="module")
def company_routes(all_routes: list[Route]) -> list[Route]:
    return [route for route in all_routes if route.is_of_company]


@pytest.fixture(scope="module")
def forms(app: Flask, world: World, company_routes: list[Route]) -> dict[str, Form]:
    with visiting(app, world, ADMIN_OF_BOTH) as visitor:
        return forms_by_address(visitor, company_routes)


def succeeded(route: Route, response: TestResponse) -> bool:
    if route.is_safe:
        return response.status_code in SUCCESS
    # A form that is shown again was refused.
    return response.status_code in SUCCESS and 'aria-invalid="true"' not in response.text


# ── The table of routes ──────────────────────────────────────────────────────────────────────────────


def test_every_route_has_a_company_or_is_named_here(all_routes):
    assert {r.rule.endpoint for r in all_routes if not r.is_of_company} == set(OUTSIDE_COMPANIES)


def test_every_id_argument_has_a_row(company_routes, world):
    for route in company_routes:
        for code in (OWN, FOREIGN):
            next(candidates(route, world, code))


def test_state_changes_only_by_post(all_routes):
    assert {route.method for route in all_routes} == {"GET", "POST"}


# ── Own rows: the positive control ───────────────────────────────────────────────────────────────────


def test_each_route_works_on_own_rows(app, world, company_routes, forms):
    """Otherwise a broken login, or a form that is never valid, would let every test below pass."""
    failed = []
    with visiting(app, world, ADMIN_OF_BOTH) as visitor:
        for route in company_routes:
            answers = []
            for ids in candidates(route, world, OWN):
                path = route.path(OWN, ids)
                with visitor.undone():
                    response = visitor.ask(route.method, path, data=body(route, path, forms, visitor))
                answers.append(response.status_code)
                if succeeded(route, response):
                    break
            else:
                failed.append(f"{route}: {answers}")
    assert failed == []


def test_a_pdf_is_looked_into(app, world):
    """Otherwise nothing would be seen of what it shows."""
    order = world.rows[OWN].work_order
    with visiting(app, world, ADMIN_OF_BOTH) as visitor:
        answer = visitor.ask("GET", f"/c/{OWN}/work-orders/{order.id}/print")
    assert answer.mimetype == "application/pdf"
    assert secret_of(OWN) in answer.text


# ── Another company's rows ───────────────────────────────────────────────────────────────────────────


def test_another_companys_ids_are_not_found_in_any_route(app, world, company_routes, forms):
    with visiting(app, world, ADMIN_OF_BOTH) as visitor:
        assert foreign_id_findings(visitor, company_routes, forms) == []


def test_own_pages_show_nothing_of_another_company(app, world, company_routes):
    """Lists, forms and lookups, also when they are asked for the other company's ids and words."""
    with visiting(app, world, ADMIN_OF_BOTH) as visitor:
        assert own_page_findings(visitor, company_routes) == []


def test_whoever_asks_for_all_companies_at_once_gets_those_that_they_belong_to(app, world, company_routes):
    """Reports are about several companies; every page is asked as if it were."""
    others = [code for code in world.companies if code != OWN]
    # A list shows the rows of one company at a time: of the first of these that has any.
    questions = [{"company": codes, "companies": "all"} for codes in ([OWN, *others], others)]
    own = []
    with visiting(app, world, "bruno") as visitor:
        for route in company_routes:
            if route.method == "GET":
                path = route.path(OWN, next(candidates(route, world, OWN)))
                for question in questions:
                    text = visitor.ask("GET", path, query_string=question).text
                    assert not [code for code in others if secret_of(code) in text], path
                    own += [path] if secret_of(OWN) in text else []
    assert "/c/aurora/service-desk/reports/tickets" in own


def injections(form: Form, path: str, visitor: Visitor, world: World) -> Iterator[tuple[str, dict[str, str]]]:
    """The form as a person would send it, with one of its references taken from the other company."""
    for lookup in form.lookups:
        given = dict([lookup.show_when.split("=")]) if lookup.show_when else {}
        data = form.filled(visitor.look_up, given)
        address = lookup.lookup.replace(f"/c/{OWN}/", f"/c/{FOREIGN}/")
        params = {
            p: str(getattr(world.rows[FOREIGN], p.removesuffix("_id")).id)
            for p in lookup.lookup_params.split()
        }
        foreign_id = visitor.look_up(address, params)
        assert foreign_id, f"{address} finds nothing to try: add a row to tests/world.py"
        yield lookup.name, data | {lookup.name: foreign_id, lookup.name.removesuffix("_id"): "x"}
    data = form.filled(visitor.look_up)
    for name, _ in form.selects():
        # A select's numbers are users: carla belongs to the other company only.
        yield name, data | {name: str(world.users["carla"].id)}
    if "request_key" in data:
        yield "request_key", data | {"request_key": str(world.rows[FOREIGN].ticket.request_key)}


def test_no_form_takes_a_reference_to_another_companys_row(app, world, company_routes, forms):
    foreign_ids: dict[str, set[int]] = {"user_account": {world.users["carla"].id}}
    for row in vars(world.rows[FOREIGN]).values():
        foreign_ids.setdefault(type(row).__tablename__, set()).add(row.id)
    findings, tried = [], set()
    with visiting(app, world, ADMIN_OF_BOTH) as visitor:
        before = holdings(visitor.connection, world.boreal.id)
        for route in company_routes:
            path = route.path(OWN, next(candidates(route, world, OWN)))
            if route.is_safe or path not in forms:
                continue
            for name, data in injections(forms[path], path, visitor, world):
                with visitor.undone():
                    response = visitor.ask("POST", path, data=data)
                    abroad = pointers_abroad(visitor.connection, world.aurora.id, foreign_ids)
                    copied = tables_with_text(visitor.connection, world.aurora.id, secret_of(FOREIGN))
                    after = holdings(visitor.connection, world.boreal.id)
                tried.add(name)
                where = f"POST {path} with another company's {name}"
                findings += [f"{where}: {column} points there" for column in abroad]
                findings += [f"{where}: {table} has its text" for table in copied]
                if response.status_code >= 500:
                    findings.append(f"{where}: {response.status_code}")
                if secret_of(FOREIGN) in response.text:
                    findings.append(f"{where}: shows its text")
                if after != before:
                    findings.append(f"{where}: changes the other company's rows")
    assert findings == []
    assert {"customer_id", "technician_id", "channel_id", "product_id", "customer_product_id"} <= tried


# ── Who may not come in ──────────────────────────────────────────────────────────────────────────────


def without_chance(response: TestResponse) -> str:
    """The page without what differs each time: the request's id, the signed hour of the token."""
    page = response.text.replace(response.headers["X-Request-Id"], "")
    return re.sub(r"X-CSRFToken&#34;: &#34;[^&]+", "", page)


def test_whoever_is_no_member_finds_nothing_whether_the_company_exists_or_not(app, world):
    findings = []
    every = routes(app, {"GET", "POST", "OPTIONS"})
    with visiting(app, world, "carla") as visitor:
        for route in every:
            if not route.is_of_company:
                continue
            ids = next(candidates(route, world, OWN))
            with visitor.undone():
                there = visitor.ask(route.method, route.path(OWN, ids))
                nowhere = visitor.ask(route.method, route.path("nowhere", ids))
            if (there.status_code, nowhere.status_code) != (404, 404):
                findings.append(f"{route}: {there.status_code}, {nowhere.status_code}")
            elif without_chance(there).replace(OWN, "nowhere") != without_chance(nowhere):
                findings.append(f"{route}: another page for a company that exists")
    assert findings == []


def test_whoever_is_not_logged_in_gets_the_login_page_whether_the_company_exists_or_not(app, world):
    findings = []
    every = routes(app, {"GET", "POST", "OPTIONS"})
    with visiting(app, world, None) as visitor:
        for route in every:
            if not route.is_of_company:
                continue
            ids = next(candidates(route, world, OWN))
            there = visitor.ask(route.method, route.path(OWN, ids))
            nowhere = visitor.ask(route.method, route.path("nowhere", ids))
            if not is_login(there) or not is_login(nowhere) or there.status_code != nowhere.status_code:
                findings.append(f"{route}: {there.status_code} {there.location}, {nowhere.status_code}")
    assert findings == []


def is_login(response: TestResponse) -> bool:
    """A redirect to the login page, or the page itself, which keeps what was typed."""
    if response.status_code in (302, 303):
        return response.location.startswith("/login")
    return response.status_code in (200, 401) and 'name="password"' in response.text


VIEWERS_OWN = {
    "reports.file_order": "a viewer has reports, also as files",
    "reports.file_detail": "one's own file; another's is 404",
    "reports.file_download": "one's own file; another's is 404",
    "reports.file_cancel": "one's own file; another's is 404",
    "reports.file_delete": "one's own file; another's is 404",
    "reports.saved_list": "a question under a name, for oneself",
    "reports.saved_detail": "one's own; another's is 404",
    "reports.saved_delete": "one's own; another's is 404",
    "service_desk.ticket_report_columns": "the columns that one sees oneself",
}
"""What a viewer may post, and why: it writes rows of the viewer's own, none of the company's documents."""
OF_REPORTS = {"report_file", "saved_report", "report_columns"}


def test_a_viewer_reads_and_writes_nothing_but_reports_of_their_own(app, world, company_routes, forms):
    findings = []
    with visiting(app, world, "vera") as visitor:
        before = holdings(visitor.connection, world.aurora.id)
        for route in company_routes:
            path = route.path(OWN, next(candidates(route, world, OWN)))
            with visitor.undone():
                response = visitor.ask(route.method, path, data=body(route, path, forms, visitor))
                after = holdings(visitor.connection, world.aurora.id)
            expected = (200, 302, 303, 403) if route.is_safe else (403,)
            may_write: set[str] = set()
            if route.rule.endpoint in VIEWERS_OWN:
                # What there is is the admin's; what is new is the viewer's.
                expected, may_write = ((403, 404), may_write) if route.ids else ((200, 303), OF_REPORTS)
            if response.status_code not in expected:
                findings.append(f"{route}: {response.status_code}")
            if written := {table for table in after if after[table] != before[table]} - may_write:
                findings.append(f"{route}: writes {written}")
    assert findings == []


def test_where_a_plugin_is_off_none_of_its_routes_is_there(app, world, company_routes):
    plugins = app.extensions["balcao"].plugins
    of_plugins = [r for r in company_routes if r.rule.endpoint.partition(".")[0] in plugins]
    assert of_plugins
    findings = []
    with visiting(app, world, "dora") as visitor:
        for route in of_plugins:
            path = route.path("cometa", next(candidates(route, world, "cometa")))
            with visitor.undone():
                response = visitor.ask(route.method, path)
            if response.status_code != 404:
                findings.append(f"{route}: {response.status_code}")
        assert visitor.ask("GET", "/c/cometa/").status_code == 200
    assert findings == []


def test_models_of_the_world_cover_every_companys_table(world):
    """A table without a row in the world would be invisible to the snapshots."""
    known = {type(row).__tablename__ for row in vars(world.rows[FOREIGN]).values()}
    owned = {table.name for table in Base.metadata.sorted_tables if "company_id" in table.c}
    written_by_the_way = {"audit_entry", "company_parameter", "counter"}
    written_by_the_way.add("service_desk_known_problem_product")  # with its known problem
    assert owned - known == written_by_the_way
