"""Products that customers own: serial numbers, warranty, and whose they are (R22b)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.clock import today
from app.database import company_scope, db
from app.products.models import CustomerProduct, Product
from app.products.warranty import warranty
from tests.world import log_in


@pytest.fixture
def sofia(client, world):
    log_in(client, world, "sofia")
    return client


def new(client, **values):
    data = {
        "code": "N-1",
        "name": "Nova bomba",
        "is_active": "y",
        "customer": "C1",
        "product": "P1",
        **values,
    }
    return client.post("/c/aurora/customer-products/new", data=data)


def stored(world, code):
    with company_scope(world.aurora):
        return db.session.scalar(select(CustomerProduct).where(CustomerProduct.code == code))


def test_serial_number_is_unique_per_product(sofia, world):
    answer = new(sofia, serial_number="SN-1")
    assert answer.status_code == 422
    assert 'id="serial_number-error"' in answer.text
    assert stored(world, "N-1") is None


def test_another_product_may_have_the_same_serial_number(sofia, world):
    sofia.post(
        "/c/aurora/products/new", data={"code": "P2", "name": "Válvula", "unit": "UN", "is_active": "y"}
    )
    assert new(sofia, product="P2", serial_number="SN-1").status_code == 303


def test_serial_number_may_be_unknown_more_than_once(sofia, world):
    assert new(sofia).status_code == 303
    assert new(sofia, code="N-2").status_code == 303


@pytest.mark.parametrize(
    "values",
    [
        {"customer": ""},
        {"customer": "nobody"},
        {"customer": "C3"},
        {"customer": "", "customer_id": "x"},
        {"customer": "", "customer_id": "999999"},
        {"customer": "", "customer_id": str(2**70)},
    ],
    ids=["none", "unknown", "inactive", "no id", "gone", "huge"],
)
def test_customer_must_be_an_active_one_of_the_company(sofia, world, values):
    answer = new(sofia, **values)
    assert answer.status_code == 422
    assert 'id="customer-error"' in answer.text


def test_other_companys_customer_is_refused(sofia, world):
    answer = new(sofia, customer="", customer_id=str(world.rows["boreal"].customer.id))
    assert answer.status_code == 422
    assert 'id="customer-error"' in answer.text
    assert "SEGREDO-DE-boreal" not in answer.text


def test_customer_that_became_inactive_is_kept(sofia, world):
    new(sofia, customer="C2")
    with company_scope(world.aurora):
        row = db.session.scalar(select(CustomerProduct).where(CustomerProduct.code == "N-1"))
        row.customer.is_active = False
        db.session.commit()
    edit = {"code": "N-1", "name": "Mudou", "is_active": "y", "version": "1", "product": "P1"}
    edit["customer_id"] = str(row.customer_id)
    assert sofia.post(f"/c/aurora/customer-products/{row.id}", data=edit).status_code == 303


def test_product_may_go_to_another_customer_with_its_documents(sofia, world):
    row = world.rows["aurora"].customer_product
    edit = {
        "code": "CP1",
        "name": row.name,
        "is_active": "y",
        "version": "1",
        "customer": "C2",
        "product": "P1",
    }
    assert sofia.post(f"/c/aurora/customer-products/{row.id}", data=edit).status_code == 303
    assert stored(world, "CP1").customer_id == world.rows["aurora"].other_customer.id


def test_list_shows_and_orders_by_customer_and_product(sofia, world):
    new(sofia, customer="C2", name="Aaa")
    for sort, first in (
        ("name", "Aaa"),
        ("-name", "Bomba da"),
        ("customer", "Bomba da"),
        ("-customer", "Aaa"),
    ):
        page = sofia.get(f"/c/aurora/customer-products?sort={sort}").text
        rows = page[page.index("<tbody") : page.index("</tbody")]
        assert rows.index(first) < rows.index("Aaa" if first != "Aaa" else "Bomba da"), sort
        assert "Zeta Comércio" in rows


@pytest.mark.parametrize(
    ("days", "words"), [(0, "Em garantia até"), (5, "Em garantia até"), (-1, "Fora de garantia")]
)
def test_warranty_is_told(sofia, world, days, words):
    until = today(world.aurora.timezone) + timedelta(days=days)
    answer = new(sofia, warranty_until=until.isoformat())
    page = sofia.get(answer.location).text
    assert words in page
    customer = world.rows["aurora"].customer.id
    found = sofia.get(f"/c/aurora/lookups/customer-products?q=N-1&customer_id={customer}").json["items"]
    assert words in found[0]["hint"]


def test_warranty_without_a_date_is_nothing(session):
    assert warranty(None) == ""
    assert CustomerProduct(warranty_until=date(2026, 1, 1)).is_under_warranty(date(2026, 1, 1))


def test_product_has_a_unit(sofia, world):
    sofia.post("/c/aurora/products/new", data={"code": "P9", "name": "Óleo", "unit": "L", "is_active": "y"})
    with company_scope(world.aurora):
        assert db.session.scalar(select(Product.unit).where(Product.code == "P9")) == "L"
    assert 'value="UN"' in sofia.get("/c/aurora/products/new").text


class TestLookup:
    def items(self, client, company="aurora", **params):
        return client.get(f"/c/{company}/lookups/customer-products", query_string=params).json["items"]

    def test_offers_the_customers_products_only(self, sofia, world):
        rows = world.rows["aurora"]
        found = self.items(sofia, customer_id=rows.customer.id)
        assert [item["id"] for item in found] == [rows.customer_product.id]
        assert "SN-1" in found[0]["hint"]
        assert self.items(sofia, customer_id=rows.other_customer.id) == []

    @pytest.mark.parametrize("customer_id", [None, "", "x", "-1", "0", "9" * 40, "²"])
    def test_offers_nothing_without_a_customer(self, sofia, world, customer_id):
        assert self.items(sofia, customer_id=customer_id) == []

    def test_another_companys_customer_offers_nothing(self, sofia, world):
        assert self.items(sofia, customer_id=world.rows["boreal"].customer.id) == []
