"""Reads about tickets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ColumnElement, any_, case, false, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import defer, joinedload
from werkzeug.exceptions import NotFound

from app.parties.models import Customer, Prospect
from app.plugin_api import BIGINT_MAX, Page, Place, db, keyset_page, start_of_day
from app.products.models import CustomerProduct, Product
from app.registers.queries import name_of
from app.staff.models import Technician
from plugins.service_desk.models import Ticket
from plugins.service_desk.queries.documents import oldest_wait

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

FIRST_LINE = 200
"""Characters of a problem that a list reads; the whole may be 100,000 long."""


def _first_line(text: Any, most: int) -> ColumnElement[str]:
    line = func.split_part(func.left(text, most), "\n", 1)
    return func.split_part(line, "\r", 1, type_=text.type)


PROBLEM_LINE = _first_line(Ticket.problem, FIRST_LINE)
"""What lists show of a ticket's problem."""
PROBLEM_KEY = _first_line(Ticket.search_key, FIRST_LINE // 2)
"""What its line sorts by, cut from what is stored: to take accents and case from each takes far longer.

Half as long, so that lines that are the same have the same one: accents can be letters of their own.
"""
FEW = 1_000
"""Up to so many found tickets are named by their ids."""


class Situation(StrEnum):
    """«Situação» of a ticket."""

    OPEN = "open"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The situation in the reader's language."""
        return str(_l("Still open") if self is Situation.OPEN else _l("Closed ticket"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of tickets is narrowed to; the default is everything.

    Args:
        text: words of the problem, code or name of the party, or the number.
        opened_from, opened_until: days of the company's time zone, both included.
    """

    text: str = ""
    situation: Situation | None = None
    customer_id: int | None = None
    prospect_id: int | None = None
    technician_id: int | None = None
    channel_id: int | None = None
    opened_from: date | None = None
    opened_until: date | None = None

    def conditions(self, company: Company) -> list[ColumnElement[bool]]:
        """The same as SQL."""
        found: list[ColumnElement[bool]] = [
            column == value
            for column, value in (
                (Ticket.customer_id, self.customer_id),
                (Ticket.prospect_id, self.prospect_id),
                (Ticket.technician_id, self.technician_id),
                (Ticket.channel_id, self.channel_id),
            )
            if value is not None
        ]
        if self.situation is not None:
            # closed_at, not is_open: the index of the open tickets is made on it.
            is_open = self.situation is Situation.OPEN
            found.append(Ticket.closed_at.is_(None) if is_open else Ticket.closed_at.is_not(None))
        if self.text:
            found.append(found_by(company, self.text))
        if self.opened_from is not None:
            found.append(Ticket.opened_at >= start_of_day(self.opened_from, company.timezone))
        if self.opened_until is not None:
            found.append(
                Ticket.opened_at < start_of_day(self.opened_until + timedelta(days=1), company.timezone)
            )
        return found


def found_by(company: Company, text: str) -> ColumnElement[bool]:
    """Whether a ticket is among those of the company that a search finds; takes a statement to count these.

    Few are named by their ids, which the search index gives. For a word that is everywhere the list is
    walked in its own order instead, until its page is full: naming 20,000 ids took 150 times as long.
    """
    search = func.search_service_desk_ticket(text, FEW + 1).column_valued("found")
    ids = db.session.scalars(select(search)).all()
    own = Ticket.company_id == company.id
    if len(ids) <= FEW:
        return own & (Ticket.id == any_(literal(ids, ARRAY(BigInteger))))
    in_text = Ticket.search_key.op("LIKE")(func.all(func.search_patterns(text)))
    customers = select(func.search_customer(text).column_valued("found"))
    prospects = select(func.search_prospect(text).column_valued("found"))
    number = [Ticket.number == int(text)] if text.isascii() and text.isdigit() and len(text) < 19 else []
    matches = or_(in_text, Ticket.customer_id.in_(customers), Ticket.prospect_id.in_(prospects), *number)
    # Behind row security PostgreSQL knows nothing of LIKE's hits and takes them for rare: it would read and
    # sort the whole list. For CASE it assumes that half the rows pass, and walks.
    return own & case((matches, true()), else_=false())


SORTS = {"number": Ticket.number, "opened": Ticket.opened_at}


def ticket_page(company: Company, *, wanted: Wanted, place: Place) -> Page:
    """A page of tickets with what the list shows of each: `id`, `number`, `opened_at`, `closed_at`, `party`,
    `product`, `technician` (names), `problem` (its first line), and for whom it waits: `waits_for` (a
    department's name), `waits_since`, `waits` (how many forwardings have no answer).
    """
    wait = oldest_wait(company)
    statement = select(
        Ticket.id,
        Ticket.number,
        Ticket.opened_at,
        Ticket.closed_at,
        _party_name(company).label("party"),
        func.coalesce(
            name_of(company, CustomerProduct, Ticket.customer_product_id),
            name_of(company, Product, Ticket.product_id),
        ).label("product"),
        name_of(company, Technician, Ticket.technician_id).label("technician"),
        PROBLEM_LINE.label("problem"),
        wait.c.department.label("waits_for"),
        wait.c.since.label("waits_since"),
        wait.c.count.label("waits"),
    )
    statement = statement.select_from(Ticket).outerjoin(wait, true())
    statement = statement.where(Ticket.company_id == company.id, *wanted.conditions(company))
    return keyset_page(statement, key=Ticket.id, sorts=SORTS, default="-number", place=place)


def _party_name(company: Company) -> ColumnElement[str]:
    return func.coalesce(
        name_of(company, Customer, Ticket.customer_id), name_of(company, Prospect, Ticket.prospect_id)
    )


def whole_ticket(company: Company, ticket_id: int) -> Ticket:
    """The ticket with everything that its form names, in one statement.

    Raises:
        NotFound: there is none; another company's looks the same (R23).
    """
    ticket = db.session.scalar(
        select(Ticket)
        .where(Ticket.company_id == company.id, Ticket.id == min(ticket_id, BIGINT_MAX))
        .options(
            joinedload(Ticket.customer),
            joinedload(Ticket.prospect),
            joinedload(Ticket.product),
            joinedload(Ticket.customer_product),
            joinedload(Ticket.technician, innerjoin=True),
            joinedload(Ticket.channel, innerjoin=True),
            joinedload(Ticket.known_problem),
            joinedload(Ticket.closed_by),
            joinedload(Ticket.saved_by),
        )
        # After a refused save the session still holds the row as it was typed.
        .execution_options(populate_existing=True)
    )
    if ticket is None:
        raise NotFound
    return ticket


def locked_ticket(company: Company, ticket_id: int) -> Ticket:
    """The ticket as it is now, locked until the transaction ends.

    Raises:
        NotFound: as in `whole_ticket`.
    """
    ticket = db.session.scalar(
        select(Ticket)
        .where(Ticket.company_id == company.id, Ticket.id == min(ticket_id, BIGINT_MAX))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if ticket is None:
        raise NotFound
    return ticket


def ticket_by_request_key(company: Company, request_key: UUID) -> Ticket | None:
    """The ticket that a form with this key has already opened."""
    return db.session.scalar(
        select(Ticket).where(Ticket.company_id == company.id, Ticket.request_key == request_key)
    )


def open_tickets_of(company: Company, user: User, limit: int = 8) -> Sequence[Any]:
    """The oldest open tickets of the user's technician: `id`, `number`, `opened_at`, `party`, `problem`."""
    return db.session.execute(
        select(
            Ticket.id,
            Ticket.number,
            Ticket.opened_at,
            _party_name(company).label("party"),
            PROBLEM_LINE.label("problem"),
        )
        .join(Ticket.technician)
        .where(Ticket.company_id == company.id, Technician.user_id == user.id, Ticket.closed_at.is_(None))
        .order_by(Ticket.number)
        .limit(limit)
    ).all()


def ticket_numbers(company: Company, ticket_ids: Iterable[int]) -> Mapping[int, int]:
    """The numbers that people know these tickets by: id → number, in one statement."""
    rows = db.session.execute(
        select(Ticket.id, Ticket.number).where(
            Ticket.company_id == company.id, Ticket.id.in_(list(ticket_ids))
        )
    )
    return {ticket_id: number for ticket_id, number in rows}  # noqa: C416  dict() can't type a Result


def tickets_of_prospect(company: Company, prospect_id: int) -> Sequence[Ticket]:
    """All tickets of a prospect, locked, without their texts."""
    return db.session.scalars(
        select(Ticket)
        .where(Ticket.company_id == company.id, Ticket.prospect_id == prospect_id)
        .options(defer(Ticket.problem))
        .order_by(Ticket.id)
        .with_for_update()
    ).all()


def ticket_counts(company: Company) -> tuple[int, int]:
    """How many tickets there are, and how many of them aren't closed."""
    count, still_open = db.session.execute(
        select(func.count(), func.count().filter(Ticket.closed_at.is_(None)))
        .select_from(Ticket)
        .where(Ticket.company_id == company.id)
    ).one()
    return count, still_open
