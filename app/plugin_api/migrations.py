"""What a migration calls to put up a company's walls and its search; used by the host and by plugins."""

from __future__ import annotations

from alembic import op

# (select …) makes the planner read the setting once a statement, not once a row.
COMPANY = "(SELECT nullif(current_setting('app.company_id', true), '')::int)"
USER = "(SELECT nullif(current_setting('app.user_id', true), '')::bigint)"


def wall(table: str, condition: str | None = None) -> None:
    """Put row security on `table`: only rows of the open company can be read or written (DESIGN 5).

    Enabled, not forced: the owner migrates, seeds and dumps.

    Args:
        condition: SQL for tables that also something else lets through; default: the company alone.
    """
    rule = condition or f"company_id = {COMPANY}"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_wall ON {table} USING ({rule}) WITH CHECK ({rule})")


def append_only(table: str) -> None:
    """Leave SELECT and INSERT on `table` to whoever isn't its owner."""
    op.execute(
        f"""
        DO $$
        DECLARE grantee text;
        BEGIN
            FOR grantee IN
                SELECT DISTINCT a.grantee::regrole::text FROM pg_class c, aclexplode(c.relacl) a
                WHERE c.oid = '{table}'::regclass AND a.grantee <> c.relowner AND a.grantee <> 0
            LOOP
                EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %s', grantee);
            END LOOP;
        END $$
        """
    )


def search_function(table: str) -> None:
    """Make `search_<table>(term)`: ids of the open company's rows whose `search_key` has every word.

    Under row security only leakproof conditions may use an index and LIKE isn't one, so this runs as the
    owner and keeps to the company by itself; without a company it returns nothing (DESIGN 5).
    """
    op.execute(f"CREATE INDEX ix_{table}_search ON {table} USING gin (company_id, search_key gin_trgm_ops)")
    op.execute(
        f"""
        CREATE FUNCTION search_{table}(term text) RETURNS SETOF bigint
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan
        AS $$
        DECLARE
            company int := nullif(current_setting('app.company_id', true), '')::int;
            patterns text[] := search_patterns(term);
        BEGIN
            IF company IS NULL OR cardinality(patterns) = 0 THEN RETURN; END IF;
            -- The longest word picks the rows from the index; the others are tested on those.
            RETURN QUERY SELECT t.id FROM {table} t
                WHERE t.company_id = company AND t.search_key LIKE patterns[1]
                  AND t.search_key LIKE ALL (patterns);
        END $$
        """
    )


def document_search_function(table: str) -> None:
    """Make `search_<table>(term, most)` for a document with a party: by its text, its party or its number.

    As `search_function`; the table has `number`, `customer_id`, `prospect_id`, and the text in `search_key`.
    With `most` it stops after so many ids, whichever: a word that is everywhere then costs no more than a
    rare one, and whoever asks learns that there are too many to list by id.
    """
    op.execute(f"CREATE INDEX ix_{table}_search ON {table} USING gin (company_id, search_key gin_trgm_ops)")
    op.execute(
        f"""
        CREATE FUNCTION search_{table}(term text, most int DEFAULT NULL) RETURNS SETOF bigint
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan
        AS $$
        DECLARE
            company int := nullif(current_setting('app.company_id', true), '')::int;
            patterns text[] := search_patterns(term);
        BEGIN
            IF company IS NULL OR cardinality(patterns) = 0 THEN RETURN; END IF;
            -- The two longest words pick the rows from the index; the others are tested on those.
            RETURN QUERY
                (SELECT t.id FROM {table} t
                WHERE t.company_id = company AND t.search_key LIKE patterns[1]
                  AND t.search_key LIKE coalesce(patterns[2], '%')
                  AND t.search_key LIKE ALL (patterns) LIMIT most)
                UNION
                (SELECT t.id FROM customer c JOIN {table} t
                  ON t.company_id = c.company_id AND t.customer_id = c.id
                WHERE c.company_id = company AND c.search_key LIKE patterns[1]
                  AND c.search_key LIKE ALL (patterns) LIMIT most)
                UNION
                (SELECT t.id FROM prospect p JOIN {table} t
                  ON t.company_id = p.company_id AND t.prospect_id = p.id
                WHERE p.company_id = company AND p.search_key LIKE patterns[1]
                  AND p.search_key LIKE ALL (patterns) LIMIT most)
                UNION
                SELECT t.id FROM {table} t
                WHERE t.company_id = company
                  AND t.number = CASE WHEN term ~ '^ *[0-9]{{1,18}} *$' THEN term::bigint END
                LIMIT most;
        END $$
        """
    )
