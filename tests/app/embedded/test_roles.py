"""The SQL for the two roles: on the embedded server, and on the system's where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from app.embedded import EmbeddedServers
from app.embedded.binaries import system_postgres_binaries
from app.embedded.roles import cluster_sql, create_database_sql, database_sql, identifier, literal, role_sql

ODD = """o'ne "two" \\three $$ $do$ :four %s"""
Connect = Callable[[str, str], psycopg.Connection]


@pytest.fixture(scope="module", params=[None, *system_postgres_binaries()], ids=lambda p: str(p or "wheel"))
def connect(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connect]:
    """Opens connections to a fresh server by database and role; the odd names have been applied twice."""
    var = tmp_path_factory.mktemp("roles")
    with EmbeddedServers(var, throwaway=True, postgres_binaries=request.param) as servers:
        lines = role_sql(database=ODD, owner=f"{ODD} owner", serving=f"{ODD} app", serving_password=ODD)
        servers.postgres.execute(lines)
        servers.postgres.execute(lines)

        @contextmanager
        def open_connection(database: str, role: str) -> Iterator[psycopg.Connection]:
            address = {"host": str(servers.postgres.sockets), "port": "5432"}
            with psycopg.connect(**address, dbname=database, user=role, autocommit=True) as connection:
                yield connection

        yield open_connection


def test_names_and_texts_are_quoted_whatever_they_hold(connect):
    with connect(ODD, f"{ODD} app") as serving:
        assert serving.execute(f"SELECT current_user, {literal(ODD)}").fetchone() == (f"{ODD} app", ODD)


@pytest.mark.parametrize("quote", [identifier, literal])
def test_nul_is_refused(quote):
    with pytest.raises(ValueError, match="PostgreSQL"):
        quote("a\0b")


def test_the_statements_for_psycopg_make_the_same_database_and_repeat(connect):
    names = {"owner": "second_owner", "serving": "second_app"}
    with connect("postgres", "postgres") as admin:
        for statement in (*cluster_sql(**names), *cluster_sql(**names)):
            admin.execute(statement)
        admin.execute(create_database_sql(database="second", owner=names["owner"]))
    with connect("second", "postgres") as admin:
        for statement in 2 * database_sql(database="second", **names):
            admin.execute(statement)
    with connect("second", "second_owner") as owner:
        owner.execute("CREATE TABLE t (a int)")
    with connect("second", "second_app") as serving:
        assert serving.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_the_owner_may_create_the_trusted_extensions(connect):
    with connect("balcao", "balcao_owner") as owner:
        for extension in ("unaccent", "pg_trgm", "btree_gin"):
            owner.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    with connect("balcao", "balcao_app") as serving:
        assert serving.execute("SELECT unaccent('ação')").fetchone() == ("acao",)


def test_new_tables_sequences_and_functions_are_the_serving_roles_to_use(connect):
    with connect("balcao", "balcao_owner") as owner:
        owner.execute("CREATE TABLE used (id bigserial, note text)")
        owner.execute("CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2'")
    with connect("balcao", "balcao_app") as serving:
        serving.execute("INSERT INTO used (note) VALUES ('a')")
        serving.execute("UPDATE used SET note = 'b'")
        assert serving.execute("SELECT id, note, two() FROM used").fetchone() == (1, "b", 2)
        serving.execute("DELETE FROM used")


@pytest.mark.parametrize(
    "statement",
    ["TRUNCATE used_too", "DROP TABLE used_too", "ALTER TABLE used_too DISABLE ROW LEVEL SECURITY",
     "CREATE TABLE mine (a int)", "CREATE TEMPORARY TABLE mine (a int)", "SET ROLE balcao_owner",
     "CREATE ROLE another"],
)  # fmt: skip
def test_the_serving_role_owns_and_changes_nothing(connect, statement):
    with connect("balcao", "balcao_owner") as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS used_too (a int)")
    with connect("balcao", "balcao_app") as serving, pytest.raises(psycopg.errors.InsufficientPrivilege):
        serving.execute(statement)


def test_row_security_binds_the_serving_role_and_not_the_owner(connect):
    with connect("balcao", "balcao_owner") as owner:
        owner.execute("CREATE TABLE walled (a int)")
        owner.execute("INSERT INTO walled VALUES (1), (2)")
        owner.execute("ALTER TABLE walled ENABLE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY p ON walled USING (a = 1)")
        assert owner.execute("SELECT count(*) FROM walled").fetchone() == (2,)
    with connect("balcao", "balcao_app") as serving:
        serving.execute("SET row_security = on")
        assert serving.execute("SELECT count(*) FROM walled").fetchone() == (1,)
        serving.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            serving.execute("SELECT count(*) FROM walled")


def test_a_role_with_too_much_power_is_put_right(connect):
    with connect("postgres", "postgres") as admin:
        admin.execute("ALTER ROLE balcao_app SUPERUSER BYPASSRLS CREATEDB")
        for statement in cluster_sql(owner="balcao_owner", serving="balcao_app"):
            admin.execute(statement)
        row = admin.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = 'balcao_app'"
        )
        assert row.fetchone() == (False, False, False)


def test_other_roles_may_not_connect(connect):
    with connect("postgres", "postgres") as admin:
        admin.execute("CREATE ROLE stranger LOGIN")
    with pytest.raises(psycopg.OperationalError, match="CONNECT"), connect("balcao", "stranger"):
        pass
