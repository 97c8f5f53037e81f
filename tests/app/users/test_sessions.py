"""Sessions end: by the server, by themselves, with the user."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from sqlalchemy import func, select, update

from app.clock import now
from app.database import db, transaction
from app.users.models import LoginFailure, User, UserSession
from app.users.queries import token_hash
from app.users.tasks import forget_ended_sessions
from tests.app.users.conftest import sessions_of
from tests.world import log_in

HOME = "/c/aurora/"


def age(world, login, **ages):
    with transaction():
        db.session.execute(
            update(UserSession)
            .where(UserSession.user_id == world.users[login].id)
            .values({name: now() - by for name, by in ages.items()})
        )


@pytest.mark.parametrize(
    ("ages", "status"),
    [
        ({"last_seen_at": timedelta(minutes=29)}, HTTPStatus.OK),
        ({"last_seen_at": timedelta(minutes=30, seconds=1)}, HTTPStatus.UNAUTHORIZED),
        ({"created_at": timedelta(hours=11, minutes=59)}, HTTPStatus.OK),
        ({"created_at": timedelta(hours=12, seconds=1)}, HTTPStatus.UNAUTHORIZED),
    ],
)
def test_session_ends_half_an_hour_idle_and_after_twelve_hours(client, world, ages, status):
    log_in(client, world, "bruno")
    age(world, "bruno", **ages)
    assert client.get(HOME).status_code == status


def test_use_keeps_a_session_alive_with_at_most_a_write_a_minute(client, world, count_statements):
    log_in(client, world, "bruno")
    age(world, "bruno", last_seen_at=timedelta(minutes=20))
    client.get(HOME)
    seen = sessions_of(world, "bruno")[0].last_seen_at
    assert now() - seen < timedelta(seconds=30)
    with count_statements() as counted:
        client.get(HOME)
    assert not [s for s in counted.statements if s.startswith("UPDATE")]


def test_login_gives_a_new_token_and_the_old_one_is_dead(client, app, world, enter):
    log_in(client, world, "bruno")
    with client.session_transaction() as cookie:
        old = cookie["_user_id"]
    enter("bruno")
    with client.session_transaction() as cookie:
        new = cookie["_user_id"]
    assert new != old
    assert [s.token_hash for s in sessions_of(world, "bruno")] == [token_hash(new)]
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = old
    assert thief.get(HOME).status_code == HTTPStatus.UNAUTHORIZED


def test_token_is_long_and_stored_only_as_a_hash(client, enter, world):
    enter("bruno")
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert len(token) >= 43
    assert sessions_of(world, "bruno")[0].token_hash != token.encode()


def test_session_remembers_where_it_came_from(client, enter, world):
    client.post(
        "/login",
        data={"login": "bruno", "password": "balcao-test-2026"},
        headers={"User-Agent": "Browser " + "x" * 400},
        environ_overrides={"REMOTE_ADDR": "2001:db8::7"},
    )
    session = sessions_of(world, "bruno")[0]
    assert session.address == "2001:db8::7"
    assert len(session.agent) == 300


def test_forged_tokens_open_nothing(client):
    for token in ("", "x", "\ud800", "0" * 5000):
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
        assert client.get(HOME).status_code == HTTPStatus.UNAUTHORIZED


def test_user_made_inactive_is_out_at_the_next_request(client, world):
    log_in(client, world, "bruno")
    assert client.get(HOME).status_code == HTTPStatus.OK
    with transaction():
        db.session.execute(update(User).where(User.login == "bruno").values(is_active=False))
    assert client.get(HOME).status_code == HTTPStatus.UNAUTHORIZED


def test_ending_other_sessions_leaves_this_one(app, client, world):
    other = app.test_client()
    log_in(client, world, "bruno")
    log_in(other, world, "bruno")
    answer = client.post("/profile/sessions/end", follow_redirects=True)
    assert "Suas outras sessões foram encerradas." in answer.text
    assert client.get(HOME).status_code == HTTPStatus.OK
    assert other.get(HOME).status_code == HTTPStatus.UNAUTHORIZED


def test_profile_lists_live_sessions_and_marks_this_one(app, client, world, enter):
    enter("bruno")
    log_in(app.test_client(), world, "bruno")
    page = client.get("/profile").text
    assert page.count("Último uso:") == 2
    assert page.count("Este navegador") == 1
    assert "127.0.0.1" in page


def test_hourly_task_forgets_what_is_over_and_nothing_else(client, world):
    log_in(client, world, "bruno")
    with transaction():
        for name, ages in {
            "idle": {"last_seen_at": now() - timedelta(minutes=31)},
            "old": {"created_at": now() - timedelta(hours=13)},
        }.items():
            user_id = world.users["vera"].id
            db.session.add(UserSession(token_hash=token_hash(name), user_id=user_id, **ages))
        for login, hours in (("recent", 0), ("long-ago", 2)):
            at = now() - timedelta(hours=hours)
            db.session.add(LoginFailure(login=login, address="", failures=9, last_failed_at=at))
    forget_ended_sessions()
    forget_ended_sessions()
    assert db.session.scalar(select(func.count(UserSession.id))) == 1
    assert db.session.scalars(select(LoginFailure.login)).all() == ["recent"]
    assert client.get(HOME).status_code == HTTPStatus.OK
