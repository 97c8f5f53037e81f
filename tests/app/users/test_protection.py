"""Headers, cookies and tokens on every answer (notes: OWASP ASVS 3 and 7)."""

import re
from http import HTTPStatus

import pytest

from app import create_app
from config import Config, TestingConfig
from tests.world import log_in

TYPED = "Padaria Ávila «Ltda» & filhos"


def unsafe_rules(app):
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - {"GET", "HEAD", "OPTIONS"})
    ]


def path_of(app, rule, method="POST"):
    values = dict.fromkeys(rule.arguments - {"company_code"}, 1)
    if "company_code" in rule.arguments:
        values["company_code"] = "aurora"
    return app.url_map.bind("localhost").build(rule.endpoint, values, method=method)


@pytest.fixture
def csrf(app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


def test_post_without_token_is_refused_everywhere_and_keeps_the_text(app, client, world, csrf):
    log_in(client, world, "ana")
    rules = unsafe_rules(app)
    assert len(rules) > 20
    for rule, method in rules:
        answer = client.open(
            path_of(app, rule), method=method, data={"name": TYPED, "password": "hidden-one"}
        )
        assert answer.status_code == HTTPStatus.BAD_REQUEST, rule
        assert "Padaria Ávila «Ltda» &amp; filhos" in answer.text, rule
        assert "Continuar de onde parei" in answer.text, rule
        assert "hidden-one" not in answer.text, rule


def test_token_of_another_session_is_refused(app, client, world, csrf):
    log_in(client, world, "ana")
    other = app.test_client()
    page = other.get("/login").text
    foreign = page.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    answer = client.post("/profile", data={"csrf_token": foreign, "name": TYPED})
    assert answer.status_code == HTTPStatus.BAD_REQUEST


def token_on(client, path):
    return client.get(path).text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]


def test_tokens_made_before_the_login_are_dead_after_it_and_the_page_shown_has_a_new_one(client, csrf):
    old = token_on(client, "/login")
    typed = {"login": "bruno", "password": "balcao-test-2026", "csrf_token": old}
    answer = client.post("/login", data=typed | {"next": "/profile", "kept:name": TYPED})
    new = answer.text.split('name="csrf_token" value="')[1].split('"')[0]
    assert new != old
    refused = client.post("/profile", data={"csrf_token": old, "_resume": "1", "name": TYPED})
    assert refused.status_code == HTTPStatus.BAD_REQUEST
    resumed = client.post("/profile", data={"csrf_token": new, "_resume": "1", "name": TYPED})
    assert resumed.status_code == HTTPStatus.OK
    assert "Padaria Ávila «Ltda» &amp; filhos" in resumed.text


def test_kept_text_is_shown_and_never_saved(client, world):
    log_in(client, world, "bruno")
    answer = client.post("/profile", data={"_resume": "1", "name": TYPED, "language": "en", "version": "1"})
    assert answer.status_code == HTTPStatus.OK
    assert client.get("/profile").text.count("Ávila") == 0


def test_kept_post_never_presses_a_button(app, client, world):
    log_in(client, world, "ana")
    adapter = app.url_map.bind("localhost")
    buttons = [
        path for rule, _ in unsafe_rules(app) if not adapter.test(path := path_of(app, rule), method="GET")
    ]
    assert len(buttons) > 8
    for path in buttons:
        answer = client.post(path, data={"_resume": "1", "name": TYPED})
        assert answer.status_code == HTTPStatus.CONFLICT, path
        assert "Nada foi feito." in answer.text


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 303), ("none", 303)]
)
def test_posts_from_other_sites_are_refused_whatever_token_they_have(client, world, site, status):
    log_in(client, world, "bruno")
    answer = client.post("/logout", headers={"Sec-Fetch-Site": site})
    assert answer.status_code == status


def test_links_from_other_sites_still_work(client, world):
    log_in(client, world, "bruno")
    answer = client.get("/c/aurora/", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == HTTPStatus.OK


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def pages(app):
    """Addresses of everything that answers GET but the static files."""
    rules = [r for r in app.url_map.iter_rules() if "GET" in r.methods and "static" not in r.endpoint]
    return [path_of(app, rule, "GET") for rule in rules]


def test_every_answer_has_the_protecting_headers(app, client, world):
    log_in(client, world, "ana")
    paths = [*pages(app), "/nothing", f"{app.static_url_path}/theme.css", "/static/nothing.css"]
    for answer in [client.post("/profile"), *(client.get(path) for path in paths)]:
        answer.close()
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["X-Request-Id"] is not None


def test_pages_are_not_kept_by_caches_and_static_files_are(app, client, world):
    log_in(client, world, "ana")
    assert client.get("/c/aurora/").headers["Cache-Control"] == "no-store"
    with client.get(f"{app.static_url_path}/theme.css") as answer:
        assert "no-store" not in answer.headers["Cache-Control"]


INLINE = re.compile(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=\"|hx-on")


def test_no_page_has_inline_code(app, client, world):
    log_in(client, world, "ana")
    for path in pages(app):
        answer = client.get(path)
        assert answer.mimetype != "text/html" or not INLINE.search(answer.text), path


def test_production_cookie_is_bound_to_the_host_secure_and_unreadable(servers, world, owner_engine):
    settings = {
        name: getattr(Config, name)
        for name in (
            "SESSION_COOKIE_NAME",
            "SESSION_COOKIE_SECURE",
            "SESSION_COOKIE_HTTPONLY",
            "SESSION_COOKIE_SAMESITE",
        )
    }
    app = create_app(
        TestingConfig,
        SQLALCHEMY_DATABASE_URI=servers.database_url,
        REDIS_URL=servers.redis_url,
        **settings,
    )
    with app.app_context():
        answer = app.test_client().get("/login", base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-balcao=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]
