"""What goes into the trail: old and new of what was set, as JSON can hold it."""

from datetime import UTC, date, datetime
from decimal import Decimal

from app.audit.services import LONGEST_VALUE, changes_of
from app.database import company_scope, db
from app.parties.models import Customer
from app.staff.models import Technician
from app.work_orders.models import WorkOrder


def load(model, row):
    return db.session.get_one(model, row.id)


def test_only_what_differs_is_a_change(session, world):
    with company_scope(world.aurora):
        customer = load(Customer, world.rows["aurora"].customer)
        old = customer.name
        customer.name, customer.document, customer.is_active = "New", customer.document, True
        assert changes_of(customer) == {"name": [old, "New"]}


def test_new_record_tells_what_it_was_made_with_and_nothing_empty(session, world):
    customer = Customer(company_id=world.aurora.id, code="C9", name="Nova", email="", document="")
    assert changes_of(customer) == {"code": [None, "C9"], "name": [None, "Nova"]}


def test_dates_instants_and_numbers_become_text(session, world):
    with company_scope(world.aurora):
        technician = load(Technician, world.rows["aurora"].technician)
        technician.admitted_on, technician.hourly_cost = date(2026, 11, 2), Decimal("12.50")
        assert changes_of(technician) == {
            "admitted_on": [None, "2026-11-02"],
            "hourly_cost": [None, "12.50"],
        }
        work_order = load(WorkOrder, world.rows["aurora"].work_order)
        work_order.scheduled_at = datetime(2026, 11, 2, 12, tzinfo=UTC)
        assert changes_of(work_order) == {"scheduled_at": [None, "2026-11-02T12:00:00+00:00"]}
        db.session.rollback()


def test_long_texts_are_cut(session, world):
    with company_scope(world.aurora):
        work_order = load(WorkOrder, world.rows["aurora"].work_order)
        work_order.problem = "x" * (LONGEST_VALUE + 1)
        assert changes_of(work_order)["problem"][1] == "x" * LONGEST_VALUE + "…"
        db.session.rollback()
