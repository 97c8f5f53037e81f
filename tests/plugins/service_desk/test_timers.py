"""R18: the timer of a contact: what it measures, whose it is, and that one runs per user and company."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import NotFound

from app.clock import now
from app.companies.models import Company
from app.database import company_scope, db
from plugins.service_desk import errors
from plugins.service_desk.models import Ticket, Timer
from plugins.service_desk.queries import in_hand
from plugins.service_desk.services import timers
from plugins.service_desk.services.timers import First
from tests.plugins.service_desk.desk import change
from tests.plugins.service_desk.timing import kept, start

SAO_PAULO = "America/Sao_Paulo"


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
def ticket(aurora: Company, rows: SimpleNamespace) -> Ticket:
    return rows.ticket


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the server's clock."""

    def set_to(value: str) -> None:
        monkeypatch.setattr(timers, "now", lambda: at(value))

    return set_to


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
