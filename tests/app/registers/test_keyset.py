"""Keyset pages: every row once, whatever order, and no cursor breaks them."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.database import company_scope, db
from app.keyset import Place, keyset_page
from app.parties.models import Customer
from app.products.models import Product
from app.work_orders.models import WorkOrder

SORTS = {"code": Product.code, "name": Product.name_key}


@pytest.fixture
def products(session, world):
    """120 products, of which many share a name."""
    with company_scope(world.cometa):
        for n in range(120):
            db.session.add(
                Product(company_id=world.cometa.id, code=f"{n:04}", name=f"Peça {n // 7 % 3}", unit="UN")
            )
        db.session.flush()
        yield select(Product).where(Product.code < "1")


def pages(statement, sort, size):
    place, found = Place(sort), []
    while True:
        page = keyset_page(statement, key=Product.id, sorts=SORTS, default="name", place=place, size=size)
        found.append(page)
        if page.next is None:
            return found
        place = Place(sort, after=page.next)


@pytest.mark.parametrize("sort", ["code", "-code", "name", "-name"])
@pytest.mark.parametrize("size", [7, 120, 121])
def test_walking_on_shows_every_row_once_and_in_order(products, sort, size):
    rows = [row for page in pages(products, sort, size) for row in page.rows]
    column = "name_key" if "name" in sort else "code"
    order = [(getattr(row, column), row.id) for row in rows]
    assert order == sorted(order, reverse=sort.startswith("-"))
    assert len({row.id for row in rows}) == 120


def test_cursor_of_a_long_name_has_room_in_an_address(session, world):
    """gunicorn takes 8,190 bytes; the columns that a report sorts and breaks by have 200 characters each."""
    with company_scope(world.cometa):
        for n in range(2):
            db.session.add(Product(company_id=world.cometa.id, code=str(n), name="😀" * 190, unit="UN"))
        db.session.flush()
        (cursor,) = [page.next for page in pages(select(Product).where(Product.code < "2"), "name", 1)[:-1]]
    assert len(cursor) < 1_100


@pytest.mark.parametrize("sort", ["code", "-name"])
def test_walking_back_shows_the_same_pages(products, sort):
    forwards = pages(products, sort, 25)
    backwards, cursor = [forwards[-1]], forwards[-1].previous
    while cursor is not None:
        page = keyset_page(
            products, key=Product.id, sorts=SORTS, default="name", place=Place(sort, before=cursor), size=25
        )
        backwards.append(page)
        cursor = page.previous
    assert [row.id for page in reversed(backwards[1:]) for row in page.rows] == [
        row.id for page in forwards[:-1] for row in page.rows
    ]


def test_first_page_has_no_previous_and_last_no_next(products):
    found = pages(products, "code", 50)
    assert [page.previous is None for page in found] == [True, False, False]
    assert [page.next is None for page in found] == [False, False, True]


def test_rows_added_meanwhile_shift_nothing(products, world):
    first = pages(products, "code", 50)[0]
    db.session.add(Product(company_id=world.cometa.id, code="0000a", name="Nova"))
    second = keyset_page(
        products, key=Product.id, sorts=SORTS, default="name", place=Place("code", after=first.next), size=50
    )
    assert second.rows[0].code == "0050"


def test_page_that_nothing_stands_before_is_the_first_and_whole(products):
    second = pages(products, "code", 50)[1]
    for row in db.session.scalars(select(Product).where(Product.code.between("0010", "0049"))):
        db.session.delete(row)
    db.session.flush()
    page = keyset_page(
        products,
        key=Product.id,
        sorts=SORTS,
        default="name",
        place=Place("code", before=second.previous),
        size=50,
    )
    assert (page.rows[0].code, len(page.rows), page.previous) == ("0000", 50, None)


def test_nothing_left_after_the_cursor_starts_over(products):
    last = pages(products, "-code", 50)[-1]
    cursor = last.previous
    for row in last.rows:
        db.session.delete(row)
    db.session.flush()
    page = keyset_page(
        products, key=Product.id, sorts=SORTS, default="name", place=Place("-code", after=cursor), size=500
    )
    assert page.rows[0].code == "0119"


def test_nothing_at_all_is_an_empty_page(session, world):
    with company_scope(world.aurora):
        page = keyset_page(
            select(Product).where(Product.code == "none"),
            key=Product.id,
            sorts=SORTS,
            default="name",
            place=Place(),
        )
    assert (list(page.rows), page.previous, page.next) == ([], None, None)


def test_unknown_sort_is_the_default(products):
    page = keyset_page(products, key=Product.id, sorts=SORTS, default="-code", place=Place("hash"))
    assert (page.sort, page.rows[0].code) == ("-code", "0119")


def cursor(text):
    return urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "forged",
    [
        "@@@",
        "é",
        "a",
        cursor(""),
        cursor("x name"),
        cursor("1 a\x00b"),
        cursor("99999999999999999999 a"),
        cursor("9" * 5000 + " a"),
        urlsafe_b64encode(b"1 \xff").decode(),
        "A" * 100_000,
    ],
)
def test_forged_cursor_is_the_first_page(products, forged):
    for place in (Place("name", after=forged), Place("name", before=forged)):
        page = keyset_page(products, key=Product.id, sorts=SORTS, default="name", place=place)
        assert (page.previous, len(page.rows)) == (None, 50)


@pytest.mark.parametrize(
    "value", ["", "x", "2026-11-02", "2026-11-02T10:00", "0001-01-01T00:00+00:00", "now"]
)
def test_forged_instant_is_the_first_page(session, world, value):
    with company_scope(world.aurora):
        page = keyset_page(
            select(WorkOrder),
            key=WorkOrder.id,
            sorts={"opened": WorkOrder.opened_at, "number": WorkOrder.number},
            default="opened",
            place=Place("opened", after=cursor(f"1 {value}")),
        )
        assert page.rows


def test_instants_and_numbers_page_too(session, world):
    with company_scope(world.cometa):
        for number in range(1000, 1010):
            db.session.add(
                WorkOrder(
                    company_id=world.cometa.id,
                    number=number,
                    opened_at=datetime(2027, 1, 1, number - 1000, 30, 15, 123456, tzinfo=UTC),
                    customer_id=world.rows["cometa"].customer.id,
                    problem="x",
                )
            )
        db.session.flush()
        for sort in ("opened", "-opened", "number", "-number"):
            place, numbers = Place(sort), []
            while True:
                page = keyset_page(
                    select(WorkOrder).where(WorkOrder.number >= 1000),
                    key=WorkOrder.id,
                    sorts={"opened": WorkOrder.opened_at, "number": WorkOrder.number},
                    default="number",
                    place=place,
                    size=3,
                )
                numbers += [row.number for row in page.rows]
                if page.next is None:
                    break
                place = Place(sort, after=page.next)
            assert numbers == sorted(range(1000, 1010), reverse=sort.startswith("-"))


def test_joined_column_orders_and_several_columns_give_rows(session, world):
    with company_scope(world.aurora):
        page = keyset_page(
            select(WorkOrder.number, Customer.name).join(WorkOrder.customer),
            key=WorkOrder.id,
            sorts={"customer": Customer.name_key},
            default="customer",
            place=Place(),
        )
    assert page.rows[0].number == 1
    assert page.rows[0].name.startswith("Padaria")
