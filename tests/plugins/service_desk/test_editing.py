"""Editing a ticket: R10's kept rows, R16, R24, and who may."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from app.clock import now
from tests.plugins.service_desk.desk import (
    NEW,
    change,
    error_of,
    history,
    last_ticket,
    switch,
    tickets,
    typed,
)
from tests.world import World, log_in

URL = "/c/aurora/service-desk/tickets/{}"


@pytest.fixture
def ticket_url(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> str:
    """The page of a ticket that bruno has just included."""
    bruno.post(NEW.format("aurora"), data=typed(rows))
    return URL.format(last_ticket(world.aurora).id)


def test_a_save_changes_the_ticket_and_tells_the_audit_trail(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket_url: str
) -> None:
    post = typed(rows, version=1, direction="outbound", customer_id=rows.other_customer.id)
    answer = bruno.post(ticket_url, data=post)

    ticket = last_ticket(world.aurora)
    assert (answer.status_code, answer.location) == (303, ticket_url)
    assert (ticket.direction, ticket.customer_id, ticket.version) == ("outbound", rows.other_customer.id, 2)
    entry = history(world.aurora, ticket.id)[-1]
    assert (entry.action, entry.user_id) == ("changed", world.users["bruno"].id)
    assert entry.changes == {
        "direction": ["inbound", "outbound"],
        "customer_id": [rows.customer.id, rows.other_customer.id],
    }


def test_a_save_without_a_change_writes_nothing(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket_url: str
) -> None:
    bruno.post(ticket_url, data=typed(rows, version=1))

    ticket = last_ticket(world.aurora)
    assert ticket.version == 1
    assert [entry.action for entry in history(world.aurora, ticket.id)] == ["created"]


def test_number_and_key_of_a_ticket_never_change(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket_url: str
) -> None:
    before = last_ticket(world.aurora)
    bruno.post(ticket_url, data=typed(rows, version=1, problem="Outro", number=9999))

    after = last_ticket(world.aurora)
    assert (after.number, after.request_key) == (before.number, before.request_key)


def test_a_saved_ticket_keeps_its_inactive_rows(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket_url: str
) -> None:
    for row in (rows.customer, rows.technician, rows.channel):
        change(world.aurora, row, is_active=False)

    assert bruno.post(ticket_url, data=typed(rows, version=1, problem="Outro")).status_code == 303
    answer = bruno.post(ticket_url, data=typed(rows, version=2, customer_id=rows.inactive_customer.id))
    assert answer.status_code == 422
    assert "ativo" in error_of(answer.text, "customer")


def test_the_opening_keeps_its_seconds_until_another_minute_is_typed(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket_url: str
) -> None:
    ticket = last_ticket(world.aurora)
    exact = ticket.opened_at.replace(second=42)
    change(world.aurora, ticket, opened_at=exact)

    bruno.post(ticket_url, data=typed(rows, version=2, problem="Outro"))
    assert last_ticket(world.aurora).opened_at == exact
    bruno.post(ticket_url, data=typed(rows, version=3, opened_time="10:16"))
    assert last_ticket(world.aurora).opened_at == exact.replace(minute=16, second=0)


@pytest.mark.parametrize("version", [None, "", "x", "-1", "99999999999999999999"])
def test_a_save_without_a_version_is_a_conflict(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket_url: str, version: str | None
) -> None:
    answer = bruno.post(ticket_url, data=typed(rows, version=version, problem="Outro"))

    assert answer.status_code == 409
    assert last_ticket(world.aurora).problem == "A bomba não liga."


def test_a_closed_ticket_is_read_only(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket_url: str
) -> None:
    change(world.aurora, last_ticket(world.aurora), closed_at=now(), closed_by_id=rows.technician.id)

    page = bruno.get(ticket_url).text
    assert "Encerrado" in page
    assert "data-save" not in page
    answer = bruno.post(ticket_url, data=typed(rows, version=2, problem="Outro"))
    assert answer.status_code == 422
    assert "está encerrado" in answer.text
    assert last_ticket(world.aurora).problem == "A bomba não liga."


def test_a_ticket_closed_meanwhile_is_a_conflict(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, ticket_url: str
) -> None:
    change(world.aurora, last_ticket(world.aurora), closed_at=now(), closed_by_id=rows.technician.id)

    assert bruno.post(ticket_url, data=typed(rows, version=1, problem="Outro")).status_code == 409


def test_a_viewer_reads_and_saves_nothing(client: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    log_in(client, world, "vera")
    url = URL.format(rows.ticket.id)

    page = client.get(url)
    assert page.status_code == 200
    assert "data-save" not in page.text
    assert "Gerar OS" not in page.text
    assert client.post(url, data=typed(rows, version=1)).status_code == 403


def test_an_admin_sees_the_tickets_history(client: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    log_in(client, world, "ana")
    url = URL.format(rows.ticket.id)
    client.post(url, data=typed(rows, version=1, customer_id=rows.other_customer.id))

    page = client.get(url).text
    panel = page.partition('id="audit-title"')[2]
    assert "Padaria Ávila" in panel
    assert "Zeta Comércio" in panel


class TestWhoIsKeptOut:
    def test_another_companys_operator_finds_nothing(
        self, client: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        log_in(client, world, "carla")
        assert client.get(URL.format(rows.ticket.id)).status_code == 404
        foreign = f"/c/boreal/service-desk/tickets/{rows.ticket.id}"
        assert client.get(foreign).status_code == 404
        assert client.post(foreign, data=typed(world.rows["boreal"], version=1)).status_code == 404

    def test_ids_beyond_the_columns_range_are_not_found(self, bruno: FlaskClient) -> None:
        assert bruno.get(URL.format(2**63)).status_code == 404
        assert bruno.get(URL.format(0)).status_code == 404

    @pytest.mark.parametrize("path", ["tickets", "tickets/new", "tickets/1"])
    def test_a_company_without_the_service_desk_has_none_of_its_pages(
        self, client: FlaskClient, world: World, path: str
    ) -> None:
        log_in(client, world, "dora")
        assert client.get(f"/c/cometa/service-desk/{path}").status_code == 404

    def test_switching_it_off_is_in_force_at_the_next_request(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        before = len(tickets(world.aurora))
        assert bruno.get("/c/aurora/service-desk/tickets").status_code == 200
        switch(world.aurora, "enabled", value=False)

        assert bruno.get("/c/aurora/service-desk/tickets").status_code == 404
        assert bruno.post(NEW.format("aurora"), data=typed(rows)).status_code == 404
        work_order = f"{URL.format(rows.ticket.id)}/work-orders"
        assert bruno.post(work_order, data={"sequence": 1}).status_code == 404
        assert len(tickets(world.aurora)) == before
