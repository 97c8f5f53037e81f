"""`flask company …`: companies and their first administrators, by the database's owner (R22c)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

from app.companies import queries, services
from app.companies.models import Company
from app.database import company_scope, transaction
from app.errors import BusinessError
from app.owner import as_owner
from app.users.services import members

company_cli = AppGroup("company", help="Companies and their first administrators.")


@company_cli.command("create")
@click.argument("code")
@click.option("--name", required=True)
@click.option("--document", default="", help="CNPJ or CPF.")
@click.option("--timezone", default="America/Sao_Paulo", show_default=True)
@click.option("--admin", "login", required=True, metavar="LOGIN", help="The first administrator.")
@click.option("--admin-name", default="", help="Their name, if the login is new.")
def create(*, login: str, admin_name: str, code: str, **values: str) -> None:
    """Make a company and its first administrator."""
    with as_owner(), _refusals_as_text(), transaction():
        company = services.create_company(code=code, **values)
        with company_scope(company):
            password = members.add_first_administrator(company=company, login=login, name=admin_name or login)
    click.echo(f"company {code} created")
    if password is None:
        click.echo(f"administrator {login.lower()}: exists already, keeps the present password")
    else:
        click.echo(f"administrator {login.lower()}: one-time password {password}")


@company_cli.command("update")
@click.argument("code")
@click.option("--name")
@click.option("--document")
@click.option("--timezone")
@click.option("--active/--inactive", "is_active", default=None, help="Inactive: read-only, for its admins.")
def update(code: str, **options: str | bool | None) -> None:
    """Change what is given of a company; its code never changes."""
    with as_owner(), _refusals_as_text(), transaction():
        values = {key: value for key, value in options.items() if value is not None}
        services.update_company(company=_company(code), **values)
    click.echo(f"company {code} updated")


def _company(code: str) -> Company:
    company = queries.company_by_code(code)
    if company is None:
        raise click.ClickException(f"there is no company {code!r}")
    return company


@contextmanager
def _refusals_as_text() -> Iterator[None]:
    try:
        yield
    except BusinessError as error:
        raise click.ClickException(error.text) from error
