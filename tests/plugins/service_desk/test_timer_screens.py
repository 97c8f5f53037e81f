"""R18 over HTTP: the top bar, the form's buttons without script, what the script is told, what it costs."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.clock import now
from app.database import company_scope, transaction
from plugins.service_desk.queries import in_hand
from tests.conftest import StatementCounter
from tests.plugins.service_desk.desk import NEW, change, last_ticket, switch, typed
from tests.plugins.service_desk.timing import JSON, TIMERS, kept, press
from tests.world import World, log_in


def test_the_script_is_told_what_to_show(bruno, rows) -> None:
    key = uuid4()
    answer = press(bruno, rows.ticket, key, started_at="2020-01-01", elapsed=99_999)
    running = answer.json["running"]
    assert (running["row"], running["elapsed"], answer.json["filled"]) == (str(key), 0, [])
    assert f"Atendimento nº {rows.ticket.number}" in answer.json["bar"]

    refused = press(bruno, rows.ticket, uuid4())
    assert (refused.status_code, refused.json["first"]) == (409, running["id"])
    assert f"Atendimento nº {rows.ticket.number}" in refused.json["question"]

    stopped = bruno.post(f"{TIMERS}/{running['id']}/stop", headers=JSON).json
    assert stopped["running"] is None
    assert [(row["row"], row["asks"]) for row in stopped["filled"]] == [(str(key), "")]
    assert bruno.get(TIMERS).json["filled"] == stopped["filled"]


def test_without_script_the_stop_leads_to_the_document(bruno, rows) -> None:
    running = press(bruno, rows.ticket, uuid4()).json["running"]
    answer = bruno.post(f"{TIMERS}/{running['id']}/stop")
    assert answer.status_code == 303
    assert answer.location == f"/c/aurora/service-desk/tickets/{rows.ticket.id}#interactions"


def test_without_script_a_discard_leads_to_the_document(bruno, rows) -> None:
    running = press(bruno, rows.ticket, uuid4()).json["running"]
    answer = bruno.post(f"{TIMERS}/{running['id']}/discard")
    assert answer.location == f"/c/aurora/service-desk/tickets/{rows.ticket.id}#interactions"
    assert bruno.get(TIMERS).json == {"bar": bruno.get(TIMERS).json["bar"], "running": None, "filled": []}


def test_of_a_closed_ticket_the_stop_says_that_it_is_kept(bruno, rows, world) -> None:
    running = press(bruno, rows.ticket, uuid4()).json["running"]
    change(world.aurora, rows.ticket, closed_at=now(), closed_by_id=rows.technician.id)
    bruno.post(f"{TIMERS}/{running['id']}/stop")
    assert "fica guardado até que ele seja reaberto" in bruno.get("/c/aurora/").text
    assert press(bruno, rows.ticket, uuid4()).json["refused"].endswith("(R16).")


def test_the_page_of_a_forgotten_timer_asks_for_its_end(bruno, rows, world) -> None:
    running = press(bruno, rows.ticket, uuid4()).json["running"]
    page = bruno.get(f"{TIMERS}/{running['id']}/stop")
    assert page.status_code == 200
    assert ">Hora Final</label>" in page.text
    for given in ("", "nonsense"):
        refused = bruno.post(f"{TIMERS}/{running['id']}/stop", data={"end_time": given})
        assert (refused.status_code, 'id="end_time-error"' in refused.text) == (422, True)
    assert (
        "Informe"
        in bruno.post(f"{TIMERS}/{running['id']}/stop", data={"end_time": ""}, headers=JSON).json["refused"]
    )
    assert bruno.get(TIMERS).json["running"] == running


@pytest.mark.parametrize(
    "post",
    [
        {},
        {"row_key": "x"},
        {"row_key": str(uuid4()), "first": "kill"},
        {"row_key": str(uuid4()), "first": "stop", "first_id": "9x"},
    ],
)
def test_what_no_page_sends_is_refused(bruno, rows, post) -> None:
    url = f"/c/aurora/service-desk/tickets/{rows.ticket.id}/timers"
    assert bruno.post(url, data=post).status_code == 400


def test_a_viewer_starts_nothing(client, rows, world) -> None:
    log_in(client, world, "vera")
    assert press(client, rows.ticket, uuid4()).status_code == 403


def test_another_users_timer_has_no_page(app, bruno, rows, world) -> None:
    running = press(bruno, rows.ticket, uuid4()).json["running"]
    sofia = app.test_client()
    log_in(sofia, world, "sofia")
    for method, what in (("GET", "stop"), ("POST", "stop"), ("POST", "discard")):
        assert sofia.open(f"{TIMERS}/{running['id']}/{what}", method=method).status_code == 404
    assert sofia.get(TIMERS).json["running"] is None
    assert bruno.get(TIMERS).json["running"] == running


# ── The buttons of the form, without script ──────────────────────────────────────────────────────────


def do(browser: FlaskClient, command: str, url: str = NEW.format("aurora"), **post: Any) -> str:
    """The page after a button of the form: nothing is saved, what was typed is there."""
    answer = browser.post(url, data=post | {"_do": command})
    assert answer.status_code == 200
    return answer.text


def button(page: str, row_key: UUID) -> str:
    """The timer's button of that row."""
    return page.partition(f'value="timer:{row_key}"')[2].partition("</button>")[0]


def value(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]* name="{name}"[^>]*>', page)
    assert found, name
    return re.search(r' value="([^"]*)"', found[0])[1]


def typed_row(row_key: UUID, place: int = 0, **fields: str) -> dict[str, str]:
    return {f"interactions-{place}-{name}": text for name, text in {"key": str(row_key), **fields}.items()}


@pytest.mark.usefixtures("aurora")
def test_pressed_without_script_it_starts_and_keeps_what_was_typed(bruno, aurora, user, rows) -> None:
    key = uuid4()
    post = typed(rows, problem="Duas\nlinhas") | typed_row(key, contact_name="Dona Lurdes")
    page = do(bruno, f"timer:{key}", **post)
    assert 'aria-pressed="true"' in button(page, key)
    assert "Duas\nlinhas</textarea>" in page
    assert value(page, "interactions-0-contact_name") == "Dona Lurdes"
    assert value(page, "interactions-0-start_time") == ""
    # And the top bar leads to what was typed.
    request_key = UUID(post["request_key"])
    assert in_hand.running_timer(aurora, user).request_key == request_key
    inputs = in_hand.draft(aurora, user, request_key).inputs
    assert ["problem", "Duas\nlinhas"] in inputs
    assert "_do" not in dict(inputs)


@pytest.mark.usefixtures("aurora")
def test_pressed_again_without_script_it_fills_its_row_and_no_other(bruno, rows) -> None:
    key, other = uuid4(), uuid4()
    post = typed(rows) | typed_row(other, start_time="08:00", end_time="08:05") | typed_row(key, 1)
    do(bruno, f"timer:{other}", **post)
    do(bruno, f"timer:{other}", **post)
    do(bruno, f"timer:{key}", **post)
    page = do(bruno, f"timer:{key}", **post)
    assert 'aria-pressed="false"' in button(page, key)
    assert value(page, "interactions-1-end_time") != ""
    # Filled before, and corrected since.
    assert (value(page, "interactions-0-start_time"), value(page, "interactions-0-end_time")) == (
        "08:00",
        "08:05",
    )


@pytest.mark.usefixtures("aurora")
@pytest.mark.parametrize(("answer", "end_is_filled"), [("stop", True), ("discard", False)])
def test_without_script_the_question_is_a_dialog_of_the_page(bruno, rows, answer, end_is_filled) -> None:
    first, second = uuid4(), uuid4()
    post = typed(rows) | typed_row(first) | typed_row(second, 1)
    do(bruno, f"timer:{first}", **post)
    page = do(bruno, f"timer:{second}", **post)
    dialog = page.partition('id="ask-timer"')[2].partition("</dialog>")[0]
    assert "O que fazer com ele?" in dialog
    command = re.search(rf'value="(timer:{second}:{answer}:\d+)"', dialog)[1]
    page = do(bruno, command, **post)
    assert 'aria-pressed="true"' in button(page, second)
    assert 'aria-pressed="false"' in button(page, first)
    assert bool(value(page, "interactions-0-end_time")) is end_is_filled


@pytest.mark.usefixtures("aurora")
def test_removed_without_script_a_rows_timer_goes_along(bruno, aurora, user, rows) -> None:
    key = uuid4()
    post = typed(rows) | typed_row(key)
    do(bruno, f"timer:{key}", **post)
    page = do(bruno, f"remove:{key}", **post)
    assert str(key) not in page
    assert kept(aurora, user) == []


@pytest.mark.usefixtures("aurora")
@pytest.mark.parametrize("command", ["timer:", "timer:x", f"timer:{UUID(int=1)}:kill:1", "remove:x"])
def test_a_button_that_no_page_has_is_refused(bruno, rows, command) -> None:
    assert bruno.post(NEW.format("aurora"), data=typed(rows) | {"_do": command}).status_code == 400


@pytest.mark.usefixtures("aurora")
def test_of_a_saved_ticket_the_row_is_offered_and_filled_until_it_is_saved(
    bruno, aurora, user, rows, world
) -> None:
    bruno.post(NEW.format("aurora"), data=typed(rows))
    ticket = last_ticket(aurora)
    url, key = f"/c/aurora/service-desk/tickets/{ticket.id}", uuid4()
    running = press(bruno, ticket, key).json["running"]
    bruno.post(f"{TIMERS}/{running['id']}/stop")
    for _ in range(2):
        page = bruno.get(url).text
        assert value(page, "interactions-0-key") == str(key)
        assert value(page, "interactions-0-end_time")
        assert 'data-guard="unsaved"' in page
    row = typed_row(
        key,
        occurred_on=value(page, "interactions-0-occurred_on"),
        start_time=value(page, "interactions-0-start_time"),
        end_time=value(page, "interactions-0-end_time"),
        channel_id=str(rows.channel.id),
        direction="inbound",
        contact_name="Dona Lurdes",
        finding="Sem energia",
        guidance="Ligar",
    )
    post = typed(rows) | row | {"version": value(page, "version"), "base": html.unescape(value(page, "base"))}
    answer = bruno.post(url, data=post)
    assert answer.status_code == 303, answer.text
    assert kept(aurora, user) == []
    assert 'data-guard=""' in bruno.get(url).text


@pytest.mark.usefixtures("aurora")
def test_a_timer_goes_along_when_its_contact_is_taken_into_an_open_ticket(bruno, aurora, user, rows) -> None:
    """R11: «Adicionar contato a este atendimento»."""
    key = uuid4()
    post = typed(rows) | typed_row(key)
    do(bruno, f"timer:{key}", **post)
    answer = bruno.post(f"/c/aurora/service-desk/tickets/{rows.ticket.id}/contact", data=post)
    assert 'aria-pressed="true"' in button(answer.text, key)
    assert in_hand.running_timer(aurora, user).ticket_id == rows.ticket.id
    # Nothing is saved yet: what was typed is still in the draft.
    assert in_hand.draft(aurora, user, UUID(post["request_key"])) is not None


# ── In the top bar ───────────────────────────────────────────────────────────────────────────────────


def test_every_page_shows_the_running_timer_with_the_way_to_its_ticket(bruno, rows) -> None:
    press(bruno, rows.ticket, uuid4())
    page = bruno.get("/c/aurora/customers").text
    bar = page.partition("<balcao-timer-bar")[2].partition("</balcao-timer-bar>")[0]
    link = f"/c/aurora/service-desk/tickets/{rows.ticket.id}#interactions"
    assert f'href="{link}">Atendimento nº {rows.ticket.number}</a>' in bar
    assert ">Parar</button>" in bar
    assert ">Descartar</button>" in bar
    assert "Esquecido?" not in bar


def test_the_timer_of_an_unsaved_ticket_leads_to_its_draft(bruno) -> None:
    key = uuid4()
    data = {"request_key": key, "row_key": uuid4(), "inputs": '[["problem", "Não liga"]]'}
    assert bruno.post("/c/aurora/service-desk/tickets/new/timers", data=data).json["kept"]
    page = bruno.get("/c/aurora/").text
    assert f'/tickets/new?draft={key}#interactions">Atendimento novo</a>' in page


def test_a_forgotten_timer_is_flagged_in_words(bruno, rows, world) -> None:
    press(bruno, rows.ticket, uuid4())
    with company_scope(world.aurora), transaction():
        kept(world.aurora, world.users["bruno"])[0].started_at = now() - timedelta(hours=8, minutes=1)
    page = bruno.get("/c/aurora/").text
    assert "Esquecido?" in page
    assert ">Informar o fim</a>" in page


def test_a_company_that_switches_tickets_off_keeps_the_timers_out_of_reach(bruno, rows, world) -> None:
    """R1; they are back when it is on again."""
    running = press(bruno, rows.ticket, uuid4()).json["running"]
    switch(world.aurora, "enabled", value=False)
    assert bruno.get(TIMERS).status_code == 404
    assert bruno.post(f"{TIMERS}/{running['id']}/stop").status_code == 404
    assert "balcao-timer" not in bruno.get("/c/aurora/").text
    switch(world.aurora, "enabled", value=True)
    assert bruno.get(TIMERS).json["running"]["id"] == running["id"]
    assert "Atendimento nº" in bruno.get("/c/aurora/").text


# ── What it costs ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def count(
    app: Flask, committed: None, world: World, count_statements: type[StatementCounter]
) -> Callable[..., int]:
    """How many statements a request takes, on a session that commits."""
    browsers: dict[str, FlaskClient] = {}

    def send(login: str, method: str, url: str, **options: Any) -> int:
        if login not in browsers:
            browsers[login] = app.test_client()
            log_in(browsers[login], world, login)
        with count_statements() as counted:
            answer = browsers[login].open(url, method=method, **options)
        assert answer.status_code == 200, answer.text
        return len(counted)

    return send


def test_the_top_bar_takes_one_statement_and_none_of_whoever_may_not_edit(count, world, monkeypatch) -> None:
    from plugins.service_desk import slots

    for login, expected in (("bruno", 1), ("vera", 0)):
        count(login, "GET", "/c/aurora/customers")
        with_bar = count(login, "GET", "/c/aurora/customers")
        with monkeypatch.context() as patch:
            patch.setattr(slots, "topbar", lambda: "")
            without = count(login, "GET", "/c/aurora/customers")
        assert with_bar - without == expected


def test_starting_takes_at_most_8(count, rows) -> None:
    of_ticket = f"/c/aurora/service-desk/tickets/{rows.ticket.id}/timers"
    assert count("bruno", "POST", of_ticket, data={"row_key": uuid4()}) <= 8
    new = {"request_key": uuid4(), "row_key": uuid4(), "inputs": '[["problem", "Não liga"]]'}
    assert count("sofia", "POST", "/c/aurora/service-desk/tickets/new/timers", data=new) <= 8
