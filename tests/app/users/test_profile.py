"""What users say about themselves."""

from http import HTTPStatus

from app.database import db
from app.users.models import User
from tests.world import log_in

URL = "/profile"


def stored(world, login):
    return db.session.get_one(User, world.users[login].id, populate_existing=True)


def test_name_is_changed_and_told_to_each_of_the_users_companies(client, world, trail_of):
    log_in(client, world, "ana")
    answer = client.post(URL, data={"name": " Ana Souza ", "language": "pt_BR", "version": "1"})
    assert answer.location == URL
    assert stored(world, "ana").name == "Ana Souza"
    entry = [("changed", {"name": ["Ana", "Ana Souza"]})]
    assert trail_of("aurora", "ana") == trail_of("boreal", "ana") == entry


def test_language_is_in_force_at_once(client, world, trail_of):
    log_in(client, world, "bruno")
    answer = client.post(URL, data={"name": "Bruno", "language": "en", "version": "1"}, follow_redirects=True)
    assert '<html lang="en">' in answer.text
    assert "Your profile was saved." in answer.text
    assert "Work orders" in client.get("/c/aurora/").text
    assert trail_of("aurora", "bruno") == []


def test_profile_refuses_what_it_does_not_know(client, world):
    log_in(client, world, "bruno")
    for typed in (
        {"name": "", "language": "pt_BR", "version": "1"},
        {"name": "B", "language": "tlh", "version": "1"},
        {"name": "x" * 121, "language": "pt_BR", "version": "1"},
        {"name": "a\x00b", "language": "pt_BR", "version": "1"},
    ):
        assert client.post(URL, data=typed).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert stored(world, "bruno").name == "Bruno"


def test_profile_saved_elsewhere_meanwhile_shows_both_texts(client, world):
    log_in(client, world, "bruno")
    client.post(URL, data={"name": "Bruno A.", "language": "pt_BR", "version": "1"})
    answer = client.post(URL, data={"name": "Bruno B.", "language": "pt_BR", "version": "1"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Bruno A." in answer.text
    assert "Bruno B." in answer.text
    again = client.post(URL, data={"name": "Bruno B.", "language": "pt_BR", "version": "2"})
    assert again.status_code == HTTPStatus.SEE_OTHER
    assert stored(world, "bruno").name == "Bruno B."


def test_form_sets_nothing_but_its_own_fields(client, world):
    log_in(client, world, "bruno")
    more = {"is_active": "", "login": "root", "password_hash": "x", "must_change_password": "y", "id": "1"}
    client.post(URL, data={"name": "Bruno", "language": "pt_BR", "version": "1"} | more)
    user = stored(world, "bruno")
    assert (user.login, user.is_active, user.must_change_password) == ("bruno", True, False)


def test_times_are_those_of_the_users_company(client, world, enter):
    enter("bruno")
    from app.clock import now, to_local

    local = to_local(now(), "America/Sao_Paulo")
    assert f"{local:%d/%m/%Y} {local:%H:}" in client.get(URL).text
