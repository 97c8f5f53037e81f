"""The one Alembic environment; it runs as the owner (DATABASE_OWNER_URL), never as the serving role."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, pool

from app.database import Base

url = current_app.config["DATABASE_OWNER_URL"] or current_app.config["SQLALCHEMY_DATABASE_URI"]


def include_object(obj: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave to the migrations what models can't say: the trigram indexes of `search_function`."""
    return not (kind == "index" and reflected and str(name).endswith("_search"))


def run() -> None:
    """Upgrade or downgrade in one transaction per revision."""
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    raise SystemExit("migrations need a database: the walls depend on its roles")
run()
