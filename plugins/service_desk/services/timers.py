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
from sqlalchemy import BigInteger, Uuid, delete, exists, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from werkzeug.exceptions import NotFound

from app.plugin_api import NoSuchTime, db, local_instant, now, to_local
from plugins.service_desk import errors
from plugins.service_desk.models import Ticket, Timer
from plugins.service_desk.queries import in_hand
from plugins.service_desk.queries.in_hand import InHand
from plugins.service_desk.services import drafts

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
    row = _Row(company, actor, row_key, request_key)
    if ticket_id is not None:
        row.belongs_to(in_hand.timed_ticket(company, ticket_id=ticket_id))
    running = row.run()
    if running is not None:
        return Started(running)
    # Something stands in the way: a timer that runs, an earlier measurement, a form that is a ticket by now.
    if ticket_id is None and (saved := in_hand.timed_ticket(company, request_key=request_key)):
        row.belongs_to(saved)
    other = in_hand.running_timer(company, actor)
    if other is not None and other.row_key == row_key:
        return Started(other)
    stopped = None
    if other is not None:
        stopped = _end_first(company, actor, other, first if first_id in (None, other.id) else None)
    discard_row(company=company, actor=actor, row_key=row_key)
    running = row.run()
    if running is None:
        # Two starts at one instant: the other one won.
        raise errors.OtherTimerRuns(other=in_hand.running_timer(company, actor))
    return Started(running, stopped)


def _end_first(company: Company, actor: User, other: InHand, first: First | None) -> Timer | None:
    if first is None:
        raise errors.OtherTimerRuns(other=other)
    if first is First.STOP:
        return stop(company=company, actor=actor, timer_id=other.id)
    discard(company=company, actor=actor, timer_id=other.id)
    return None


@dataclass
class _Row:
    """The row whose timer is to run, and its document: a saved ticket, or the form with this key."""

    company: Company
    actor: User
    key: UUID
    request_key: UUID | None
    ticket: Any = None

    def belongs_to(self, ticket: Any) -> None:
        """It is a row of this ticket, which must be there and open."""
        if ticket is None:
            raise NotFound
        if not ticket.is_open:
            raise errors.TicketClosed
        self.ticket, self.request_key = ticket, None

    def run(self) -> InHand | None:
        """Start its timer; None: the database, which lets one run per user and company, says no."""
        started_at = now()
        is_ticket = exists().where(
            Ticket.company_id == self.company.id, Ticket.request_key == literal(self.request_key, Uuid)
        )
        values = {
            "company_id": literal(self.company.id),
            "user_id": literal(self.actor.id),
            "ticket_id": literal(self.ticket and self.ticket.id, BigInteger),
            "request_key": literal(self.request_key, Uuid),
            "row_key": literal(self.key, Uuid),
            "started_at": literal(started_at),
        }
        statement = insert(Timer).from_select(list(values), select(*values.values()).where(~is_ticket))
        # No conflict named: whichever of the two unique keys it is, nothing is written, and nothing fails.
        returning = statement.on_conflict_do_nothing().returning(Timer.id)
        timer_id = db.session.execute(returning).scalar_one_or_none()
        if timer_id is None:
            return None
        ticket_id, number = (self.ticket.id, self.ticket.number) if self.ticket else (None, None)
        return InHand(timer_id, self.key, started_at, None, ticket_id, number, self.request_key)


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


def take_along(*, company: Company, actor: User, ticket: Ticket, request_key: UUID) -> None:
    """A form's rows are taken into a ticket that is there already (R11): their timers go on in that one.

    The form's draft stays: nothing of it is saved yet.
    """
    its_own = update(Timer).where(*in_hand.own_timers(company, actor), Timer.request_key == request_key)
    db.session.execute(
        its_own.values(ticket_id=ticket.id, request_key=None),
        execution_options={"synchronize_session": False},
    )


def settle(
    *,
    company: Company,
    actor: User,
    ticket: Ticket,
    request_key: UUID | None = None,
    saved_keys: Iterable[UUID] = (),
) -> None:
    """After a document's rows were written, in the same transaction: what was in hand is saved.

    Args:
        request_key: of the form, if it was a new ticket's: timers that go on move to the ticket, and its
            draft is dropped.
        saved_keys: the keys of the interactions that are stored now: their stopped timers are done.
    """
    own, keys = in_hand.own_timers(company, actor), list(saved_keys)
    is_done = Timer.row_key.in_(keys) & Timer.stopped_at.is_not(None)
    done = delete(Timer).where(*own, is_done)
    if request_key is None:
        if keys:
            db.session.execute(done)
        return
    its_own = update(Timer).where(*own, Timer.request_key == request_key, ~is_done)
    dropped = drafts.dropped(company=company, actor=actor, request_key=request_key)
    # All in one statement, which sees each timer as it was: none is in both parts.
    db.session.execute(
        its_own.values(ticket_id=ticket.id, request_key=None).add_cte(
            done.cte("done"), dropped.cte("dropped")
        ),
        execution_options={"synchronize_session": False},
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
