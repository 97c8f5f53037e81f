"""What the tests of companies share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from app.companies.models import Company
from tests.world import World, log_in


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


@contextmanager
def deactivate(company: Company, owner_engine: Engine) -> Iterator[None]:
    """The company is inactive for the block; by the owner, because the serving role can't write companies."""
    _set_active(company, owner_engine, is_active=False)
    try:
        yield
    finally:
        _set_active(company, owner_engine, is_active=True)


def _set_active(company: Company, owner_engine: Engine, *, is_active: bool) -> None:
    with owner_engine.begin() as connection:
        connection.execute(update(Company).where(Company.id == company.id).values(is_active=is_active))
