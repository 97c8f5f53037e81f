"""From a ticket to its work order: R3, R20, R21, R22."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.clock import now
from app.database import company_scope, db, transaction
from app.work_orders import handoff
from app.work_orders.models import RequestStatus, WorkOrder, WorkOrderRequest, WorkOrderStatus
from app.work_orders.services import cancel_work_order
from tests.plugins.service_desk.desk import (
    NEW,
    change,
    history,
    inputs,
    last_ticket,
    switch,
    tickets,
    typed,
    wishes,
)
from tests.world import World, log_in

AURORA = NEW.format("aurora")
URL = "/c/aurora/service-desk/tickets/{}"
QUESTION = "Deseja gerar OS para o Atendimento?"


@pytest.fixture
def ticket(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> Any:
    """A ticket that bruno has just included; nobody was asked about its work order yet."""
    bruno.post(AURORA, data=typed(rows, customer_product_id=rows.customer_product.id))
    return last_ticket(world.aurora)


def press(client: FlaskClient, ticket: Any, sequence: Any = 1) -> Any:
    """Press «Gerar OS»."""
    return client.post(f"{URL.format(ticket.id)}/work-orders", data={"sequence": sequence})


def make(world: World, wish: WorkOrderRequest) -> WorkOrder:
    """Do what the worker does."""
    assert handoff.process(wish.id)
    with company_scope(world.aurora):
        done = db.session.get_one(WorkOrderRequest, wish.id)
        return db.session.get_one(WorkOrder, done.work_order_id)


def cancel(world: World, order: WorkOrder) -> None:
    """Cancel the work order, as sofia."""
    with company_scope(world.aurora), transaction():
        stored = db.session.get_one(WorkOrder, order.id)
        cancel_work_order(company=world.aurora, actor=world.users["sofia"], work_order=stored)


class TestTheQuestion:
    def test_is_asked_once_right_after_the_inclusion(self, bruno: FlaskClient, ticket: Any) -> None:
        page = bruno.get(URL.format(ticket.id)).text
        assert QUESTION in page
        assert "Sim</button>" in page
        assert "Não</button>" in page
        assert QUESTION not in bruno.get(URL.format(ticket.id)).text

    def test_is_not_asked_after_an_edit(self, bruno: FlaskClient, rows: SimpleNamespace, ticket: Any) -> None:
        bruno.get(URL.format(ticket.id))
        bruno.post(URL.format(ticket.id), data=typed(rows, version=1, problem="Outro"))

        assert QUESTION not in bruno.get(URL.format(ticket.id)).text

    def test_is_asked_on_that_tickets_page_only(
        self, bruno: FlaskClient, rows: SimpleNamespace, ticket: Any
    ) -> None:
        assert QUESTION not in bruno.get(URL.format(rows.ticket.id)).text
        assert QUESTION in bruno.get(URL.format(ticket.id)).text

    def test_is_not_asked_where_the_parameter_is_off(self, client: FlaskClient, world: World) -> None:
        log_in(client, world, "carla")
        answer = client.post(NEW.format("boreal"), data=typed(world.rows["boreal"]))
        page = client.get(answer.location).text

        assert QUESTION not in page
        assert "Gerar OS" in page

    def test_no_writes_nothing_and_leaves_the_button(
        self, bruno: FlaskClient, world: World, ticket: Any
    ) -> None:
        before = len(wishes(world.aurora))
        bruno.get(URL.format(ticket.id))  # asks; «Não» only closes the question

        page = bruno.get(URL.format(ticket.id)).text
        assert "Gerar OS</button>" in page
        assert len(wishes(world.aurora)) == before


class TestTheWish:
    def test_yes_records_it_with_the_tickets_data(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket: Any
    ) -> None:
        answer = press(bruno, ticket)

        wish = wishes(world.aurora)[-1]
        assert answer.status_code == 303
        assert answer.location == f"/c/aurora/work-orders/requests/{wish.id}"
        assert (wish.source, wish.source_id, wish.sequence) == ("service_desk.ticket", ticket.id, 1)
        assert (wish.customer_id, wish.prospect_id) == (rows.customer.id, None)
        assert (wish.customer_product_id, wish.product_id) == (rows.customer_product.id, None)
        assert (wish.technician_id, wish.problem) == (ticket.technician_id, ticket.problem)
        assert wish.requested_by_id == world.users["bruno"].id

    def test_two_clicks_are_one(self, bruno: FlaskClient, world: World, ticket: Any) -> None:
        first, second = press(bruno, ticket), press(bruno, ticket)

        assert first.location == second.location
        assert len([w for w in wishes(world.aurora) if w.source_id == ticket.id]) == 1

    def test_the_page_shows_that_it_is_being_made(self, bruno: FlaskClient, ticket: Any) -> None:
        answer = press(bruno, ticket)
        page = bruno.get(URL.format(ticket.id)).text

        assert "OS em geração" in page
        assert f'href="{answer.location}"' in page
        assert not inputs(page, "sequence")
        assert "Em geração" in bruno.get("/c/aurora/service-desk/tickets").text

    def test_the_work_order_is_linked_from_the_ticket_and_back(
        self, bruno: FlaskClient, world: World, ticket: Any
    ) -> None:
        press(bruno, ticket)
        order = make(world, wishes(world.aurora)[-1])

        page = bruno.get(URL.format(ticket.id)).text
        assert f'href="/c/aurora/work-orders/{order.id}"' in page
        assert f"OS nº {order.number}" in page
        assert not inputs(page, "sequence")
        back = bruno.get(f"/c/aurora/work-orders/{order.id}").text
        assert f'href="/c/aurora/service-desk/tickets/{ticket.id}"' in back
        assert f"Atendimento nº {ticket.number}" in back

    def test_a_work_order_of_nobodys_ticket_has_no_link_back(
        self, bruno: FlaskClient, rows: SimpleNamespace
    ) -> None:
        assert "Atendimento nº" not in bruno.get(f"/c/aurora/work-orders/{rows.work_order.id}").text

    def test_a_later_edit_of_the_ticket_does_not_change_it(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket: Any
    ) -> None:
        press(bruno, ticket)
        bruno.post(URL.format(ticket.id), data=typed(rows, version=1, problem="Outro"))
        order = make(world, wishes(world.aurora)[-1])

        assert order.problem == "A bomba não liga."

    def test_it_is_fulfilled_though_everything_was_switched_off_meanwhile(
        self, bruno: FlaskClient, world: World, ticket: Any
    ) -> None:
        press(bruno, ticket)
        switch(world.aurora, "auto_work_order", value=False)
        switch(world.aurora, "enabled", value=False)

        assert make(world, wishes(world.aurora)[-1]).source_id == ticket.id

    def test_a_failed_one_says_why_and_can_be_tried_again(
        self, bruno: FlaskClient, world: World, ticket: Any
    ) -> None:
        press(bruno, ticket)
        wish = wishes(world.aurora)[-1]
        change(world.aurora, wish, status=RequestStatus.DEAD, last_error="O disco está cheio")

        page = bruno.get(URL.format(ticket.id)).text
        assert "Falhou: O disco está cheio" in page
        assert "Tentar novamente" in page
        assert not inputs(page, "sequence")
        # Asking again by an old button is no second wish.
        assert press(bruno, ticket).location.endswith(f"/{wish.id}")

        bruno.post(f"/c/aurora/work-orders/requests/{wish.id}/retry")
        assert wishes(world.aurora)[-1].status is RequestStatus.PENDING
        assert make(world, wish).source_id == ticket.id

    def test_the_next_one_only_after_the_last_was_cancelled(
        self, bruno: FlaskClient, world: World, ticket: Any
    ) -> None:
        press(bruno, ticket)
        first = make(world, wishes(world.aurora)[-1])
        assert press(bruno, ticket, 2).status_code == 422
        cancel(world, first)

        page = bruno.get(URL.format(ticket.id)).text
        assert "Gerar outra OS" in page
        assert 'name="sequence" value="2"' in page
        # A page that was open since before still shows the first.
        assert press(bruno, ticket, 1).location.endswith(f"/{wishes(world.aurora)[-1].id}")
        press(bruno, ticket, 2)
        second = make(world, wishes(world.aurora)[-1])

        assert second.id != first.id
        page = bruno.get(URL.format(ticket.id)).text
        assert f"OS nº {first.number}" in page
        assert f"OS nº {second.number}" in page
        assert not inputs(page, "sequence")

    @pytest.mark.parametrize("sequence", [2, 99, 2**70])
    def test_a_sequence_that_no_button_showed_is_refused(
        self, bruno: FlaskClient, world: World, ticket: Any, sequence: int
    ) -> None:
        before = len(wishes(world.aurora))
        answer = press(bruno, ticket, sequence)

        assert answer.status_code == 422
        assert "(R21)" in answer.text
        assert len(wishes(world.aurora)) == before

    @pytest.mark.parametrize("sequence", ["", "x", None, 0, -1])
    def test_a_post_without_a_usable_sequence_writes_nothing(
        self, bruno: FlaskClient, world: World, ticket: Any, sequence: Any
    ) -> None:
        before = len(wishes(world.aurora))
        answer = bruno.post(
            f"{URL.format(ticket.id)}/work-orders", data={} if sequence is None else {"sequence": sequence}
        )

        assert answer.status_code in (400, 422)
        assert len(wishes(world.aurora)) == before

    def test_a_viewer_asks_for_none(self, client: FlaskClient, world: World, rows: SimpleNamespace) -> None:
        log_in(client, world, "vera")
        assert press(client, rows.ticket).status_code == 403

    def test_nobody_asks_for_another_companys_ticket(
        self, client: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        log_in(client, world, "carla")
        before = len(wishes(world.aurora))
        url = f"/c/boreal/service-desk/tickets/{rows.ticket.id}/work-orders"

        assert client.post(url, data={"sequence": 1}).status_code == 404
        assert press(client, rows.ticket).status_code == 404
        assert len(wishes(world.aurora)) == before

    def test_a_blocked_work_order_is_named_without_a_link(
        self, client: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        """R22a: bruno is tied to a technician, and this work order is another's that he didn't ask for."""
        log_in(client, world, "ana")
        press(client, rows.ticket)
        order = make(world, wishes(world.aurora)[-1])
        change(world.aurora, order, technician_id=rows.inactive_technician.id)
        switch(world.aurora, "work_orders_by_technician", value=True, module="host")
        log_in(client, world, "bruno")

        page = client.get(URL.format(rows.ticket.id)).text
        assert f"OS nº {order.number}" in page
        assert f'href="/c/aurora/work-orders/{order.id}"' not in page


class TestWithoutAsking:
    def test_the_wish_is_recorded_with_the_ticket(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        switch(world.aurora, "auto_work_order_silently", value=True)
        answer = bruno.post(AURORA, data=typed(rows))

        wish = wishes(world.aurora)[-1]
        assert wish.source_id == last_ticket(world.aurora).id
        assert answer.location == f"/c/aurora/work-orders/requests/{wish.id}"

    def test_the_same_form_twice_is_one_wish(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        switch(world.aurora, "auto_work_order_silently", value=True)
        post = typed(rows)
        answers = [bruno.post(AURORA, data=post) for _ in range(2)]

        assert answers[0].location == answers[1].location
        assert len([w for w in wishes(world.aurora) if w.source_id == last_ticket(world.aurora).id]) == 1

    def test_a_refused_ticket_leaves_no_wish(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        switch(world.aurora, "auto_work_order_silently", value=True)
        before = len(tickets(world.aurora)), len(wishes(world.aurora))
        bruno.post(AURORA, data=typed(rows, problem=None))

        assert (len(tickets(world.aurora)), len(wishes(world.aurora))) == before

    def test_is_nothing_without_the_first_switch(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        switch(world.aurora, "auto_work_order", value=False)
        switch(world.aurora, "auto_work_order_silently", value=True)
        before = len(wishes(world.aurora))
        bruno.post(AURORA, data=typed(rows))

        assert len(wishes(world.aurora)) == before


class TestTheHistory:
    def test_tells_of_work_orders_made_and_cancelled(
        self, bruno: FlaskClient, world: World, ticket: Any
    ) -> None:
        press(bruno, ticket)
        order = make(world, wishes(world.aurora)[-1])
        cancel(world, order)

        entries = history(world.aurora, ticket.id)[1:]
        assert [(e.action, e.user_id, e.changes) for e in entries] == [
            ("work_order_opened", world.users["bruno"].id, {"work_order": [None, order.number]}),
            ("work_order_cancelled", world.users["sofia"].id, {"work_order": [order.number, None]}),
        ]

    def test_other_work_orders_are_not_its_business(
        self, client: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        before = len(history(world.aurora, rows.ticket.id))
        cancel(world, rows.work_order)

        assert len(history(world.aurora, rows.ticket.id)) == before

    def test_a_closed_ticket_may_still_ask_for_its_work_order(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket: Any
    ) -> None:
        change(world.aurora, ticket, closed_at=now(), closed_by_id=rows.technician.id)

        assert press(bruno, ticket).status_code == 303


def test_cancelled_is_the_only_status_that_frees_the_ticket(
    bruno: FlaskClient, world: World, ticket: Any
) -> None:
    press(bruno, ticket)
    order = make(world, wishes(world.aurora)[-1])
    change(world.aurora, order, status=WorkOrderStatus.DONE)

    assert not inputs(bruno.get(URL.format(ticket.id)).text, "sequence")
    assert press(bruno, ticket, 2).status_code == 422
