"""Which passwords are taken, and how one is changed."""

from http import HTTPStatus

import pytest
from sqlalchemy import update

from app.database import db, transaction
from app.users.models import LoginFailure, User
from app.users.passwords import (
    PasswordTooCommon,
    PasswordTooShort,
    check_new_password,
    is_right,
    one_time_password,
)
from tests.app.users.conftest import sessions_of
from tests.world import PASSWORD, log_in

NEW = "girassol amarelo 73"
URL = "/profile/password"
WORDS = ["bruno", "Bruno de Ávila", "Aurora Ltda"]


@pytest.mark.parametrize(
    "password", [NEW, "correct horse battery", "ação-no-quintal-9", "Xk29!vQpL#7w", "minha-senha-nova-2026"]
)
def test_long_passwords_are_taken_whatever_they_are_made_of(password):
    check_new_password(password, known_words=WORDS)


@pytest.mark.parametrize("password", ["", "short", "elevenchars"])
def test_password_has_at_least_twelve_characters(password):
    with pytest.raises(PasswordTooShort):
        check_new_password(password, known_words=WORDS)


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "senhasenhasenha",
        "senha123456789",
        "123456789012",
        "qwertyuiopasdf",
        "zyxwvutsrqponm",
        "bruno-bruno-bruno",
        "BrunoAurora2026",
        "avila-aurora-2026",
        "balcao-balcao-1",
        "abcdefgabcdefg",
    ],
)
def test_easy_passwords_are_refused(password):
    with pytest.raises(PasswordTooCommon):
        check_new_password(password, known_words=WORDS)


def test_one_time_passwords_are_long_and_never_alike():
    made = {one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(p.replace("-", "")) == 16 for p in made)
    for password in made:
        check_new_password(password, known_words=())


def change(client, current=PASSWORD, new=NEW, again=None):
    typed = {"current_password": current, "new_password": new, "new_password_again": again or new}
    return client.post(URL, data=typed)


def stored(world, login="bruno"):
    return db.session.get_one(User, world.users[login].id, populate_existing=True)


def test_changing_the_password_ends_the_other_sessions(app, client, world, trail_of):
    other = app.test_client()
    log_in(client, world, "bruno")
    log_in(other, world, "bruno")
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert change(client).location == "/"
    assert is_right(NEW, stored(world).password_hash)
    assert other.get("/c/aurora/").status_code == HTTPStatus.UNAUTHORIZED
    assert client.get("/c/aurora/").status_code == HTTPStatus.OK
    assert len(sessions_of(world, "bruno")) == 1
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != token
    assert trail_of("aurora", "bruno") == [("password_changed", {})]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"current": "wrong"}, "Esta não é a sua senha atual."),
        ({"new": "curta"}, "A senha precisa de pelo menos 12 caracteres."),
        ({"new": "bruno-bruno-bruno"}, "Esta senha é fácil de adivinhar"),
        ({"new": "Aurora Ltda 2026"}, "Esta senha é fácil de adivinhar"),
        ({"again": "another one entirely"}, "As duas senhas novas são diferentes."),
        ({"new": PASSWORD}, "Use uma senha diferente da atual."),
    ],
)
def test_refused_change_says_why_and_changes_nothing(client, world, typed, message):
    log_in(client, world, "bruno")
    answer = change(client, **typed)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert message in answer.text
    assert is_right(PASSWORD, stored(world).password_hash)
    assert not any(text in answer.text for text in typed.values())


def test_guessing_the_present_password_is_slowed_as_at_login(client, world):
    log_in(client, world, "bruno")
    change(client, current="wrong")
    with transaction():
        db.session.execute(update(LoginFailure).values(failures=12))
    answer = change(client)
    assert "Tentativas demais." in answer.text
    assert is_right(PASSWORD, stored(world).password_hash)


def test_one_time_password_must_be_changed_before_anything_else(client, world):
    with transaction():
        db.session.execute(update(User).where(User.login == "bruno").values(must_change_password=True))
    log_in(client, world, "bruno")
    for path in ("/", "/profile", "/c/aurora/", "/c/aurora/customers"):
        assert client.get(path).location == URL
    assert client.post("/c/aurora/customers/new", data={"code": "X"}).location == URL
    page = client.get(URL).text
    assert "Escolha a sua para continuar." in page
    change(client)
    assert client.get("/c/aurora/").status_code == HTTPStatus.OK


def test_whoever_must_change_the_password_may_still_leave(client, world):
    with transaction():
        db.session.execute(update(User).where(User.login == "bruno").values(must_change_password=True))
    log_in(client, world, "bruno")
    assert client.post("/logout").location == "/login"
