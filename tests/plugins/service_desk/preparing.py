"""For a test that says the same statements thousands of times, and rolls back again and again."""

from __future__ import annotations

from typing import Any

from psycopg._preparing import PrepareManager
from sqlalchemy import Connection


class _Kept(PrepareManager):
    """What is prepared outlives a ROLLBACK.

    psycopg forgets it then, because a table may have been made in what is rolled back and be another one the
    next time. Where none is made, PostgreSQL would only plan every statement anew.
    """

    prepare_threshold = 1
    prepared_max = 500

    def _should_discard(self, *seen: object) -> bool:
        return False


def keep_prepared(connection: Connection) -> None:
    """From now on the connection says again what it has prepared, whatever was rolled back in between."""
    driver: Any = connection.connection.driver_connection
    kept = _Kept()
    vars(kept).update(vars(driver._prepared))  # what it has prepared before, and how it names the next one
    driver._prepared = kept
