"""Migrations and models say the same; and every step down leads back up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from secrets import token_hex

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text

from app import create_app
from app.embedded.roles import create_database_sql, database_sql
from config import TestingConfig

SCHEMA = """
    SELECT 'column', table_name, column_name, data_type || is_nullable || coalesce(generation_expression, '')
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'policy', tablename, policyname, cmd || coalesce(qual, '') || coalesce(with_check, '')
    FROM pg_policies WHERE schemaname = 'public'
    UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'right', table_name, privilege_type, grantee
    FROM information_schema.role_table_grants WHERE table_schema = 'public' AND grantee = :serving
    UNION ALL SELECT 'function', p.proname, pg_get_function_arguments(p.oid), p.prosrc
    FROM pg_proc p LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
    WHERE p.pronamespace = 'public'::regnamespace AND d.objid IS NULL
"""
"""What a schema is, apart from what extensions bring."""


@pytest.fixture
def empty_database(app: Flask, servers) -> Iterator[Flask]:
    """An application on a database of its own, with nothing in it."""
    owner, serving = make_url(servers.owner_url), make_url(servers.database_url)
    admin = make_url(servers.embedded.superuser_url if servers.embedded else _admin_url())
    name = f"balcao_migrations_{token_hex(4)}"
    server = create_engine(admin, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(create_database_sql(database=name, owner=owner.username)))
    inside = create_engine(admin.set(database=name), isolation_level="AUTOCOMMIT")
    with inside.connect() as connection:
        for statement in database_sql(database=name, owner=owner.username, serving=serving.username):
            connection.execute(text(statement))
    inside.dispose()
    other = create_app(
        TestingConfig,
        SQLALCHEMY_DATABASE_URI=serving.set(database=name).render_as_string(hide_password=False),
        DATABASE_OWNER_URL=owner.set(database=name).render_as_string(hide_password=False),
        REDIS_URL=servers.redis_url,
    )
    yield other
    other.extensions["celery"].close()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def _admin_url() -> str:
    url = make_url(os.environ["BALCAO_TEST_DATABASE_URL"])
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def schema(app: Flask) -> set[tuple[str, ...]]:
    serving = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).username
    engine = create_engine(app.config["DATABASE_OWNER_URL"])
    with engine.connect() as connection:
        rows = connection.execute(text(SCHEMA), {"serving": serving}).all()
    engine.dispose()
    return {tuple(row) for row in rows}


def test_the_models_and_the_migrations_say_the_same(app, world):
    with app.app_context():
        flask_migrate.check()  # raises when a revision is missing


def test_every_step_down_leads_back_up(empty_database):
    with empty_database.app_context():
        flask_migrate.upgrade(revision="heads")
        whole = schema(empty_database)
        flask_migrate.downgrade(revision="service_desk@base")
        host = schema(empty_database)
        assert not [entry for entry in host if entry[1].startswith(("service_desk", "search_service_desk"))]
        flask_migrate.downgrade(revision="host@base")
        left = {entry[:2] for entry in schema(empty_database) if entry[0] != "right"}
        assert {name for kind, name in left if kind in ("column", "policy", "index")} == {"alembic_version"}
        assert {name for kind, name in left if kind == "function"} == set()
        flask_migrate.upgrade(revision="heads")
        assert schema(empty_database) == whole
