"""Verbs of the timer («Cronômetro», R18): it measures a contact, and its row shows what it has measured.

The instants are the server's. A stopped timer stays until its interaction is saved, so that a crash between
the two loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from werkzeug.exceptions import NotFound

from app.plugin_api import NoSuchTime, db, local_instant, now, to_local
from plugins.service_desk import errors
from plugins.service_desk.models import Ticket, Timer
from plugins.service_desk.queries import in_hand
from plugins.service_desk.queries.in_hand import InHand

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

LONGEST = timedelta(hours=12)
"""An interaction's end is at most this long after its start (R17)."""
MINUTE = timedelta(minutes=1)


class First(StrEnum):
    """What becomes of the timer that runs already when another is started."""

    STOP = "stop"
    DISCARD = "discard"


class Started(NamedTuple):
    """A timer that runs, and the one that was stopped for it."""

    running: InHand
    stopped: Timer | None = None


def start(
    *,
    company: Company,
    actor: User,
    row_key: UUID,
    ticket_id: int | None = None,
    request_key: UUID | None = None,
    first: First | None = None,
    first_id: int | None = None,
) -> Started:
    """Start the timer of a row; one that runs there already goes on (R18).

    What an earlier measurement of the same row had found is forgotten: its row shows it.

    Args:
        row_key: of the interaction to be.
        ticket_id: the document: a saved ticket,
        request_key: or the form of a new one.
        first: the answer to what shall become of the timer that runs elsewhere,
        first_id: and which timer the question was about.

    Raises:
        NotFound: there is no such ticket in this company (R23).
        TicketClosed: R16.
        OtherTimerRuns: another of the user's timers runs, and `first` doesn't say what to do with it.
    """
    ticket = in_hand.timed_ticket(company, ticket_id=ticket_id, request_key=request_key)
    if ticket_id is not None and ticket is None:
        raise NotFound
    if ticket is not None and not ticket.is_open:
        raise errors.TicketClosed
    document: dict[str, Any] = {"request_key": request_key} if ticket is None else {"ticket_id": ticket.id}
    other = in_hand.running_timer(company, actor)
    if other is not None and other.row_key == row_key:
        return Started(other)
    stopped = None
    if other is not None:
        stopped = _end_first(company, actor, other, first if first_id in (None, other.id) else None)
    timer = _run(company, actor, row_key, document)
    if timer is None:
        # Two starts at one instant: the other one won.
        other = in_hand.running_timer(company, actor)
        if other is None or other.row_key != row_key:
            raise errors.OtherTimerRuns(other=other)
        return Started(other, stopped)
    number = ticket.number if ticket is not None else None
    return Started(InHand(timer.id, row_key, timer.started_at, None, number=number, **document), stopped)


def _end_first(company: Company, actor: User, other: InHand, first: First | None) -> Timer | None:
    if first is None:
        raise errors.OtherTimerRuns(other=other)
    if first is First.STOP:
        return stop(company=company, actor=actor, timer_id=other.id)
    discard(company=company, actor=actor, timer_id=other.id)
    return None


def _run(company: Company, actor: User, row_key: UUID, document: dict[str, Any]) -> Timer | None:
    """The new timer, or None: the database lets one run per user and company."""
    again = in_hand.own_timers(company, actor)
    db.session.execute(delete(Timer).where(*again, Timer.row_key == row_key, Timer.stopped_at.is_not(None)))
    values = {"company_id": company.id, "user_id": actor.id, "row_key": row_key, "started_at": now()}
    statement = insert(Timer).values(**values, **document).on_conflict_do_nothing().returning(Timer)
    return db.session.scalars(statement).one_or_none()


def stop(*, company: Company, actor: User, timer_id: int, end: time | None = None) -> Timer:
    """Stop a timer now, or at an hour that has passed; one that is stopped stays as it is, without an hour.

    Args:
        end: the hour of the company's time zone when the contact ended (a forgotten timer is trimmed).

    Raises:
        NotFound: the user has no such timer in this company (R23).
        TimerEndTooFar, TimerEndInFuture: no such hour within 12 hours of the start; it hasn't come yet.
    """
    timer = _own(company, actor, timer_id)
    if end is not None:
        timer.stopped_at = _end_at(timer, end, company.timezone)
    elif timer.stopped_at is None:
        # Not before the start, whatever two servers' clocks say.
        timer.stopped_at = max(now(), timer.started_at)
    db.session.flush()
    return timer


def discard(*, company: Company, actor: User, timer_id: int) -> Timer:
    """Throw a timer away, running or stopped; return what it was.

    Raises:
        NotFound: the user has no such timer in this company (R23).
    """
    timer = _own(company, actor, timer_id)
    db.session.delete(timer)
    db.session.flush()
    return timer


def discard_row(*, company: Company, actor: User, row_key: UUID) -> None:
    """Throw the timer of a removed row away, if it has one."""
    db.session.execute(
        delete(Timer).where(*in_hand.own_timers(company, actor), Timer.row_key == row_key),
    )


def _own(company: Company, actor: User, timer_id: int) -> Timer:
    timer = in_hand.locked_timer(company, actor, timer_id)
    if timer is None:
        raise NotFound
    return timer


def settle(
    *,
    company: Company,
    actor: User,
    ticket: Ticket,
    request_key: UUID | None = None,
    saved_keys: Iterable[UUID] = (),
) -> None:
    """After a document's rows were written, in the same transaction: what was measured is saved.

    Args:
        request_key: of the form, if it was a new ticket's: timers that go on move to the ticket.
        saved_keys: the keys of the interactions that are stored now: their stopped timers are done.
    """
    own = in_hand.own_timers(company, actor)
    if keys := list(saved_keys):
        db.session.execute(delete(Timer).where(*own, Timer.row_key.in_(keys), Timer.stopped_at.is_not(None)))
    if request_key is not None:
        db.session.execute(
            update(Timer)
            .where(*own, Timer.request_key == request_key)
            .values(ticket_id=ticket.id, request_key=None)
        )


# ── Instants and minutes ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Filled:
    """What a stopped timer puts into its row: day and hours of the company's time zone.

    Args:
        end_time: None where the end must be asked for;
        asks: and why, in the reader's language.
    """

    row_key: UUID
    occurred_on: date
    start_time: time
    end_time: time | None
    asks: str = ""


def filled(timer: Timer | InHand, timezone: str) -> Filled:
    """The row of a stopped timer (R18): the start's minute, and the stop rounded up to a minute.

    The end is left out past 12 hours, and where clocks went back in between: the row's hours would say
    another duration than the measured one (R17).
    """
    assert timer.stopped_at is not None  # a running one fills nothing
    started = _floor(timer.started_at)
    stopped = max(_ceiling(timer.stopped_at), started + MINUTE)
    # Without the fold: what stands in a row is read as the first of a doubled hour.
    start, end = (to_local(instant, timezone).replace(tzinfo=None, fold=0) for instant in (started, stopped))
    row = Filled(timer.row_key, start.date(), start.time(), end.time())
    if stopped - started > LONGEST:
        return _without_end(row, _l("The timer ran for more than 12 hours: give the end (R18)."))
    if _read(start, end, timezone) != stopped - started:
        return _without_end(row, _l("The clocks went back while the timer ran: give the end (R18)."))
    return row


def _without_end(row: Filled, why: Any) -> Filled:
    return Filled(row.row_key, row.occurred_on, row.start_time, None, str(why))


def _read(start: datetime, end: datetime, timezone: str) -> timedelta:
    """The duration that the row's day and hours stand for: an hour before the start is the next day's."""
    day = start.date() + timedelta(days=end.time() <= start.time())
    return local_instant(day, end.time(), timezone) - local_instant(start.date(), start.time(), timezone)


def _end_at(timer: Timer, end: time, timezone: str) -> datetime:
    """The first instant after the start, at most 12 hours later, at which clocks showed this hour."""
    started = _floor(timer.started_at)
    first_day = to_local(started, timezone).date()
    candidates = [
        instant
        for day in (first_day, first_day + timedelta(days=1))
        for instant in _instants(day, end.replace(second=0, microsecond=0), timezone)
        if started < instant <= started + LONGEST
    ]
    if not candidates:
        raise errors.TimerEndTooFar
    if candidates[0] > _ceiling(now()):
        raise errors.TimerEndInFuture
    return candidates[0]


def _instants(day: date, hour: time, timezone: str) -> list[datetime]:
    """When clocks showed that hour on that day: once, twice, or never."""
    try:
        first = local_instant(day, hour, timezone)
    except NoSuchTime:
        return []
    second = datetime.combine(day, hour.replace(fold=1), tzinfo=ZoneInfo(timezone)).astimezone(first.tzinfo)
    return [first] if second == first else [first, second]


def _floor(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _ceiling(instant: datetime) -> datetime:
    floor = _floor(instant)
    return floor if floor == instant else floor + MINUTE
