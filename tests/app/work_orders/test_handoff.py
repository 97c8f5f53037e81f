"""From a recorded wish to exactly one work order: what each step keeps, one process at a time (DESIGN 6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import jobs
from app.audit.models import AuditEntry
from app.database import company_scope, current_company_id, db, transaction
from app.errors import RowInUse
from app.work_orders import handoff
from app.work_orders.models import RequestStatus, WorkOrder, WorkOrderRequest, WorkOrderStatus
from tests.workshop import SOURCE


@pytest.fixture(autouse=True)
def sent(monkeypatch) -> list[tuple[str, dict[str, int]]]:
    """What would have gone to the queue; these tests are their own workers."""
    messages: list[tuple[str, dict[str, int]]] = []

    def publish(task: str, /, **ids: int) -> bool:
        messages.append((task, ids))
        return True

    monkeypatch.setattr(jobs, "publish", publish)
    monkeypatch.setattr(handoff, "publish", publish)
    return messages


@pytest.fixture
def process(app):
    """Run the hand-off once as a worker does: in an application context of its own."""

    def run(request_id: int | None = None) -> bool:
        with app.app_context():
            return handoff.process(request_id)

    return run


@pytest.fixture
def claim(app):
    """T1 alone: what is left behind by a worker that is killed right after it."""

    def run(request_id: int | None = None) -> handoff.Claim | None:
        with app.app_context():
            return handoff.claim(request_id)

    return run


def breaks(monkeypatch, error: Exception, *, source_id: int | None = None) -> None:
    """Let making fail after its number was taken: of one document, or of all."""
    send = handoff.work_order_opened.send

    class Broken:
        @staticmethod
        def send(company, *, work_order, actor_id):
            if source_id in (None, work_order.source_id):
                raise error
            send(company, work_order=work_order, actor_id=actor_id)

    monkeypatch.setattr(handoff, "work_order_opened", Broken)


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_wish_becomes_a_work_order_with_its_data(workshop, process):
    request_id = workshop.wish(source_id=17, problem="It hums")
    assert process(request_id)
    (order,) = workshop.orders()
    assert (order.source, order.source_id, order.number) == (SOURCE, 17, 1)
    assert (order.status, order.problem) == (WorkOrderStatus.OPEN, "It hums")
    assert (order.customer_id, order.prospect_id) == (workshop.customer.id, None)
    assert (order.technician_id, order.created_by_id) == (workshop.technician.id, workshop.actor.id)
    request = workshop.request(request_id)
    assert (request.status, request.work_order_id) == (RequestStatus.DONE, order.id)
    assert (request.attempts, request.lease_token, request.last_error) == (1, None, "")
    assert request.done_at is not None
    assert not request.is_waiting


def test_the_work_order_is_in_the_audit_trail(app, workshop, process):
    process(workshop.wish())
    (order,) = workshop.orders()
    with app.app_context(), company_scope(workshop.company):
        entry = db.session.scalars(select(AuditEntry).filter_by(entity="work_order")).one()
    assert (entry.entity_id, entry.action, entry.user_id) == (order.id, "created", workshop.actor.id)


def test_the_same_wish_twice_is_one_row_and_one_message(workshop, sent):
    first = workshop.wish(source_id=17)
    assert workshop.wish(source_id=17, problem="another text") == first
    assert workshop.request(first).problem == "Document 17 doesn't start"
    assert sent == [(handoff.PROCESS, {"request_id": first})]


def test_a_message_delivered_twice_makes_one_work_order(workshop, process):
    request_id = workshop.wish()
    assert process(request_id)
    assert not process(request_id)
    assert len(workshop.orders()) == 1


def test_a_message_without_a_row_does_nothing(workshop, process):
    assert not process(2**62)


def test_the_company_comes_from_the_row(app, world, workshop, process):
    request_id = workshop.wish()
    with app.app_context(), company_scope(world.aurora):
        assert handoff.make_now(request_id)
        assert current_company_id() == world.aurora.id
    assert [order.company_id for order in workshop.orders()] == [workshop.company.id]


def test_no_wish_is_recorded_when_its_transaction_fails(app, workshop, sent):
    with pytest.raises(IntegrityError, match="customer_id"):
        # Refused by the database in the statement that would have recorded it.
        workshop.wish(customer_id=2**40)
    with app.app_context(), company_scope(workshop.company):
        assert db.session.scalar(select(func.count()).select_from(WorkOrderRequest)) == 0
    assert sent == []


def test_making_a_work_order_takes_at_most_14_statements(app, workshop, count_statements):
    request_id = workshop.wish()
    with app.app_context(), count_statements() as counted:
        assert handoff.process(request_id)
    assert len(counted) <= 14, counted.statements


def test_the_statements_do_not_grow_with_the_queue(app, workshop, count_statements):
    counts = []
    for waiting in (0, 30):
        for n in range(waiting):
            workshop.wish(source_id=1000 + n)
        request_id = workshop.wish(source_id=waiting + 1)
        with app.app_context(), count_statements() as counted:
            assert handoff.process(request_id)
        counts.append(len(counted))
    assert counts[0] == counts[1]


# ── Killed ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_attempt_is_counted_before_the_work(workshop, claim):
    request_id = workshop.wish()
    claim(request_id)
    request = workshop.request(request_id)
    assert (request.status, request.attempts) == (RequestStatus.RUNNING, 1)


def test_a_claimed_row_is_left_alone_while_its_lease_lasts(workshop, claim, process):
    request_id = workshop.wish()
    assert claim(request_id) is not None
    assert not process(request_id)
    assert not process()


def test_after_the_lease_another_worker_makes_what_a_killed_one_left(workshop, claim, process):
    request_id = workshop.wish()
    claim(request_id)
    workshop.end_leases()
    assert process(request_id)
    assert len(workshop.orders()) == 1
    assert workshop.request(request_id).attempts == 2


def test_whoever_lost_the_lease_makes_nothing(app, workshop, claim):
    request_id = workshop.wish()
    late = claim(request_id)
    workshop.end_leases()
    present = claim(request_id)
    with app.app_context():
        assert handoff.perform(late) is None
    assert workshop.orders() == []
    with app.app_context():
        assert handoff.perform(present) is not None
    with app.app_context():
        assert handoff.perform(present) is None
    assert len(workshop.orders()) == 1


def test_whoever_lost_the_lease_reports_no_failure(app, workshop, claim):
    request_id = workshop.wish()
    late = claim(request_id)
    workshop.end_leases()
    claim(request_id)
    with app.app_context():
        handoff.fail(late, RuntimeError("too late"))
    request = workshop.request(request_id)
    assert (request.status, request.last_error) == (RequestStatus.RUNNING, "")


# ── Failed ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_error_is_tried_again_later(monkeypatch, workshop, process):
    request_id = workshop.wish()
    with monkeypatch.context() as patch:
        breaks(patch, RuntimeError("secret detail"))
        assert process(request_id)
    request = workshop.request(request_id)
    assert (request.status, request.attempts, request.lease_token) == (RequestStatus.PENDING, 1, None)
    # Only the kind: the user reads it.
    assert request.last_error == "Erro inesperado (RuntimeError)"
    assert not process(request_id), "the pause isn't over"
    workshop.end_leases()
    assert process(request_id)
    assert workshop.request(request_id).last_error == ""


def test_a_failed_attempt_leaves_no_gap_in_the_numbers(monkeypatch, workshop, process):
    request_ids = [workshop.wish(source_id=n) for n in range(3)]
    process(request_ids[0])
    with monkeypatch.context() as patch:
        breaks(patch, RuntimeError())
        for _ in range(3):
            process(request_ids[1])
            workshop.end_leases()
    process(request_ids[2])
    process(request_ids[1])
    assert [order.number for order in workshop.orders()] == [1, 2, 3]


def test_a_row_that_always_fails_goes_dead_and_the_others_are_made(monkeypatch, workshop, process):
    poison, *innocent = [workshop.wish(source_id=n) for n in range(5)]
    breaks(monkeypatch, RuntimeError(), source_id=0)
    rounds = 0
    while process():
        workshop.end_leases()
        rounds += 1
    assert workshop.request(poison).status is RequestStatus.DEAD
    assert workshop.request(poison).attempts == handoff.MAX_ATTEMPTS
    assert {workshop.request(i).status for i in innocent} == {RequestStatus.DONE}
    assert rounds == handoff.MAX_ATTEMPTS + len(innocent)


def test_a_row_that_kills_its_worker_is_buried_and_the_others_are_made(app, workshop, claim, process):
    poison, *innocent = [workshop.wish(source_id=n) for n in range(3)]
    for _ in range(handoff.MAX_ATTEMPTS):
        assert claim(poison) is not None
        workshop.end_leases()
    assert claim(poison) is None, "claim tests the maximum itself"
    with app.app_context():
        handoff.sweep()
    request = workshop.request(poison)
    assert (request.status, request.attempts) == (RequestStatus.DEAD, handoff.MAX_ATTEMPTS)
    assert request.last_error == "O processo terminou em todas as tentativas."
    while process():
        pass
    assert {workshop.request(i).status for i in innocent} == {RequestStatus.DONE}


def test_a_refusal_by_a_rule_is_not_retried(monkeypatch, workshop, process):
    request_id = workshop.wish()
    breaks(monkeypatch, RowInUse())
    process(request_id)
    request = workshop.request(request_id)
    assert (request.status, request.attempts) == (RequestStatus.DEAD, 1)
    assert "R22b" in request.last_error


def test_a_long_reason_is_cut(app, workshop, claim):
    class Long(RowInUse):
        message = "x" * 2000

    request_id = workshop.wish()
    with app.app_context():
        handoff.fail(handoff.claim(request_id), Long())
    assert workshop.request(request_id).last_error == "x" * 500


@pytest.mark.parametrize("attempt", range(1, 40))
def test_the_pause_grows_and_has_bounds(attempt):
    longest = min(300, 2**attempt)
    for _ in range(20):
        assert longest / 2 <= handoff.pause_after(attempt) <= longest


# ── Trying again ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def dead(monkeypatch, workshop, process) -> int:
    request_id = workshop.wish()
    with monkeypatch.context() as patch:
        breaks(patch, RowInUse())
        process(request_id)
    return request_id


def retry(app, workshop, request_id: int, *, actor=None) -> None:
    with app.app_context(), company_scope(workshop.company), transaction():
        request = db.session.get_one(WorkOrderRequest, request_id)
        handoff.retry_request(company=workshop.company, actor=actor, request=request)


@pytest.mark.parametrize("by_user", [True, False])
def test_a_dead_wish_is_given_all_its_attempts_again(app, workshop, process, dead, sent, by_user):
    sent.clear()
    retry(app, workshop, dead, actor=workshop.actor if by_user else None)
    request = workshop.request(dead)
    assert (request.status, request.attempts, request.last_error) == (RequestStatus.PENDING, 0, "")
    assert sent == [(handoff.PROCESS, {"request_id": dead})]
    assert process(dead)
    assert len(workshop.orders()) == 1
    with app.app_context(), company_scope(workshop.company):
        entry = db.session.scalars(select(AuditEntry).filter_by(action="retried")).one()
    assert (entry.entity_id, entry.user_id) == (dead, workshop.actor.id if by_user else None)


def test_only_a_dead_wish_can_be_tried_again(app, workshop, process):
    request_id = workshop.wish()
    with pytest.raises(handoff.NothingToRetry):
        retry(app, workshop, request_id)
    process(request_id)
    with pytest.raises(handoff.NothingToRetry):
        retry(app, workshop, request_id)


# ── Switched off in between ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["enabled", "auto_work_order"])
def test_a_wish_is_fulfilled_although_its_parameter_was_switched_off(workshop, process, name):
    workshop.set_parameter("service_desk", "enabled", True)
    workshop.set_parameter("service_desk", "auto_work_order", True)
    request_id = workshop.wish()
    workshop.set_parameter("service_desk", name, False)
    assert process(request_id)
    assert len(workshop.orders()) == 1


def test_an_inactive_companys_wish_waits_until_it_is_active_again(app, workshop, process):
    request_id = workshop.wish()
    workshop.sql("UPDATE company SET is_active = false WHERE id = :company")
    assert not process(request_id)
    with app.app_context():
        assert request_id not in handoff.due_requests()
    assert workshop.request(request_id).attempts == 0
    workshop.sql("UPDATE company SET is_active = true WHERE id = :company")
    assert process(request_id)


# ── At most one that isn't cancelled ─────────────────────────────────────────────────────────────────


def test_after_a_cancelled_work_order_the_next_sequence_makes_another(workshop, process):
    process(workshop.wish(source_id=17, sequence=1))
    workshop.sql("UPDATE work_order SET status = 'cancelled' WHERE company_id = :company")
    assert process(workshop.wish(source_id=17, sequence=2))
    assert [(o.number, o.status) for o in workshop.orders()] == [
        (1, WorkOrderStatus.CANCELLED),
        (2, WorkOrderStatus.OPEN),
    ]


def test_the_next_sequence_makes_no_second_one_while_the_first_lives(workshop, process):
    first, second = (workshop.wish(source_id=17, sequence=n) for n in (1, 2))
    process(first)
    process(second)
    (order,) = workshop.orders()
    assert workshop.request(second).work_order_id == order.id


def test_the_database_refuses_a_second_live_work_order_of_a_source(app, workshop, process):
    process(workshop.wish(source_id=17))
    with (
        app.app_context(),
        company_scope(workshop.company),
        pytest.raises(IntegrityError, match="uq_work_order_source"),
        transaction(),
    ):
        db.session.add(
            WorkOrder(
                company_id=workshop.company.id,
                number=99,
                opened_at=func.now(),
                customer_id=workshop.customer.id,
                problem="a second one",
                source=SOURCE,
                source_id=17,
            )
        )


def test_a_lease_is_longer_than_zero_and_shorter_than_the_alarm(app):
    assert timedelta(seconds=1) < handoff.LEASE < app.config["WORK_ORDER_STALE"]
