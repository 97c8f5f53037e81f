"""Times over midnights, changes of the clocks, ends of months and of years, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from plugins.service_desk.reports.details import DETAILS
from plugins.service_desk.reports.question import DateKind, Period, Question, View
from tests.plugins.service_desk.reports.cases import Case
from tests.plugins.service_desk.reports.data import NOW
from tests.plugins.service_desk.reports.questions import Asked, answer

DETAIL_KEYS = [column.key for column in DETAILS]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "end", "fold", "minutes"),
    [
        ("2019-01-15T10:00:00", "2019-01-15T10:25:00", 0, 25),
        ("2019-01-15T23:50:00", "2019-01-16T00:10:00", 0, 20),
        ("2018-12-31T23:45:00", "2019-01-01T00:15:00", 0, 30),
        ("2020-02-28T23:59:00", "2020-03-01T00:01:00", 0, 24 * 60 + 2),
        # Clocks went from midnight to 1:00: by the clock two hours, in truth one.
        ("2018-11-03T23:30:00", "2018-11-04T01:30:00", 0, 60),
        # And from midnight back to 23:00: by the clock nothing at all.
        ("2019-02-16T23:30:00", "2019-02-16T23:30:00", 1, 60),
        ("2019-02-16T23:30:00", "2019-02-17T00:10:00", 0, 100),
        ("2019-01-15T10:00:00", "2019-01-15T10:00:59", 0, 0),
        ("2019-01-15T10:00:30", "2019-01-15T10:01:29", 0, 0),
        ("2019-01-15T10:00:30", "2019-01-15T10:01:30", 0, 1),
        ("2019-01-15T10:00:00", "2019-01-15T10:01:59.999999", 0, 1),
    ],
)
def test_contacts_answers_and_closings_last_as_long_as_they_did(desk, start, end, fold, minutes):
    case = Case(desk)
    begun, ended = case.at(start), case.at(end, fold)
    case.ticket(begun, ended, contacts=[(begun, ended)], forwardings=[(begun, ended)])

    (row,) = case.rows_of(columns=("contact_time", "close_time", "opened", "closed"))
    assert row["contact_time"] == row["close_time"] == minutes
    assert (row["opened"], row["closed"]) == (local(start), local(end).date())
    summary = case.total(view=View.BY_MONTH)
    assert {summary[key] for key in ("contact_time", "close_mean", "close_p90", "answer_mean")} == {minutes}
    _sheet, lines = case.ask(view=View.DETAILS)
    contact, forwarding = (dict(zip(DETAIL_KEYS, line.values, strict=True)) for line in lines[1:3])
    assert (contact["start"], contact["end"], contact["contact_time"]) == (local(start), local(end), minutes)
    # The days are all that anybody typed.
    days = local(start).date(), local(end).date()
    assert (forwarding["forwarded"], forwarding["answered"]) == days
    assert forwarding["answer_time"] == minutes


def test_lines_add_up_to_their_total_because_each_is_whole(desk):
    """Twice 1:59 are two minutes, not three; a total of lines that show 1 must not be 3."""
    case = Case(desk)
    start = case.at("2019-01-15T10:00:00")
    contact = (start, start + timedelta(seconds=119))
    for _ in range(2):
        case.ticket(start, start + timedelta(seconds=119), contacts=[contact, contact])

    columns = ("contact_time", "close_time", "contacts")
    assert [list(row.values()) for row in case.rows_of(columns=columns)] == [[2, 1, 2]] * 2
    assert list(case.total(columns=columns).values()) == [4, 2, 4]
    assert case.total(view=View.BY_CHANNEL)["contact_time"] == 4


def test_hundreds_of_hours_are_hours_not_days(desk):
    case = Case(desk)
    start = case.at("2018-10-01T00:00:00")
    case.ticket(start, case.at("2018-12-31T23:59:59"), contacts=[(start, start + timedelta(hours=11))] * 10)

    # 91 days and a day less a minute, an hour of which was never.
    assert case.total(columns=("close_time",))["close_time"] == 92 * 24 * 60 - 60 - 1
    assert case.total(columns=("contact_time",))["contact_time"] == 110 * 60


def test_means_are_of_tickets_and_half_a_minute_is_one(desk):
    case = Case(desk)
    start = case.at("2019-01-15T10:00:00")
    for minutes in (0, 1, 2, 7):
        case.ticket(start, start + timedelta(minutes=minutes), forwardings=[(start, start)] * minutes)
    case.ticket(start, forwardings=[(start, start + timedelta(minutes=105)), (start, None)])

    total = case.total(view=View.BY_CHANNEL)
    assert total["close_mean"] == 3  # 2.5
    assert total["close_p90"] == 7
    assert total["answer_mean"] == 10  # 9.545
    assert (total["open"], total["closed"], total["forwardings"]) == (1, 4, 12)


@pytest.mark.parametrize(
    ("hours", "cost", "sale"),
    [
        # 0.15 and 60.15 an hour: 2 minutes are half a cent, and 2.005.
        ((2,), "0.01", "2.01"),
        # Each ticket is rounded: three times half a cent are three cents.
        ((2, 2, 2), "0.03", "6.03"),
        ((1,), "0.00", "1.00"),
        ((60, 30), "0.23", "90.23"),
    ],
)
def test_money_is_rounded_ticket_by_ticket(desk, hours, cost, sale):
    case = Case(desk)
    start = case.at("2019-01-15T10:00:00")
    for minutes in hours:
        contact = (start, start + timedelta(minutes=minutes))
        case.ticket(start, contacts=[contact], technician_id=case.rows.technicians[1].id)

    for total in (case.total(columns=("cost", "sale")), case.total(view=View.BY_TECHNICIAN)):
        assert (str(total["cost"]), str(total["sale"])) == (cost, sale)


def test_who_has_no_rate_costs_nothing(desk):
    case = Case(desk)
    start = case.at("2019-01-15T10:00:00")
    case.ticket(start, contacts=[(start, start + timedelta(hours=5))])
    assert [str(case.total(columns=("cost", "sale"))[key]) for key in ("cost", "sale")] == ["0.00", "0.00"]


# ── Days and months of each company ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "month"), [("aurora", "12/2018"), ("boreal", "12/2018"), ("cometa", "01/2019")]
)
def test_a_month_ends_where_the_company_is(desk, code, month):
    """01:59:59 in UTC is the last second of the year in Brazil, and an hour or two later in Lisbon."""
    case = Case(desk, code)
    moment = datetime(2019, 1, 1, 1, 59, 59, tzinfo=UTC)
    case.ticket(moment, moment, forwardings=[(moment, moment)])

    for kind in (DateKind.OPENED, DateKind.CLOSED, DateKind.FORWARDED, DateKind.ANSWERED):
        assert [row["group"] for row in case.rows_of(view=View.BY_MONTH, date_kind=kind)] == [month]
    december = {"since": date(2018, 12, 1), "until": date(2018, 12, 31)}
    assert len(case.rows_of(**december)) == (month == "12/2018")
    _sheet, lines = case.ask(break_by="opened")
    assert lines[0].label.endswith(f"/{month}")


def test_a_day_of_23_hours_and_one_of_25_are_whole_days(desk):
    case = Case(desk)
    long_day = [
        case.at("2019-02-16T00:00:00"),
        case.at("2019-02-16T23:30:00"),
        case.at("2019-02-16T23:30:00", fold=1),
        case.at("2019-02-16T23:59:59", fold=1),
    ]
    short_day = [case.at("2018-11-04T01:00:00"), case.at("2018-11-04T23:59:59")]
    around = [
        *(case.at(text) for text in ("2019-02-15T23:59:59", "2019-02-17T00:00:00")),
        *(case.at(text) for text in ("2018-11-03T23:59:59", "2018-11-05T00:00:00")),
    ]
    ids = {opened: case.ticket(opened) for opened in (*long_day, *short_day, *around)}
    assert len(ids) == 10
    for day, moments in ((date(2019, 2, 16), long_day), (date(2018, 11, 4), short_day)):
        assert len(case.rows_of(since=day, until=day)) == len(moments)
        _sheet, lines = case.ask(break_by="opened", since=day, until=day, sort="opened")
        assert lines[0].label.endswith(f": {day:%d/%m/%Y}")
        assert len([line for line in lines if line.kind == "break"]) == 1
    assert len(case.rows_of(until=date(2018, 11, 3))) == 1
    assert len(case.rows_of(since=date(2019, 2, 17))) == 1


def test_days_of_waiting_are_nights(desk):
    """At 22:30 of 28 February: a minute before midnight is a day ago, a minute after it is today."""
    case = Case(desk)
    start = case.at("2019-02-01T00:00:00")
    sent = ("2019-02-27T23:59:00", "2019-02-28T00:01:00", "2019-02-28T22:29:00", "2018-11-03T23:59:59")
    case.ticket(start, forwardings=[(case.at(text), None) for text in sent])
    rows = case.rows_of(view=View.WAITING, columns=("days", "forwarded"), sort="days")
    assert [row["days"] for row in rows] == [0, 0, 1, 117]


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.TODAY, "2019-02-28", "2019-02-28"),
        (Period.WEEK, "2019-02-24", "2019-03-02"),
        (Period.MONTH, "2019-02-01", "2019-02-28"),
        (Period.LAST_MONTH, "2019-01-01", "2019-01-31"),
        (Period.QUARTER, "2019-01-01", "2019-03-31"),
        (Period.YEAR, "2019-01-01", "2019-12-31"),
    ],
)
def test_a_period_ends_where_the_company_is(desk, period, first, last):
    """It is still February in São Paulo."""
    case = Case(desk)
    since, until = date.fromisoformat(first), date.fromisoformat(last)
    edges = (f"{since}T00:00:00", f"{until}T23:59:59")
    outside = (f"{since - timedelta(days=1)}T23:59:59", f"{until + timedelta(days=1)}T00:00:00")
    wanted = [case.ticket(case.at(text)) for text in edges]
    for text in outside:
        case.ticket(case.at(text))
    assert len(case.rows_of(period=period)) == len(wanted)
    assert len(case.rows_of(since=since, until=until)) == len(wanted)


def test_today_is_each_companys_own_day(desk):
    cases = [Case(desk, code) for code in ("aurora", "boreal", "cometa")]
    for case in cases:
        case.ticket(NOW, problem="agorinha")
    question = Question(
        companies=("aurora", "boreal", "cometa"), period=Period.TODAY, text="agorinha", columns=("opened",)
    )
    _sheet, lines = answer(desk, Asked(question))
    shown = [line.values for line in lines if line.kind == "row"]
    assert [opened for _name, opened in shown] == [
        local("2019-02-28T22:30:00"),
        local("2019-02-28T23:30:00"),
        local("2019-03-01T01:30:00"),
    ]
    _sheet, months = answer(desk, Asked(replace(question, view=View.BY_MONTH, columns=())))
    assert [line.values[:2] for line in months[:-1]] == [["02/2019", 2], ["03/2019", 1]]
