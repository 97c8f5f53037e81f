"""What other modules and plugins read of work orders."""

from __future__ import annotations

import pytest

from app.database import company_scope
from app.work_orders import queries
from app.work_orders.models import RequestStatus, WorkOrderStatus

SOURCE = "tests.document"


@pytest.fixture
def wishes(add_request, add_work_order):
    """Two wishes of document 77, the first one's work order cancelled; one of document 78."""
    cancelled = add_work_order(source=SOURCE, source_id=77, status=WorkOrderStatus.CANCELLED)
    return [
        add_request(status=RequestStatus.DONE, work_order_id=cancelled.id),
        add_request(sequence=2),
        add_request(source_id=78),
    ]


def test_requests_of_a_source_come_newest_first_with_their_work_orders(world, wishes):
    with company_scope(world.aurora):
        second, first = queries.requests_of_source(world.aurora, SOURCE, 77)
        assert (second.id, first.id) == (wishes[1].id, wishes[0].id)
        assert second.is_waiting
        assert not first.is_waiting
        assert second.work_order is None
        assert first.work_order.status is WorkOrderStatus.CANCELLED


def test_latest_request_is_the_last_wish(world, wishes):
    with company_scope(world.aurora):
        assert queries.latest_request(world.aurora, SOURCE, 77).id == wishes[1].id
        assert queries.latest_request(world.aurora, SOURCE, 999) is None


def test_latest_requests_of_many_documents_are_one_statement(world, wishes, count_statements):
    with company_scope(world.aurora):
        queries.latest_request(world.aurora, SOURCE, 999)
        with count_statements() as counted:
            latest = queries.latest_requests(world.aurora, SOURCE, [77, 78, 999])
            assert [wish.work_order for wish in latest.values()] == [None, None]
        assert {source_id: wish.id for source_id, wish in latest.items()} == {
            77: wishes[1].id,
            78: wishes[2].id,
        }
        assert len(counted) == 1


def test_work_orders_of_a_party_newest_first_and_only_the_open_ones(world, add_work_order):
    rows = world.rows["aurora"]
    by_status = {
        status: add_work_order(prospect_id=rows.prospect.id, status=status) for status in WorkOrderStatus
    }
    add_work_order()
    with company_scope(world.aurora):
        every = queries.work_orders_of(world.aurora, prospect_id=rows.prospect.id)
        still_open = queries.work_orders_of(world.aurora, prospect_id=rows.prospect.id, only_open=True)
        of_customer = queries.work_orders_of(world.aurora, customer_id=rows.other_customer.id)
    assert [o.id for o in every] == [o.id for o in reversed(by_status.values())]
    assert [o.id for o in still_open] == [
        by_status[WorkOrderStatus.IN_PROGRESS].id,
        by_status[WorkOrderStatus.OPEN].id,
    ]
    assert of_customer == []


def test_nothing_of_another_company_is_read(world, wishes, add_work_order):
    with company_scope(world.boreal):
        assert queries.requests_of_source(world.boreal, SOURCE, 77) == []
        assert queries.latest_requests(world.boreal, SOURCE, [77]) == {}
        assert queries.work_orders_of(world.boreal, customer_id=world.rows["aurora"].customer.id) == []
