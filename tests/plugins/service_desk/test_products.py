"""Which product a ticket asks for: R2, R4, R8, R9."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.database import company_scope, db, transaction
from app.products.models import CustomerProduct
from tests.plugins.service_desk.desk import NEW, error_of, inputs, last_ticket, switch, typed
from tests.world import World, log_in

AURORA, BOREAL = NEW.format("aurora"), NEW.format("boreal")


def shown_when(page: str, field: str) -> str | None:
    """The condition on which the browser shows a field of the page; None: always."""
    box = page.partition(f'<label for="{field}"')[0].rpartition('<div class="field span-')[2]
    found = re.search(r'data-show-when="([^"]*)"', box)
    return found and found[1]


def test_a_specific_product_is_required(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    page = bruno.post(AURORA, data=typed(rows, is_product_specific="y"))
    assert page.status_code == 422
    assert "informe o produto (R8)" in error_of(page.text, "customer_product")

    to_prospect = {"party_kind": "prospect", "customer_id": None, "prospect_id": rows.prospect.id}
    page = bruno.post(AURORA, data=typed(rows, is_product_specific="y", **to_prospect))
    assert page.status_code == 422
    assert "informe o produto (R8)" in error_of(page.text, "product")


def test_an_unspecific_ticket_may_name_a_product(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    bruno.post(AURORA, data=typed(rows, customer_product_id=rows.customer_product.id))

    ticket = last_ticket(world.aurora)
    assert (ticket.is_product_specific, ticket.customer_product_id) == (False, rows.customer_product.id)


def test_a_customers_ticket_asks_for_the_customers_product_where_these_are_controlled(
    bruno: FlaskClient, rows: SimpleNamespace
) -> None:
    page = bruno.get(AURORA).text
    assert inputs(page, "customer_product")
    assert shown_when(page, "customer_product") == "party_kind=customer"
    assert shown_when(page, "product") == "party_kind=prospect"

    answer = bruno.post(AURORA, data=typed(rows, product_id=rows.product.id))
    assert answer.status_code == 422
    assert "(R2)" in error_of(answer.text, "product")


def test_elsewhere_it_asks_for_the_catalogue_product(client: FlaskClient, world: World) -> None:
    log_in(client, world, "carla")
    boreal = world.rows["boreal"]
    page = client.get(BOREAL).text
    assert shown_when(page, "product") is None
    assert not inputs(page, "customer_product")

    answer = client.post(BOREAL, data=typed(boreal, customer_product_id=boreal.customer_product.id))
    assert answer.status_code == 422
    assert "não um produto de cliente (R2)" in answer.text

    client.post(BOREAL, data=typed(boreal, product_id=boreal.product.id))
    assert last_ticket(world.boreal).product_id == boreal.product.id


def test_a_prospects_ticket_always_asks_for_the_catalogue_product(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    prospect = {"party_kind": "prospect", "customer_id": None, "prospect_id": rows.prospect.id}
    answer = bruno.post(AURORA, data=typed(rows, customer_product_id=rows.customer_product.id, **prospect))
    assert answer.status_code == 422
    assert "(R2)" in error_of(answer.text, "customer_product")

    bruno.post(AURORA, data=typed(rows, product_id=rows.product.id, **prospect))
    assert last_ticket(world.aurora).product_id == rows.product.id


def test_a_product_of_another_customer_is_refused(bruno: FlaskClient, rows: SimpleNamespace) -> None:
    answer = bruno.post(
        AURORA,
        data=typed(rows, customer_id=rows.other_customer.id, customer_product_id=rows.customer_product.id),
    )

    assert answer.status_code == 422
    assert "pertence a outro cliente (R9)" in error_of(answer.text, "customer_product")


def test_two_products_are_refused(bruno: FlaskClient, rows: SimpleNamespace) -> None:
    both = {"product_id": rows.product.id, "customer_product_id": rows.customer_product.id}
    answer = bruno.post(AURORA, data=typed(rows, **both))

    assert answer.status_code == 422
    assert "um só produto" in error_of(answer.text, "product")


class TestKeptProducts:
    """R4: what is stored is never rewritten by a switch."""

    @pytest.fixture
    def saved(self, bruno: FlaskClient, world: World, rows: SimpleNamespace) -> Any:
        """A ticket saved with a catalogue product while customers' products were not controlled."""
        switch(world.aurora, "customer_products", value=False)
        bruno.post(AURORA, data=typed(rows, is_product_specific="y", product_id=rows.product.id))
        switch(world.aurora, "customer_products", value=True)
        return last_ticket(world.aurora)

    def test_the_ticket_keeps_its_product(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace, saved: Any
    ) -> None:
        url = f"/c/aurora/service-desk/tickets/{saved.id}"
        page = bruno.get(url).text
        assert f'name="product_id" value="{rows.product.id}"' in page

        post = typed(rows, is_product_specific="y", product_id=rows.product.id, problem="Outro", version=1)
        assert bruno.post(url, data=post).status_code == 303
        ticket = last_ticket(world.aurora)
        assert (ticket.product_id, ticket.problem) == (rows.product.id, "Outro")

    def test_it_may_be_given_the_customers_product_instead(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace, saved: Any
    ) -> None:
        post = typed(rows, customer_product_id=rows.customer_product.id, version=1)
        answer = bruno.post(f"/c/aurora/service-desk/tickets/{saved.id}", data=post)

        assert answer.status_code == 303
        ticket = last_ticket(world.aurora)
        assert (ticket.product_id, ticket.customer_product_id) == (None, rows.customer_product.id)

    def test_but_no_other_catalogue_product(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace, saved: Any
    ) -> None:
        with company_scope(world.aurora), transaction():
            other = type(rows.product)(company_id=world.aurora.id, code="P9", name="Outro produto")
            db.session.add(other)
        post = typed(rows, product_id=other.id, version=1)
        answer = bruno.post(f"/c/aurora/service-desk/tickets/{saved.id}", data=post)

        assert answer.status_code == 422
        assert "(R2)" in error_of(answer.text, "product")

    def test_a_customers_product_stays_when_they_are_controlled_no_more(
        self, bruno: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        own = {"customer_product_id": rows.customer_product.id}
        bruno.post(AURORA, data=typed(rows, **own))
        switch(world.aurora, "customer_products", value=False)
        ticket = last_ticket(world.aurora)
        url = f"/c/aurora/service-desk/tickets/{ticket.id}"

        page = bruno.get(url).text
        assert f'name="customer_product_id" value="{rows.customer_product.id}"' in page
        assert bruno.post(url, data=typed(rows, problem="Outro", version=1, **own)).status_code == 303
        assert last_ticket(world.aurora).customer_product_id == rows.customer_product.id


def test_changing_the_party_to_a_prospect_drops_what_the_page_hides(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    bruno.post(AURORA, data=typed(rows, customer_product_id=rows.customer_product.id))
    ticket = last_ticket(world.aurora)
    # Hidden fields are not sent.
    post = typed(rows, party_kind="prospect", customer_id=None, prospect_id=rows.prospect.id, version=1)
    answer = bruno.post(f"/c/aurora/service-desk/tickets/{ticket.id}", data=post)

    assert answer.status_code == 303
    ticket = last_ticket(world.aurora)
    assert (ticket.customer_id, ticket.customer_product_id) == (None, None)
    assert ticket.prospect_id == rows.prospect.id


def test_the_lookup_offers_only_the_customers_own_products(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    with company_scope(world.aurora), transaction():
        db.session.add(
            CustomerProduct(
                company_id=world.aurora.id,
                code="CP9",
                name="Bomba da Zeta",
                customer_id=rows.other_customer.id,
                product_id=rows.product.id,
            )
        )
    url = "/c/aurora/lookups/customer-products"
    assert [i["code"] for i in bruno.get(f"{url}?customer_id={rows.customer.id}").json["items"]] == ["CP1"]
    assert bruno.get(url).json["items"] == []
