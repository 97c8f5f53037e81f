"""R22a: who sees and edits which work order, in list, search, form and links."""

from __future__ import annotations

import re

import pytest

from app.database import company_scope, db, transaction
from app.staff.models import Technician
from app.users.models import Membership
from app.users.roles import Role
from app.work_orders import handoff, queries
from app.work_orders.models import WorkOrder

LIST = "/c/aurora/work-orders"


@pytest.fixture
def orders(world, add_work_order, other_technician) -> dict[str, WorkOrder]:
    """Bruno's technician's, somebody else's, nobody's, and one of somebody else that bruno asked for."""
    own = world.rows["aurora"].technician.id
    return {
        "own": add_work_order(technician_id=own),
        "other": add_work_order(technician_id=other_technician.id),
        "nobody": add_work_order(),
        "asked": add_work_order(technician_id=other_technician.id, created_by_id=world.users["bruno"].id),
    }


def seen(client, query: str = "") -> set[int]:
    page = client.get(f"{LIST}{query}").text
    return {int(row) for row in re.findall(r'href="/c/aurora/work-orders/(\d+)">\d+</a>', page)}


def url(row: WorkOrder) -> str:
    return f"{LIST}/{row.id}"


def test_switched_off_everybody_sees_and_edits_everything(as_user, orders, typed):
    client = as_user("bruno")
    assert {row.id for row in orders.values()} <= seen(client)
    for row in orders.values():
        assert client.get(url(row)).status_code == 200
        assert client.post(url(row), data=typed | {"version": "1"}).status_code == 303


def test_switched_on_a_technicians_user_sees_and_edits_their_own_only(
    as_user, orders, typed, block_by_technician, reread
):
    client = as_user("bruno")
    assert seen(client) & {row.id for row in orders.values()} == {orders["own"].id, orders["asked"].id}
    assert seen(client, "?q=liga") == {orders["own"].id, orders["asked"].id}
    for hidden in ("other", "nobody"):
        assert client.get(url(orders[hidden])).status_code == 404
        assert client.post(url(orders[hidden]), data=typed | {"version": "1"}).status_code == 404
    changed = typed | {"version": "1", "problem": "Meu"}
    assert client.post(url(orders["own"]), data=changed).status_code == 303
    assert reread(orders["own"].id).problem == "Meu"


def test_switched_on_the_one_that_a_user_asked_for_opens_read_only(
    as_user, orders, typed, block_by_technician, reread
):
    client = as_user("bruno")
    page = client.get(url(orders["asked"]))
    assert page.status_code == 200
    assert "is-read-only" in page.text
    assert "data-save" not in page.text
    response = client.post(url(orders["asked"]), data=typed | {"version": "1", "problem": "Não"})
    assert response.status_code == 403
    assert "R22a" in response.text
    assert reread(orders["asked"].id).problem != "Não"


@pytest.mark.parametrize("login", ["sofia", "ana"])
def test_switched_on_supervisors_and_admins_see_and_edit_all_even_as_technicians(
    as_user, world, orders, typed, block_by_technician, other_technician, login
):
    with company_scope(world.aurora), transaction():
        db.session.get_one(Technician, other_technician.id).user_id = world.users[login].id
    client = as_user(login)
    assert {row.id for row in orders.values()} <= seen(client)
    for row in orders.values():
        assert client.post(url(row), data=typed | {"version": "1"}).status_code == 303


def test_switched_on_a_user_without_a_technician_sees_everything(as_user, orders, block_by_technician):
    assert {row.id for row in orders.values()} <= seen(as_user("vera"))


def test_switched_on_a_viewer_tied_to_a_technician_sees_their_own_read_only(
    as_user, world, orders, block_by_technician, other_technician
):
    with company_scope(world.aurora), transaction():
        db.session.get_one(Technician, other_technician.id).user_id = world.users["vera"].id
    client = as_user("vera")
    assert seen(client) == {orders["other"].id, orders["asked"].id}
    assert "is-read-only" in client.get(url(orders["other"])).text


def test_switched_on_an_inactive_technicians_user_stays_blocked(as_user, world, orders, block_by_technician):
    with company_scope(world.aurora), transaction():
        db.session.get_one(Technician, world.rows["aurora"].technician.id).is_active = False
    assert as_user("bruno").get(url(orders["other"])).status_code == 404


def test_switched_on_a_new_work_order_offers_the_users_technician(as_user, world, typed, block_by_technician):
    client = as_user("bruno")
    technician = world.rows["aurora"].technician
    assert f'name="technician_id" value="{technician.id}"' in client.get(f"{LIST}/new").text
    response = client.post(f"{LIST}/new", data=typed)
    assert client.get(response.location).status_code == 200


def test_handing_the_work_order_over_leads_to_the_list(
    as_user, orders, typed, block_by_technician, other_technician, reread
):
    data = typed | {"version": "1", "technician_id": other_technician.id}
    client = as_user("bruno")
    response = client.post(url(orders["own"]), data=data)
    assert response.location == LIST
    assert reread(orders["own"].id).technician_id == other_technician.id
    assert client.get(url(orders["own"])).status_code == 404


def test_one_made_by_the_hand_off_opens_for_who_asked_for_it(
    as_user, world, add_request, block_by_technician, other_technician
):
    wish = add_request(technician_id=other_technician.id)
    assert handoff.make_now(wish.id)
    client = as_user("bruno")
    response = client.get(f"{LIST}/requests/{wish.id}")
    assert response.status_code == 303
    assert "is-read-only" in client.get(response.location).text


def test_rule_is_the_same_for_links_elsewhere(world, session, orders, block_by_technician):
    users, company = world.users, world.aurora
    with company_scope(company):
        blocked = queries.visible_to(company, users["bruno"], Role.OPERATOR)
        free = queries.visible_to(company, users["bruno"], Role.SUPERVISOR)
        listed = queries.work_orders_of(company, customer_id=world.rows["aurora"].customer.id)
        assert {row.id for row in orders.values()} <= {row.id for row in listed}
        assert {name for name, row in orders.items() if blocked.includes(row)} == {"own", "asked"}
        assert {name for name, row in orders.items() if blocked.is_editable(row)} == {"own"}
        assert all(free.includes(row) and free.is_editable(row) for row in orders.values())


def test_switch_is_in_force_at_the_next_request(as_user, world, orders, request):
    client = as_user("bruno")
    assert client.get(url(orders["other"])).status_code == 200
    request.getfixturevalue("block_by_technician")
    assert client.get(url(orders["other"])).status_code == 404


def test_promotion_is_in_force_at_the_next_request(as_user, world, orders, block_by_technician):
    client = as_user("bruno")
    assert client.get(url(orders["other"])).status_code == 404
    with company_scope(world.aurora), transaction():
        membership = db.session.query(Membership).filter_by(
            user_id=world.users["bruno"].id, company_id=world.aurora.id
        )
        membership.one().role = Role.SUPERVISOR
    assert client.get(url(orders["other"])).status_code == 200
