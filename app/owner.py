"""Work of the server's administrator: as the database's owner, outside web and workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app.database import bound_to
from app.safety import UnsafeConfiguration


@contextmanager
def as_owner() -> Iterator[None]:
    """Run the block's session as the owner: past row security, for commands, demo data and seeding.

    Raises:
        UnsafeConfiguration: DATABASE_OWNER_URL isn't set; web and workers never have it.
    """
    url = current_app.config["DATABASE_OWNER_URL"]
    if not url:
        raise UnsafeConfiguration("this command needs DATABASE_OWNER_URL")
    engine = create_engine(url, poolclass=NullPool)
    try:
        with bound_to(engine):
            yield
    finally:
        engine.dispose()
