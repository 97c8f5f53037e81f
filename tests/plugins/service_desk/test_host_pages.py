"""What the service desk shows and does in the host's own pages and events (DESIGN 3)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.clock import now
from app.database import company_scope, transaction
from app.plugin_api import prospect_converted, work_order_opened
from tests.plugins.service_desk.desk import (
    NEW,
    change,
    history,
    last_ticket,
    switch,
    tickets,
    typed,
)
from tests.world import World, log_in


class TestAConvertedProspect:
    def convert(self, world: World, rows: SimpleNamespace) -> None:
        with company_scope(world.aurora), transaction():
            prospect_converted.send(
                world.aurora,
                prospect_id=rows.prospect.id,
                customer_id=rows.other_customer.id,
                actor=world.users["bruno"],
            )

    def test_keeps_its_tickets_open_and_closed(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        prospects = {"party_kind": "prospect", "customer_id": None, "prospect_id": rows.prospect.id}
        for _ in range(2):
            bruno.post(NEW.format("aurora"), data=typed(rows, product_id=rows.product.id, **prospects))
        change(world.aurora, last_ticket(world.aurora), closed_at=now(), closed_by_id=rows.technician.id)
        others = {t.id: t.version for t in tickets(world.aurora)[:-2]}
        self.convert(world, rows)

        for ticket in tickets(world.aurora)[-2:]:
            assert (ticket.prospect_id, ticket.customer_id) == (None, rows.other_customer.id)
            assert ticket.product_id == rows.product.id
            entry = history(world.aurora, ticket.id)[-1]
            assert entry.user_id == world.users["bruno"].id
            assert entry.changes == {
                "prospect_id": [rows.prospect.id, None],
                "customer_id": [None, rows.other_customer.id],
            }
        assert {t.id: t.version for t in tickets(world.aurora)[:-2]} == others

    def test_changes_nothing_where_the_service_desk_is_off(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        """The hook reaches only active plugins; the ticket still has its prospect when it is on again."""
        prospects = {"party_kind": "prospect", "customer_id": None, "prospect_id": rows.prospect.id}
        bruno.post(NEW.format("aurora"), data=typed(rows, **prospects))
        switch(world.aurora, "enabled", value=False)
        self.convert(world, rows)

        assert last_ticket(world.aurora).prospect_id == rows.prospect.id


class TestTheHomePanel:
    HOME = "/c/aurora/"

    def test_shows_the_open_tickets_of_the_users_technician(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        bruno.post(NEW.format("aurora"), data=typed(rows, problem="Só meu"))
        bruno.post(NEW.format("aurora"), data=typed(rows, problem="Já foi"))
        change(world.aurora, last_ticket(world.aurora), closed_at=now(), closed_by_id=rows.technician.id)

        page = bruno.get(self.HOME).text
        assert "Meus atendimentos em aberto" in page
        assert "Só meu" in page
        assert "Já foi" not in page

    @pytest.mark.parametrize("login", ["sofia", "vera"])
    def test_is_absent_without_a_technician(self, client: FlaskClient, world: World, login: str) -> None:
        log_in(client, world, login)
        assert "Meus atendimentos em aberto" not in client.get(self.HOME).text


def test_a_work_order_of_something_else_is_not_the_service_desks_business(
    client: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    with company_scope(world.aurora), transaction():
        work_order_opened.send(world.aurora, work_order=rows.work_order, actor_id=None)

    assert history(world.aurora, rows.ticket.id) == []


def test_the_manifest_declares_what_the_host_offers(app: Flask) -> None:
    """A slot or hook that the host doesn't know would be a fragment that nobody ever sees."""
    plugin = app.extensions["balcao"].plugins["service_desk"]

    assert set(plugin.slots()) == {
        "home.panel",
        "search_url",
        "topbar",
        "work_order.detail.panel",
        "work_order.print.source",
        "work_order.request.source",
    }
    assert {hook.name for hook in plugin.handlers()} == {
        "prospect_converted",
        "work_order_cancelled",
        "work_order_opened",
    }
