"""What must be true before the portal serves."""

import pytest
from flask import request

from app import create_app
from app.safety import UnsafeConfiguration
from config import DevelopmentConfig, ProductionConfig

KEY = "k" * 32


@pytest.fixture
def settings(servers):
    """What production needs, from the tests' servers."""
    return {
        "SQLALCHEMY_DATABASE_URI": servers.database_url,
        "DATABASE_OWNER_URL": "",
        "REDIS_URL": servers.redis_url,
        "SECRET_KEY": KEY,
    }


@pytest.fixture
def serving(monkeypatch):
    """As gunicorn and workers start, not as a command does."""
    monkeypatch.delenv("FLASK_RUN_FROM_CLI", raising=False)


def test_production_starts_on_the_serving_role(app, settings, serving):
    assert create_app(ProductionConfig, **settings)


@pytest.mark.parametrize("name", ["SQLALCHEMY_DATABASE_URI", "REDIS_URL"])
def test_missing_address_is_named_by_its_variable(settings, name):
    with pytest.raises(UnsafeConfiguration, match=name.replace("SQLALCHEMY_DATABASE_URI", "DATABASE_URL")):
        create_app(ProductionConfig, **settings | {name: ""})


@pytest.mark.parametrize("key", ["", "short", "k" * 31])
def test_production_refuses_a_weak_key(settings, key):
    with pytest.raises(UnsafeConfiguration, match="SECRET_KEY"):
        create_app(ProductionConfig, **settings | {"SECRET_KEY": key})


def test_development_takes_a_short_key_and_not_none(settings):
    assert create_app(DevelopmentConfig, **settings | {"SECRET_KEY": "dev"})
    with pytest.raises(UnsafeConfiguration, match="SECRET_KEY"):
        create_app(DevelopmentConfig, **settings | {"SECRET_KEY": ""})


def test_production_refuses_a_role_that_passes_the_walls(app, servers, settings, serving):
    with pytest.raises(UnsafeConfiguration, match="bypasses row security"):
        create_app(ProductionConfig, **settings | {"SQLALCHEMY_DATABASE_URI": servers.owner_url})


def test_production_refuses_to_know_the_owners_address(servers, settings, serving):
    with pytest.raises(UnsafeConfiguration, match="must not be set"):
        create_app(ProductionConfig, **settings | {"DATABASE_OWNER_URL": servers.owner_url})


def test_commands_run_before_the_serving_role_exists(settings, monkeypatch):
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
    unreachable = {"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://nobody@localhost:1/none"}
    assert create_app(ProductionConfig, **settings | unreachable)


@pytest.mark.parametrize(("hops", "address"), [(0, "127.0.0.1"), (1, "192.0.2.9")])
def test_address_is_taken_from_as_many_proxies_as_configured(settings, hops, address):
    app = create_app(DevelopmentConfig, **settings | {"PROXY_HOPS": hops})
    seen = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/login", headers={"X-Forwarded-For": "192.0.2.7, 192.0.2.9"})
    assert seen == [address]
