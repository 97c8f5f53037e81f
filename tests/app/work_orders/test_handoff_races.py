"""Two workers at the same row at the same instant; and the same race without its guard, which must be lost.

The race is steered, not hoped for: both meet where the number is taken, after each has looked whether there
is a work order already. Whoever is kept out by a guard never gets there, and the other goes on alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import select

from app import jobs
from app.work_orders import handoff
from app.work_orders.models import RequestStatus, WorkOrderRequest

PATIENCE = 0.4
"""Seconds that one waits for the other at the meeting point."""


@pytest.fixture(autouse=True)
def no_queue(monkeypatch) -> None:
    monkeypatch.setattr(jobs, "publish", lambda *args, **ids: True)


@pytest.fixture
def meeting(monkeypatch) -> Barrier:
    """Make two workers meet right before the number is taken."""
    barrier = Barrier(2)
    take = handoff.next_number

    def meet_first(*args: object) -> int:
        with suppress(BrokenBarrierError):
            barrier.wait(PATIENCE)
        return take(*args)

    monkeypatch.setattr(handoff, "next_number", meet_first)
    return barrier


def at_once(app, *jobs_: Callable[[], object]) -> list[object]:
    """Run the functions at the same time, each in a context of its own; return results or exceptions."""

    def run(job: Callable[[], object]) -> object:
        with app.app_context():
            try:
                return job()
            except Exception as error:  # noqa: BLE001  the test looks at it
                return error

    with ThreadPoolExecutor(len(jobs_)) as pool:
        return list(pool.map(run, jobs_))


@pytest.fixture
def no_unique_index(owner_engine) -> Iterator[None]:
    """Without the last guard: a source may have two live work orders."""
    index = "uq_work_order_source"
    with owner_engine.connect() as connection:
        (definition,) = connection.exec_driver_sql(
            f"SELECT indexdef FROM pg_indexes WHERE indexname = '{index}'"
        ).one()
    with owner_engine.begin() as connection:
        connection.exec_driver_sql(f"DROP INDEX {index}")
    yield
    with owner_engine.begin() as connection:
        # What the race has left would not fit under it.
        connection.exec_driver_sql("DELETE FROM work_order_request WHERE work_order_id IS NOT NULL")
        connection.exec_driver_sql("DELETE FROM work_order WHERE source = 'tests.document'")
        connection.exec_driver_sql(definition)


@pytest.fixture
def no_row_lock(monkeypatch) -> None:
    """Without the lock and the token: T2 reads the row like any other, and the lease is over at once."""

    def unlocked(claimed: handoff.Claim) -> WorkOrderRequest | None:
        return handoff.db.session.scalar(
            select(WorkOrderRequest).where(
                WorkOrderRequest.company_id == claimed.company_id, WorkOrderRequest.id == claimed.request_id
            )
        )

    monkeypatch.setattr(handoff, "_locked", unlocked)


@pytest.fixture
def no_lease(monkeypatch) -> None:
    """A lease that is over at once: as if the work lasted longer than it."""
    monkeypatch.setattr(handoff, "LEASE", timedelta(0))


def test_two_deliveries_at_once_make_one_work_order(app, workshop, meeting):
    request_id = workshop.wish()
    results = at_once(app, *[lambda: handoff.process(request_id)] * 2)
    assert sorted(results) == [False, True]
    assert len(workshop.orders()) == 1
    assert workshop.request(request_id).attempts == 1


def test_work_that_outlasts_its_lease_is_not_done_twice(app, workshop, meeting, no_lease):
    request_id = workshop.wish()
    results = at_once(app, lambda: handoff.process(request_id), lambda: handoff.process(request_id))
    assert set(results) <= {True, False}
    assert len(workshop.orders()) == 1
    assert workshop.request(request_id).status is RequestStatus.DONE


def test_two_holders_of_a_claim_make_one_work_order(app, workshop, meeting):
    request_id = workshop.wish()
    with app.app_context():
        claimed = handoff.claim(request_id)
    at_once(app, *[lambda: handoff.perform(claimed)] * 2)
    assert len(workshop.orders()) == 1


def test_without_the_lock_the_unique_index_still_holds(app, workshop, meeting, no_row_lock):
    request_id = workshop.wish()
    with app.app_context():
        claimed = handoff.claim(request_id)
    results = at_once(app, *[lambda: handoff.perform(claimed)] * 2)
    assert sum(isinstance(result, Exception) for result in results) == 1
    assert [order.number for order in workshop.orders()] == [1]


def test_without_lock_and_index_there_are_two_work_orders(
    app, workshop, meeting, no_row_lock, no_unique_index
):
    """The broken twin: the race above can be lost, and would be seen."""
    request_id = workshop.wish()
    with app.app_context():
        claimed = handoff.claim(request_id)
    at_once(app, *[lambda: handoff.perform(claimed)] * 2)
    assert len(workshop.orders()) == 2


def test_two_sequences_of_one_source_at_once_make_one_work_order(app, workshop, meeting):
    requests = [workshop.wish(source_id=17, sequence=n) for n in (1, 2)]
    assert at_once(app, *[lambda r=r: handoff.process(r) for r in requests]) == [True, True]
    assert len(workshop.orders()) == 1
    # The one that the index refused is tried again, and finds what the other made.
    workshop.end_leases()
    with app.app_context():
        assert handoff.process()
    assert {workshop.request(r).status for r in requests} == {RequestStatus.DONE}
    assert len({workshop.request(r).work_order_id for r in requests}) == 1
    assert [order.number for order in workshop.orders()] == [1]


def test_the_same_wish_at_once_is_one_row(app, workshop):
    start = Barrier(4)

    def wish(source_id: int) -> int:
        start.wait(5)
        return workshop.wish(source_id=source_id)

    for source_id in range(10):
        ids = at_once(app, *[partial(wish, source_id)] * 4)
        assert len(set(ids)) == 1, ids


def test_without_the_unique_key_the_same_wish_at_once_is_two_rows(app, workshop, owner_engine, monkeypatch):
    """The broken twin: look first, then insert."""
    key = "uq_work_order_request_company_id_source_source_id_sequence"
    columns = "company_id, source, source_id, sequence"
    workshop.sql(f"ALTER TABLE work_order_request DROP CONSTRAINT {key}")
    try:
        meet = Barrier(2)

        def naive() -> None:
            with handoff.company_scope(workshop.company), handoff.transaction():
                found = handoff.db.session.scalar(select(WorkOrderRequest).filter_by(source_id=17))
                meet.wait(5)
                if found is None:
                    handoff.db.session.add(
                        WorkOrderRequest(
                            company_id=workshop.company.id,
                            source="tests.document",
                            source_id=17,
                            sequence=1,
                            customer_id=workshop.customer.id,
                            problem="x",
                        )
                    )

        assert at_once(app, naive, naive) == [None, None]
        with owner_engine.connect() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT count(*) FROM work_order_request WHERE company_id = {workshop.company.id}"
            ).scalar()
        assert rows == 2
    finally:
        workshop.sql("DELETE FROM work_order_request WHERE company_id = :company")
        workshop.sql(f"ALTER TABLE work_order_request ADD CONSTRAINT {key} UNIQUE ({columns})")


def test_many_workers_at_one_queue_make_each_work_order_once_and_leave_no_gap(app, workshop):
    request_ids = [workshop.wish(source_id=n) for n in range(40)]

    def work() -> None:
        while handoff.process():
            handoff.db.session.remove()

    assert at_once(app, *[work] * 4) == [None] * 4
    orders = workshop.orders()
    assert [order.number for order in orders] == list(range(1, 41))
    assert {order.source_id for order in orders} == set(range(40))
    assert {workshop.request(r).status for r in request_ids} == {RequestStatus.DONE}
    assert {workshop.request(r).attempts for r in request_ids} == {1}


def test_a_worker_takes_the_next_row_while_another_one_works(app, workshop, meeting):
    """Rows that are being worked on are passed by, not waited for."""
    for n in range(2):
        workshop.wish(source_id=n)
    # Both reach the meeting point in time: neither waited for the other's row.
    assert at_once(app, handoff.process, handoff.process) == [True, True]
    assert not meeting.broken
    assert len(workshop.orders()) == 2
