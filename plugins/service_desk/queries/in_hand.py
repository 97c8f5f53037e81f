"""Reads about what a user has in hand: timers and drafts; nobody sees another user's (R18, R23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.orm import aliased

from app.plugin_api import BIGINT_MAX, db, now
from plugins.service_desk.models import Draft, Ticket, Timer

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

FORGOTTEN = timedelta(hours=8)
"""A timer that runs this long was probably forgotten, and is flagged."""
FIRST_WORDS = 80
"""Characters of a draft that the list of drafts reads; the whole may be a megabyte."""


@dataclass(frozen=True, slots=True)
class InHand:
    """A timer with the document that it belongs to: a ticket, or the form of a new one.

    Args:
        ticket_id, number: of the ticket; None for a form that isn't saved yet.
        request_key: of that form; None for a ticket.
    """

    id: int
    row_key: UUID
    started_at: datetime
    stopped_at: datetime | None = None
    ticket_id: int | None = None
    number: int | None = None
    request_key: UUID | None = None

    @property
    def elapsed(self) -> timedelta:
        """How long it has been running, or ran."""
        return max((self.stopped_at or now()) - self.started_at, timedelta())

    @property
    def is_forgotten(self) -> bool:
        """Whether it runs for so long that somebody should look at it."""
        return self.stopped_at is None and self.elapsed >= FORGOTTEN

    @property
    def clock(self) -> str:
        """The elapsed time as the screen shows it: hours, minutes, seconds."""
        minutes, seconds = divmod(int(self.elapsed.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}"


# ── Timers ───────────────────────────────────────────────────────────────────────────────────────────


def running_timer(company: Company, user: User) -> InHand | None:
    """The one timer that the user has running in this company; one statement."""
    running = _in_hand().where(Timer.stopped_at.is_(None))
    found = db.session.execute(running, _whose(company, user)).first()
    return InHand(*found) if found is not None else None


def timers_in_hand(company: Company, user: User, limit: int = 50) -> list[InHand]:
    """The user's timers, the running one first, then those stopped last."""
    newest_first = _in_hand().order_by(Timer.stopped_at.desc().nulls_first()).limit(limit)
    return [InHand(*row) for row in db.session.execute(newest_first, _whose(company, user))]


@cache
def _in_hand() -> Select[*tuple[Any, ...]]:
    """The columns of `InHand`. Made once: the bar of every page asks, and two aliases take a while to make.

    A timer that was started while its form was being saved may have missed that: it still bears the form's
    key, and the ticket that has this key is its document. Two joins: each uses an index of its own.
    """
    company_id, user_id = bindparam("company_id", type_=Integer), bindparam("user_id", type_=BigInteger)
    by_id, by_key = aliased(Ticket), aliased(Ticket)
    return (
        select(
            Timer.id,
            Timer.row_key,
            Timer.started_at,
            Timer.stopped_at,
            func.coalesce(by_id.id, by_key.id),
            func.coalesce(by_id.number, by_key.number),
            Timer.request_key,
        )
        .outerjoin(by_id, (by_id.company_id == company_id) & (by_id.id == Timer.ticket_id))
        .outerjoin(by_key, (by_key.company_id == company_id) & (by_key.request_key == Timer.request_key))
        .where(Timer.company_id == company_id, Timer.user_id == user_id)
    )


def _whose(company: Company, user: User) -> dict[str, int]:
    return {"company_id": company.id, "user_id": user.id}


def own_timers(company: Company, user: User) -> list[ColumnElement[bool]]:
    """The condition of all reads and writes of timers."""
    return [Timer.company_id == company.id, Timer.user_id == user.id]


def timers_of(
    company: Company, user: User, *, ticket_id: int | None = None, request_key: UUID | None = None
) -> list[Timer]:
    """The user's timers of a document, oldest first: of saved rows and of rows to be; one statement.

    Args:
        ticket_id: of a saved ticket,
        request_key: or of the form of a new one.
    """
    its_form = select(Ticket.request_key).where(Ticket.company_id == company.id, Ticket.id == ticket_id)
    document = (
        Timer.request_key == request_key
        if ticket_id is None
        else or_(Timer.ticket_id == ticket_id, Timer.request_key == its_form.scalar_subquery())
    )
    return list(
        db.session.scalars(select(Timer).where(*own_timers(company, user), document).order_by(Timer.id))
    )


def locked_timer(company: Company, user: User, timer_id: int) -> Timer | None:
    """The user's timer, locked until the transaction ends."""
    return db.session.scalar(
        select(Timer)
        .where(*own_timers(company, user), Timer.id == min(timer_id, BIGINT_MAX))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def timed_ticket(
    company: Company, *, ticket_id: int | None = None, request_key: UUID | None = None
) -> Any | None:
    """`id`, `number` and `is_open` of the ticket that a timer is for, if it is saved."""
    its = Ticket.request_key == request_key if ticket_id is None else Ticket.id == min(ticket_id, BIGINT_MAX)
    return db.session.execute(
        select(Ticket.id, Ticket.number, Ticket.closed_at.is_(None).label("is_open")).where(
            Ticket.company_id == company.id, its
        )
    ).first()


# ── Drafts ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft as the list of drafts shows it: when it was kept, and its first words."""

    id: int
    request_key: UUID
    saved_at: datetime
    words: str


def drafts_of(company: Company, user: User, *, leave_out: UUID | None = None) -> Sequence[DraftLine]:
    """The user's drafts that became no ticket, newest first.

    Args:
        leave_out: the request key of the form that is open.
    """
    words = func.coalesce(*(_typed(name) for name in ("problem", "customer", "prospect")), "")
    rows = db.session.execute(
        select(Draft.id, Draft.request_key, Draft.saved_at, words)
        .where(*_own_drafts(company, user), Draft.request_key.is_distinct_from(leave_out))
        .order_by(Draft.saved_at.desc(), Draft.id.desc())
    )
    return [DraftLine(*row) for row in rows]


def draft(company: Company, user: User, request_key: UUID) -> Draft | None:
    """What the user had typed into the form with this key, unless it became a ticket."""
    return db.session.scalar(
        select(Draft).where(*_own_drafts(company, user), Draft.request_key == request_key)
    )


def _own_drafts(company: Company, user: User) -> list[ColumnElement[bool]]:
    return [
        Draft.company_id == company.id,
        Draft.user_id == user.id,
        # An automatic save that arrived after the ticket's leaves a draft that nobody needs.
        ~exists().where(Ticket.company_id == company.id, Ticket.request_key == Draft.request_key),
    ]


def _typed(name: str) -> ColumnElement[str]:
    """The first words of the input of that name; NULL if there are none."""
    # Strict: otherwise the filter looks at a pair's parts instead of the pair.
    path = cast(f'strict $[*] ? (@[0] == "{name}")[1]', JSONPATH)
    values = func.jsonb_path_query_array(Draft.inputs, path, type_=JSONB)
    return func.nullif(func.left(func.ltrim(values[0].astext, " \t\r\n"), FIRST_WORDS), "")
