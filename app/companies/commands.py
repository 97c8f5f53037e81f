"""`flask company …` and `flask parameters …`: by the database's owner, outside web and workers (R22c, R5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from app.companies import queries, services
from app.companies.copying import copies, runs
from app.companies.copying.preview import Declared, Preview, check_choice, compare
from app.companies.copying.rights import administered
from app.companies.copying.undo import labels_of
from app.companies.models import Company, CopyState, ParameterCopy
from app.companies.presentation import compared
from app.database import company_scope, db, transaction
from app.errors import BusinessError
from app.owner import as_owner
from app.users.services import members

company_cli = AppGroup("company", help="Companies and their first administrators.")
parameters_cli = AppGroup(
    "parameters",
    help="Compare companies' parameters, copy them, undo a copy. Exit code 2: refused, nothing was written.",
)

ADDRESS = "Street, number, district, postal code, city: one line, at the head of what is printed."


@company_cli.command("create")
@click.argument("code")
@click.option("--name", required=True)
@click.option("--document", default="", help="CNPJ or CPF.")
@click.option("--address", default="", help=ADDRESS)
@click.option("--phone", default="")
@click.option("--email", default="")
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
@click.option("--address", help=ADDRESS)
@click.option("--phone")
@click.option("--email")
@click.option("--timezone")
@click.option("--active/--inactive", "is_active", default=None, help="Inactive: read-only, for its admins.")
def update(code: str, **options: str | bool | None) -> None:
    """Change what is given of a company, "" to empty it; its code never changes."""
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


# ── Parameters ───────────────────────────────────────────────────────────────────────────────────────


class Refused(click.ClickException):
    """Nothing was written; apart from 1, which says that something differs or wasn't done everywhere."""

    exit_code = 2


SOURCE = click.argument("source")
TARGETS = click.argument("targets", metavar="TARGET...", nargs=-1, required=True)


@parameters_cli.command("diff")
@SOURCE
@TARGETS
@click.option("--all", "everything", is_flag=True, help="Also the parameters that don't differ.")
def parameters_diff(source: str, targets: tuple[str, ...], *, everything: bool) -> None:
    """Show where the parameters of TARGET... differ from those of SOURCE (company codes).

    One line per parameter: its key, the source's value, each target's. Exit code 0: none differs; 1: some do.
    """
    with as_owner(), _refusals_with_code_2():
        preview = _compare(source, targets)
        click.echo("\t".join(["", source, *targets]))
        _show_rows(preview, everything=everything)
        raise SystemExit(1 if preview.differing else 0)


@parameters_cli.command("copy")
@SOURCE
@TARGETS
@click.option("--key", "keys", multiple=True, metavar="MODULE.NAME", help="Only this one; may be repeated.")
@click.option("--yes", is_flag=True, help="Don't ask.")
def parameters_copy(source: str, targets: tuple[str, ...], *, keys: tuple[str, ...], yes: bool) -> None:
    """Copy parameters of SOURCE to TARGET... (company codes): all that differ, or those given by --key.

    Shows the differences and what the copy means, and asks. Up to 20 targets: all or none; more: each by
    itself. Prints the copy's number, by which `flask parameters undo` finds it. Exit code 0: done; 1: refused
    in some of the companies, or still a worker's there.
    """
    with as_owner(), _refusals_with_code_2():
        preview = _compare(source, targets)
        chosen = keys or tuple(p.key for p in preview.differing)
        if not chosen:
            click.echo("nothing differs")
            return
        _show_rows(preview, everything=False)
        _show_consequences(preview, chosen)
        if not yes and not click.confirm(f"Copy {', '.join(chosen)} from {source} to {', '.join(targets)}?"):
            raise Refused("nothing was copied")
        with transaction():
            copy = copies.copy_parameters(
                company=preview.source.company,
                actor=None,
                source=preview.source.company,
                targets=[target.company for target in preview.targets],
                declared=_declared(),
                keys=chosen,
                preview=preview.digest,
                key=uuid4(),
            )
        click.echo(f"copy {copy.id}")
        runs.work(copy.id, declared=_declared(), patience=float("inf"))
        raise SystemExit(_report(preview.source.company, copy.id))


@parameters_cli.command("undo")
@click.argument("copy_id", metavar="COPY", type=click.IntRange(1, 2**63 - 1))
def parameters_undo(copy_id: int) -> None:
    """Undo the copy of this number in every company in which it is in force.

    What was changed since is left, and named. Exit code 0: undone everywhere; 1: not, or not wholly, in some
    of the companies.
    """
    with as_owner(), _refusals_with_code_2():
        company_id = runs.company_of(copy_id)
        if company_id is None:
            raise Refused(f"there is no copy {copy_id}")
        company = administered(None, [company_id])[company_id]
        with company_scope(company), transaction():
            copy = db.session.scalars(
                select(ParameterCopy).where(
                    ParameterCopy.company_id == company.id, ParameterCopy.id == copy_id
                )
            ).one()
            runs.undo_copy(company=company, actor=None, copy=copy)
        runs.work(copy_id, declared=_declared(), patience=float("inf"))
        raise SystemExit(_report(company, copy_id))


def _declared() -> Declared:
    declared: Declared = current_app.extensions["balcao"].parameters()
    return declared


def _compare(source: str, targets: tuple[str, ...]) -> Preview:
    chosen = {code: _company(code) for code in (source, *targets)}
    check_choice(chosen[source], others := [chosen[code] for code in dict.fromkeys(targets)])
    return compare(chosen[source], others, _declared())


def _show_rows(preview: Preview, *, everything: bool) -> None:
    for p in preview.copyable if everything else preview.differing:
        values = [snapshot.values[p.key] for snapshot in (preview.source, *preview.targets)]
        click.echo("\t".join([p.key, *(p.shown(value) for value in values)]))


def _show_consequences(preview: Preview, keys: tuple[str, ...]) -> None:
    consequences = current_app.extensions["balcao"].consequences
    for name, texts in compared(preview, keys, everything=False, consequences=consequences).consequences:
        for text in texts:
            click.echo(f"{name}: {text}")


def _report(company: Company, copy_id: int) -> int:
    """Print how the copy stands in each company; return the exit code."""
    with company_scope(company):
        rows = queries.copy_targets(company, copy_id)
    companies = administered(None, [row.target_company_id for row in rows])
    for row in rows:
        left = " ".join(labels_of(row.kept_keys, _declared()))
        details = [part for part in (row.state.label, row.reason, left) if part]
        click.echo("\t".join([companies[row.target_company_id].code, *details]))
    refused = (CopyState.REFUSED, CopyState.KEPT)
    # A worker that was told of the copy too may still have one of the companies.
    return int(any(row.state in refused or row.state.is_waiting or row.kept_keys for row in rows))


@contextmanager
def _refusals_with_code_2() -> Iterator[None]:
    try:
        yield
    except BusinessError as error:
        raise Refused(error.text) from error
    except Refused:
        raise
    except click.ClickException as error:
        raise Refused(error.message) from error
