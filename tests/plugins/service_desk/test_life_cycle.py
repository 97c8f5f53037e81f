"""A ticket's life as a state machine: whatever is done in whatever order, the rules hold in the database.

Hypothesis includes, writes contacts, forwards, answers, withdraws answers, closes, reopens, wishes for work
orders, makes and cancels them, switches parameters in between and lets a foreign company try, on a real
PostgreSQL; a model in plain Python says what each step must do, and after each step SQL that knows neither
looks at everything. A planted fault must be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, delete, select, text
from werkzeug.exceptions import NotFound

from app.companies.models import CompanyParameter
from app.database import bound_to, company_scope, db, transaction
from app.plugin_api import BusinessError, ChangedMeanwhile
from app.work_orders import handoff
from app.work_orders.models import WorkOrder
from app.work_orders.services import cancel_work_order
from plugins.service_desk import errors
from plugins.service_desk.models import Forwarding, Interaction, Ticket
from plugins.service_desk.services import tickets as services
from plugins.service_desk.services import work_orders as wishing
from plugins.service_desk.services.closing import reopen_ticket
from tests.plugins.service_desk.desk import document
from tests.plugins.service_desk.figures import DRIFTED
from tests.plugins.service_desk.preparing import keep_prepared
from tests.world import World

RUNS, STEPS = 300, 40
LIFE = settings(
    max_examples=RUNS,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Known:
    """What the model knows of a ticket."""

    id: int
    version: int
    is_open: bool = True
    contacts: list[dict[str, Any]] = field(default_factory=list)
    forwardings: list[dict[str, Any]] = field(default_factory=list)
    reopened: int = 0
    orders: list[str] = field(default_factory=list)
    """Of each wish: «wished», «made» or «cancelled»."""

    @property
    def waits(self) -> bool:
        return any(row["answer"] is None for row in self.forwardings)


NO_ANSWER = {"answered_on": None, "answered_by_id": None, "outcome_id": None, "answer": None}

# One look at everything, by itself: what it returns must be nothing.
BROKEN = text(
    """
    SELECT 'closed while waiting' FROM service_desk_ticket t
      JOIN service_desk_forwarding f ON f.ticket_id = t.id
     WHERE t.closed_at IS NOT NULL AND f.answered_at IS NULL
    UNION ALL SELECT 'gap in numbers' FROM service_desk_ticket
     GROUP BY company_id HAVING count(*) <> max(number) OR count(DISTINCT number) <> count(*)
    UNION ALL SELECT 'half closed' FROM service_desk_ticket
     WHERE (closed_at IS NULL) <> (closed_by_id IS NULL)
    UNION ALL SELECT 'two live work orders' FROM work_order
     WHERE status <> 'cancelled' AND source_id IS NOT NULL
     GROUP BY company_id, source, source_id HAVING count(*) > 1
    UNION ALL SELECT 'two waiting wishes' FROM work_order_request WHERE status IN ('pending', 'running')
     GROUP BY company_id, source, source_id HAVING count(*) > 1
    UNION ALL SELECT 'done without a work order' FROM work_order_request
     WHERE (status = 'done') <> (work_order_id IS NOT NULL)
    UNION ALL SELECT 'a wish is dead' FROM work_order_request WHERE status = 'dead' AND id > :last_request
    UNION ALL SELECT 'a row in another company' FROM service_desk_ticket t
      JOIN service_desk_forwarding f ON f.ticket_id = t.id WHERE f.company_id <> t.company_id
    UNION ALL SELECT 'answer in parts' FROM service_desk_forwarding
     WHERE num_nonnulls(answered_at, answered_by_id, outcome_id, answer) NOT IN (0, 4)
        OR answered_at < forwarded_at
    UNION ALL SELECT 'closed before something' FROM service_desk_ticket t
      JOIN service_desk_forwarding f ON f.ticket_id = t.id AND f.company_id = t.company_id
     WHERE t.closed_at < t.opened_at OR t.closed_at < f.answered_at
    UNION ALL SELECT 'reopened before it was closed' FROM service_desk_reopening
     WHERE reopened_at < closed_at
    UNION ALL SELECT 'figures drifted' FROM ("""
    + DRIFTED
    + """) drifted
    """
)
COUNTS = text(
    """
    SELECT t.id, t.closed_at IS NULL,
      (SELECT count(*) FROM service_desk_interaction i WHERE i.ticket_id = t.id),
      (SELECT count(*) FROM service_desk_forwarding f WHERE f.ticket_id = t.id),
      (SELECT count(*) FROM service_desk_forwarding f WHERE f.ticket_id = t.id AND f.answered_at IS NULL),
      (SELECT count(*) FROM service_desk_reopening r WHERE r.ticket_id = t.id),
      (SELECT count(*) FROM work_order_request w
        WHERE w.source_id = t.id AND w.source = 'service_desk.ticket'),
      (SELECT count(*) FROM work_order o WHERE o.source_id = t.id AND o.status <> 'cancelled')
    FROM service_desk_ticket t ORDER BY t.id
    """
)


class Life(RuleBasedStateMachine):
    """The steps; `world`, `app` and `connection` are the test's."""

    app: ClassVar[Flask]
    world: ClassVar[World]
    connection: ClassVar[Connection]

    def __init__(self) -> None:
        super().__init__()
        self.rows = self.world.rows["aurora"]
        self.company = self.world.aurora
        self.actor = self.world.users["bruno"]
        self.tickets: list[Known] = []
        self.silent = False
        self.undone = self.connection.begin()
        # The world has a dead one of its own.
        self.last_request = self.connection.scalar(text("SELECT max(id) FROM work_order_request"))

    def teardown(self) -> None:
        db.session.remove()
        self.undone.rollback()

    # ── what the steps share ──

    def pick(self, which: int) -> Known:
        return self.tickets[which % len(self.tickets)]

    def refusal(self, act: Callable[[], Any]) -> type[Exception] | None:
        """What the act is refused with; it is undone then."""
        try:
            with company_scope(self.company), transaction():
                act()
        except (BusinessError, NotFound) as error:
            return type(error)
        return None

    def save(self, ticket: Known, *, version: int | None = None, **changes: Any) -> type[Exception] | None:
        """Save the ticket as its form would; keep the model in step where that succeeds."""
        contacts = changes.pop("contacts", ticket.contacts)
        sent = changes.pop("forwardings", ticket.forwardings)
        whole = document(self.rows, interactions=contacts, forwardings=sent, **changes)
        saved: list[Ticket] = []

        def act() -> None:
            saved.append(
                services.save_ticket(
                    company=self.company,
                    actor=self.actor,
                    ticket_id=ticket.id,
                    version=ticket.version if version is None else version,
                    document=whole,
                )
            )
            ticket.version = saved[0].version

        before = ticket.version
        refused = self.refusal(act)
        if refused is not None:
            ticket.version = before
            return refused
        ticket.contacts, ticket.forwardings = list(contacts), list(sent)
        ticket.is_open = "closed_on" not in changes
        return None

    def expected(self, ticket: Known) -> type[Exception] | None:
        return None if ticket.is_open else errors.TicketClosed

    # ── the steps ──

    @initialize()
    def begin(self) -> None:
        self.include(problem="Primeiro")

    @rule(problem=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=30))
    @precondition(lambda self: len(self.tickets) < 4)
    def include(self, problem: str) -> None:
        made: list[Ticket] = []
        whole = document(self.rows, problem=problem)
        refused = self.refusal(
            lambda: made.append(
                services.open_ticket(
                    company=self.company, actor=self.actor, request_key=uuid4(), document=whole
                )
            )
        )
        assert refused is None
        with company_scope(self.company):
            stored = db.session.get_one(Ticket, made[0].id)
            self.tickets.append(Known(stored.id, stored.version, orders=["wished"] if self.silent else []))

    @rule(which=st.integers(0, 3), hour=st.integers(8, 17), minutes=st.integers(1, 59))
    def interact(self, which: int, hour: int, minutes: int) -> None:
        ticket = self.pick(which)
        row = {
            "key": uuid4(),
            "occurred_on": date(2024, 5, 21),
            "start_time": time(hour),
            "end_time": time(hour, minutes),
            "channel_id": self.rows.channel.id,
            "direction": document(self.rows)["direction"],
            "contact_name": "Ana",
            "finding": "Visto",
            "guidance": "Feito",
        }
        assert self.save(ticket, contacts=[*ticket.contacts, row]) is self.expected(ticket)

    @rule(which=st.integers(0, 3), change=st.sampled_from(["edit", "remove"]))
    @precondition(lambda self: any(t.contacts for t in self.tickets))
    def change_interaction(self, which: int, change: str) -> None:
        ticket = self.pick(which)
        if not ticket.contacts:
            return
        first, *rest = ticket.contacts
        contacts = rest if change == "remove" else [first | {"finding": first["finding"] + "!"}, *rest]
        assert self.save(ticket, contacts=contacts) is self.expected(ticket)

    @rule(which=st.integers(0, 3))
    def forward(self, which: int) -> None:
        ticket = self.pick(which)
        row = {"key": uuid4(), "department_id": self.rows.department.id, "forwarded_on": date(2024, 5, 21)}
        sent = [*ticket.forwardings, row | NO_ANSWER]
        assert self.save(ticket, forwardings=sent) is self.expected(ticket)

    @rule(which=st.integers(0, 3))
    @precondition(lambda self: any(t.waits for t in self.tickets))
    def answer(self, which: int) -> None:
        ticket = self.pick(which)
        assert self.save(ticket, forwardings=self.answered(ticket)) is self.expected(ticket)

    def answered(self, ticket: Known) -> list[dict[str, Any]]:
        """Its forwardings with an answer to the first that waits."""
        parts = {
            "answered_on": date(2024, 5, 22),
            "answered_by_id": self.rows.technician.id,
            "outcome_id": self.rows.forwarding_outcome.id,
            "answer": "Trocado",
        }
        rows = list(ticket.forwardings)
        for place, row in enumerate(rows):
            if row["answer"] is None:
                rows[place] = row | parts
                break
        return rows

    @rule(which=st.integers(0, 3), change=st.sampled_from(["withdraw", "remove"]))
    @precondition(lambda self: any(t.forwardings for t in self.tickets))
    def take_back(self, which: int, change: str) -> None:
        ticket = self.pick(which)
        if not ticket.forwardings:
            return
        *rest, last = ticket.forwardings
        sent = rest if change == "remove" else [*rest, last | NO_ANSWER]
        assert self.save(ticket, forwardings=sent) is self.expected(ticket)

    @rule(which=st.integers(0, 3), answers=st.booleans())
    def close(self, which: int, answers: bool) -> None:
        ticket = self.pick(which)
        sent = self.answered(ticket) if answers else ticket.forwardings
        waits = any(row["answer"] is None for row in sent)
        expected = errors.ForwardingUnanswered if ticket.is_open and waits else self.expected(ticket)
        closing = {"closed_on": date(2024, 6, 1), "closed_by_id": self.rows.technician.id}
        assert self.save(ticket, forwardings=sent, **closing) is expected

    @rule(which=st.integers(0, 3))
    def reopen(self, which: int) -> None:
        ticket = self.pick(which)
        sofia = self.world.users["sofia"]

        def act() -> None:
            opened = reopen_ticket(
                company=self.company,
                actor=sofia,
                ticket_id=ticket.id,
                version=ticket.version,
                reason="Voltou",
            )
            ticket.version = opened.version

        refused = self.refusal(act)
        assert refused is (ChangedMeanwhile if ticket.is_open else None)
        if refused is None:
            ticket.is_open = True
            ticket.reopened += 1

    @rule(which=st.integers(0, 3), behind=st.integers(1, 3))
    def save_a_stale_page(self, which: int, behind: int) -> None:
        ticket = self.pick(which)
        refused = self.save(ticket, version=ticket.version - behind, problem="Antigo")
        assert refused is ChangedMeanwhile

    @rule(which=st.integers(0, 3), ahead=st.integers(0, 2))
    def wish(self, which: int, ahead: int) -> None:
        """Press «Gerar OS» that shows the present sequence, an older one, or one too far ahead."""
        ticket = self.pick(which)
        sequence = len(ticket.orders) + ahead
        is_new = ahead > 0 and ahead == 1 and (not ticket.orders or ticket.orders[-1] == "cancelled")
        is_known = ahead == 0 and bool(ticket.orders)
        refused = self.refusal(
            lambda: wishing.request_work_order(
                company=self.company, actor=self.actor, ticket_id=ticket.id, sequence=sequence
            )
        )
        assert refused is (None if is_new or is_known else errors.WorkOrderStillThere)
        if is_new:
            ticket.orders.append("wished")

    @rule()
    def make_one(self) -> None:
        """A worker comes by; it makes what is due, whatever was switched off meanwhile."""
        waiting = [t for t in self.tickets if "wished" in t.orders]
        assert handoff.process() is bool(waiting)
        made = self.connection.scalar(text("SELECT source_id FROM work_order ORDER BY id DESC LIMIT 1"))
        for ticket in waiting:
            if ticket.id == made:
                ticket.orders[-1] = "made"

    @rule(which=st.integers(0, 3))
    def cancel_order(self, which: int) -> None:
        ticket = self.pick(which)
        if not ticket.orders or ticket.orders[-1] != "made":
            return

        def act() -> None:
            own = (WorkOrder.company_id == self.company.id, WorkOrder.source_id == ticket.id)
            order = db.session.scalars(select(WorkOrder).where(*own).order_by(WorkOrder.id.desc())).first()
            assert order is not None
            cancel_work_order(company=self.company, actor=self.world.users["sofia"], work_order=order)

        assert self.refusal(act) is None
        ticket.orders[-1] = "cancelled"

    @rule(enabled=st.booleans(), theirs=st.booleans(), silent=st.booleans())
    def switch_parameters(self, enabled: bool, theirs: bool, silent: bool) -> None:
        values = {
            "enabled": enabled,
            "customer_products": theirs,
            "auto_work_order": silent,
            "auto_work_order_silently": silent,
        }
        with company_scope(self.company), transaction():
            db.session.execute(delete(CompanyParameter).where(CompanyParameter.module == "service_desk"))
            db.session.add_all(
                CompanyParameter(company_id=self.company.id, module="service_desk", name=name, value=value)
                for name, value in values.items()
            )
        self.silent = silent

    @rule(which=st.integers(0, 3), way=st.sampled_from(["save", "reopen", "wish", "look", "point"]))
    def a_foreign_company_tries(self, which: int, way: str) -> None:
        ticket, boreal, carla = self.pick(which), self.world.boreal, self.world.users["carla"]
        theirs = self.world.rows["boreal"]
        common = {"company": boreal, "actor": carla, "ticket_id": ticket.id}
        with company_scope(boreal):
            if way == "look":
                for model in (Ticket, Interaction, Forwarding):
                    ids = db.session.scalars(select(model.company_id).distinct()).all()
                    assert set(ids) <= {boreal.id}
                return
            acts: dict[str, Callable[[], Any]] = {
                "save": lambda: services.save_ticket(
                    **common, version=ticket.version, document=document(theirs)
                ),
                "reopen": lambda: reopen_ticket(**common, version=ticket.version, reason="x"),
                "wish": lambda: wishing.request_work_order(**common, sequence=1),
                # A ticket of its own that points at aurora's customer.
                "point": lambda: services.open_ticket(
                    company=boreal,
                    actor=carla,
                    request_key=uuid4(),
                    document=document(theirs, customer_id=self.rows.customer.id),
                ),
            }
            with pytest.raises((NotFound, BusinessError)), transaction():
                acts[way]()

    # ── what must be true after each ──

    @invariant()
    def nothing_is_broken(self) -> None:
        db.session.remove()
        assert self.connection.scalars(BROKEN, {"last_request": self.last_request}).all() == []

    @invariant()
    def the_model_and_the_database_say_the_same(self) -> None:
        stored = {row[0]: tuple(row[1:]) for row in self.connection.execute(COUNTS)}
        for t in self.tickets:
            live = sum(state == "made" for state in t.orders)
            waiting = sum(row["answer"] is None for row in t.forwardings)
            assert stored[t.id] == (
                t.is_open,
                len(t.contacts),
                len(t.forwardings),
                waiting,
                t.reopened,
                len(t.orders),
                live,
            )


@pytest.fixture
def life(app: Flask, world: World, owner_engine: Any) -> Iterator[type[Life]]:
    """The machine on a connection that sees everything (for the SQL); each run is undone.

    The services work through the walls all the same: the scope's listener narrows their statements, and
    the composite keys hold; row security has its own tests.
    """
    with owner_engine.connect() as connection, app.app_context(), bound_to(connection):
        keep_prepared(connection)
        yield type("LifeHere", (Life,), {"app": app, "world": world, "connection": connection})


def test_a_tickets_life_keeps_every_rule(life: type[Life]) -> None:
    run_state_machine_as_test(life, settings=LIFE)


def test_a_planted_fault_is_found(life: type[Life], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each press of the button is another wish, though the last work order lives."""
    monkeypatch.setattr(wishing, "next_sequence", lambda last: last.sequence + 1 if last else 1)
    # Finding is enough: making the example small would take longer than all the runs above.
    finding = settings(LIFE, max_examples=RUNS // 5, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(life, settings=finding)
