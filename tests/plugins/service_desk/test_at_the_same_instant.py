"""What two do at the same instant, on real connections: the form saved twice, the button pressed twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.database import company_scope, transaction
from plugins.service_desk import errors, queries
from plugins.service_desk.services import tickets as services
from tests.plugins.service_desk.desk import (
    LIST,
    NEW,
    document,
    error_of,
    last_ticket,
    switch,
    tickets,
    typed,
    wishes,
)
from tests.world import World, log_in

pytestmark = pytest.mark.usefixtures("committed")


def both(app: Flask, world: World, url: str, data: dict[str, Any], times: int = 4) -> list[Any]:
    """The answers to the same post from several browsers at once."""
    browsers = [app.test_client() for _ in range(times)]
    for browser in browsers:
        log_in(browser, world, "bruno")
    start = Barrier(times)

    def post(browser: Any) -> Any:
        start.wait()
        return browser.post(url, data=data)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(post, browsers))


def test_the_same_form_is_one_ticket_and_one_wish(app: Flask, world: World, rows: SimpleNamespace) -> None:
    switch(world.aurora, "auto_work_order_silently", value=True)
    before = len(tickets(world.aurora))
    answers = both(app, world, NEW.format("aurora"), typed(rows))

    assert {a.status_code for a in answers} == {303}
    assert len({a.location for a in answers}) == 1
    assert len(tickets(world.aurora)) == before + 1
    assert len([w for w in wishes(world.aurora) if w.source_id == last_ticket(world.aurora).id]) == 1
    numbers = [t.number for t in tickets(world.aurora)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_whoever_loses_is_shown_the_winners_ticket(
    app: Flask, world: World, rows: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unique key decides when both have looked before either had saved."""
    browser = app.test_client()
    log_in(browser, world, "bruno")
    post = typed(rows)
    first = browser.post(NEW.format("aurora"), data=post)
    find: Callable[..., Any] = queries.ticket_by_request_key
    looks = iter([lambda *_: None, find])

    def look(*args: Any) -> Any:
        return next(looks)(*args)

    monkeypatch.setattr(queries, "ticket_by_request_key", look)
    before = len(tickets(world.aurora))
    second = browser.post(NEW.format("aurora"), data=post)

    assert second.location == first.location
    assert len(tickets(world.aurora)) == before


def test_the_service_says_so(app: Flask, world: World, rows: SimpleNamespace) -> None:
    ticket = rows.ticket
    with pytest.MonkeyPatch.context() as patch, company_scope(world.aurora):
        patch.setattr(queries, "ticket_by_request_key", lambda *_: None)
        with pytest.raises(errors.AlreadySaved), transaction():
            services.open_ticket(
                company=world.aurora,
                actor=world.users["bruno"],
                request_key=ticket.request_key,
                document=document(rows),
            )


def test_the_button_pressed_by_several_is_one_wish(app: Flask, world: World, rows: SimpleNamespace) -> None:
    url = f"{LIST.format('aurora')}/{rows.ticket.id}/work-orders"
    answers = both(app, world, url, {"sequence": "1"})

    assert {a.status_code for a in answers} == {303}
    assert len({a.location for a in answers}) == 1
    assert len([w for w in wishes(world.aurora) if w.source_id == rows.ticket.id]) == 1


def test_of_two_edits_of_one_version_one_is_a_conflict(
    app: Flask, world: World, rows: SimpleNamespace
) -> None:
    browser = app.test_client()
    log_in(browser, world, "bruno")
    browser.post(NEW.format("aurora"), data=typed(rows))
    ticket = last_ticket(world.aurora)
    answers = both(
        app, world, f"{LIST.format('aurora')}/{ticket.id}", typed(rows, version=1, problem="Outro"), times=2
    )

    # Both typed the same: whoever read the other's save has nothing left to change.
    assert sorted(a.status_code for a in answers) in ([303, 409], [303, 303])
    assert last_ticket(world.aurora).version == 2


def test_a_prospect_that_is_just_being_converted_gets_no_new_ticket(
    app: Flask, world: World, rows: SimpleNamespace, owner_engine: Engine
) -> None:
    """Otherwise the ticket would stay with the prospect, whose tickets have already moved (R22b)."""
    browser = app.test_client()
    log_in(browser, world, "bruno")
    before = len(tickets(world.aurora))
    post = typed(rows, party_kind="prospect", customer_id=None, prospect_id=rows.prospect.id)
    its = {"id": rows.prospect.id}
    try:
        with ThreadPoolExecutor(1) as pool, owner_engine.connect() as connection:
            connection.execute(text("SELECT FROM prospect WHERE id = :id FOR UPDATE"), its)
            connection.execute(text("UPDATE prospect SET is_active = false WHERE id = :id"), its)
            saving = pool.submit(browser.post, NEW.format("aurora"), data=post)
            with pytest.raises(TimeoutError):
                saving.result(timeout=0.5)
            connection.commit()
            answer = saving.result(timeout=10)
    finally:
        with owner_engine.begin() as connection:
            connection.execute(text("UPDATE prospect SET is_active = true WHERE id = :id"), its)

    assert answer.status_code == 422
    assert "ativo" in error_of(answer.text, "prospect")
    assert len(tickets(world.aurora)) == before
