"""What switching the service desk off or on would mean, told before it is done (R1, R5)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.clock import now
from app.database import company_scope, db, transaction
from app.plugin_api import Plugin
from plugins.service_desk.models import Ticket
from plugins.service_desk.queries import ticket_counts

R1, R3 = "service_desk.enabled", "service_desk.auto_work_order"
OFF, ON = {R1: False, R3: False}, {R1: True, R3: False}
SWITCH = "“Controla atendimentos aos clientes”"


@pytest.fixture
def told(app, session, world):
    """`told("aurora", before, after)`, as the page of the copy asks."""

    def ask(code, before, after):
        company = world.companies[code]
        with app.test_request_context(), company_scope(company):
            return app.extensions["balcao"].consequences(company, before, after)

    return ask


@pytest.fixture
def add_closed_ticket(world, session):
    """One more ticket of aurora's, closed."""
    first = world.rows["aurora"].ticket

    def add():
        same = ("company_id", "direction", "customer_id", "technician_id", "channel_id", "problem")
        closing = {"closed_at": now(), "closed_by_id": first.technician_id}
        with company_scope(world.aurora), transaction():
            values = {name: getattr(first, name) for name in same} | closing
            db.session.add(Ticket(**values, number=99, opened_at=first.opened_at, request_key=uuid4()))

    return add


@pytest.mark.parametrize(
    ("counts", "tickets"),
    [((60, 12), "60 atendimentos, 12 em aberto"), ((1, 0), "1 atendimento, 0 em aberto")],
)
def test_switching_tells_how_many_tickets_it_hides_or_shows_again(told, monkeypatch, counts, tickets):
    monkeypatch.setattr("plugins.service_desk.queries.ticket_counts", lambda company: counts)
    assert told("aurora", ON, OFF) == [f"desligar {SWITCH} esconde {tickets}"]
    assert told("aurora", OFF, ON) == [f"ligar {SWITCH} mostra de novo {tickets}"]


def test_closed_tickets_are_counted_and_not_called_open(world, session, add_closed_ticket):
    with company_scope(world.aurora):
        count, still_open = ticket_counts(world.aurora)
        others = ticket_counts(world.boreal)
    add_closed_ticket()
    with company_scope(world.aurora):
        assert ticket_counts(world.aurora) == (count + 1, still_open)
        assert count >= still_open >= 1
        # The first net alone would find boreal's; the second keeps to the open company.
        assert others == (0, 0)


def test_nothing_is_told_where_the_switch_stays_and_nothing_is_counted(told, count_statements):
    with count_statements() as counted:
        assert told("aurora", ON, ON | {R3: True}) == []
    assert not [statement for statement in counted.statements if "ticket" in statement]


def test_nothing_is_told_of_a_company_without_tickets(told, monkeypatch):
    monkeypatch.setattr("plugins.service_desk.queries.ticket_counts", lambda company: (0, 0))
    assert told("aurora", ON, OFF) == []


def test_a_plugin_that_has_nothing_to_tell_tells_nothing(world):
    assert list(Plugin().consequences(world.aurora, ON, OFF)) == []
