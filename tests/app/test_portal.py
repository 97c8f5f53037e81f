"""What every answer of the portal has, and what a request costs before its view begins."""

from __future__ import annotations

import pytest
from flask import g
from sqlalchemy import text

from app.database import current_company_id, db
from app.plugin_api.registry import Registry, _guard
from tests.world import log_in


@pytest.fixture
def ana(client, world):
    log_in(client, world, "ana")
    return client


@pytest.mark.parametrize("path", ["/c/aurora/", "/c/aurora/customers", "/c/nowhere/", "/login", "/healthz"])
def test_every_answer_keeps_the_browser_in_bounds(ana, path):
    headers = ana.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers, "plain http here"


def test_behind_https_the_browser_is_told_to_stay_there(ana, app, monkeypatch):
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    assert "max-age" in ana.get("/healthz").headers["Strict-Transport-Security"]


def test_every_request_has_an_id_of_its_own(ana):
    ids = {ana.get("/c/aurora/").headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(len(request_id) == 36 for request_id in ids)


def test_two_tabs_in_two_companies_do_not_mix(ana):
    for _ in range(2):
        for code in ("aurora", "boreal"):
            page = ana.get(f"/c/{code}/customers").text
            assert f"SEGREDO-DE-{code}" in page
            assert f'href="/c/{code}/customers' in page


def test_nothing_is_left_open_after_a_request(app, ana):
    ana.get("/c/aurora/customers")
    assert current_company_id() is None
    with app.app_context():
        assert db.session.scalar(text("SELECT coalesce(current_setting('app.user_id', true), '')")) == ""


def test_a_request_enters_its_company_with_five_statements_and_leaves_with_none(
    app, ana, monkeypatch, count_statements
):
    """The session, the user, the memberships, the company; and the plugin's switch."""
    monkeypatch.setitem(app.view_functions, "service_desk.ticket_list", lambda: g.company.code)
    with count_statements() as counted:
        assert ana.get("/c/aurora/service-desk/tickets").text == "aurora"
    assert len(counted) == 5, counted.statements


def test_an_application_guards_a_plugins_blueprint_that_another_one_has_registered(app):
    """Two applications in one process share the blueprint's module, not the guard."""
    blueprint = app.blueprints["service_desk"]
    before = dict(blueprint.before_request_funcs)
    other = type(app)("other")
    _guard(other, Registry(), app.extensions["balcao"].plugins["service_desk"], blueprint)
    assert blueprint.before_request_funcs == before
    assert len(other.before_request_funcs["service_desk"]) == 1
