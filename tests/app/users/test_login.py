"""Coming in: the login page, where it leads, and how wrong passwords slow it."""

from datetime import timedelta
from http import HTTPStatus
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from app.clock import now
from app.database import db, transaction
from app.users import passwords
from app.users.login import safe_path
from app.users.models import LoginFailure, User
from app.users.services import logins
from tests.app.users.conftest import sessions_of
from tests.world import PASSWORD, log_in

WRONG = "Usuário ou senha não conferem."


def test_login_page_has_the_fields_of_the_manual(client):
    page = client.get("/login").text
    for text in ("Usuário</label>", "Senha</label>", "Entrar</button>"):
        assert text in page


def test_right_password_leads_to_the_only_company(client, enter):
    answer = enter("bruno")
    assert (answer.status_code, answer.location) == (HTTPStatus.SEE_OTHER, "/")
    assert client.get("/").location == "/c/aurora/"
    assert client.get("/c/aurora/").status_code == HTTPStatus.OK


def test_login_ignores_case_and_spaces_around(client, enter):
    assert enter("  BRUNO ").status_code == HTTPStatus.SEE_OTHER


def test_user_of_two_companies_chooses_one(client, enter):
    enter("ana")
    page = client.get("/").text
    assert 'href="/c/aurora/"' in page
    assert 'href="/c/boreal/"' in page


def test_login_page_sends_whoever_is_in_to_the_start(client, world):
    log_in(client, world, "bruno")
    assert client.get("/login").location == "/"


def test_start_asks_a_stranger_to_log_in(client):
    assert client.get("/").location == "/login"


def test_wrong_user_wrong_password_and_inactive_user_get_the_same_answer(client, enter, world):
    with transaction():
        db.session.execute(update(User).where(User.login == "vera").values(is_active=False))
    answers = [enter("bruno", "wrong"), enter("nobody", "wrong"), enter("vera")]
    assert {a.status_code for a in answers} == {HTTPStatus.UNPROCESSABLE_ENTITY}
    assert all(WRONG in a.text for a in answers)
    pages = {a.text.replace("nobody", "bruno").replace("vera", "bruno") for a in answers}
    assert len({_without_tokens(page) for page in pages}) == 1


def _without_tokens(page):
    return "\n".join(line for line in page.splitlines() if "csrf" not in line.lower())


def test_unknown_login_costs_a_hash_as_a_known_one_does(client, enter, monkeypatch):
    verified = []
    hasher = SimpleNamespace(hash=lambda text: "hash", verify=lambda stored, text: verified.append(stored))
    monkeypatch.setattr(passwords, "_hasher", hasher)
    enter("bruno", "wrong")
    enter("nobody", "wrong")
    assert len(verified) == 2


def test_empty_fields_are_named_at_their_place(enter):
    answer = enter("", "")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="login-error"' in answer.text
    assert 'id="password-error"' in answer.text


@pytest.mark.parametrize("login", ["\x00bruno", "\ud800", "x" * 61, "' OR 1=1 --", "ação", "🦜"])
def test_odd_logins_are_refused_without_an_error(client, login):
    answer = client.post(
        "/login", data={"login": login.encode("utf-8", "surrogatepass"), "password": "whatever"}
    )
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_outdated_hash_is_renewed_at_login(enter, world, monkeypatch):
    monkeypatch.setattr(logins, "is_outdated", lambda stored: True)
    before = db.session.get_one(User, world.users["bruno"].id).password_hash
    db.session.rollback()
    enter("bruno")
    user = db.session.get_one(User, world.users["bruno"].id, populate_existing=True)
    assert user.password_hash != before
    assert passwords.is_right(PASSWORD, user.password_hash)


def test_hashes_of_today_are_not_outdated_and_no_hash_fits_nothing():
    assert not passwords.is_outdated(passwords.hash_password("x"))
    assert not passwords.is_right("x", "not a hash")
    assert not passwords.is_right("x", None)


# ── Slowed, never locked ──────────────────────────────────────────────────────────────────────────


def failures(login="bruno"):
    return db.session.scalar(select(LoginFailure.failures).where(LoginFailure.login == login))


def let_time_pass(seconds):
    with transaction():
        db.session.execute(
            update(LoginFailure).values(
                last_failed_at=LoginFailure.last_failed_at - timedelta(seconds=seconds)
            )
        )


def failed(count, login="bruno"):
    with transaction():
        db.session.add(LoginFailure(login=login, address="127.0.0.1", failures=count, last_failed_at=now()))


@pytest.fixture
def quick_hasher(monkeypatch):
    """Every password is wrong, and at once."""
    hasher = SimpleNamespace(hash=lambda text: "hash", verify=lambda stored, text: False)
    monkeypatch.setattr(passwords, "_hasher", hasher)


def test_twenty_wrong_passwords_are_slowed(enter, quick_hasher):
    statuses = [enter("bruno", "wrong").status_code for _ in range(20)]
    assert statuses[:5] == [HTTPStatus.UNPROCESSABLE_ENTITY] * 5
    assert statuses.count(HTTPStatus.TOO_MANY_REQUESTS) >= 13
    assert failures() < 8


def test_slowed_attempt_says_how_long_and_keeps_the_login(enter):
    failed(10)
    answer = enter("bruno")
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert 28 <= int(answer.headers["Retry-After"]) <= 32
    assert f"Tentativas demais. Tente de novo em {answer.headers['Retry-After']} s." in answer.text
    assert 'value="bruno"' in answer.text


def test_password_is_not_looked_at_while_an_attempt_waits(enter, monkeypatch):
    failed(11)
    monkeypatch.setattr(logins, "is_right", lambda *given: pytest.fail("looked at"))
    assert enter("bruno").status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert failures() == 11


def test_right_password_works_as_soon_as_the_wait_is_over(enter):
    failed(50)
    assert enter("bruno").status_code == HTTPStatus.TOO_MANY_REQUESTS
    let_time_pass(61)
    assert enter("bruno").status_code == HTTPStatus.SEE_OTHER
    assert failures() is None


@pytest.mark.parametrize(
    ("count", "seconds"), [(1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (11, 60), (100_000, 60)]
)
def test_wait_doubles_up_to_a_minute(count, seconds):
    at = now()
    assert LoginFailure(failures=count, last_failed_at=at).waits_until == at + timedelta(seconds=seconds)


def test_one_login_or_address_does_not_slow_another(client, enter):
    failed(11)
    assert enter("sofia").status_code == HTTPStatus.SEE_OTHER
    elsewhere = client.post(
        "/login",
        data={"login": "bruno", "password": PASSWORD},
        environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert elsewhere.status_code == HTTPStatus.SEE_OTHER


# ── Where the login leads ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "evil.example",
        "/ /evil.example",
        "/\x7fevil",
        "",
        None,
    ],
)
def test_next_never_leaves_the_portal(target):
    assert safe_path(target) == ""


@pytest.mark.parametrize("target", ["/c/aurora/work-orders?q=a&page=2", "/%2f%2fevil.example", "/?next=//x"])
def test_next_keeps_paths_of_the_portal(target):
    assert safe_path(target) == target


def test_login_goes_on_to_the_page_that_was_asked_for(client, enter):
    page = client.get("/c/aurora/customers?q=avila")
    assert page.status_code == HTTPStatus.UNAUTHORIZED
    assert 'value="/c/aurora/customers?q=avila"' in page.text
    assert enter("bruno", next="/c/aurora/customers?q=avila").location == "/c/aurora/customers?q=avila"


def test_login_with_a_foreign_next_goes_to_the_start(client, enter):
    assert 'value="//evil.example"' not in client.get("/login?next=//evil.example").text
    assert enter("bruno", next="//evil.example").location == "/"


@pytest.mark.parametrize("path", ["/c/aurora/", "/c/nowhere/", "/c/aurora/nothing", "/profile"])
def test_stranger_gets_the_login_page_whether_the_address_exists_or_not(client, path):
    answer = client.get(path)
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert "Senha</label>" in answer.text


def test_part_of_a_page_makes_the_browser_load_the_login_page(client):
    answer = client.get("/c/aurora/customers", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (HTTPStatus.UNAUTHORIZED, "true")


# ── What was typed when the session ended ─────────────────────────────────────────────────────────


def test_text_typed_when_the_session_ended_is_there_after_the_login(client, enter):
    typed = {"code": "C77", "name": "Padaria «Ávila»\nsegunda linha", "csrf_token": "old"}
    page = client.post("/c/aurora/customers/new", data=typed)
    assert page.status_code == HTTPStatus.UNAUTHORIZED
    assert 'name="kept:name"' in page.text
    assert "kept:csrf_token" not in page.text
    kept = {f"kept:{name}": value for name, value in typed.items() if name != "csrf_token"}
    answer = enter("bruno", next="/c/aurora/customers/new", **kept)
    assert answer.status_code == HTTPStatus.OK
    assert "Continuar de onde parei" in answer.text
    assert 'action="/c/aurora/customers/new"' in answer.text
    form = client.post("/c/aurora/customers/new", data=typed | {"_resume": "1"})
    assert form.status_code == HTTPStatus.OK
    assert "Padaria «Ávila»" in form.text
    assert 'data-guard="unsaved"' in form.text


def test_text_waits_through_a_wrong_password(enter):
    answer = enter("bruno", "wrong", **{"kept:name": "Ávila", "next": "/c/aurora/customers/new"})
    assert 'name="kept:name"' in answer.text
    assert "Ávila" in answer.text


def test_fields_with_the_login_pages_own_names_wait_too(client, enter):
    page = client.post("/c/aurora/users/new", data={"login": "novo", "name": "Novo", "role": "operator"})
    assert 'name="kept:login"' in page.text
    answer = enter("ana", **{"kept:login": "novo", "next": "/c/aurora/users/new"})
    assert '<textarea name="login"' in answer.text


def test_passwords_do_not_wait(client):
    page = client.post("/profile/password", data={"current_password": "secret-one", "new_password": "b"})
    assert "secret-one" not in page.text


def test_buttons_target_is_not_repeated_after_the_login_but_its_page_shown(client, world):
    page = client.post(
        "/c/aurora/users/1/remove", headers={"Referer": "http://localhost/c/aurora/users/1"}, data={"a": "b"}
    )
    assert page.status_code == HTTPStatus.UNAUTHORIZED
    assert 'value="/c/aurora/users/1"' in page.text
    assert "kept:a" not in page.text
    elsewhere = client.post("/c/aurora/users/1/remove", headers={"Referer": "http://evil.example/x"})
    assert 'name="next" type="hidden" value=""' in elsewhere.text


def test_welcome_back_is_in_the_users_language(client, enter, world):
    with transaction():
        db.session.execute(update(User).where(User.login == "bruno").values(language="en"))
    answer = enter("bruno", **{"kept:name": "x", "next": "/c/aurora/customers/new"})
    assert "Continue where I stopped" in answer.text


# ── Out ───────────────────────────────────────────────────────────────────────────────────────────


def test_logout_ends_the_session_on_the_server(client, world):
    log_in(client, world, "bruno")
    answer = client.post("/logout")
    assert answer.location == "/login"
    assert sessions_of(world, "bruno") == []
    assert client.get("/c/aurora/").status_code == HTTPStatus.UNAUTHORIZED


def test_logout_is_a_post_and_harmless_twice(client):
    assert client.get("/logout").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.post("/logout").location == "/login"
