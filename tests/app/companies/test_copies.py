"""Copying parameters: all companies or none, and each of them whole (R5)."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from app.companies import queries
from app.companies.copying import copies
from app.companies.copying.errors import (
    CopyToItself,
    NoSource,
    NotAdministered,
    NoTarget,
    NotCopied,
    NothingTicked,
    StalePreview,
    TargetInactive,
    UnmetInTarget,
)
from app.companies.copying.preview import check_choice, compare
from app.companies.models import ParameterBatch
from app.database import company_scope, db, transaction
from app.plugin_api.parameters import CompanyParameters, InvalidParameter, parameter
from plugins.service_desk.parameters import ServiceDeskParameters
from tests.app.companies.conftest import batches, deactivate, demote, states, store, stored, trail

KIND, BY_TECHNICIAN, R1 = (
    "host.service_kind",
    "host.work_orders_by_technician",
    "service_desk.enabled",
)
R2, R3, SILENT = (
    "service_desk.customer_products",
    "service_desk.auto_work_order",
    "service_desk.auto_work_order_silently",
)
AURORA = {KIND: "technical_assistance", R1: True, R2: True, R3: True}


@pytest.fixture(autouse=True)
def _in_a_session(fleet, session):
    """Undone after each test, before the fleet is removed."""


# ── What is written ───────────────────────────────────────────────────────────────────────────────────


def test_chosen_parameters_are_written_and_no_others(copy, world):
    copy("aurora", "boreal", keys=[KIND, R2])
    assert stored(world.boreal) == {R1: True, KIND: "technical_assistance", R2: True}
    assert stored(world.aurora) == AURORA


def test_copy_is_one_batch_and_one_entry_of_the_trail_in_each_company(copy, world, fleet):
    (other,) = fleet(1)
    done = copy("aurora", "boreal", other)
    for company in (world.boreal, other):
        (batch,) = batches(company, done.key)
        assert (batch.user_id, batch.source_company_id) == (world.users["ana"].id, world.aurora.id)
        entry = trail(company)[-1]
        assert (entry.action, entry.entity_id, entry.user_id) == ("copied", batch.id, world.users["ana"].id)
        assert entry.changes["source_company_id"] == [None, world.aurora.id]
    (batch,) = batches(world.boreal, done.key)
    assert batch.before == {
        KIND: {"value": "other_services", "version": 0},
        R2: {"value": False, "version": 0},
        R3: {"value": False, "version": 0},
    }
    assert batch.after[R2] == {"value": True, "version": 1}
    assert trail(world.aurora) == []
    assert states(done) == ["done", "done"]


def test_parameter_that_the_source_never_set_is_copied_as_its_default(copy, world):
    assert R3 not in stored(world.boreal)
    copy("boreal", "aurora")
    assert stored(world.aurora) == {KIND: "other_services", R1: True, R2: False, R3: False}


def test_equal_company_gets_no_batch(copy, world, fleet):
    (other,) = fleet(1)
    store(other, service_desk__enabled=True)
    done = copy("boreal", "aurora", other, keys=[R1, R3, R2, KIND])
    assert states(done) == ["done", "unchanged"]
    assert batches(other) == []


def test_copy_is_in_force_in_the_open_scope(copy, world):
    with company_scope(world.boreal):
        assert not ServiceDeskParameters.of(world.boreal).auto_work_order
    copy("aurora", "boreal")
    with company_scope(world.boreal):
        assert ServiceDeskParameters.of(world.boreal).auto_work_order


def test_form_posted_twice_finds_the_first_copy(copy, world):
    key = uuid4()
    first = copy("aurora", "boreal", keys=[R3], key=key)
    again = copy("aurora", "boreal", keys=[R3], key=key, preview="stale by now")
    assert again.id == first.id
    assert len(batches(world.boreal, key)) == 1


def test_form_posted_twice_at_one_instant_finds_the_first_copy(copy, fleet, monkeypatch):
    targets, key = fleet(21), uuid4()
    first = copy("aurora", *targets, key=key)
    with monkeypatch.context() as both_have_looked:
        looks = iter([None, first])
        both_have_looked.setattr(queries, "copy_by_key", lambda *args: next(looks))
        assert copy("aurora", *targets, key=key).id == first.id
    assert states(first) == ["pending"] * 21


def test_a_copy_reaches_a_company_once_whatever_the_code_does(copy, world):
    done = copy("aurora", "boreal")
    with company_scope(world.boreal), pytest.raises(IntegrityError), transaction():
        db.session.add(ParameterBatch(company_id=world.boreal.id, copy_key=done.key, before={}, after={}))


def test_statements_grow_with_companies_and_not_with_parameters(copy, world, fleet, count_statements):
    def cost(*targets, keys):
        with count_statements() as counted:
            copy("aurora", *targets, keys=keys)
        return len(counted)

    one, three, *others = fleet(9)
    few = cost(one, keys=[R1])
    assert cost(three, keys=[R1, KIND, R2, R3]) == few
    many = cost(*others[:3], keys=[R1, KIND, R2, R3])
    assert cost(*others[3:7], keys=[R1]) - many == (many - few) / 2


# ── What is refused ───────────────────────────────────────────────────────────────────────────────────


def refused(error, copy, world, *arguments, **more):
    before = stored(world.aurora), stored(world.boreal)
    with pytest.raises(error) as refusal:
        copy(*arguments, **more)
    assert (stored(world.aurora), stored(world.boreal)) == before
    return refusal.value


def test_company_is_not_copied_to_itself(copy, world, fleet):
    assert refused(CopyToItself, copy, world, "aurora", "aurora").field == "to"
    (other,) = fleet(1)
    refused(CopyToItself, copy, world, "aurora", other, "aurora", keys=[R1])
    assert stored(other) == {}


def test_source_target_and_a_parameter_are_needed(copy, world):
    with pytest.raises(NoSource):
        check_choice(None, [world.boreal])
    refused(NoTarget, copy, world, "aurora", "boreal", targets=[])
    assert refused(NothingTicked, copy, world, "aurora", "boreal", keys=[]).field == "keys"


def test_unknown_parameter_is_refused(copy, world):
    refusal = refused(NotCopied, copy, world, "aurora", "boreal", keys=[R3, "host.secret"])
    assert refusal.text == "“host.secret” não é um parâmetro que possa ser copiado (R5)."


def test_parameter_that_is_the_companys_alone_is_neither_shown_nor_copied(copy, world, app):
    declared = [replace(p, copied=False) if p.key == R3 else p for p in app.extensions["balcao"].parameters()]
    preview = compare(world.aurora, [world.boreal], declared)
    assert R3 not in [p.key for p in preview.differing]
    refusal = refused(
        NotCopied, copy, world, "aurora", "boreal", keys=[R3], declared=declared, preview=preview.digest
    )
    assert "Gera OS automaticamente" in refusal.text


def test_whether_a_parameter_is_copied_is_declared():
    class Alone(CompanyParameters, module="alone"):
        token: bool = parameter(False, label="Token", copied=False)

    from dataclasses import dataclass

    (token,) = dataclass(frozen=True)(Alone).declared()
    assert not token.copied
    assert ServiceDeskParameters.declared()[0].copied


def test_digest_does_not_tell_the_value_of_what_is_not_copied(world, app):
    declared = [replace(p, copied=False) if p.key == R3 else p for p in app.extensions["balcao"].parameters()]
    store(world.cometa, service_desk__auto_work_order=False)
    one = compare(world.aurora, [world.cometa], declared).digest
    with company_scope(world.cometa), transaction():
        row = queries.lock_parameters(world.cometa)[R3]
        row.value = True
    assert compare(world.aurora, [world.cometa], declared).digest == one


def test_dependency_is_tested_on_the_result(copy, world):
    refusal = refused(UnmetInTarget, copy, world, "aurora", "boreal", keys=[R2])
    assert refusal.field == R2
    assert refusal.text.startswith("Boreal Ltda: “Controla os produtos pertencentes aos clientes” exige")
    refusal = refused(UnmetInTarget, copy, world, "boreal", "aurora", keys=[KIND])
    assert refusal.field == KIND


def test_one_company_that_refuses_leaves_all_as_they_were(copy, world, fleet):
    first, last = fleet(2)
    store(last, service_desk__customer_products=True, host__service_kind="technical_assistance")
    for order in ((first, last), (last, first)):
        refused(UnmetInTarget, copy, world, "boreal", *order, keys=[KIND, R1])
        assert stored(first) == {}


@pytest.mark.parametrize("whose", ["source", "target"])
def test_changed_since_the_comparison_is_a_conflict(copy, world, app, whose):
    seen = compare(world.aurora, [world.boreal], app.extensions["balcao"].parameters()).digest
    store(world.aurora if whose == "source" else world.boreal, host__work_orders_by_technician=True)
    refused(StalePreview, copy, world, "aurora", "boreal", preview=seen)


def test_comparison_of_other_companies_confirms_nothing(copy, world, app, fleet):
    (other,) = fleet(1)
    seen = compare(world.aurora, [other], app.extensions["balcao"].parameters()).digest
    refused(StalePreview, copy, world, "aurora", "boreal", preview=seen)


@pytest.mark.parametrize("code", ["aurora", "boreal"])
def test_rights_that_were_lost_after_the_comparison_count(copy, world, code):
    demote(world.companies[code], "ana", world)
    refused(NotAdministered, copy, world, "aurora", "boreal")


def test_company_that_is_not_the_actors_is_refused_as_one_that_does_not_exist(copy, world):
    nowhere = type(world.aurora)(id=10**6, code="nowhere", name="")
    for pair in (("cometa", "boreal"), ("aurora", "cometa"), ("aurora", nowhere)):
        refusal = refused(NotAdministered, copy, world, *pair, keys=[R1])
        assert refusal.text == "Escolha entre as empresas que você administra (R5)."
    assert stored(world.cometa) == {}


def test_nothing_is_written_in_an_inactive_company_and_it_may_be_the_source(copy, world, owner_engine, fleet):
    (other,) = fleet(1)
    with deactivate(other, owner_engine):
        refusal = refused(TargetInactive, copy, world, "aurora", other)
        assert refusal.text == "“Frota 00” está inativa: nada pode ser gravado nela (R22c)."
        copy(other, "aurora", keys=[R3])
    assert not stored(world.aurora)[R3]


def test_value_that_no_longer_is_of_its_type_is_not_copied(copy, world, app):
    store(world.aurora, host__service_kind="gone")
    assert refused(InvalidParameter, copy, world, "aurora", "boreal").field == KIND
    preview = compare(world.aurora, [world.boreal], app.extensions["balcao"].parameters())
    assert [e.field for e in preview.refusals([KIND, R2])] == [KIND]
    copy("aurora", "boreal", keys=[R3])


def test_more_companies_than_one_transaction_takes_are_left_to_a_worker(copy, fleet, monkeypatch):
    sent = []
    monkeypatch.setattr("app.jobs.publish", lambda task, **ids: sent.append((task, ids)))
    done = copy("aurora", *(companies := fleet(copies.MOST_AT_ONCE + 1)))
    assert sent == [(copies.COPY, {"copy_id": done.id})]
    assert states(done) == ["pending"] * 21
    assert stored(companies[0]) == {}
    sent.clear()
    copy("aurora", *companies[:20])
    assert sent == []
    assert stored(companies[0])[R3]
