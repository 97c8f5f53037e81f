"""`flask company …` and `flask db-roles`."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext

company_cli = AppGroup("company", help="Companies and their first administrators.")


@click.command("db-roles")
@with_appcontext
def db_roles() -> None:
    """Print the SQL that makes the two roles."""
