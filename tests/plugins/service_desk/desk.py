"""What the service desk's tests share: a valid post of the first tab, switches, and reading back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select

from app.audit.models import AuditEntry
from app.companies.models import Company, CompanyParameter
from app.database import company_scope, db, transaction
from app.work_orders.models import WorkOrderRequest
from plugins.service_desk.models import Direction, PartyKind, Ticket
from plugins.service_desk.services.document import Document
from plugins.service_desk.services.work_orders import SOURCE

NEW = "/c/{}/service-desk/tickets/new"
LIST = "/c/{}/service-desk/tickets"


def typed(rows: SimpleNamespace, **changes: Any) -> dict[str, str]:
    """A post that every rule lets pass; `changes` replace fields, None takes one out."""
    post = {
        "request_key": str(uuid4()),
        "opened_on": "2024-05-20",
        "opened_time": "10:15",
        "direction": "inbound",
        "party_kind": "customer",
        "customer_id": rows.customer.id,
        "technician_id": rows.technician.id,
        "channel_id": rows.channel.id,
        "problem": "A bomba não liga.",
    } | changes
    # R11's question has been asked: test_open_documents.py is about it.
    parties = [f"{kind}:{post.get(f'{kind}_id')}" for kind in ("customer", "prospect")]
    post = {"asked_party": " ".join(parties)} | post
    return {name: str(value) for name, value in post.items() if value is not None}


def interaction(rows: SimpleNamespace, **changes: Any) -> dict[str, str]:
    """A row of the second tab that every rule lets pass, as `posted` takes it."""
    row = {
        "key": str(uuid4()),
        "occurred_on": "2024-05-20",
        "start_time": "10:20",
        "end_time": "10:45",
        "channel_id": rows.channel.id,
        "direction": "inbound",
        "contact_name": "Ana Prado",
        "finding": "Sem energia no quadro.",
        "guidance": "Religar o disjuntor.",
    } | changes
    return {name: str(value) for name, value in row.items() if value is not None}


def forwarding(rows: SimpleNamespace, **changes: Any) -> dict[str, str]:
    """A row of the third tab that waits for its answer, as `posted` takes it."""
    row = {
        "key": str(uuid4()),
        "department_id": rows.department.id,
        "forwarded_on": "2024-05-21",
    } | changes
    return {name: str(value) for name, value in row.items() if value is not None}


def answer(rows: SimpleNamespace, **changes: Any) -> dict[str, str]:
    """The four parts of an answer, to be laid over a `forwarding`."""
    parts = {
        "answered_on": "2024-05-22",
        "answered_by_id": rows.technician.id,
        "outcome_id": rows.forwarding_outcome.id,
        "answer": "Peça trocada.",
    } | changes
    return {name: str(value) for name, value in parts.items() if value is not None}


def posted(
    header: Mapping[str, str],
    interactions: Sequence[Mapping[str, str]] = (),
    forwardings: Sequence[Mapping[str, str]] = (),
) -> dict[str, str]:
    """A whole document's post: the first tab, and the rows of the other two."""
    post = dict(header)
    for tab, rows in (("interactions", interactions), ("forwardings", forwardings)):
        for place, row in enumerate(rows):
            post |= {f"{tab}-{place}-{name}": value for name, value in row.items()}
    return post


def stored_rows(company: Company, model: type[Any], ticket_id: int | None = None) -> list[Any]:
    """The company's interactions or forwardings, of one ticket or all, oldest first."""
    wanted = select(model).order_by(model.id)
    if ticket_id is not None:
        wanted = wanted.where(model.ticket_id == ticket_id)
    with company_scope(company):
        return list(db.session.scalars(wanted.execution_options(populate_existing=True)))


def document(rows: SimpleNamespace, **changes: Any) -> Document:
    """What a service is given for `typed`; `changes` replace values."""
    plain: Any = {
        "opened_on": date(2024, 5, 20),
        "opened_time": time(10, 15),
        "direction": Direction.INBOUND,
        "is_product_specific": False,
        "party_kind": PartyKind.CUSTOMER,
        "customer_id": rows.customer.id,
        "prospect_id": None,
        "product_id": None,
        "customer_product_id": None,
        "technician_id": rows.technician.id,
        "channel_id": rows.channel.id,
        "problem": "A bomba não liga.",
        "known_problem_id": None,
        "closed_on": None,
        "closed_by_id": None,
        "interactions": [],
        "forwardings": [],
    }
    return plain | changes


def switch(company: Company, name: str, value: bool | str, *, module: str = "service_desk") -> None:
    """Set a parameter as if it had been stored long ago."""
    with company_scope(company), transaction():
        own = (CompanyParameter.module == module, CompanyParameter.name == name)
        db.session.execute(delete(CompanyParameter).where(*own))
        db.session.add(CompanyParameter(company_id=company.id, module=module, name=name, value=value))


def tickets(company: Company) -> list[Ticket]:
    """All tickets of the company, by number."""
    with company_scope(company):
        return list(db.session.scalars(select(Ticket).order_by(Ticket.number)))


def last_ticket(company: Company) -> Ticket:
    """The ticket with the highest number."""
    return tickets(company)[-1]


def wishes(company: Company) -> list[WorkOrderRequest]:
    """All wishes of tickets for work orders, oldest first."""
    of_tickets = select(WorkOrderRequest).where(WorkOrderRequest.source == SOURCE)
    with company_scope(company):
        return list(db.session.scalars(of_tickets.order_by(WorkOrderRequest.id)))


def history(company: Company, ticket_id: int) -> list[AuditEntry]:
    """What the audit trail says of a ticket, oldest first."""
    with company_scope(company):
        own = (AuditEntry.entity == Ticket.__tablename__, AuditEntry.entity_id == ticket_id)
        return list(db.session.scalars(select(AuditEntry).where(*own).order_by(AuditEntry.id)))


def change(company: Company, row: Any, **values: Any) -> None:
    """Set columns of a row of the world."""
    with company_scope(company), transaction():
        stored = db.session.get_one(type(row), row.id)
        for name, value in values.items():
            setattr(stored, name, value)


def error_of(page: str, field: str) -> str:
    """What stands under a field of the page."""
    _, found, rest = page.partition(f'id="{field}-error"')
    assert found, f"no error at {field}"
    return rest.partition("</ul>")[0]


def inputs(page: str, name: str) -> list[str]:
    """The page's `<input>`s of that name."""
    return re.findall(rf'<input[^>]* name="{name}"[^>]*>', page)
