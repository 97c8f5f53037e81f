"""What switching the service desk off or on would mean, told before it is done (R1, R5)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.clock import now
from app.database import company_scope, db, transaction
from app.plugin_api import Plugin
from plugins.service_desk.models import Ticket

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
def closed_ticket(world, session):
    """A second ticket of aurora's, closed."""
    first = world.rows["aurora"].ticket
    with company_scope(world.aurora), transaction():
        same = ("company_id", "direction", "customer_id", "technician_id", "channel_id", "problem")
        values = {name: getattr(first, name) for name in same}
        db.session.add(
            Ticket(
                **values,
                number=99,
                opened_at=first.opened_at,
                closed_at=now(),
                closed_by_id=first.technician_id,
                request_key=uuid4(),
            )
        )


def test_switching_off_tells_how_many_tickets_it_hides(told, closed_ticket):
    assert told("aurora", ON, OFF) == [f"desligar {SWITCH} esconde 2 atendimentos, 1 em aberto"]


def test_switching_on_tells_how_many_it_shows_again(told):
    assert told("boreal", OFF, ON) == [f"ligar {SWITCH} mostra de novo 1 atendimento, 1 em aberto"]


def test_nothing_is_told_where_the_switch_stays_and_nothing_is_counted(told, count_statements):
    with count_statements() as counted:
        assert told("aurora", ON, ON | {R3: True}) == []
    assert not [statement for statement in counted.statements if "ticket" in statement]


def test_nothing_is_told_of_a_company_without_tickets(told, monkeypatch):
    monkeypatch.setattr("plugins.service_desk.queries.ticket_counts", lambda company: (0, 0))
    assert told("aurora", ON, OFF) == []


def test_a_plugin_that_has_nothing_to_tell_tells_nothing(world):
    assert list(Plugin().consequences(world.aurora, ON, OFF)) == []
