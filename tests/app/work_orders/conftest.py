"""Rows and forms that the tests of work orders share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.companies.models import CompanyParameter
from app.companies.numbering import next_number
from app.database import company_scope, db, transaction
from app.staff.models import Technician
from app.work_orders import handoff
from app.work_orders.models import WorkOrder, WorkOrderRequest
from tests.world import World, log_in

OPENED = datetime(2025, 11, 3, 12, 30, tzinfo=UTC)
"""09:30 in São Paulo."""


@pytest.fixture
def as_user(app: Flask, world: World, session: None) -> Callable[[str], FlaskClient]:
    """`as_user("bruno").get(…)`: a browser of each user's own, logged in."""
    browsers: dict[str, FlaskClient] = {}

    def browser_of(login: str) -> FlaskClient:
        if login not in browsers:
            browsers[login] = app.test_client()
            log_in(browsers[login], world, login)
        return browsers[login]

    return browser_of


@pytest.fixture
def add_work_order(world: World, session: None) -> Callable[..., WorkOrder]:
    """Make a work order in aurora, for its customer unless told otherwise."""

    def add(**values: Any) -> WorkOrder:
        rows = world.rows["aurora"]
        if "prospect_id" not in values:
            values.setdefault("customer_id", rows.customer.id)
        values = {"opened_at": OPENED, "problem": "Não liga"} | values
        with company_scope(world.aurora), transaction():
            work_order = WorkOrder(
                company_id=world.aurora.id,
                number=next_number(world.aurora, handoff.NUMBER),
                **values,
            )
            db.session.add(work_order)
        return work_order

    return add


@pytest.fixture
def add_request(world: World, session: None) -> Callable[..., WorkOrderRequest]:
    """Record a wish for a work order in aurora."""

    def add(**values: Any) -> WorkOrderRequest:
        rows = world.rows["aurora"]
        if "prospect_id" not in values:
            values.setdefault("customer_id", rows.customer.id)
        values = {
            "source": "tests.document",
            "source_id": 77,
            "sequence": 1,
            "problem": "Não liga",
            "requested_by_id": world.users["bruno"].id,
        } | values
        with company_scope(world.aurora), transaction():
            request = WorkOrderRequest(company_id=world.aurora.id, **values)
            db.session.add(request)
        return request

    return add


@pytest.fixture
def other_technician(world: World, session: None) -> Technician:
    """An active technician of aurora without a user, who may not be a controller."""
    with company_scope(world.aurora), transaction():
        technician = Technician(company_id=world.aurora.id, code="T9", name="Outra técnica")
        db.session.add(technician)
    return technician


@pytest.fixture
def block_by_technician(world: World, session: None) -> None:
    """R22a on in aurora."""
    with company_scope(world.aurora), transaction():
        db.session.add(
            CompanyParameter(
                company_id=world.aurora.id, module="host", name="work_orders_by_technician", value=True
            )
        )


@pytest.fixture
def typed(world: World) -> dict[str, str]:
    """What a complete form of a new work order posts; `| {…}` to change it."""
    return {
        "status": "open",
        "customer": "",
        "customer_id": str(world.rows["aurora"].customer.id),
        "prospect": "",
        "prospect_id": "",
        "customer_product": "",
        "customer_product_id": "",
        "product": "",
        "product_id": "",
        "technician": "",
        "technician_id": str(world.rows["aurora"].technician.id),
        "controller": "",
        "controller_id": "",
        "opened_on": "2025-11-03",
        "opened_time": "09:30",
        "scheduled_on": "",
        "scheduled_time": "",
        "problem": "A bomba não liga",
        "work_done": "",
    }


@pytest.fixture
def reread(world: World) -> Callable[[int], WorkOrder]:
    """The work order as the database has it now."""

    def read(work_order_id: int) -> WorkOrder:
        with company_scope(world.aurora):
            work_order = db.session.get_one(WorkOrder, work_order_id, populate_existing=True)
            db.session.expunge(work_order)
        return work_order

    return read
