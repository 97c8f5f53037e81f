"""Copies in both directions at the same instant: no error, and each company whole (R5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, get_ident
from time import monotonic, process_time
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.companies import queries
from app.companies.copying import preview as previewing
from app.companies.copying.copies import copy_parameters
from app.companies.copying.preview import compare
from app.companies.models import CompanyParameter
from app.companies.services import change_parameters
from app.database import company_scope, db, transaction
from app.errors import ChangedMeanwhile
from tests.app.companies.conftest import batches, fleet_of, store, stored

KEYS = (
    "host.service_kind",
    "host.work_orders_by_technician",
    "service_desk.enabled",
    "service_desk.customer_products",
    "service_desk.auto_work_order",
    "service_desk.auto_work_order_silently",
)
P, Q, R = (
    dict(zip(KEYS, values, strict=True))
    for values in (
        ("technical_assistance", True, True, True, True, True),
        ("other_services", False, False, False, False, False),
        ("technical_assistance", False, True, False, True, False),
    )
)
PATTERNS = [P, Q, R]
COPIES, THREADS = 300, 4


@pytest.fixture
def companies(app, owner_engine, world) -> Iterator[list]:
    """Three companies of ana's own, committed: with the patterns P, Q and R."""
    with fleet_of(3, app, owner_engine, world) as fleet:
        with app.app_context():
            for company, pattern in zip(fleet, PATTERNS, strict=True):
                store(company, **{key.replace(".", "__"): value for key, value in pattern.items()})
        yield fleet


@pytest.fixture
def at_once(app):
    """`at_once(jobs)`: each in a thread and context of its own; their results, or what they raised."""

    def run(job):
        with app.test_request_context():
            try:
                return job()
            except Exception as error:  # noqa: BLE001  the test looks at it
                return error

    def call(jobs):
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(run, jobs))

    return call


@pytest.fixture
def copy_all(app, world):
    """`copy_all(a, b)`: compare and confirm all parameters in one transaction."""

    def copy(source, target):
        declared = app.extensions["balcao"].parameters()
        with transaction():
            return copy_parameters(
                company=target,
                actor=world.users["ana"],
                source=source,
                targets=[target],
                declared=declared,
                keys=KEYS,
                preview=compare(source, [target], declared).digest,
                key=uuid4(),
            )

    return copy


def whole(app, company):
    """The company's values, which must be one of the patterns."""
    with app.app_context():
        values = stored(company)
    return next((pattern for pattern in PATTERNS if pattern == values), None)


def test_300_copies_in_both_directions(app, companies, at_once, copy_all, world):
    one, two, _other = companies
    declared = app.extensions["balcao"].parameters()

    def change(company, pattern):
        """Otherwise there would soon be nothing to copy."""
        with company_scope(company), transaction():
            versions = {k: row.version for k, row in queries.stored_parameters(company).items()}
            change_parameters(
                company=company,
                actor=world.users["ana"],
                declared=declared,
                values=pattern,
                versions=versions,
            )

    def again_until_it_fits(function, *arguments):
        while True:
            try:
                return function(*arguments)
            except ChangedMeanwhile:
                db.session.rollback()

    def job(number):
        source, target = (one, two) if number % 2 else (two, one)
        if number % 3 == 0:
            again_until_it_fits(change, source, PATTERNS[number % len(PATTERNS) - number // 3 % 3])
        again_until_it_fits(copy_all, source, target)
        return whole(app, target)

    started, worked = monotonic(), process_time()
    results = at_once([lambda n=n: job(n) for n in range(COPIES)])
    assert [result for result in results if isinstance(result, Exception)] == []
    assert len(results) == COPIES
    assert None not in results
    assert whole(app, one)
    assert whole(app, two)
    with app.app_context():
        assert len(batches(one)) + len(batches(two)) > COPIES / 5
    # By its own clock, because others may be at work on this machine; nobody waits for long for a lock.
    assert process_time() - worked < 40
    assert monotonic() - started < 120


def test_with_locks_in_the_order_of_source_and_target_they_wait_for_each_other(
    companies, at_once, copy_all, monkeypatch
):
    one, two, _other = companies
    one_lock_each = Barrier(2)
    lock, waited = queries.lock_parameters, set()

    def lock_and_wait(company):
        rows = lock(company)
        if get_ident() not in waited:
            waited.add(get_ident())
            one_lock_each.wait(10)
        return rows

    monkeypatch.setattr(queries, "lock_parameters", lock_and_wait)
    monkeypatch.setattr(previewing, "lock_order", list)
    results = at_once([lambda: copy_all(one, two), lambda: copy_all(two, one)])
    assert [type(result) for result in results].count(OperationalError) == 1
    assert "deadlock" in str(next(r for r in results if isinstance(r, OperationalError)))


def look_only(company):
    """As `lock_parameters`, without the lock."""
    rows = db.session.scalars(select(CompanyParameter).where(CompanyParameter.company_id == company.id))
    return {f"{row.module}.{row.name}": row for row in rows}


@pytest.mark.parametrize("has_lock", [True, False], ids=["with the lock", "without the lock"])
def test_two_copies_into_one_company_leave_one_or_the_others_values(
    app, companies, at_once, copy_all, monkeypatch, has_lock
):
    """Each writes what differs from R: without the lock, parts of P and of Q stand side by side."""
    one, two, target = companies
    both_have_looked = Barrier(2)
    lock = queries.lock_parameters if has_lock else look_only
    looks = Counter()

    def look_and_wait(company):
        rows = lock(company)
        looks[get_ident(), company.id] += 1
        if looks[get_ident(), target.id] == 2:
            # The second look, right before the writing; with the lock the other one never comes here.
            with suppress(BrokenBarrierError):
                both_have_looked.wait(0.5 if has_lock else 10)
        return rows

    monkeypatch.setattr(queries, "lock_parameters", look_and_wait)
    results = at_once([lambda: copy_all(one, target), lambda: copy_all(two, target)])
    outcome = whole(app, target)
    if has_lock:
        assert outcome in (P, Q)
        assert sum(isinstance(result, ChangedMeanwhile) for result in results) == 1
    else:
        assert outcome is None
