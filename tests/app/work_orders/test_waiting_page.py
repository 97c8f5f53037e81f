"""The page that waits for a work order: polls, makes it itself, opens it, tells why it failed (R20, R21)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.database import company_scope, db, transaction
from app.errors import NotAvailable
from app.users.models import Membership
from app.users.roles import Role
from app.work_orders import handoff
from app.work_orders.models import RequestStatus, WorkOrder, WorkOrderRequest

REQUESTS = "/c/aurora/work-orders/requests"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def wish(add_request) -> WorkOrderRequest:
    """A waiting wish of bruno's."""
    return add_request()


@pytest.fixture
def dead(add_request) -> WorkOrderRequest:
    """A failed wish of bruno's."""
    return add_request(status=RequestStatus.DEAD, attempts=8, last_error="A bomba sumiu")


@pytest.fixture
def now_of(world):
    """The request as the database has it now."""

    def read(request: WorkOrderRequest) -> WorkOrderRequest:
        with company_scope(world.aurora):
            row = db.session.get_one(WorkOrderRequest, request.id, populate_existing=True)
            db.session.expunge(row)
        return row

    return read


def url(wish: WorkOrderRequest, verb: str = "") -> str:
    return f"{REQUESTS}/{wish.id}{verb}"


def test_waiting_shows_progress_and_asks_again_with_and_without_javascript(as_user, wish):
    page = as_user("bruno").get(url(wish))
    assert page.status_code == 200
    assert "OS em geração" in page.text
    assert "<progress" in page.text
    assert re.search(rf'hx-get="{url(wish)}\?seen=pending-0" hx-trigger="every 1s"', page.text)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page.text
    assert f'action="{url(wish, "/make")}"' in page.text
    assert 'hx-trigger="every 10s"' in page.text


def test_poll_swaps_only_what_is_new(as_user, wish):
    client = as_user("bruno")
    assert client.get(f"{url(wish)}?seen=pending-0", headers=HTMX).status_code == 204
    assert client.get(f"{url(wish)}?seen=running-1", headers=HTMX).status_code == 200
    # A browser that follows the address as a page must never get an empty answer.
    assert client.get(f"{url(wish)}?seen=pending-0").status_code == 200


def test_made_meanwhile_opens_the_work_order(as_user, wish, now_of):
    client = as_user("bruno")
    handoff.make_now(wish.id)
    order_url = f"/c/aurora/work-orders/{now_of(wish).work_order_id}"
    response = client.get(url(wish))
    assert (response.status_code, response.location) == (303, order_url)
    poll = client.get(f"{url(wish)}?seen=pending-0", headers=HTMX)
    assert (poll.status_code, poll.headers["HX-Redirect"]) == (204, order_url)
    assert client.get(order_url).status_code == 200


def test_page_makes_it_itself_when_no_worker_comes(as_user, world, wish, now_of):
    response = as_user("bruno").post(url(wish, "/make"), headers=HTMX)
    made = now_of(wish)
    assert made.status is RequestStatus.DONE
    assert response.headers["HX-Redirect"] == f"/c/aurora/work-orders/{made.work_order_id}"
    with company_scope(world.aurora):
        order = db.session.get_one(WorkOrder, made.work_order_id)
        assert (order.customer_id, order.problem) == (wish.customer_id, wish.problem)
        assert (order.source, order.source_id) == ("tests.document", 77)


def test_page_makes_it_itself_without_javascript_too(as_user, wish):
    client = as_user("bruno")
    response = client.post(url(wish, "/make"))
    assert (response.status_code, response.location) == (303, url(wish))
    assert client.get(response.location).status_code == 303


def test_making_twice_makes_one(as_user, world, wish):
    client = as_user("bruno")
    for _ in range(2):
        client.post(url(wish, "/make"))
    with company_scope(world.aurora):
        assert len(db.session.scalars(select(WorkOrder).filter_by(source="tests.document")).all()) == 1


def test_making_while_a_worker_has_it_only_waits(as_user, world, wish, now_of):
    assert handoff.claim(wish.id) is not None
    response = as_user("bruno").post(url(wish, "/make"), headers=HTMX)
    assert response.status_code == 200
    assert "OS em geração" in response.text
    assert now_of(wish).status is RequestStatus.RUNNING


def test_failing_attempt_is_told_and_tried_again(as_user, wish, now_of, monkeypatch):
    monkeypatch.setattr(handoff, "perform", _raise(RuntimeError("segredo interno")))
    response = as_user("bruno").post(url(wish, "/make"), headers=HTMX)
    assert response.status_code == 200
    assert "A tentativa 1 falhou: Erro inesperado (RuntimeError)" in response.text
    assert "segredo interno" not in response.text
    assert now_of(wish).status is RequestStatus.PENDING


def test_refusal_by_a_rule_is_dead_at_once_with_its_reason(as_user, wish, now_of, monkeypatch):
    monkeypatch.setattr(handoff, "perform", _raise(NotAvailable()))
    response = as_user("bruno").post(url(wish, "/make"), headers=HTMX)
    assert "Falhou: Escolha um cadastro ativo da lista." in response.text
    assert now_of(wish).status is RequestStatus.DEAD


def _raise(error: Exception):
    def fail(claimed):
        raise error

    return fail


def test_dead_shows_the_reason_stops_asking_and_offers_another_try(as_user, dead):
    page = as_user("bruno").get(url(dead)).text
    assert "Falhou: A bomba sumiu" in page
    assert "Tentar novamente" in page
    assert "every 1s" not in page
    assert "http-equiv" not in page
    assert "/make" not in page


def test_trying_again_gives_all_attempts_and_is_audited(as_user, world, dead, now_of):
    client = as_user("bruno")
    # The second press finds it waiting already.
    for _ in range(2):
        response = client.post(url(dead, "/retry"))
        assert (response.status_code, response.location) == (303, url(dead))
    row = now_of(dead)
    assert (row.status, row.attempts, row.last_error) == (RequestStatus.PENDING, 0, "")
    with company_scope(world.aurora):
        entries = db.session.scalars(
            select(AuditEntry).filter_by(entity="work_order_request", entity_id=dead.id)
        ).all()
    assert [(e.action, e.user_id) for e in entries] == [("retried", world.users["bruno"].id)]
    client.post(url(dead, "/make"))
    assert now_of(dead).status is RequestStatus.DONE


@pytest.mark.parametrize("verb", ["", "/make", "/retry"])
def test_only_editors_and_whoever_asked_may_wait_make_and_retry(as_user, world, add_request, verb):
    theirs = add_request()
    viewers = add_request(source_id=78, requested_by_id=world.users["vera"].id)

    def status(login: str, wish: WorkOrderRequest) -> int:
        client = as_user(login)
        return (client.post(url(wish, verb)) if verb else client.get(url(wish))).status_code

    good = 303 if verb else 200
    assert status("vera", theirs) == 403
    assert status("vera", viewers) == good
    assert status("sofia", theirs) == good
    assert status("carla", theirs) == 404
    address = f"/c/boreal/work-orders/requests/{theirs.id}{verb}"
    client = as_user("carla")
    assert (client.post(address) if verb else client.get(address)).status_code == 404


def test_whoever_asked_still_may_after_losing_the_role(as_user, world, dead):
    with company_scope(world.aurora), transaction():
        membership = db.session.query(Membership).filter_by(
            user_id=world.users["bruno"].id, company_id=world.aurora.id
        )
        membership.one().role = Role.VIEWER
    assert as_user("bruno").get(url(dead)).status_code == 200


def test_making_needs_the_token(as_user, app, wish, now_of):
    client = as_user("bruno")
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert client.post(url(wish, "/make")).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert now_of(wish).status is RequestStatus.PENDING
