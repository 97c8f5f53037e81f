"""R15 when two act at the same instant, on real connections; and without its guard, where it must be lost.

Three layers are tried: the service as it is; code that checks and then writes, which only the database's
key keeps from doing wrong; and the same code without the key, which does wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, time
from threading import Barrier, BrokenBarrierError
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.clock import now
from app.database import company_scope, db, transaction
from app.plugin_api import BusinessError
from app.staff.models import Department
from plugins.service_desk.models import Channel, Direction, Forwarding, ForwardingOutcome, PartyKind, Ticket
from plugins.service_desk.services import tickets as services
from tests.workshop import Workshop

KEY = "fk_service_desk_forwarding_pending"
RACES = 500
OPENED = datetime(2024, 5, 20, 12, tzinfo=UTC)

Act = Callable[[int], None]


@pytest.fixture
def shop(workshop: Workshop) -> SimpleNamespace:
    """The workshop, and as `rows` what a ticket names besides its party and technician."""
    own = {"company_id": workshop.company.id}
    rows = SimpleNamespace(
        channel=Channel(**own, code="T", name="Telefone"),
        department=Department(**own, code="D", name="Oficina"),
        outcome=ForwardingOutcome(**own, code="R", name="Resolvido"),
    )
    with workshop.app.app_context(), company_scope(workshop.company), transaction():
        db.session.add_all(vars(rows).values())
        db.session.flush()
        for row in vars(rows).values():
            db.session.refresh(row)
        db.session.expunge_all()
    return SimpleNamespace(**vars(workshop), rows=rows)


def open_tickets(shop: SimpleNamespace, count: int, *, answered: bool = False) -> list[int]:
    """Ids of so many new open tickets, each with an answered forwarding if wanted."""
    own = {"company_id": shop.company.id}
    with shop.app.app_context(), company_scope(shop.company), transaction():
        made = [
            Ticket(
                **own,
                number=n + 1,
                opened_at=OPENED,
                direction=Direction.INBOUND,
                customer_id=shop.customer.id,
                technician_id=shop.technician.id,
                channel_id=shop.rows.channel.id,
                problem="Não liga",
                request_key=uuid4(),
            )
            for n in range(count)
        ]
        db.session.add_all(made)
        db.session.flush()
        if answered:
            db.session.add_all(Forwarding(**own, ticket_id=t.id, **answered_forwarding(shop)) for t in made)
        return [t.id for t in made]


def answered_forwarding(shop: SimpleNamespace) -> dict[str, Any]:
    return {
        "key": uuid4(),
        "department_id": shop.rows.department.id,
        "forwarded_at": OPENED,
        "answered_at": OPENED,
        "answered_by_id": shop.technician.id,
        "outcome_id": shop.rows.outcome.id,
        "answer": "Feito",
    }


def document(shop: SimpleNamespace, **changes: Any) -> Any:
    """The document of one of these tickets, changed."""
    return {
        "opened_on": date(2024, 5, 20),
        "opened_time": time(9),
        "direction": Direction.INBOUND,
        "is_product_specific": False,
        "party_kind": PartyKind.CUSTOMER,
        "customer_id": shop.customer.id,
        "prospect_id": None,
        "product_id": None,
        "customer_product_id": None,
        "technician_id": shop.technician.id,
        "channel_id": shop.rows.channel.id,
        "problem": "Não liga",
        "known_problem_id": None,
        "closed_on": None,
        "closed_by_id": None,
        "interactions": [],
        "forwardings": [],
    } | changes


def saving(shop: SimpleNamespace, **changes: Any) -> Act:
    """Save a ticket by the service; a row of `forwardings` with the key None is the stored one."""

    def save(ticket_id: int) -> None:
        own = {"company_id": shop.company.id}
        with company_scope(shop.company), transaction():
            key = db.session.scalar(select(Forwarding.key).filter_by(**own, ticket_id=ticket_id))
            rows = [row | {"key": row["key"] or key} for row in changes.get("forwardings", ())]
            services.save_ticket(
                company=shop.company,
                actor=shop.actor,
                ticket_id=ticket_id,
                version=1,
                document=document(shop, **changes | {"forwardings": rows}),
            )

    return save


def typed_forwarding(shop: SimpleNamespace, *, key: Any = None, answered: bool = False) -> dict[str, Any]:
    answer = {
        "answered_on": date(2024, 5, 20),
        "answered_by_id": shop.technician.id,
        "outcome_id": shop.rows.outcome.id,
        "answer": "Feito",
    }
    row = {"key": key, "department_id": shop.rows.department.id, "forwarded_on": date(2024, 5, 20)}
    return row | (answer if answered else dict.fromkeys(answer))


def run_races(shop: SimpleNamespace, ids: Sequence[int], first: Act, second: Act) -> list[tuple[Any, Any]]:
    """Let both act on each ticket at the same instant; what each got: None, or the refusal."""
    start = Barrier(2)

    def runner(act: Act) -> list[Any]:
        results = []
        for ticket_id in ids:
            start.wait()
            with shop.app.app_context():
                try:
                    act(ticket_id)
                except (BusinessError, DBAPIError) as error:
                    results.append(error)
                else:
                    results.append(None)
        return results

    with ThreadPoolExecutor(2) as pool:
        return list(zip(*pool.map(runner, (first, second)), strict=True))


def wrong(shop: SimpleNamespace) -> int:
    """How many closed tickets have a forwarding without an answer."""
    with shop.owner_engine.connect() as connection:
        return int(
            connection.scalar(
                text(
                    "SELECT count(DISTINCT t.id) FROM service_desk_ticket t JOIN service_desk_forwarding f"
                    " ON f.ticket_id = t.id AND f.answered_at IS NULL"
                    " WHERE t.closed_at IS NOT NULL AND t.company_id = :company"
                ),
                {"company": shop.company.id},
            )
            or 0
        )


CLOSED = {"closed_on": date(2024, 6, 1)}


def assert_one_won(results: Sequence[tuple[Any, Any]]) -> None:
    for both in results:
        refusals = [error for error in both if error is not None]
        assert len(refusals) == 1, both
        assert isinstance(refusals[0], BusinessError), refusals[0]


def test_closing_against_a_new_forwarding(shop: SimpleNamespace) -> None:
    ids = open_tickets(shop, RACES // 2)
    closing = saving(shop, **CLOSED, closed_by_id=shop.technician.id)
    forwarding = saving(shop, forwardings=[typed_forwarding(shop, key=uuid4())])
    assert_one_won(run_races(shop, ids, closing, forwarding))
    assert wrong(shop) == 0


def test_closing_against_an_answer_withdrawn(shop: SimpleNamespace) -> None:
    ids = open_tickets(shop, RACES // 4, answered=True)
    stays = [typed_forwarding(shop, answered=True)]
    closing = saving(shop, **CLOSED, closed_by_id=shop.technician.id, forwardings=stays)
    withdrawing = saving(shop, forwardings=[typed_forwarding(shop)])
    assert_one_won(run_races(shop, ids, closing, withdrawing))
    assert wrong(shop) == 0


def test_closing_against_a_second_closer(shop: SimpleNamespace) -> None:
    ids = open_tickets(shop, RACES // 4)
    closing = saving(shop, **CLOSED, closed_by_id=shop.technician.id)
    later = saving(shop, closed_on=date(2024, 6, 2), closed_by_id=shop.technician.id)
    assert_one_won(run_races(shop, ids, closing, later))
    with shop.app.app_context(), company_scope(shop.company):
        assert db.session.scalar(select(func.count()).where(Ticket.closed_at.is_not(None))) == len(ids)


# ── Code that only checks, and then writes ──────────────────────────────────────────────────────────


def checking_twins(shop: SimpleNamespace) -> tuple[Act, Act]:
    """Close, and forward, as somebody would who trusts what was read a moment ago; both meet in between."""
    meeting = Barrier(2)

    def meet() -> None:
        with suppress(BrokenBarrierError):
            meeting.wait(0.4)

    def close(ticket_id: int) -> None:
        with company_scope(shop.company), transaction():
            waiting = db.session.scalar(
                select(func.count()).where(
                    Forwarding.ticket_id == ticket_id, Forwarding.answered_at.is_(None)
                )
            )
            meet()
            if not waiting:
                values = {"closed_at": now(), "closed_by_id": shop.technician.id}
                db.session.execute(update(Ticket).where(Ticket.id == ticket_id).values(values))

    def forward(ticket_id: int) -> None:
        with company_scope(shop.company), transaction():
            is_open = db.session.scalar(select(Ticket.is_open).where(Ticket.id == ticket_id))
            meet()
            if is_open:
                row = {"department_id": shop.rows.department.id, "forwarded_at": now(), "key": uuid4()}
                db.session.add(Forwarding(company_id=shop.company.id, ticket_id=ticket_id, **row))
                db.session.flush()

    return close, forward


def test_the_key_alone_holds_against_code_that_only_checks(shop: SimpleNamespace) -> None:
    ids = open_tickets(shop, RACES)
    results = run_races(shop, ids, *checking_twins(shop))
    assert wrong(shop) == 0
    for both in results:
        refusals = [error for error in both if error is not None]
        assert len(refusals) == 1, both
        assert isinstance(refusals[0], IntegrityError), refusals[0]
        assert KEY in str(refusals[0].orig)


@pytest.fixture
def without_the_key(shop: SimpleNamespace, owner_engine: Engine) -> Iterator[None]:
    """Take the database's own guard away for the test; what went wrong meanwhile goes with the workshop."""
    with owner_engine.begin() as connection:
        (definition,) = connection.execute(
            text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :key"), {"key": KEY}
        ).one()
        connection.execute(text(f"ALTER TABLE service_desk_forwarding DROP CONSTRAINT {KEY}"))
    yield
    with owner_engine.begin() as connection:
        connection.execute(
            text("DELETE FROM service_desk_forwarding WHERE company_id = :id"), {"id": shop.company.id}
        )
        connection.execute(text(f"ALTER TABLE service_desk_forwarding ADD CONSTRAINT {KEY} {definition}"))


@pytest.mark.usefixtures("without_the_key")
def test_without_the_key_checking_is_not_enough(shop: SimpleNamespace) -> None:
    ids = open_tickets(shop, 40)
    run_races(shop, ids, *checking_twins(shop))
    assert wrong(shop) > 0
