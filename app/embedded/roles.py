"""The two database roles that DESIGN 5 and 9 want, as SQL for PostgreSQL 15 to 18.

The *owner* runs migrations and owns every table, so row-level security doesn't bind it. The *serving* role is
what web and workers log in as: it owns nothing, can't bypass row-level security, and gets its rights on new
tables, the plugins' too, by the owner's default privileges.
"""

from __future__ import annotations


def identifier(name: str) -> str:
    """The name as a quoted SQL identifier; raises ValueError when it can't be one."""
    if not name or "\0" in name:
        raise ValueError(f"not a name for PostgreSQL: {name!r}")
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as an SQL string, whatever ``standard_conforming_strings`` says; raises ValueError for NUL."""
    if "\0" in text:
        raise ValueError("PostgreSQL stores no NUL character")
    quoted = "'" + text.replace("'", "''") + "'"
    return " E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def cluster_sql(
    *,
    owner: str,
    serving: str,
    owner_password: str | None = None,
    serving_password: str | None = None,
) -> list[str]:
    """Statements for any database of the server that make both roles, or put existing ones right.

    A superuser runs them. A password of None leaves the role's password as it is.
    """
    return [*_role(owner, owner_password), *_role(serving, serving_password)]


def create_database_sql(*, database: str, owner: str) -> str:
    """The statement that makes the database; it fails if there is one of that name."""
    # template0, whose encoding may be chosen: the server's template1 may be SQL_ASCII.
    return (
        f"CREATE DATABASE {identifier(database)} OWNER {identifier(owner)} TEMPLATE template0 ENCODING 'UTF8'"
    )


def database_sql(*, database: str, owner: str, serving: str) -> list[str]:
    """Statements to run inside the database that give each role exactly its rights; repeating them is safe.

    They say nothing about tables that exist already: a migration may have taken rights away from the serving
    role (the audit trail's UPDATE), and must not get them back here.
    """
    db, own, serve = identifier(database), identifier(owner), identifier(serving)
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {own}"
    return [
        f"ALTER DATABASE {db} OWNER TO {own}",
        f"REVOKE ALL ON DATABASE {db} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {db} TO {serve}",
        # The owner makes the trusted extensions (unaccent, pg_trgm, btree_gin) and everything else in here.
        f"ALTER SCHEMA public OWNER TO {own}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {serve}",
        f"{defaults} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {serve}",
        f"{defaults} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {serve}",
        # A right that everybody has by default can only be taken away for all schemas at once.
        f"{defaults} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        f"{defaults} IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {serve}",
    ]


def role_sql(
    *,
    database: str,
    owner: str,
    serving: str,
    owner_password: str | None = None,
    serving_password: str | None = None,
) -> list[str]:
    r"""Lines for ``psql`` that make roles and database where they are missing; repeating them is safe.

    Printed by ``flask db-roles`` for a server of one's own, and run by the embedded server at every start.
    ``\gexec`` and ``\connect`` are psql's: a database can't be made conditionally in plain SQL.
    """
    create = create_database_sql(database=database, owner=owner)
    missing = f"NOT EXISTS (SELECT FROM pg_database WHERE datname = {literal(database)})"
    roles = cluster_sql(
        owner=owner,
        serving=serving,
        owner_password=owner_password,
        serving_password=serving_password,
    )
    return [
        *(f"{statement};" for statement in roles),
        f"SELECT {literal(create)} WHERE {missing} \\gexec",
        f"\\connect {identifier(database)}",
        *(f"{statement};" for statement in database_sql(database=database, owner=owner, serving=serving)),
    ]


def _role(name: str, password: str | None) -> list[str]:
    role, rolname = identifier(name), literal(name)
    attributes = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    body = f"""BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {rolname}) THEN
    CREATE ROLE {role} {attributes};
  ELSIF EXISTS (SELECT FROM pg_roles WHERE rolname = {rolname} AND (NOT rolcanlogin OR rolsuper
                OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)) THEN
    ALTER ROLE {role} {attributes};
  END IF;
END"""  # noqa: S608  the two names are quoted above
    # The body as a quoted string: a dollar quote could be closed by the name inside it.
    statements = [f"DO {literal(body)}"]
    if password is not None:
        statements.append(f"ALTER ROLE {role} PASSWORD {literal(password)}")
    return statements
