"""`flask demo load` and `flask demo seed`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import AppGroup

from app.demo import DEMO_PASSWORD
from app.owner import as_owner

demo_cli = AppGroup("demo", help="Demo data, and very many rows to measure on.")


@demo_cli.command("load")
@click.option("--if-empty", is_flag=True, help="Only into a database without any company.")
def load(if_empty: bool) -> None:
    """Make the companies aurora, boreal and cometa with their logins and rows; twice changes nothing."""
    from app.demo import loading

    with _as_owner_of_a_demo():
        if loading.is_loaded():
            click.echo("The demo data is there already; nothing was changed.")
        elif if_empty and not loading.is_empty():
            click.echo("There are companies already; nothing was changed.")
        else:
            loading.load_demo(current_app.extensions["balcao"].plugins.values())
            click.echo(f"Demo data loaded; the password of every login is {DEMO_PASSWORD}.")


@demo_cli.command("seed")
@click.option(
    "--tickets", type=click.IntRange(min=1), default=100_000, show_default=True, help="Of the first company."
)
@click.option("--companies", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--total",
    type=click.IntRange(min=1),
    help="Tickets of all companies together; the others share what the first leaves.  [default: all alike]",
)
@click.option(
    "--code", default="carga", show_default=True, help="Code of the first; the others are numbered."
)
def seed(tickets: int, companies: int, total: int | None, code: str) -> None:
    """Make companies with very many rows, to see lists and searches at real size; ana administers them."""
    from app.demo import seeding

    others = tickets if total is None else (total - tickets) // max(companies - 1, 1)
    if others < 1:
        raise click.UsageError("--total leaves nothing for the other companies.")
    sizes = {code: tickets} | {f"{code}{number}": others for number in range(2, companies + 1)}
    with _as_owner_of_a_demo():
        seeding.seed_companies(
            sizes,
            plugins=current_app.extensions["balcao"].plugins.values(),
            told=lambda each: click.echo(f"{each}: {sizes[each]} tickets"),
        )
        seeding.tidy()


@contextmanager
def _as_owner_of_a_demo() -> Iterator[None]:
    # Imported here: no other command needs the demo.
    from app.demo.loading import DemoRefused

    if not current_app.config["DEMO_ALLOWED"]:
        raise click.ClickException(
            "Demo data makes logins whose password everybody knows, so it is refused here (BALCAO_ENV)."
        )
    try:
        with as_owner():
            yield
    except DemoRefused as refusal:
        raise click.ClickException(str(refusal)) from refusal
