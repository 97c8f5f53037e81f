"""How many statements each page costs: never more with more rows (DESIGN 10)."""

from __future__ import annotations

import pytest

from app.work_orders.models import RequestStatus

LIST = "/c/aurora/work-orders"


@pytest.fixture
def spent(count_statements):
    """Statements that reach the database while a request is answered; savepoints are the test's own."""

    def count(call) -> int:
        with count_statements() as counted:
            response = call()
        assert response.status_code in (200, 303)
        return len(counted)

    return count


def test_list_costs_the_same_with_more_rows(as_user, world, add_work_order, block_by_technician, spent):
    client = as_user("bruno")
    rows = world.rows["aurora"]
    few = spent(lambda: client.get(LIST))
    for _ in range(30):
        add_work_order(
            technician_id=rows.technician.id,
            customer_product_id=rows.customer_product.id,
            controller_id=rows.technician.id,
        )
    assert spent(lambda: client.get(LIST)) == few <= 10


def test_detail_with_everything_on_it_stays_in_its_budget(as_user, world, add_work_order, spent):
    rows = world.rows["aurora"]
    row = add_work_order(
        technician_id=rows.technician.id,
        controller_id=rows.technician.id,
        customer_product_id=rows.customer_product.id,
        source="service_desk.ticket",
        source_id=rows.ticket.id,
    )
    admin = as_user("ana")
    assert spent(lambda: admin.get(f"{LIST}/{row.id}")) <= 12


def test_detail_of_a_blocked_users_own_stays_in_its_budget(
    as_user, world, add_work_order, block_by_technician, spent
):
    row = add_work_order(technician_id=world.rows["aurora"].technician.id)
    client = as_user("bruno")
    assert spent(lambda: client.get(f"{LIST}/{row.id}")) <= 12


def test_opening_and_changing_stay_in_their_budget(as_user, world, add_work_order, typed, spent):
    rows = world.rows["aurora"]
    data = typed | {
        "customer_product_id": rows.customer_product.id,
        "controller_id": rows.technician.id,
        "work_done": "Feito",
        "version": "1",
    }
    client, row = as_user("bruno"), add_work_order()
    assert spent(lambda: client.post(f"{LIST}/new", data=data)) <= 16
    assert spent(lambda: client.post(f"{LIST}/{row.id}", data=data)) <= 16


def test_poll_of_the_waiting_page_is_cheap(as_user, add_request, spent):
    wish, client = add_request(), as_user("bruno")
    assert spent(lambda: client.get(f"{LIST}/requests/{wish.id}")) <= 8


def test_queue_costs_the_same_with_more_rows(as_user, world, add_request, add_work_order, spent):
    client, ticket = as_user("ana"), world.rows["aurora"].ticket
    add_request(source="service_desk.ticket", source_id=ticket.id, sequence=100)
    few = spent(lambda: client.get(f"{LIST}/requests"))
    for n in range(20):
        order = add_work_order(source="tests.document", source_id=100 + n)
        add_request(
            source="service_desk.ticket",
            source_id=ticket.id,
            sequence=n,
            status=RequestStatus.DONE,
            work_order_id=order.id,
        )
    assert spent(lambda: client.get(f"{LIST}/requests")) == few <= 10
