"""What the demo tickets gather: known problems, interactions, forwardings, reopenings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from app.plugin_api import db, to_local
from app.plugin_api.demo import DemoCompany
from app.staff.models import Technician
from plugins.service_desk.demo.content import Conversations
from plugins.service_desk.demo.knowledge import Loaded, best_fit
from plugins.service_desk.models import (
    Channel,
    Direction,
    Forwarding,
    ForwardingOutcome,
    Interaction,
    KnownProblem,
    Reopening,
    Ticket,
)

REOPENED = 4
"""Tickets that were closed twice."""
LONGEST_STORY = 14
"""Days over which a ticket's contacts are spread."""
SLOTS = ((8, 12), (13, 18))
"""Hours in which people call each other."""


@dataclass(frozen=True)
class Story:
    """What is needed to tell how the tickets went on.

    Args:
        random: chance of its own: what was there before falls the same way with or without stories.
        general: reports of what is no fault of anything.
        reopener: id of the user who opens closed tickets again.
    """

    demo: DemoCompany
    random: Random
    general: tuple[str, ...]
    words: Conversations
    known: Sequence[Loaded]
    channels: Sequence[Channel]
    outcomes: Sequence[ForwardingOutcome]
    reopener: int

    def tell(self, tickets: Sequence[Ticket]) -> None:
        """Write what the tickets gathered; they are in the session, flushed, by their opening."""
        reopened = self._reopened(tickets)
        for place, ticket in enumerate(tickets):
            known = best_fit(self.known, ticket.problem, self._product_code(ticket)) if place % 4 else None
            ticket.known_problem_id = known.id if known else None
            start = self._reopening(ticket) if ticket.number in reopened else ticket.opened_at
            end = ticket.closed_at or self.demo.end_of_day(days_ago=1)
            rows: list[Interaction | Forwarding] = [
                *self._interactions(ticket, known, start, end),
                *self._forwardings(ticket, place, start, end),
            ]
            db.session.add_all(rows)
            ticket.saved_at = max([ticket.opened_at, *(row.created_at for row in rows)])
            if ticket.closed_at is not None:
                ticket.saved_at = ticket.closed_at
            ticket.saved_by_id = ticket.created_by_id
        db.session.flush()

    def _product_code(self, ticket: Ticket) -> str | None:
        product_id = ticket.product_id
        if ticket.customer_product_id is not None:
            owned = next(p for p in self.demo.customer_products if p.id == ticket.customer_product_id)
            product_id = owned.product_id
        return next((p.code for p in self.demo.products if p.id == product_id), None)

    # ── Reopenings ───────────────────────────────────────────────────────────────────────────────────

    def _reopened(self, tickets: Sequence[Ticket]) -> set[int]:
        """The numbers of those that were closed twice: it takes some days."""
        long = [t.number for t in tickets if t.closed_at and t.closed_at - t.opened_at >= timedelta(days=5)]
        return set(long[:: max(1, len(long) // REOPENED)][:REOPENED])

    def _reopening(self, ticket: Ticket) -> datetime:
        """Write that it was closed on the day after its opening and reopened later; returns when."""
        assert ticket.closed_at is not None  # `_reopened` takes no other
        assert ticket.closed_by_id is not None
        opened_on = to_local(ticket.opened_at, self.demo.company.timezone).date()
        closed_at = self.demo.end_of_day(days_ago=(self.demo.today - opened_on).days - 1)
        (reopened_at,) = self._moments(closed_at, ticket.closed_at - timedelta(days=1), 1) or [
            closed_at + timedelta(hours=10)
        ]
        db.session.add(
            Reopening(
                company_id=self.demo.company.id,
                ticket_id=ticket.id,
                closed_at=closed_at,
                closed_by_id=ticket.closed_by_id,
                reopened_at=reopened_at,
                reopened_by_id=self.reopener,
                reason=self.random.choice(self.words.reopened),
            )
        )
        return reopened_at

    # ── Interactions ─────────────────────────────────────────────────────────────────────────────────

    def _interactions(
        self, ticket: Ticket, known: KnownProblem | None, start: datetime, end: datetime
    ) -> list[Interaction]:
        count = self.random.choices(range(5), weights=(2, 6, 6, 3, 2))[0]
        if not count:
            return []
        moments = [ticket.opened_at + timedelta(minutes=self.random.randrange(1, 6))]
        moments += self._moments(max(start, moments[0] + timedelta(hours=1)), end, count - 1)
        return [
            self._interaction(
                ticket, known, at, is_first=not number, is_last=bool(number) and at == moments[-1]
            )
            for number, at in enumerate(moments)
        ]

    def _interaction(
        self, ticket: Ticket, known: KnownProblem | None, at: datetime, *, is_first: bool, is_last: bool
    ) -> Interaction:
        finding, guidance = self._said(ticket, known, is_first=is_first, is_last=is_last)
        ended_at = at + timedelta(minutes=self.random.randrange(3, 24))
        return Interaction(
            company_id=self.demo.company.id,
            ticket_id=ticket.id,
            key=self._key(),
            started_at=at,
            ended_at=ended_at,
            channel_id=ticket.channel_id if is_first else self.random.choice(self.channels).id,
            direction=ticket.direction if is_first else self.random.choice(list(Direction)),
            contact_name=self.random.choice(self.words.contacts),
            finding=finding,
            guidance=guidance,
            created_by_id=ticket.created_by_id,
            created_at=ended_at,
        )

    def _said(
        self, ticket: Ticket, known: KnownProblem | None, *, is_first: bool, is_last: bool
    ) -> tuple[str, str]:
        if is_first and known is not None:
            return known.name, known.solution  # as R13 copies them
        if ticket.prospect_id is not None:
            return self.random.choice(self.words.interest)
        if ticket.problem.startswith(self.general):
            return self.random.choice(self.words.general)
        if is_first:
            return self.random.choice(self.words.first)
        is_end = is_last and ticket.closed_at is not None
        return self.random.choice(self.words.last if is_end else self.words.later)

    # ── Forwardings ──────────────────────────────────────────────────────────────────────────────────

    def _forwardings(self, ticket: Ticket, place: int, start: datetime, end: datetime) -> list[Forwarding]:
        """On a third of the tickets, some twice; only on an open one may the last wait."""
        is_open = ticket.closed_at is None
        if place % 3 != 1 and not (is_open and place % 2):
            return []
        count = 2 if place % 4 == 1 else 1
        waits = is_open and place % 5 != 1
        moments = self._moments(start, end, 2 * count)
        pairs = list(zip(moments[::2], moments[1::2], strict=False))
        return [
            self._forwarding(ticket, forwarded_at, answered_at, waits=waits and number == len(pairs) - 1)
            for number, (forwarded_at, answered_at) in enumerate(pairs)
        ]

    def _forwarding(
        self, ticket: Ticket, forwarded_at: datetime, answered_at: datetime, *, waits: bool
    ) -> Forwarding:
        answerer = self._answerer(answered_at)
        row = Forwarding(
            company_id=self.demo.company.id,
            ticket_id=ticket.id,
            key=self._key(),
            department_id=answerer.department_id,
            forwarded_at=forwarded_at,
            created_by_id=ticket.created_by_id,
            created_at=forwarded_at,
        )
        if not waits:
            # Prospects have nothing to be repaired: they are visited, or get an offer.
            weights = (0, 2, 2, 0) if ticket.prospect_id is not None else (5, 2, 3, 1)
            outcome = self.random.choices(self.outcomes, weights=weights)[0]
            row.answered_at = answered_at
            row.answered_by_id = answerer.id
            row.outcome_id = outcome.id
            row.answer = self.random.choice(self.words.answers[outcome.code])
        return row

    def _answerer(self, at: datetime) -> Technician:
        """Somebody who was there; the ticket is forwarded to their department."""
        day = to_local(at, self.demo.company.timezone).date()
        return self.random.choice(
            [t for t in self.demo.technicians if t.dismissed_on is None or day < t.dismissed_on]
        )

    # ── Chance ───────────────────────────────────────────────────────────────────────────────────────

    def _moments(self, start: datetime, end: datetime, count: int) -> list[datetime]:
        """Up to `count` instants within working hours between two instants, ascending, half an hour apart."""
        zone, today = self.demo.company.timezone, self.demo.today
        first_day = to_local(start, zone).date()
        days = [first_day + timedelta(days=more) for more in range(LONGEST_STORY)]
        possible = [
            self.demo.instant((today - day).days, self.random.randrange(*slot), self.random.randrange(60))
            for day in days
            if day.weekday() < 5 and day < today
            for slot in SLOTS
        ]
        fitting = [at for at in possible if start < at < end - timedelta(minutes=30)]
        return sorted(self.random.sample(fitting, min(count, len(fitting))))

    def _key(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))
