"""A prospect that became a customer takes its work orders and waiting wishes along (R22b)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.database import company_scope, db, transaction
from app.plugin_api.hooks import prospect_converted
from app.work_orders import handoff
from app.work_orders.models import RequestStatus, WorkOrder, WorkOrderRequest, WorkOrderStatus


@pytest.fixture
def convert(world):
    """Tell the host that aurora's prospect is its second customer now."""

    def send() -> None:
        rows = world.rows["aurora"]
        with company_scope(world.aurora), transaction():
            prospect_converted.send(
                world.aurora,
                prospect_id=rows.prospect.id,
                customer_id=rows.other_customer.id,
                actor=world.users["bruno"],
            )

    return send


def test_work_orders_follow_whatever_their_status_and_keep_their_product(
    world, add_work_order, reread, convert
):
    rows = world.rows["aurora"]
    orders = [
        add_work_order(prospect_id=rows.prospect.id, product_id=rows.product.id, status=status)
        for status in WorkOrderStatus
    ]
    untouched = add_work_order()
    convert()
    for order in orders:
        saved = reread(order.id)
        assert (saved.customer_id, saved.prospect_id) == (rows.other_customer.id, None)
        assert saved.product_id == rows.product.id
        # Whoever has the form open is told that the party changed.
        assert saved.version == order.version + 1
    assert reread(untouched.id).version == untouched.version


def test_waiting_wishes_follow_and_become_the_customers_work_order(world, add_request, reread, convert):
    rows = world.rows["aurora"]
    wishes = [
        add_request(source_id=20 + n, prospect_id=rows.prospect.id, status=status)
        for n, status in enumerate((RequestStatus.PENDING, RequestStatus.DEAD))
    ]
    convert()
    assert handoff.make_now(wishes[0].id)
    with company_scope(world.aurora):
        for wish in wishes:
            row = db.session.get_one(WorkOrderRequest, wish.id, populate_existing=True)
            assert (row.customer_id, row.prospect_id) == (rows.other_customer.id, None)
        order = db.session.scalars(select(WorkOrder).filter_by(source_id=20)).one()
        assert order.customer_id == rows.other_customer.id


def test_each_is_audited(world, add_work_order, add_request, convert):
    rows = world.rows["aurora"]
    order = add_work_order(prospect_id=rows.prospect.id)
    wish = add_request(prospect_id=rows.prospect.id)
    convert()
    with company_scope(world.aurora):
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.entity.in_(("work_order", "work_order_request")))
        ).all()
    assert {(e.entity, e.entity_id, e.action, e.user_id) for e in entries} == {
        ("work_order", order.id, "changed", world.users["bruno"].id),
        ("work_order_request", wish.id, "changed", world.users["bruno"].id),
    }
    for entry in entries:
        assert entry.changes == {
            "customer_id": [None, rows.other_customer.id],
            "prospect_id": [rows.prospect.id, None],
        }


def test_prospect_without_work_orders_is_no_error(convert, session):
    convert()
