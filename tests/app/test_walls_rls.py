"""Row security, as the serving role meets it: read from the catalogue, so that new tables are covered too."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from app.database import Base, CompanyOwned, acting_as, company_scope, db
from app.safety import bypasses_row_security

WITHOUT_A_COMPANY = {
    "alembic_version": "the schema's revisions",
    "heartbeat": "when the last sweep was",
    "login_failure": "who logs in has no company yet",
    "user_account": "who logs in has no company yet",
    "user_session": "who logs in has no company yet",
}
"""Tables that belong to no company and that the serving role reads at any time."""

ANSWERS_WITHOUT_A_COMPANY = {
    "administers_all_companies": "one yes or no about two users' memberships",
    "bury_work_order_requests": "the queue is worked across companies",
    "claim_work_order_request": "the queue is worked across companies",
    "due_report_files": "files are made across companies",
    "due_work_order_requests": "the queue is worked across companies",
    "forget_report_files": "old files are deleted across companies",
    "parameter_copy_company": "a worker opens the company of the copy that it is told of",
    "report_file_company": "a worker opens the company of the file that it is told of",
    "unfinished_parameter_copies": "copies are worked across companies",
    "work_order_queue": "the queue is worked across companies",
}
"""Functions of the owner that don't ask for the open company."""


@pytest.fixture
def serving(app, world) -> Connection:
    """A connection of the serving role that has told nothing to the database yet."""
    with app.app_context(), db.engine.connect() as connection:
        yield connection


def rows(connection: Connection, sql: str, **values: object) -> list:
    return connection.execute(text(sql), values).all()


def tables(connection: Connection) -> set[str]:
    return {
        name
        for (name,) in rows(
            connection,
            "SELECT relname FROM pg_class"
            " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace",
        )
    }


def company_tables(connection: Connection) -> set[str]:
    found = rows(
        connection,
        "SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
        " AND a.attname = 'company_id' AND NOT a.attisdropped",
    )
    return {name for (name,) in found}


# ── The role ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_serving_role_is_bound_by_row_security(serving):
    assert not bypasses_row_security(serving)
    ((superuser, bypass, createdb, createrole, owned),) = rows(
        serving,
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,"
        " (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid)"
        " + (SELECT count(*) FROM pg_proc WHERE proowner = pg_roles.oid)"
        " FROM pg_roles WHERE rolname = current_user",
    )
    assert (superuser, bypass, createdb, createrole, owned) == (False, False, False, False, 0)
    memberships = rows(
        serving,
        "SELECT roleid::regrole FROM pg_auth_members WHERE member = current_user::regrole",
    )
    assert memberships == []


def test_the_owner_is_not_bound(owner_engine):
    with owner_engine.connect() as connection:
        assert bypasses_row_security(connection)


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE customer DISABLE ROW LEVEL SECURITY",
        "DROP POLICY customer_wall ON customer",
        "TRUNCATE customer",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql RETURN 1",
        "CREATE TEMPORARY TABLE customer (id int)",
    ],
)
def test_the_serving_role_cannot_take_the_walls_down(serving, sql):
    with pytest.raises(ProgrammingError, match=r"must be owner|permission denied"):
        serving.execute(text(sql))


# ── The tables ───────────────────────────────────────────────────────────────────────────────────────


def test_every_table_belongs_to_a_company_or_is_named_here(serving):
    assert tables(serving) - company_tables(serving) - {"company"} == set(WITHOUT_A_COMPANY)


def test_every_company_owned_model_has_its_column(serving):
    owned = {m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, CompanyOwned)}
    # A membership is read without a company, by its own user; so it isn't `CompanyOwned`.
    assert company_tables(serving) == owned | {"membership"}


def test_every_company_table_has_row_security_and_a_whole_wall(serving):
    found = {
        name: (enabled, forced)
        for name, enabled, forced in rows(
            serving,
            "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
            " WHERE relname = ANY (:names) AND relnamespace = 'public'::regnamespace",
            names=[*company_tables(serving), "company"],
        )
    }
    # Not forced: the owner migrates, seeds and dumps (DESIGN 5).
    assert set(found.values()) == {(True, False)}
    walls = {
        table: (command, roles, permissive, reads, writes)
        for table, command, roles, permissive, reads, writes in rows(
            serving,
            "SELECT tablename, cmd, roles::text[], permissive, qual, with_check FROM pg_policies"
            " WHERE schemaname = 'public' AND policyname = tablename || '_wall'",
        )
    }
    assert set(walls) == set(found)
    for table, (command, roles, permissive, reads, writes) in walls.items():
        if table == "company":
            assert (command, writes) == ("SELECT", None)  # read only: companies are made by the owner
            continue
        assert (command, roles, permissive) == ("ALL", ["public"], "PERMISSIVE"), table
        assert reads == writes, table
        assert reads.startswith("(company_id = ("), reads
        assert "current_setting('app.company_id'" in reads, table
        assert " OR " not in reads, table


def test_only_memberships_have_another_policy(serving):
    others = rows(
        serving,
        "SELECT tablename, policyname, cmd FROM pg_policies"
        " WHERE schemaname = 'public' AND policyname <> tablename || '_wall'",
    )
    assert others == [("membership", "membership_own", "SELECT")]


def test_no_view_looks_past_the_walls(serving):
    views = rows(
        serving,
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
        " AND NOT coalesce(reloptions::text LIKE '%security_invoker=true%', false)",
    )
    assert views == []


def test_each_foreign_key_between_companies_tables_holds_the_company(serving):
    owned = company_tables(serving)
    keys = rows(
        serving,
        "SELECT c.conname, c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent,"
        " (SELECT attname::text FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1])"
        " AS mine,"
        " (SELECT attname::text FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = c.confkey[1])"
        " AS theirs,"
        " c.condeferrable"
        " FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace",
    )
    between = [key for key in keys if key.child in owned and key.parent in owned]
    assert len(between) > 20
    for key in between:
        assert (key.mine, key.theirs) == ("company_id", "company_id"), key.conname
        # A deferred refusal would leave commit() past the form (DESIGN 6).
        assert not key.condeferrable, key.conname
    # Every company table hangs on its company.
    assert {key.child for key in keys if key.parent == "company" and key.mine == "company_id"} == owned


def test_unique_keys_of_companies_tables_begin_with_the_company(serving):
    keys = rows(
        serving,
        "SELECT i.indexrelid::regclass::text AS name, a.attname AS first FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]"
        " WHERE i.indisunique AND NOT i.indisprimary AND c.relname = ANY (:names)"
        " AND c.relnamespace = 'public'::regnamespace",
        names=list(company_tables(serving)),
    )
    assert len(keys) > 20
    # Otherwise «already taken» would tell one company what another one has.
    assert [key for key in keys if key.first != "company_id"] == []


# ── What is read without a company ───────────────────────────────────────────────────────────────────


def readable(connection: Connection) -> set[str]:
    return {
        table
        for table in tables(connection)
        if rows(connection, f'SELECT EXISTS (SELECT FROM "{table}")') == [(True,)]
    }


@pytest.fixture
def traces(world, documents, owner_engine: Engine) -> None:
    """A row in every table, so that «reads nothing» says something."""
    with owner_engine.connect() as connection:
        empty = {t for t in company_tables(connection) if not rows(connection, f'SELECT FROM "{t}" LIMIT 1')}
    assert empty <= {"audit_entry"}, "give the world a row of these"


def test_without_company_and_user_no_companys_table_has_a_row(serving, traces):
    assert readable(serving) <= set(WITHOUT_A_COMPANY)


def test_a_user_reads_their_own_memberships_and_those_companies(session, world):
    ana = world.users["ana"].id
    with acting_as(ana):
        connection = db.session.connection()
        assert readable(connection) - set(WITHOUT_A_COMPANY) == {"membership", "company"}
        assert rows(connection, "SELECT DISTINCT user_id FROM membership") == [(ana,)]
        codes = {code for (code,) in rows(connection, "SELECT code FROM company")}
    assert codes == {"aurora", "boreal"}


def test_a_user_cannot_give_themselves_a_role(session, world):
    with acting_as(world.users["bruno"].id):
        connection = db.session.connection()
        changed = connection.execute(text("UPDATE membership SET role = 'admin'"))
        assert changed.rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(
                text("INSERT INTO membership (company_id, user_id, role) VALUES (:company, :user, 'admin')"),
                {"company": world.cometa.id, "user": world.users["bruno"].id},
            )


def test_inside_a_company_only_that_company_is_read(session, world):
    with company_scope(world.boreal):
        connection = db.session.connection()
        for table in company_tables(connection):
            assert (
                rows(connection, f'SELECT FROM "{table}" WHERE company_id <> :id', id=world.boreal.id) == []
            )
        assert rows(connection, "SELECT id FROM company") == [(world.boreal.id,)]


@pytest.mark.parametrize("sql", ["INSERT INTO company (code, name) VALUES ('delta', 'Delta')"])
def test_the_serving_role_makes_no_companies(session, world, sql):
    with company_scope(world.aurora), pytest.raises(ProgrammingError, match="row-level security"):
        db.session.execute(text(sql))


def test_the_serving_role_changes_no_company(session, world):
    with company_scope(world.aurora):
        assert db.session.execute(text("UPDATE company SET name = 'x'")).rowcount == 0
        assert db.session.execute(text("DELETE FROM company")).rowcount == 0


# ── The audit trail ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sql", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"])
def test_the_audit_trail_is_append_only(session, world, sql):
    with company_scope(world.aurora):
        db.session.execute(
            text("INSERT INTO audit_entry (company_id, entity, action) VALUES (:id, 'customer', 'created')"),
            {"id": world.aurora.id},
        )
        with pytest.raises(ProgrammingError, match="permission denied"):
            db.session.execute(text(sql))


# ── The owner's functions ────────────────────────────────────────────────────────────────────────────


def definer_functions(connection: Connection) -> list:
    return rows(
        connection,
        "SELECT p.proname, p.proconfig, p.provolatile, pg_get_function_arguments(p.oid) AS arguments,"
        " has_function_privilege('public', p.oid, 'EXECUTE') AS everybody"
        " FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace",
    )


def test_the_owners_functions_have_a_fixed_search_path(serving):
    functions = definer_functions(serving)
    assert len(functions) > 8
    for function in functions:
        # pg_temp named last: otherwise a temporary table would be found first.
        assert "search_path=public, pg_temp" in (function.proconfig or []), function.proname
        assert not function.everybody, function.proname


def test_the_owners_functions_answer_only_inside_a_company_or_are_named_here(serving, world):
    functions = {f.proname: f for f in definer_functions(serving)}
    assert set(ANSWERS_WITHOUT_A_COMPANY) <= set(functions)
    searches = functions.keys() - set(ANSWERS_WITHOUT_A_COMPANY)
    assert all(name.startswith("search_") for name in searches)
    for name in searches:
        # The company is never an argument.
        assert functions[name].arguments.startswith("term text"), name
        assert "company" not in functions[name].arguments, name
        assert rows(serving, f"SELECT {name}('segredo')") == [], name


def test_a_search_finds_its_companys_rows_only(session, world):
    searches = {f.proname for f in definer_functions(db.session.connection())} - set(
        ANSWERS_WITHOUT_A_COMPANY
    )
    for code in ("aurora", "boreal"):
        with company_scope(world.companies[code]):
            connection = db.session.connection()
            for name in searches:
                found = {i for (i,) in rows(connection, f"SELECT {name}('segredo')")}
                own = rows(connection, f'SELECT id FROM "{name.removeprefix("search_")}"')
                assert found, name
                assert found <= {i for (i,) in own}, name


def test_the_queues_functions_return_ids_and_ages_but_no_content(serving, world):
    ((columns,),) = rows(
        serving,
        "SELECT string_agg(name, ' ' ORDER BY place) FROM pg_proc p,"
        " unnest(p.proargnames) WITH ORDINALITY AS a(name, place) WHERE p.proname = 'work_order_queue'",
    )
    assert not {"problem", "customer_id", "payload"} & set(columns.split())
    assert rows(serving, "SELECT count(*) FROM work_order_queue()")[0][0] >= 3
