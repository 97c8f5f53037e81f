"""The figures kept beside a ticket are what its rows come to, however these are changed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text, update

from app.database import company_scope, db
from plugins.service_desk.models import Forwarding, Interaction, Ticket
from tests.plugins.service_desk.figures import DRIFTED


@pytest.fixture
def aurora(rolled_back, documents, world):
    with company_scope(world.aurora):
        yield world.aurora


def drifted() -> list[int]:
    return list(db.session.scalars(text(DRIFTED)))


def two_tickets() -> tuple[int, int]:
    first, second = db.session.scalars(select(Ticket.id).order_by(Ticket.number).limit(2))
    return first, second


def figures(ticket_id: int) -> tuple[int, ...]:
    kept = (Ticket.contact_count, Ticket.contact_minutes, Ticket.forwarding_count, Ticket.waiting_count)
    return tuple(db.session.execute(select(*kept).where(Ticket.id == ticket_id)).one())


def add_contacts(count: int) -> None:
    """Copies of what is there, by one statement over two tickets."""
    db.session.execute(
        text(
            """
            INSERT INTO service_desk_interaction (company_id, ticket_id, key, started_at, ended_at,
              channel_id, direction, contact_name, finding, guidance)
            SELECT i.company_id, t.id, gen_random_uuid(), i.started_at,
              i.ended_at + n * interval '90 seconds', i.channel_id, i.direction, 'x', 'x', 'x'
              FROM service_desk_interaction i, service_desk_ticket t, generate_series(1, :count) n
            """
        ),
        {"count": count},
    )


def test_rows_added_changed_moved_and_removed_by_one_statement_each(aurora):
    first, second = two_tickets()
    before = figures(first)
    add_contacts(3)
    assert drifted() == []
    assert figures(first)[0] == before[0] + 3
    db.session.execute(update(Interaction).values(ended_at=Interaction.ended_at + text("interval '1 hour'")))
    assert drifted() == []
    db.session.execute(update(Interaction).where(Interaction.ticket_id == first).values(ticket_id=second))
    assert drifted() == []
    assert figures(first)[:2] == (0, 0)
    db.session.execute(delete(Interaction))
    assert drifted() == []
    assert figures(second)[:2] == (0, 0)


def test_an_answer_given_and_taken_back(aurora, world):
    ticket_id = db.session.scalars(select(Forwarding.ticket_id).limit(1)).one()
    rows = world.rows["aurora"]
    answer = {
        "answered_at": Forwarding.forwarded_at + text("interval '61 minutes 59 seconds'"),
        "answered_by_id": rows.technician.id,
        "outcome_id": rows.forwarding_outcome.id,
        "answer": "Feito",
    }
    db.session.execute(update(Forwarding).values(answer))
    assert figures(ticket_id)[3] == 0
    assert drifted() == []
    db.session.execute(update(Forwarding).values(dict.fromkeys(answer)))
    assert figures(ticket_id)[3] > 0
    assert drifted() == []
    db.session.execute(delete(Forwarding).where(Forwarding.key != uuid4()))
    assert drifted() == []


def test_the_comparison_sees_a_drift(aurora):
    first, _ = two_tickets()
    db.session.execute(update(Ticket).where(Ticket.id == first).values(contact_minutes=77))
    assert drifted() == [first]
