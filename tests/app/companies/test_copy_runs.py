"""A copy to many companies: each of them once and whole, whatever happens to the worker (R5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.companies import tasks
from app.companies.copying import copies, runs
from app.companies.copying.errors import AlreadyUndone, CopyUnfinished
from app.companies.models import ParameterCopy
from app.database import company_scope, db, transaction
from app.users.models import User
from tests.app.companies.conftest import (
    batches,
    deactivate,
    demote,
    states,
    store,
    stored,
    targets_of,
    trail,
)

KIND, R1 = "host.service_kind", "service_desk.enabled"
R2, R3 = "service_desk.customer_products", "service_desk.auto_work_order"
AURORA = {KIND: "technical_assistance", R1: True, R2: True, R3: True}


@pytest.fixture(autouse=True)
def sent(fleet, session, monkeypatch):
    """The messages that were sent; everything is undone after the test, before the fleet is removed."""
    messages = []
    monkeypatch.setattr("app.jobs.publish", lambda *task, **ids: messages.append((*task, ids)) or True)
    monkeypatch.setattr(runs, "publish", lambda *task, **ids: messages.append((*task, ids)) or True)
    return messages


@pytest.fixture
def many(copy, fleet, monkeypatch):
    """`many(3)`: a copy of aurora to so many companies that is left to a worker, and the companies."""
    monkeypatch.setattr(copies, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(runs, "MOST_AT_ONCE", 1)

    def make(size, source="aurora", **more):
        companies = fleet(size)
        return copy(source, *companies, **more), companies

    return make


@pytest.fixture
def work(app):
    return lambda done, **more: runs.work(done.id, declared=app.extensions["balcao"].parameters(), **more)


class Killed(BaseException):
    """As a worker's death: no `except Exception` sees it."""


# ── The copy ──────────────────────────────────────────────────────────────────────────────────────────


def test_worker_copies_to_each_company(many, app, sent, world):
    done, companies = many(25)
    assert sent == [(copies.COPY, {"copy_id": done.id})]
    tasks.copy_parameters(done.id)
    assert states(done) == ["done"] * 25
    for company in companies:
        assert stored(company) == AURORA
        assert len(batches(company, done.key)) == 1
        (entry,) = trail(company)
        assert (entry.action, entry.user_id) == ("copied", world.users["ana"].id)
        assert entry.changes["source_company_id"] == [None, world.aurora.id]


def test_message_that_is_delivered_twice_copies_once(many, work):
    done, (first, *_others) = many(2)
    assert work(done)
    store(first, service_desk__auto_work_order=False)
    assert work(done)
    assert stored(first)[R3] is False
    assert len(batches(first)) == 1


def test_message_of_a_copy_that_is_gone_does_nothing(work):
    assert runs.work(10**9, declared=())


def test_killed_worker_leaves_no_company_out_and_none_half(many, work, monkeypatch):
    done, companies = many(3)
    write, written = runs.write_into, []

    def write_and_die(target, **more):
        state = write(target, **more)
        written.append(target.id)
        if len(written) == 2:
            raise Killed
        return state

    with monkeypatch.context() as dying:
        dying.setattr(runs, "write_into", write_and_die)
        with pytest.raises(Killed):
            work(done)
    assert states(done) == ["done", "pending", "pending"]
    assert [stored(company) for company in companies] == [AURORA, {}, {}]
    work(done)
    assert states(done) == ["done"] * 3
    assert [len(batches(company)) for company in companies] == [1, 1, 1]


def test_sweep_nudges_what_is_not_through(many, work, sent, monkeypatch):
    done, _companies = many(2)
    other, _companies = many(2)
    sent.clear()
    tasks.sweep_copies()
    assert {ids["copy_id"] for _task, ids in sent} == {done.id, other.id}
    work(done)
    assert runs.sweep() == [other.id]
    done, _companies = many(2)
    sent.clear()
    monkeypatch.setattr(runs, "publish", lambda *task, **ids: sent.append(ids))
    # The queue is away: no use trying the others.
    assert runs.sweep() == [other.id, done.id]
    assert len(sent) == 1


def test_long_copy_is_cut_and_goes_on_with_another_message(many, work, sent):
    done, _companies = many(3)
    sent.clear()
    assert not work(done, patience=0)
    assert states(done) == ["done", "pending", "pending"]
    assert sent == [(copies.COPY, {"copy_id": done.id})]


def test_beat_and_worker_know_the_tasks(app):
    celery = app.extensions["celery"]
    celery.loader.import_default_modules()
    assert {copies.COPY, runs.SWEEP} <= set(celery.tasks)
    sweep = celery.conf.beat_schedule["sweep-parameter-copies"]
    assert (sweep["task"], sweep["schedule"]) == (runs.SWEEP, timedelta(seconds=5).total_seconds())
    assert celery.tasks[copies.COPY].soft_time_limit > runs.SLICE


def test_each_company_is_refused_by_itself(many, work, owner_engine, world):
    done, (changed, gone, foreign, equal, last) = many(5, keys=[KIND, R3])
    store(changed, service_desk__enabled=True)
    demote(foreign, "ana", world)
    store(last)
    with deactivate(gone, owner_engine):
        work(done)
    reasons = [row.reason for row in targets_of(done)]
    assert states(done) == ["refused", "refused", "refused", "done", "done"]
    assert reasons[0].startswith("Os parâmetros foram alterados depois da comparação.")
    assert reasons[1] == "“Frota 01” está inativa: nada pode ser gravado nela (R22c)."
    assert reasons[2] == "Escolha entre as empresas que você administra (R5)."
    assert [stored(c) for c in (changed, gone, foreign)] == [{R1: True}, {}, {}]
    assert stored(equal) == {KIND: "technical_assistance", R3: True}


def test_company_without_a_difference_is_told_so(copy, fleet, work, monkeypatch):
    monkeypatch.setattr(copies, "MOST_AT_ONCE", 1)
    one, two = fleet(2)
    store(two, service_desk__enabled=True)
    done = copy("aurora", one, two, keys=[R1])
    work(done)
    assert states(done) == ["done", "unchanged"]


def test_dependency_refuses_one_company_and_not_the_others(copy, fleet, work, monkeypatch):
    monkeypatch.setattr(copies, "MOST_AT_ONCE", 1)
    one, two = fleet(2)
    store(one, service_desk__customer_products=True, host__service_kind="technical_assistance")
    done = copy("boreal", one, two, keys=[KIND, R1])
    work(done)
    assert states(done) == ["refused", "done"]
    assert "Frota 00: “Controla os produtos" in targets_of(done)[0].reason
    assert R1 not in stored(one)


def test_rights_on_the_source_that_were_lost_refuse_all(many, work, world):
    done, companies = many(2)
    demote(world.aurora, "ana", world)
    work(done)
    assert states(done) == ["refused", "refused"]
    assert [stored(company) for company in companies] == [{}, {}]


def test_user_who_may_not_log_in_any_more_copies_nothing(many, work, world):
    done, _companies = many(2)
    with transaction():
        db.session.execute(update(User).where(User.id == world.users["ana"].id).values(is_active=False))
    work(done)
    assert states(done) == ["refused", "refused"]


def test_values_are_those_that_were_confirmed(many, work, world):
    done, (first, second) = many(2)
    store(world.aurora, service_desk__auto_work_order=False, service_desk__enabled=False)
    work(done)
    assert stored(first) == stored(second) == AURORA


def test_parameter_that_is_gone_by_then_is_refused(many, app):
    done, (first, *_others) = many(2)
    runs.work(done.id, declared=[p for p in app.extensions["balcao"].parameters() if p.key != R3])
    assert states(done) == ["refused", "refused"]
    assert stored(first) == {}


def test_unexpected_error_is_that_companys_alone(many, work, monkeypatch):
    done, companies = many(2)
    write, failed = runs.write_into, []

    def write_and_fail(target, **more):
        state = write(target, **more)
        if not failed:
            failed.append(target)
            raise IntegrityError("INSERT", {}, ValueError("x"))
        return state

    monkeypatch.setattr(runs, "write_into", write_and_fail)
    work(done)
    assert states(done) == ["refused", "done"]
    assert targets_of(done)[0].reason == "Erro inesperado (IntegrityError)"
    assert [stored(company) for company in companies] == [{}, AURORA]


def test_database_that_is_away_refuses_nobody(many, work, monkeypatch):
    done, _companies = many(2)

    def gone(target, **more):
        raise OperationalError("SELECT", {}, ValueError("gone"))

    with monkeypatch.context() as away:
        away.setattr(runs, "write_into", gone)
        with pytest.raises(OperationalError):
            work(done)
    assert states(done) == ["pending", "pending"]
    work(done)
    assert states(done) == ["done", "done"]


# ── Its undoing ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def undo(app, world, work):
    """`undo(copy)`: ana wishes it, the worker does it."""

    def call(done, login="ana"):
        with company_scope(done.company_id), app.test_request_context(), transaction():
            found = db.session.scalars(select(ParameterCopy).where(ParameterCopy.id == done.id)).one()
            company = type(world.aurora)(id=done.company_id)
            actor = world.users[login] if login else None
            count = runs.undo_copy(company=company, actor=actor, copy=found)
        work(done)
        return count

    return call


def test_copy_is_undone_as_one_and_each_company_reports(many, work, undo, world, sent):
    done, (first, changed, partly) = many(3)
    work(done)
    store(changed, **{k.replace(".", "__"): v for k, v in AURORA.items()})
    store(partly, service_desk__auto_work_order=False)
    sent.clear()
    assert undo(done) == 3
    assert sent == [(copies.COPY, {"copy_id": done.id})]
    assert states(done) == ["undone", "kept", "undone"]
    rows = targets_of(done)
    assert [row.kept_keys for row in rows] == [[], [], [R3]]
    assert rows[1].reason.startswith("Nada foi desfeito, porque mudaram depois:")
    assert stored(first) == {KIND: "other_services", R1: False, R2: False, R3: False}
    assert stored(changed) == AURORA
    assert [entry.action for entry in trail(first)] == ["copied", "undone"]


def test_undoing_of_few_is_left_to_the_caller(copy, undo, fleet, sent):
    done = copy("aurora", *(companies := fleet(2)))
    assert undo(done) == 2
    assert sent == []
    assert states(done) == ["undone", "undone"]
    assert stored(companies[0])[R3] is False


def test_undoing_twice_is_refused(copy, undo, fleet):
    done = copy("aurora", *fleet(2))
    undo(done)
    with pytest.raises(AlreadyUndone):
        undo(done)


def test_copy_that_is_not_through_is_not_undone(many, undo):
    done, _companies = many(2)
    with pytest.raises(CopyUnfinished):
        undo(done)
    assert states(done) == ["pending", "pending"]


def test_refused_undoing_may_be_tried_again(copy, undo, fleet, owner_engine):
    one, two = fleet(2)
    done = copy("aurora", one, two)
    with deactivate(two, owner_engine):
        undo(done)
    assert states(done) == ["undone", "kept"]
    assert targets_of(done)[1].reason == "“Frota 01” está inativa: nada pode ser gravado nela (R22c)."
    assert undo(done) == 1
    assert (states(done), targets_of(done)[1].reason) == (["undone", "undone"], "")


def test_company_that_was_undone_on_its_own_page_is_told_so(copy, undo, fleet, app):
    from app.companies.copying.undo import undo_batch

    one, two = fleet(2)
    done = copy("aurora", one, two)
    with app.test_request_context(), transaction():
        (batch,) = batches(one, done.key)
        undo_batch(
            company=one, actor_id=None, batch_id=batch.id, declared=app.extensions["balcao"].parameters()
        )
    undo(done)
    assert states(done) == ["undone", "undone"]
    assert [row.reason for row in targets_of(done)] == ["Isto já foi desfeito (R5).", ""]


def test_only_where_the_actor_is_administrator(copy, undo, fleet, world):
    one, two = fleet(2)
    done = copy("aurora", one, two)
    demote(two, "ana", world)
    assert undo(done) == 1
    assert states(done) == ["undone", "done"]
    assert stored(two) == AURORA


def test_the_servers_administrator_undoes_everywhere(copy, undo, fleet, world):
    one, two = fleet(2)
    done = copy("aurora", one, two)
    demote(two, "ana", world)
    assert undo(done, login=None) == 2
    assert states(done) == ["undone", "undone"]
    assert trail(two)[-1].user_id is None
