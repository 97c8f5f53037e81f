"""R18: two tabs press «Cronômetro» at the same instant, on real connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app.clock import now
from app.database import company_scope, db, transaction
from plugins.service_desk import errors
from plugins.service_desk.models import Timer
from plugins.service_desk.queries import in_hand
from plugins.service_desk.services.timers import First
from tests.plugins.service_desk.timing import kept, start
from tests.workshop import Workshop


def both(workshop: Workshop, verb: Callable[[], object]) -> list[str]:
    """Two tabs press at once, on two connections: what became of each."""
    ready = Barrier(2, timeout=10)

    def press(_: int) -> str:
        with workshop.app.app_context(), company_scope(workshop.company):
            ready.wait()
            try:
                with transaction():
                    verb()
            except errors.OtherTimerRuns as error:
                return "asked" if error.values["other"] is not None else "asked about nothing"
            except IntegrityError:
                return "failed"
            return "started"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(press, range(2)))


def running(workshop: Workshop) -> int:
    with workshop.app.app_context(), company_scope(workshop.company):
        return sum(t.stopped_at is None for t in kept(workshop.company, workshop.actor))


def test_of_two_starts_at_once_one_wins_and_the_other_is_asked(workshop: Workshop) -> None:
    for _ in range(25):
        assert both(workshop, lambda: start(workshop.company, workshop.actor)) == ["asked", "started"]
        assert running(workshop) == 1
        workshop.sql("DELETE FROM service_desk_timer WHERE company_id = :company")


def test_of_two_answers_at_once_one_wins_and_the_other_is_asked(workshop: Workshop) -> None:
    """Both tabs stop the same first timer for a new one of their own."""
    for _ in range(10):
        with workshop.app.app_context(), company_scope(workshop.company), transaction():
            first = start(workshop.company, workshop.actor).running
        answer = {"first": First.STOP, "first_id": first.id}
        answers = both(workshop, lambda: start(workshop.company, workshop.actor, **answer))  # noqa: B023
        assert answers == ["asked", "started"]
        assert running(workshop) == 1
        workshop.sql("DELETE FROM service_desk_timer WHERE company_id = :company")


def test_two_starts_of_one_row_are_one(workshop: Workshop) -> None:
    """A double click."""
    for _ in range(10):
        row = {"row_key": uuid4(), "request_key": uuid4()}
        answers = both(workshop, lambda: start(workshop.company, workshop.actor, **row))  # noqa: B023
        assert answers == ["started", "started"]
        assert running(workshop) == 1
        workshop.sql("DELETE FROM service_desk_timer WHERE company_id = :company")


def test_look_first_and_write_then_would_fail(workshop: Workshop) -> None:
    """The broken twin: only the database's key stands between it and two running timers."""
    looked = Barrier(2, timeout=10)

    def naive() -> None:
        found = in_hand.running_timer(workshop.company, workshop.actor)
        looked.wait()
        if found is None:
            own = {"company_id": workshop.company.id, "user_id": workshop.actor.id}
            row = {"request_key": uuid4(), "row_key": uuid4(), "started_at": now()}
            db.session.execute(insert(Timer).values(**own, **row))

    assert both(workshop, naive) == ["failed", "started"]
