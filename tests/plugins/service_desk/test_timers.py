"""R18: the timer of a contact: what it measures, whose it is, and that one runs per user and company."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import NotFound

from app.clock import now
from app.companies.models import Company
from app.database import company_scope, db, transaction
from app.users.models import User
from plugins.service_desk import errors
from plugins.service_desk.models import Ticket, Timer
from plugins.service_desk.queries import in_hand
from plugins.service_desk.services import timers
from plugins.service_desk.services.timers import First
from tests.conftest import StatementCounter
from tests.plugins.service_desk.desk import change, switch
from tests.workshop import Workshop
from tests.world import World, log_in

SAO_PAULO = "America/Sao_Paulo"
LIST = "/c/aurora/service-desk/timers"
JSON = {"Accept": "application/json"}


def at(value: str) -> datetime:
    """An instant, written in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def measured(start: str, stop: str) -> Timer:
    """A stopped timer that is in no database."""
    return Timer(row_key=uuid4(), started_at=at(start), stopped_at=at(stop))


# ── What a stopped timer fills ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "stop", "hours"),
    [
        ("2026-11-24 13:15:20", "2026-11-24 13:15:50", ("10:15", "10:16")),
        ("2026-11-24 13:15:00", "2026-11-24 13:15:00", ("10:15", "10:16")),
        ("2026-11-24 13:15:00", "2026-11-24 13:32:00", ("10:15", "10:32")),
        ("2026-11-24 13:15:59", "2026-11-24 13:32:01", ("10:15", "10:33")),
        ("2026-11-24 13:15:59", "2026-11-24 13:32:00.000001", ("10:15", "10:33")),
        ("2026-11-24 12:00:00", "2026-11-25 00:00:00", ("09:00", "21:00")),
    ],
)
def test_a_contact_of_seconds_is_one_minute_and_the_stop_rounds_up(start, stop, hours) -> None:
    row = timers.filled(measured(start, stop), SAO_PAULO)
    assert (f"{row.start_time:%H:%M}", f"{row.end_time:%H:%M}") == hours
    assert (row.occurred_on, row.asks) == (date(2026, 11, 24), "")


def test_past_midnight_the_day_is_the_starts() -> None:
    row = timers.filled(measured("2026-11-25 02:30", "2026-11-25 03:19:30"), SAO_PAULO)
    assert row.occurred_on == date(2026, 11, 24)
    assert (row.start_time, row.end_time) == (time(23, 30), time(0, 20))


@pytest.mark.usefixtures("session")
def test_past_12_hours_the_end_is_asked_for() -> None:
    row = timers.filled(measured("2026-11-24 12:00:00", "2026-11-25 00:00:01"), SAO_PAULO)
    assert (row.occurred_on, row.start_time, row.end_time) == (date(2026, 11, 24), time(9), None)
    assert "12 horas" in row.asks


# Clocks went back at midnight to 23:00 of 16 February 2019: that hour was twice.
@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("start", "stop"),
    [
        ("2019-02-17 01:50", "2019-02-17 02:10"),  # first 23:50 to second 23:10: the end reads as the earlier
        ("2019-02-17 01:10", "2019-02-17 02:30"),  # first 23:10 to second 23:30: 80 minutes would read as 20
        ("2019-02-17 00:30", "2019-02-17 02:30"),  # 22:30 to second 23:30
    ],
)
def test_in_a_doubled_hour_the_end_is_asked_for_where_it_would_tell_another_duration(start, stop) -> None:
    row = timers.filled(measured(start, stop), SAO_PAULO)
    assert row.end_time is None
    assert "relógio voltou" in row.asks


def test_within_one_of_the_doubled_hours_the_end_is_filled() -> None:
    row = timers.filled(measured("2019-02-17 02:10", "2019-02-17 02:40"), SAO_PAULO)
    assert (row.start_time, row.end_time, row.asks) == (time(23, 10), time(23, 40), "")


def test_over_an_hour_that_never_was_the_end_is_the_clocks() -> None:
    """In New York 02:00 was followed by 03:00: 20 minutes from 01:50 is 03:10."""
    row = timers.filled(measured("2026-03-08 06:50", "2026-03-08 07:10"), "America/New_York")
    assert (row.start_time, row.end_time, row.asks) == (time(1, 50), time(3, 10), "")


# ── Verbs, on a session that is undone ───────────────────────────────────────────────────────────────


@pytest.fixture
def aurora(session: None, world: World) -> Iterator[Company]:
    with company_scope(world.aurora):
        yield world.aurora


@pytest.fixture
def user(world: World) -> User:
    return world.users["bruno"]


@pytest.fixture
def ticket(aurora: Company, rows: SimpleNamespace) -> Ticket:
    return rows.ticket


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the server's clock."""

    def set_to(value: str) -> None:
        monkeypatch.setattr(timers, "now", lambda: at(value))

    return set_to


def start(company: Company, actor: User, row_key: UUID | None = None, **given: Any) -> timers.Started:
    document = given if {"ticket_id", "request_key"} & set(given) else {"request_key": uuid4(), **given}
    return timers.start(company=company, actor=actor, row_key=row_key or uuid4(), **document)


def kept(company: Company, actor: User) -> list[Timer]:
    """All timers of the user."""
    own = select(Timer).where(Timer.company_id == company.id, Timer.user_id == actor.id)
    return list(db.session.scalars(own.order_by(Timer.id).execution_options(populate_existing=True)))


def test_a_timer_of_a_ticket_runs_from_the_servers_instant(aurora, user, ticket, clock) -> None:
    clock("2026-11-24 13:15:20")
    running = start(aurora, user, ticket_id=ticket.id).running
    found = in_hand.running_timer(aurora, user)
    assert found == running
    assert (found.started_at, found.number) == (at("2026-11-24 13:15:20"), ticket.number)
    clock("2026-11-24 13:20:01")
    assert timers.stop(company=aurora, actor=user, timer_id=found.id).stopped_at == at("2026-11-24 13:20:01")
    assert in_hand.running_timer(aurora, user) is None


def test_a_timer_serves_a_ticket_that_is_not_saved(aurora, user) -> None:
    key = uuid4()
    start(aurora, user, request_key=key)
    found = in_hand.running_timer(aurora, user)
    assert (found.request_key, found.ticket_id, found.number) == (key, None, None)


def test_a_second_one_is_refused_with_the_first(aurora, user, ticket) -> None:
    first = start(aurora, user, ticket_id=ticket.id).running
    with pytest.raises(errors.OtherTimerRuns) as refused:
        start(aurora, user)
    assert refused.value.values["other"].id == first.id
    assert refused.value.rule == "R18"
    assert len(kept(aurora, user)) == 1


def test_another_user_and_another_company_have_their_own(aurora, user, world) -> None:
    start(aurora, user)
    start(aurora, world.users["sofia"])
    with company_scope(world.boreal):
        start(world.boreal, user)
        assert len(kept(world.boreal, user)) == 1


def test_the_first_is_stopped_for_the_second(aurora, user) -> None:
    first = start(aurora, user).running
    started = start(aurora, user, first=First.STOP, first_id=first.id)
    assert started.stopped is not None
    assert (started.stopped.id, started.stopped.stopped_at is not None) == (first.id, True)
    assert in_hand.running_timer(aurora, user) == started.running


def test_the_first_is_discarded_for_the_second(aurora, user) -> None:
    first = start(aurora, user).running
    started = start(aurora, user, first=First.DISCARD, first_id=first.id)
    assert started.stopped is None
    assert [t.id for t in kept(aurora, user)] == [started.running.id]


def test_an_answer_about_another_timer_asks_again(aurora, user) -> None:
    """Meanwhile another tab has started one that the question didn't name."""
    second = start(aurora, user).running
    with pytest.raises(errors.OtherTimerRuns):
        start(aurora, user, first=First.DISCARD, first_id=second.id - 1)
    assert [t.id for t in kept(aurora, user)] == [second.id]


def test_the_database_lets_one_run(aurora, user) -> None:
    start(aurora, user)
    own = {"company_id": aurora.id, "user_id": user.id, "request_key": uuid4(), "row_key": uuid4()}
    with pytest.raises(IntegrityError, match="uq_service_desk_timer_running"):
        db.session.execute(insert(Timer).values(**own, started_at=now()))


def test_a_start_of_the_running_row_changes_nothing(aurora, user, ticket, clock) -> None:
    clock("2026-11-24 13:15:20")
    first = start(aurora, user, row_key := uuid4(), ticket_id=ticket.id).running
    clock("2026-11-24 13:16:20")
    assert start(aurora, user, row_key, ticket_id=ticket.id).running == first


def test_a_start_of_a_measured_row_measures_anew(aurora, user, ticket) -> None:
    first = start(aurora, user, row_key := uuid4(), ticket_id=ticket.id).running
    timers.stop(company=aurora, actor=user, timer_id=first.id)
    again = start(aurora, user, row_key, ticket_id=ticket.id).running
    assert [(t.id, t.stopped_at) for t in kept(aurora, user)] == [(again.id, None)]


def test_a_stop_is_not_before_its_start_whatever_the_servers_clocks_say(aurora, user, clock) -> None:
    clock("2026-11-24 13:15:20")
    timer = start(aurora, user).running
    clock("2026-11-24 13:15:19")
    assert timers.stop(company=aurora, actor=user, timer_id=timer.id).stopped_at == timer.started_at


def test_a_second_stop_keeps_the_first_instant(aurora, user, clock) -> None:
    clock("2026-11-24 13:15:20")
    timer = start(aurora, user).running
    clock("2026-11-24 13:20:00")
    timers.stop(company=aurora, actor=user, timer_id=timer.id)
    clock("2026-11-24 13:40:00")
    again = timers.stop(company=aurora, actor=user, timer_id=timer.id)
    assert again.stopped_at == at("2026-11-24 13:20:00")


def test_a_closed_ticket_starts_none(aurora, user, ticket, rows) -> None:
    """R16; one that runs already can be stopped and discarded."""
    running = start(aurora, user, ticket_id=ticket.id).running
    change(aurora, ticket, closed_at=now(), closed_by_id=rows.technician.id)
    timers.stop(company=aurora, actor=user, timer_id=running.id)
    with pytest.raises(errors.TicketClosed):
        start(aurora, user, ticket_id=ticket.id)
    timers.discard(company=aurora, actor=user, timer_id=running.id)
    assert kept(aurora, user) == []


def test_another_companys_ticket_is_not_found(aurora, user, world) -> None:
    with pytest.raises(NotFound):
        start(aurora, user, ticket_id=world.rows["boreal"].ticket.id)
    with pytest.raises(NotFound):
        start(aurora, user, ticket_id=2**70)


def test_another_users_timer_is_not_found(aurora, user, world) -> None:
    theirs = start(aurora, world.users["sofia"]).running
    for verb in (timers.stop, timers.discard):
        with pytest.raises(NotFound):
            verb(company=aurora, actor=user, timer_id=theirs.id)
    assert in_hand.timers_in_hand(aurora, user) == []


# ── A forgotten one is trimmed ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("started", "end", "stopped"),
    [
        ("2026-11-24 11:00:20", time(8, 30), "2026-11-24 11:30"),
        ("2026-11-24 11:00:20", time(8, 1), "2026-11-24 11:01"),
        ("2026-11-24 11:00:20", time(20), "2026-11-24 23:00"),
        ("2026-11-24 02:30:20", time(1), "2026-11-24 04:00"),  # 23:30 to 01:00 of the next day
        ("2019-02-17 01:50:20", time(23, 10), "2019-02-17 02:10"),  # 23:50 to 23:10, when that was again
        ("2019-02-17 01:10:20", time(23, 50), "2019-02-17 01:50"),  # a doubled hour is its first
    ],
)
def test_a_forgotten_timer_is_stopped_at_a_given_hour(aurora, user, clock, started, end, stopped) -> None:
    clock(started)
    timer = start(aurora, user).running
    clock("2026-11-25 12:00")
    stop = timers.stop(company=aurora, actor=user, timer_id=timer.id, end=end)
    assert stop.stopped_at == at(stopped)


@pytest.mark.parametrize(
    ("end", "refusal"),
    [
        (time(8), errors.TimerEndTooFar),  # the start's own minute
        (time(7, 59), errors.TimerEndTooFar),  # nearly a day later
        (time(20, 1), errors.TimerEndTooFar),
        (time(18, 1), errors.TimerEndInFuture),
    ],
)
def test_the_given_hour_is_after_the_start_within_12_hours_and_has_passed(
    aurora, user, clock, end, refusal
) -> None:
    clock("2026-11-24 11:00:20")
    timer = start(aurora, user).running
    clock("2026-11-24 20:59:30")
    with pytest.raises(refusal):
        timers.stop(company=aurora, actor=user, timer_id=timer.id, end=end)


def test_an_hour_that_never_was_ended_no_contact(aurora, user, clock) -> None:
    """Clocks went forward over midnight of 4 November 2018: 00:30 wasn't."""
    clock("2018-11-04 01:00")
    timer = start(aurora, user).running
    clock("2018-11-05 12:00")
    with pytest.raises(errors.TimerEndTooFar):
        timers.stop(company=aurora, actor=user, timer_id=timer.id, end=time(0, 30))


def test_a_timer_is_forgotten_after_8_hours() -> None:
    def running(hours: float) -> in_hand.InHand:
        return in_hand.InHand(1, uuid4(), now() - timedelta(hours=hours))

    assert [running(hours).is_forgotten for hours in (7.99, 8)] == [False, True]
    assert running(9.5).clock == "9:30:00"


# ── When its document is saved ───────────────────────────────────────────────────────────────────────


def test_a_save_ends_the_stopped_timers_of_saved_rows_only(aurora, user, world, ticket) -> None:
    keys = [uuid4() for _ in range(3)]
    for key in keys[:2]:
        stopped = start(aurora, user, key, ticket_id=ticket.id).running
        timers.stop(company=aurora, actor=user, timer_id=stopped.id)
    start(aurora, user, keys[2], ticket_id=ticket.id)
    theirs = start(aurora, world.users["sofia"], keys[0], ticket_id=ticket.id).running
    timers.stop(company=aurora, actor=world.users["sofia"], timer_id=theirs.id)

    timers.settle(company=aurora, actor=user, ticket=ticket, saved_keys=[keys[0], keys[2]])
    assert {t.row_key for t in kept(aurora, user)} == set(keys[1:])
    assert len(kept(aurora, world.users["sofia"])) == 1


def test_timers_of_a_new_ticket_move_to_it(aurora, user, ticket) -> None:
    key = uuid4()
    start(aurora, user, request_key=key)
    timers.settle(company=aurora, actor=user, ticket=ticket, request_key=key)
    assert in_hand.running_timer(aurora, user).ticket_id == ticket.id
    assert len(in_hand.timers_of(aurora, user, ticket_id=ticket.id)) == 1
    assert in_hand.timers_of(aurora, user, request_key=key) == []


def test_a_start_that_missed_the_save_of_its_form_belongs_to_the_ticket(aurora, user, ticket) -> None:
    """It read before the save committed, and wrote afterwards."""
    own = {"company_id": aurora.id, "user_id": user.id, "row_key": uuid4(), "started_at": now()}
    db.session.execute(insert(Timer).values(**own, request_key=ticket.request_key))
    assert in_hand.running_timer(aurora, user).number == ticket.number
    assert len(in_hand.timers_of(aurora, user, ticket_id=ticket.id)) == 1


def test_a_start_from_a_form_that_is_saved_already_is_the_tickets(aurora, user, ticket) -> None:
    start(aurora, user, request_key=ticket.request_key)
    assert kept(aurora, user)[0].ticket_id == ticket.id


def test_a_removed_rows_timer_goes(aurora, user, ticket) -> None:
    start(aurora, user, key := uuid4(), ticket_id=ticket.id)
    timers.discard_row(company=aurora, actor=user, row_key=key)
    assert kept(aurora, user) == []


# ── Over HTTP ────────────────────────────────────────────────────────────────────────────────────────


def press(browser: FlaskClient, ticket: Ticket, row_key: UUID, **more: Any) -> Any:
    data = {"row_key": row_key, **more}
    return browser.post(f"/c/aurora/service-desk/tickets/{ticket.id}/timers", data=data, headers=JSON)


def test_the_script_is_told_what_to_show(bruno, rows) -> None:
    key = uuid4()
    answer = press(bruno, rows.ticket, key, started_at="2020-01-01", elapsed=99_999)
    running = answer.json["running"]
    assert (running["row"], running["elapsed"], answer.json["filled"]) == (str(key), 0, [])
    assert f"Atendimento nº {rows.ticket.number}" in answer.json["bar"]

    refused = press(bruno, rows.ticket, uuid4())
    assert (refused.status_code, refused.json["first"]) == (409, running["id"])
    assert f"Atendimento nº {rows.ticket.number}" in refused.json["question"]

    stopped = bruno.post(f"{LIST}/{running['id']}/stop", headers=JSON).json
    assert stopped["running"] is None
    assert [(row["row"], row["asks"]) for row in stopped["filled"]] == [(str(key), "")]
    assert bruno.get(LIST).json["filled"] == stopped["filled"]


def test_without_script_the_stop_leads_to_the_document(bruno, rows) -> None:
    running = press(bruno, rows.ticket, uuid4()).json["running"]
    answer = bruno.post(f"{LIST}/{running['id']}/stop")
    assert answer.status_code == 303
    assert answer.location == f"/c/aurora/service-desk/tickets/{rows.ticket.id}#interactions"


def test_without_script_a_discard_leads_to_the_document(bruno, rows) -> None:
    running = press(bruno, rows.ticket, uuid4()).json["running"]
    answer = bruno.post(f"{LIST}/{running['id']}/discard")
    assert answer.location == f"/c/aurora/service-desk/tickets/{rows.ticket.id}#interactions"
    assert bruno.get(LIST).json == {"bar": bruno.get(LIST).json["bar"], "running": None, "filled": []}


def test_of_a_closed_ticket_the_stop_says_that_it_is_kept(bruno, rows, world) -> None:
    running = press(bruno, rows.ticket, uuid4()).json["running"]
    change(world.aurora, rows.ticket, closed_at=now(), closed_by_id=rows.technician.id)
    bruno.post(f"{LIST}/{running['id']}/stop")
    assert "fica guardado até que ele seja reaberto" in bruno.get("/c/aurora/").text
    assert press(bruno, rows.ticket, uuid4()).json["refused"].endswith("(R16).")


def test_the_page_of_a_forgotten_timer_asks_for_its_end(bruno, rows, world) -> None:
    running = press(bruno, rows.ticket, uuid4()).json["running"]
    page = bruno.get(f"{LIST}/{running['id']}/stop")
    assert page.status_code == 200
    assert ">Hora Final</label>" in page.text
    for given in ("", "nonsense"):
        refused = bruno.post(f"{LIST}/{running['id']}/stop", data={"end_time": given})
        assert (refused.status_code, 'id="end_time-error"' in refused.text) == (422, True)
    assert (
        "Informe"
        in bruno.post(f"{LIST}/{running['id']}/stop", data={"end_time": ""}, headers=JSON).json["refused"]
    )
    assert bruno.get(LIST).json["running"] == running


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
        assert sofia.open(f"{LIST}/{running['id']}/{what}", method=method).status_code == 404
    assert sofia.get(LIST).json["running"] is None
    assert bruno.get(LIST).json["running"] == running


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
    assert bruno.get(LIST).status_code == 404
    assert bruno.post(f"{LIST}/{running['id']}/stop").status_code == 404
    assert "balcao-timer" not in bruno.get("/c/aurora/").text
    switch(world.aurora, "enabled", value=True)
    assert bruno.get(LIST).json["running"]["id"] == running["id"]
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


# ── Two at the same instant ──────────────────────────────────────────────────────────────────────────


def both(workshop: Workshop, verb: Callable[[], object]) -> list[str]:
    """Two tabs press at once, on two connections: what became of each."""
    ready = Barrier(2, timeout=10)

    def press(_: int) -> str:
        with workshop.app.app_context(), company_scope(workshop.company):
            ready.wait()
            try:
                with transaction():
                    verb()
            except errors.OtherTimerRuns as error:
                return "asked" if error.values["other"] is not None else "asked about nothing"
            except IntegrityError:
                return "failed"
            return "started"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(press, range(2)))


def running(workshop: Workshop) -> int:
    with workshop.app.app_context(), company_scope(workshop.company):
        return sum(t.stopped_at is None for t in kept(workshop.company, workshop.actor))


def test_of_two_starts_at_once_one_wins_and_the_other_is_asked(workshop: Workshop) -> None:
    for _ in range(25):
        assert both(workshop, lambda: start(workshop.company, workshop.actor)) == ["asked", "started"]
        assert running(workshop) == 1
        workshop.sql("DELETE FROM service_desk_timer WHERE company_id = :company")


def test_of_two_answers_at_once_one_wins_and_the_other_is_asked(workshop: Workshop) -> None:
    """Both tabs stop the same first timer for a new one of their own."""
    for _ in range(10):
        with workshop.app.app_context(), company_scope(workshop.company), transaction():
            first = start(workshop.company, workshop.actor).running
        answer = {"first": First.STOP, "first_id": first.id}
        answers = both(workshop, lambda: start(workshop.company, workshop.actor, **answer))  # noqa: B023
        assert answers == ["asked", "started"]
        assert running(workshop) == 1
        workshop.sql("DELETE FROM service_desk_timer WHERE company_id = :company")


def test_two_starts_of_one_row_are_one(workshop: Workshop) -> None:
    """A double click."""
    for _ in range(10):
        row = {"row_key": uuid4(), "request_key": uuid4()}
        answers = both(workshop, lambda: start(workshop.company, workshop.actor, **row))  # noqa: B023
        assert answers == ["started", "started"]
        assert running(workshop) == 1
        workshop.sql("DELETE FROM service_desk_timer WHERE company_id = :company")


def test_look_first_and_write_then_would_fail(workshop: Workshop) -> None:
    """The broken twin: only the database's key stands between it and two running timers."""
    looked = Barrier(2, timeout=10)

    def naive() -> None:
        found = in_hand.running_timer(workshop.company, workshop.actor)
        looked.wait()
        if found is None:
            own = {"company_id": workshop.company.id, "user_id": workshop.actor.id}
            row = {"request_key": uuid4(), "row_key": uuid4(), "started_at": now()}
            db.session.execute(insert(Timer).values(**own, **row))

    assert both(workshop, naive) == ["failed", "started"]
