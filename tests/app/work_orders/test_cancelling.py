"""Cancelling a work order, and what may come after it (R21)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.audit.models import AuditEntry
from app.database import company_scope, db, transaction
from app.plugin_api.hooks import work_order_cancelled, work_order_opened
from app.work_orders import handoff, services
from app.work_orders.models import WorkOrder, WorkOrderStatus

SOURCE = {"source": "tests.document", "source_id": 77}


def url(row: WorkOrder) -> str:
    return f"/c/aurora/work-orders/{row.id}"


@pytest.fixture
def told(app, monkeypatch):
    """What the hooks tell: (hook, details)."""
    calls = []
    registry = app.extensions["balcao"]
    receivers = registry.receivers

    def listen(hook, company):
        return [*receivers(hook, company), lambda **details: calls.append((hook, details))]

    monkeypatch.setattr(registry, "receivers", listen)
    return calls


def test_supervisor_cancels_and_the_work_order_is_read_only(as_user, world, add_work_order, reread, told):
    row = add_work_order()
    client = as_user("sofia")
    page = client.get(url(row)).text
    assert "Cancelar OS" in page
    assert "data-confirm" in page
    response = client.post(f"{url(row)}/cancel")
    assert response.status_code == 303
    assert reread(row.id).status is WorkOrderStatus.CANCELLED
    page = client.get(url(row)).text
    assert "is-read-only" in page
    assert "Cancelada" in page
    assert "Cancelar OS" not in page
    [(hook, details)] = told
    assert hook is work_order_cancelled
    assert (details["work_order"].id, details["actor"].id) == (row.id, world.users["sofia"].id)
    with company_scope(world.aurora):
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.entity_id) == ("cancelled", row.id)
    assert entry.changes == {"status": ["open", "cancelled"]}


@pytest.mark.parametrize(("login", "status"), [("bruno", 403), ("vera", 403), ("carla", 404)])
def test_nobody_below_supervisor_cancels(as_user, add_work_order, reread, login, status):
    row = add_work_order()
    client = as_user(login)
    if status == 403:
        assert "Cancelar OS" not in client.get(url(row)).text
    assert client.post(f"{url(row)}/cancel").status_code == status
    assert reread(row.id).status is WorkOrderStatus.OPEN


@pytest.mark.parametrize("status", [WorkOrderStatus.DONE, WorkOrderStatus.CANCELLED])
def test_final_work_order_cant_be_cancelled(as_user, add_work_order, reread, told, status):
    row = add_work_order(status=status)
    response = as_user("sofia").post(f"{url(row)}/cancel")
    assert response.status_code == 422
    assert "pode apenas ser consultada" in response.text
    assert reread(row.id).status is status
    assert told == []


def test_saving_and_cancelling_at_one_instant_cancel_nothing_unseen(world, add_work_order, session):
    row = add_work_order()
    with company_scope(world.aurora):
        seen = db.session.get_one(WorkOrder, row.id)
        # Somebody else's save commits between our read and our write.
        db.session.execute(
            WorkOrder.__table__.update().where(WorkOrder.id == row.id).values(version=row.version + 1)
        )
        with pytest.raises(StaleDataError):
            services.cancel_work_order(company=world.aurora, actor=world.users["sofia"], work_order=seen)
        db.session.rollback()


def test_a_receiver_that_refuses_keeps_the_work_order(as_user, app, add_work_order, reread, monkeypatch):
    def refuse(**details):
        raise services.BusinessError

    monkeypatch.setattr(app.extensions["balcao"], "receivers", lambda hook, company: [refuse])
    row = add_work_order()
    assert as_user("sofia").post(f"{url(row)}/cancel").status_code == 422
    assert reread(row.id).status is WorkOrderStatus.OPEN


def test_opening_by_hand_is_told_to_plugins(as_user, world, typed, told):
    as_user("bruno").post("/c/aurora/work-orders/new", data=typed)
    [(hook, details)] = told
    assert hook is work_order_opened
    assert details["actor_id"] == world.users["bruno"].id


def test_source_has_one_work_order_that_isnt_cancelled(add_work_order):
    add_work_order(**SOURCE)
    with pytest.raises(IntegrityError, match="uq_work_order_source"):
        add_work_order(**SOURCE)


def test_after_a_cancelled_one_the_source_gets_another(as_user, world, add_work_order, add_request, reread):
    first = add_work_order(**SOURCE)
    as_user("sofia").post(f"{url(first)}/cancel")
    wish = add_request(sequence=2)
    assert handoff.make_now(wish.id)
    with company_scope(world.aurora):
        orders = db.session.scalars(select(WorkOrder).filter_by(**SOURCE).order_by(WorkOrder.number)).all()
    assert [o.status for o in orders] == [WorkOrderStatus.CANCELLED, WorkOrderStatus.OPEN]
    with company_scope(world.aurora), transaction():
        cancelled = db.session.get_one(WorkOrder, first.id)
        cancelled.status = WorkOrderStatus.OPEN
        with pytest.raises(IntegrityError, match="uq_work_order_source"):
            db.session.flush()
        db.session.rollback()


def test_database_refuses_what_no_work_order_can_be(add_work_order, world):
    rows = world.rows["aurora"]
    for values, constraint in (
        ({"customer_id": None}, "ck_work_order_one_party"),
        ({"customer_id": rows.customer.id, "prospect_id": rows.prospect.id}, "ck_work_order_one_party"),
        (
            {"product_id": rows.product.id, "customer_product_id": rows.customer_product.id},
            "ck_work_order_one_product",
        ),
        ({"source": "tests.document"}, "ck_work_order_source"),
        ({"problem": ""}, "ck_work_order_problem"),
        ({"problem": "x" * 100_001}, "ck_work_order_problem"),
        ({"work_done": "x" * 100_001}, "ck_work_order_work_done"),
        ({"technician_id": world.rows["boreal"].technician.id}, "fk_work_order_company_id_technician_id"),
    ):
        with pytest.raises(IntegrityError, match=constraint):
            add_work_order(**values)
