"""How many statements a request may send, from its first to its last, login and set_config included."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import StatementCounter
from tests.plugins.service_desk.desk import (
    LIST,
    NEW,
    answer,
    forwarding,
    interaction,
    last_ticket,
    posted,
    switch,
    typed,
)
from tests.world import World, log_in

Count = Callable[..., int]


@pytest.fixture
def count(
    app: Flask, committed: None, world: World, count_statements: type[StatementCounter]
) -> Callable[..., int]:
    """Send a request as somebody, on a session that commits; return how many statements it took."""
    browsers: dict[str, FlaskClient] = {}

    def send(login: str, method: str, url: str, expected: int, **options: Any) -> int:
        if login not in browsers:
            browsers[login] = app.test_client()
            log_in(browsers[login], world, login)
        with count_statements() as counted:
            answer = browsers[login].open(url, method=method, **options)
        assert answer.status_code == expected, answer.text
        return len(counted)

    return send


def full(rows: SimpleNamespace) -> dict[str, str]:
    return typed(rows, is_product_specific="y", customer_product_id=rows.customer_product.id)


def test_an_inclusion_takes_at_most_16(count: Count, rows: SimpleNamespace) -> None:
    assert count("bruno", "POST", NEW.format("aurora"), 303, data=full(rows)) <= 16


def test_an_inclusion_by_codes_takes_no_more(count: Count, rows: SimpleNamespace) -> None:
    """Without JavaScript the lookups arrive as typed codes."""
    post = full(rows)
    for name in ("customer", "customer_product", "technician", "channel"):
        post[name] = getattr(rows, name).code
        del post[f"{name}_id"]
    assert count("bruno", "POST", NEW.format("aurora"), 303, data=post) <= 16


def test_an_inclusion_with_its_wish_takes_at_most_18(
    count: Count, world: World, rows: SimpleNamespace
) -> None:
    switch(world.aurora, "auto_work_order_silently", value=True)
    assert count("bruno", "POST", NEW.format("aurora"), 303, data=full(rows)) <= 18


def of_many_rows(rows: SimpleNamespace, **header: Any) -> dict[str, str]:
    """A document with 10 interactions and 5 forwardings, two of these waiting."""
    contacts = [interaction(rows, contact_name=f"Contato {n}") for n in range(10)]
    sent = [forwarding(rows) | (answer(rows) if n < 3 else {}) for n in range(5)]
    return posted(full(rows) | header, contacts, sent)


def changed(post: dict[str, str], **header: Any) -> dict[str, str]:
    """The same document with something else in every row."""
    return {
        name: f"{value} (outro)" if name.endswith(("-finding", "-guidance", "-answer")) else value
        for name, value in post.items()
    } | {name: str(value) for name, value in header.items()}


def test_saving_10_interactions_and_5_forwardings_takes_at_most_28(
    count: Count, world: World, rows: SimpleNamespace
) -> None:
    post = of_many_rows(rows)
    assert count("bruno", "POST", NEW.format("aurora"), 303, data=post) <= 28

    ticket = last_ticket(world.aurora)
    url = f"{LIST.format('aurora')}/{ticket.id}"
    edit = changed(post, version=ticket.version)
    assert count("bruno", "POST", url, 303, data=edit) <= 28

    closing = changed(
        edit, version=ticket.version + 1, closed_on="2024-06-01", closed_by_id=rows.technician.id
    )
    closing |= {f"forwardings-{n}-{name}": value for n in (3, 4) for name, value in answer(rows).items()}
    assert count("bruno", "POST", url, 303, data=closing) <= 28


def test_opening_a_ticket_takes_at_most_16_however_many_rows_it_has(
    count: Count, world: World, rows: SimpleNamespace
) -> None:
    switch(world.aurora, "work_orders_by_technician", value=True, module="host")
    count("bruno", "POST", NEW.format("aurora"), 303, data=of_many_rows(rows))
    url = f"{LIST.format('aurora')}/{last_ticket(world.aurora).id}"
    count("bruno", "POST", f"{url}/work-orders", 303, data={"sequence": 1})

    assert count("bruno", "GET", url, 200) <= 16
    assert count("ana", "GET", url, 200) <= 16  # with the history


def test_the_form_of_a_new_ticket_takes_at_most_12(count: Count) -> None:
    assert count("bruno", "GET", NEW.format("aurora"), 200) <= 12


def test_the_list_takes_at_most_10_however_many_rows_it_shows(
    count: Count, world: World, rows: SimpleNamespace
) -> None:
    url = LIST.format("aurora")
    few = count("bruno", "GET", url, 200)
    for _ in range(3):
        count("bruno", "POST", NEW.format("aurora"), 303, data=full(rows))
        ticket = last_ticket(world.aurora)
        count("bruno", "POST", f"{url}/{ticket.id}/work-orders", 303, data={"sequence": 1})
    many = count("bruno", "GET", url, 200)

    assert few == many <= 10
    assert count("bruno", "GET", f"{url}?q=bomba&status=all&sort=-opened", 200) <= 10


def test_an_edit_takes_at_most_18(count: Count, world: World, rows: SimpleNamespace) -> None:
    count("bruno", "POST", NEW.format("aurora"), 303, data=full(rows))
    url = f"{LIST.format('aurora')}/{last_ticket(world.aurora).id}"
    post = full(rows) | {"version": "1", "customer_id": str(rows.other_customer.id), "problem": "Outro"}
    del post["customer_product_id"], post["is_product_specific"]

    assert count("bruno", "POST", url, 303, data=post) <= 18


REPORT = "/c/aurora/service-desk/reports/tickets"


def test_the_report_takes_at_most_14_and_a_summary_12_however_many_rows_there_are(
    count: Count, world: World, rows: SimpleNamespace
) -> None:
    lists = [
        REPORT,
        f"{REPORT}?view=details&break=technician&sort=party",
        f"{REPORT}?view=waiting&break=days",
    ]
    summaries = [f"{REPORT}?view=by_{each}" for each in ("technician", "department", "month")]
    few = {url: count("bruno", "GET", url, 200) for url in lists + summaries}
    for _ in range(3):
        count("bruno", "POST", NEW.format("aurora"), 303, data=of_many_rows(rows))
    many = {url: count("bruno", "GET", url, 200) for url in lists + summaries}

    assert max(many[url] for url in lists) <= 14, many
    assert max(many[url] for url in summaries) <= 12, many
    # Nothing waited before: what its rows show is read now.
    assert {url: many[url] - few[url] for url in many if many[url] != few[url]} == {lists[2]: 1}, (few, many)


def test_a_row_that_the_report_is_narrowed_by_costs_one_whether_picked_or_typed(
    count: Count, rows: SimpleNamespace
) -> None:
    named = {"technician": rows.technician, "channel": rows.channel}
    picked = "&".join(f"{name}_id={row.id}" for name, row in named.items())
    typed_in = "&".join(f"{name}={row.code}" for name, row in named.items())
    without = count("bruno", "GET", REPORT, 200)
    assert count("bruno", "GET", f"{REPORT}?{picked}", 200) == without + 2
    assert count("bruno", "GET", f"{REPORT}?{typed_in}", 200) == without + 2


def test_subtotals_come_with_the_total(count: Count, rows: SimpleNamespace) -> None:
    count("bruno", "POST", NEW.format("aurora"), 303, data=of_many_rows(rows))
    without = count("bruno", "GET", REPORT, 200)
    assert count("bruno", "GET", f"{REPORT}?break=technician", 200) == without


@pytest.mark.parametrize(("view", "statements"), [("technician", 1), ("month", 1), ("department", 2)])
def test_a_summary_asks_each_further_company_once_or_for_departments_twice(
    count: Count, view: str, statements: int
) -> None:
    url = f"{REPORT}?view=by_{view}&company=aurora"
    into_its_scope_and_back = 2
    alone = count("ana", "GET", url, 200)
    assert count("ana", "GET", f"{url}&company=boreal", 200) == alone + into_its_scope_and_back + statements
