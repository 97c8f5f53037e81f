"""What the tests of the timer share: starting, pressing, and what the user has."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import select

from app.companies.models import Company
from app.database import db
from app.users.models import User
from plugins.service_desk.models import Ticket, Timer
from plugins.service_desk.services import timers

TIMERS = "/c/aurora/service-desk/timers"
JSON = {"Accept": "application/json"}
"""What the script asks for."""


def start(company: Company, actor: User, row_key: UUID | None = None, **given: Any) -> timers.Started:
    """Start a timer; without a document, in a form of its own."""
    document = given if {"ticket_id", "request_key"} & set(given) else {"request_key": uuid4(), **given}
    return timers.start(company=company, actor=actor, row_key=row_key or uuid4(), **document)


def kept(company: Company, actor: User) -> list[Timer]:
    """All timers of the user."""
    own = select(Timer).where(Timer.company_id == company.id, Timer.user_id == actor.id)
    return list(db.session.scalars(own.order_by(Timer.id).execution_options(populate_existing=True)))


def press(browser: FlaskClient, ticket: Ticket, row_key: UUID, **more: Any) -> Any:
    """«Cronômetro» pressed in a ticket's row, by the script."""
    data = {"row_key": row_key, **more}
    return browser.post(f"/c/aurora/service-desk/tickets/{ticket.id}/timers", data=data, headers=JSON)
