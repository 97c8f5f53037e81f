"""Commands of the house itself: `flask db-roles` and `flask translations`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.embedded.catalogues import compile_catalogues
from app.embedded.roles import role_sql

translations_cli = AppGroup("translations", help="Message catalogues.")


@click.command("db-roles")
@click.option("--owner", default="balcao_owner", show_default=True, help="Migrates, seeds and dumps.")
@click.option("--serving", default="balcao_app", show_default=True, help="What web and workers log in as.")
@click.option("--database", default="balcao", show_default=True)
def db_roles(owner: str, serving: str, database: str) -> None:
    """Print the SQL that makes both roles and the database, for psql as a superuser; run it again at will."""
    try:
        lines = role_sql(owner=owner, serving=serving, database=database)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(lines))


@translations_cli.command("compile")
def compile_translations() -> None:
    """Compile the catalogues of host and plugins that changed since."""
    root = Path(current_app.root_path).parent
    for source in compile_catalogues(root):
        click.echo(source.relative_to(root))
