"""«Desfazer»: by version, all of what is untouched or nothing, once (R5)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import NotFound

from app.companies.copying.errors import AlreadyUndone, NothingToUndo, UnmetInTarget
from app.companies.copying.undo import undo_batch
from app.companies.models import ParameterBatch
from app.database import company_scope, db, transaction
from tests.app.companies.conftest import batches, store, stored, trail

KIND, R1 = "host.service_kind", "service_desk.enabled"
R2, R3 = "service_desk.customer_products", "service_desk.auto_work_order"


@pytest.fixture(autouse=True)
def _in_a_session(fleet, session):
    """Undone after each test, before the fleet is removed."""


@pytest.fixture
def undo(app, world):
    """`undo(world.boreal, batch)`: by ana, in a transaction of its own."""

    def call(company, batch, declared=None):
        with app.test_request_context(), transaction():
            return undo_batch(
                company=company,
                actor_id=world.users["ana"].id,
                batch_id=batch if isinstance(batch, int) else batch.id,
                declared=declared or app.extensions["balcao"].parameters(),
            )

    return call


@pytest.fixture
def copied(copy, world):
    """What the copy from aurora left in boreal."""
    return batches(world.boreal, copy("aurora", "boreal").key)[0]


def test_undoing_gives_back_what_was_as_a_batch_and_an_entry_of_its_own(undo, copied, world):
    undone = undo(world.boreal, copied)
    assert stored(world.boreal) == {R1: True, KIND: "other_services", R2: False, R3: False}
    first, last = batches(world.boreal)[-2:]
    assert (first.id, last.id, undone.left) == (copied.id, undone.batch.id, ())
    assert first.undone_at is not None
    assert (last.undoes_id, last.copy_key, last.source_company_id, last.undone_at) == (
        copied.id,
        None,
        None,
        None,
    )
    assert last.before == copied.after
    assert last.after[R2] == {"value": False, "version": 2}
    entry = trail(world.boreal)[-1]
    assert (entry.action, entry.entity_id, entry.user_id) == ("undone", last.id, world.users["ana"].id)
    assert entry.changes == {
        KIND: ["technical_assistance", "other_services"],
        R2: [True, False],
        R3: [True, False],
    }


def test_undoing_twice_is_refused(undo, copied, world):
    undo(world.boreal, copied)
    before = stored(world.boreal), len(trail(world.boreal))
    with pytest.raises(AlreadyUndone) as refusal:
        undo(world.boreal, copied)
    assert refusal.value.text == "Isto já foi desfeito (R5)."
    assert (stored(world.boreal), len(trail(world.boreal))) == before


def test_an_undoing_is_undone_like_any_change(undo, copied, world):
    undone = undo(world.boreal, copied)
    undo(world.boreal, undone.batch)
    assert stored(world.boreal) == {R1: True, KIND: "technical_assistance", R2: True, R3: True}


def test_value_that_was_changed_since_is_left_and_named(undo, copied, world):
    store(world.boreal, service_desk__auto_work_order=False)
    undone = undo(world.boreal, copied)
    assert undone.left == (R3,)
    assert stored(world.boreal) == {R1: True, KIND: "other_services", R2: False, R3: False}


def test_value_that_was_changed_and_changed_back_is_left_all_the_same(undo, copied, world):
    store(world.boreal, service_desk__auto_work_order=False)
    store(world.boreal, service_desk__auto_work_order=True)
    assert undo(world.boreal, copied).left == (R3,)
    assert stored(world.boreal)[R3] is True


def test_nothing_is_undone_where_everything_was_changed_since(undo, copy, world):
    batch = batches(world.boreal, copy("aurora", "boreal", keys=[R3]).key)[0]
    store(world.boreal, service_desk__auto_work_order=False)
    with pytest.raises(NothingToUndo) as refusal:
        undo(world.boreal, batch)
    assert "“Gera OS automaticamente após a inclusão do atendimento”" in refusal.value.text
    assert batches(world.boreal)[-1].undone_at is None


def test_dependency_that_the_undoing_would_break_refuses_it_whole(undo, copy, world):
    batch = batches(world.boreal, copy("aurora", "boreal", keys=[KIND, R3]).key)[0]
    store(world.boreal, service_desk__customer_products=True)
    before = stored(world.boreal)
    with pytest.raises(UnmetInTarget) as refusal:
        undo(world.boreal, batch)
    assert refusal.value.field is None
    assert "“Controla os produtos pertencentes aos clientes” exige" in refusal.value.text
    assert stored(world.boreal) == before
    assert batches(world.boreal)[-1].undone_at is None


def test_parameter_that_is_no_longer_declared_is_left(undo, copied, world, app):
    declared = [p for p in app.extensions["balcao"].parameters() if p.key != R3]
    assert undo(world.boreal, copied, declared).left == (R3,)
    assert stored(world.boreal)[R3] is True


def test_value_that_is_no_longer_of_its_type_is_not_given_back(undo, copied, world, app):
    (gone,) = [p for p in app.extensions["balcao"].parameters() if p.key == KIND]
    choices = {"technical_assistance": "Assistência"}
    kind = replace(gone, choices=choices, default="technical_assistance")
    declared = [kind, *(p for p in app.extensions["balcao"].parameters() if p.key != KIND)]
    assert undo(world.boreal, copied, declared).left == (KIND,)


def test_batch_whose_rows_are_gone_is_left(undo, world):
    with company_scope(world.boreal), transaction():
        values = {KIND: {"value": "technical_assistance", "version": 1}}
        batch = ParameterBatch(company_id=world.boreal.id, before=values, after=values)
        db.session.add(batch)
        db.session.flush()
    with pytest.raises(NothingToUndo):
        undo(world.boreal, batch)


def test_another_companys_batch_is_not_there(undo, copied, world):
    for batch in (copied, 10**9):
        with pytest.raises(NotFound):
            undo(world.aurora, batch)
    assert stored(world.boreal)[R3] is True


def test_a_batch_is_undone_once_whatever_the_code_does(undo, copied, world):
    undo(world.boreal, copied)
    with company_scope(world.boreal), pytest.raises(IntegrityError), transaction():
        db.session.add(ParameterBatch(company_id=world.boreal.id, undoes_id=copied.id, before={}, after={}))
