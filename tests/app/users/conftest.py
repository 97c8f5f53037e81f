"""What the tests of users share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.database import company_scope, db
from app.users.models import Membership, User, UserSession
from tests.world import PASSWORD, World, log_in


@pytest.fixture
def as_user(app: Flask, world: World, session: None) -> Callable[[str], FlaskClient]:
    """`as_user("ana").get(…)`: a browser of each user's own, logged in."""
    browsers: dict[str, FlaskClient] = {}

    def browser_of(login: str) -> FlaskClient:
        if login not in browsers:
            browsers[login] = app.test_client()
            log_in(browsers[login], world, login)
        return browsers[login]

    return browser_of


@pytest.fixture
def enter(client: FlaskClient) -> Callable[..., TestResponse]:
    """Post the login page: `enter("bruno")`, `enter("bruno", "wrong")`."""

    def post(login: str, password: str = PASSWORD, **more: object) -> TestResponse:
        return client.post("/login", data={"login": login, "password": password, **more})

    return post


@pytest.fixture
def member_of(world: World) -> Callable[[str, str], Membership | None]:
    """`member_of("aurora", "bruno")`: the membership as the database has it now."""

    def read(code: str, login: str) -> Membership | None:
        with company_scope(world.companies[code]):
            return db.session.scalar(
                select(Membership)
                .join(Membership.user)
                .where(Membership.company_id == world.companies[code].id, User.login == login)
                .execution_options(populate_existing=True)
            )

    return read


@pytest.fixture
def trail_of(world: World) -> Callable[[str, str], list[tuple[str, dict[str, list[object]]]]]:
    """`trail_of("aurora", "bruno")`: (action, changes) of the entries about a user."""

    def read(code: str, login: str) -> list[tuple[str, dict[str, list[object]]]]:
        with company_scope(world.companies[code]):
            return [
                (entry.action, entry.changes)
                for entry in db.session.scalars(
                    select(AuditEntry)
                    .join(User, User.id == AuditEntry.entity_id)
                    .where(AuditEntry.entity == "user_account", User.login == login)
                    .order_by(AuditEntry.id)
                )
            ]

    return read


def sessions_of(world: World, login: str) -> list[UserSession]:
    """The user's sessions in the database, the oldest first."""
    return list(
        db.session.scalars(
            select(UserSession)
            .where(UserSession.user_id == world.users[login].id)
            .order_by(UserSession.id)
            .execution_options(populate_existing=True)
        )
    )
