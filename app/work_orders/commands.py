"""`flask work-orders sweep|list|retry`: the hand-off's queue from the shell."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.companies.queries import company_by_code
from app.database import company_scope, db, transaction
from app.owner import as_owner
from app.work_orders import handoff
from app.work_orders.models import RequestStatus, WorkOrderRequest

work_orders_cli = AppGroup("work-orders", help="Requests for work orders that are not done yet.")


@work_orders_cli.command("sweep")
def sweep() -> None:
    """Make every work order that is due, here and now, without queue or worker."""
    made = 0
    while handoff.process():
        db.session.remove()
        made += 1
    click.echo(f"{made} request(s) processed")


@work_orders_cli.command("list")
def list_requests() -> None:
    """List the requests that are not done, of all companies."""
    for row in handoff.unfinished_requests():
        click.echo(
            f"{row.id}\t{row.company_code}\t{row.status}\tattempts={row.attempts}"
            f"\twaiting={row.waiting_seconds:.0f}s\t{row.last_error}"
        )


@work_orders_cli.command("retry")
@click.argument("request_id", type=int)
def retry(request_id: int) -> None:
    """Give one dead request all its attempts again."""
    row = next((r for r in handoff.unfinished_requests() if r.id == request_id), None)
    if row is None or row.status != RequestStatus.DEAD:
        raise click.ClickException(f"request {request_id} is not dead")
    with as_owner():
        company = company_by_code(row.company_code)
        assert company is not None  # the row has just named it
        with company_scope(company), transaction():
            request = db.session.get_one(WorkOrderRequest, request_id)
            handoff.retry_request(company=company, actor=None, request=request)
    click.echo(f"request {request_id} waits again")
