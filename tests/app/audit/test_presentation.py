"""The trail as people read it."""

from datetime import UTC, datetime

import pytest
import structlog
from flask import g

from app.audit.labels import action_label, describe, described, description_of, field_label
from app.audit.models import AuditEntry
from app.audit.presentation import panel, present
from app.audit.services import record
from app.database import company_scope, db
from app.forms import BaseForm, Chosen, LookupField, TextField
from app.parties.lookups import CUSTOMERS


class SampleForm(BaseForm):
    """A form whose fields name columns."""

    title = TextField("Título", longest=10)
    customer = LookupField("Cliente da amostra", CUSTOMERS, [Chosen()])


@pytest.fixture
def aurora(app, session, world):
    """A request in aurora."""
    with app.test_request_context(), company_scope(world.aurora):
        g.company = world.aurora
        yield world.aurora


def write(world, entity, entity_id, action="changed", actor="ana", **changes):
    record(
        company=world.aurora,
        actor_id=world.users[actor].id if actor else None,
        entity=entity,
        entity_id=entity_id,
        action=action,
        changes=changes,
    )
    db.session.flush()


def write_at(world, at, customer, **changes):
    own = {"company_id": world.aurora.id, "user_id": world.users["ana"].id}
    entry = AuditEntry(
        **own, at=at, entity="customer", entity_id=customer.id, action="changed", changes=changes
    )
    db.session.add(entry)
    db.session.flush()


def test_labels_come_from_the_form_and_lookups_name_their_ids(app):
    describe("sample_thing", "Amostra", SampleForm, extra="Outro")
    with app.test_request_context():
        thing = description_of("sample_thing")
        assert described()["sample_thing"] == "Amostra"
        assert field_label(thing, "title") == "Título"
        assert field_label(thing, "customer_id") == "Cliente da amostra"
        assert field_label(thing, "extra") == "Outro"
        assert field_label(thing, "is_active") == "Ativo"
        assert field_label(thing, "some_other_id") == "Some other"
        assert action_label("created") == "Inclusão"
        assert action_label("turned_round") == "Turned round"
    assert description_of("never_described").label == "Never described"


def test_panel_is_newest_first_with_names_and_local_times(aurora, world):
    customer = world.rows["aurora"].customer
    at = datetime(2026, 11, 2, 2, 30, tzinfo=UTC)
    write_at(world, at, customer, name=["Padaria", "Padaria Ávila"])
    write(world, "customer", customer.id, actor=None, is_active=[True, False], document=["", "123"])
    newest, oldest = panel(aurora, "customer", customer.id)
    assert (newest.user_name, oldest.user_name) == ("O sistema", "Ana")
    assert oldest.at == "01/11/2026 23:30"
    assert oldest.changes == [("Nome", "Padaria", "Padaria Ávila")]
    assert newest.changes == [("Ativo", "Sim", "Não"), ("CPF/CNPJ", None, "123")]
    assert newest.action_label == "Alteração"


def test_panel_of_a_record_nothing_happened_to_is_empty(aurora, world):
    assert panel(aurora, "customer", world.rows["aurora"].other_customer.id) == []


def test_panel_leaves_out_what_a_record_was_created_with(aurora, world):
    write(world, "ticket", 7, "created", problem=[None, "x"])
    assert panel(aurora, "ticket", 7)[0].changes == []


def test_ids_enums_and_dates_are_shown_as_words(aurora, world):
    rows = world.rows["aurora"]
    write(
        world,
        "work_order",
        rows.work_order.id,
        technician_id=[rows.technician.id, rows.inactive_technician.id],
        status=["open", "done"],
        scheduled_at=[None, "2026-11-02T15:00:00+00:00"],
        customer_id=[rows.customer.id, 999_999],
    )
    write(
        world,
        "technician",
        rows.technician.id,
        dismissed_on=["2026-11-02", None],
        hourly_cost=[None, "1234.50"],
    )
    work_order = panel(aurora, "work_order", rows.work_order.id)[0]
    shown = [(old, new) for _, old, new in work_order.changes]
    assert ("Aberta", "Concluída") in shown
    assert (None, "02/11/2026 12:00") in shown
    assert any(old and old.startswith("T1 · Técnico") and new.startswith("T2 · Saiu") for old, new in shown)
    assert any(new == "#999999" for _, new in shown)
    technician = panel(aurora, "technician", rows.technician.id)[0]
    assert {(old, new) for _, old, new in technician.changes} == {("02/11/2026", None), (None, "1.234,50")}


def test_names_of_another_companys_rows_are_not_shown(aurora, world):
    foreign = world.rows["boreal"].customer.id
    write(world, "work_order", 5, customer_id=[None, foreign])
    (entry,) = panel(aurora, "work_order", 5)
    assert entry.changes[0][2] == f"#{foreign}"


def test_values_that_outlived_their_meaning_are_shown_as_they_are(aurora, world):
    write(world, "work_order", 6, status=["gone", "open"], vanished_column=[1, {"a": 2}])
    write(world, "vanished_table", 1, thing=["a", "b"])
    (entry,) = panel(aurora, "work_order", 6)
    assert [(old, new) for _, old, new in entry.changes] == [("gone", "Aberta"), ("1", "{'a': 2}")]
    assert panel(aurora, "vanished_table", 1)[0].changes == [("Thing", "a", "b")]


def test_records_are_named_in_one_statement_however_many_kinds_there_are(aurora, world, count_statements):
    rows = world.rows["aurora"]
    for entity, row in {
        "customer": rows.customer,
        "technician": rows.technician,
        "work_order": rows.work_order,
        "service_desk_ticket": rows.ticket,
        "service_desk_channel": rows.channel,
        "user_account": world.users["bruno"],
        "company": world.aurora,
        "counter": rows.customer,
    }.items():
        write(world, entity, row.id)
    write(world, "customer", None)
    entries = list(db.session.query(AuditEntry).order_by(AuditEntry.id))
    with count_statements() as counted:
        records = [entry.record for entry in present(aurora, entries)]
    assert len([s for s in counted.statements if "UNION ALL" in s]) == 1
    assert records[0] == f"Cliente {rows.customer.code} · {rows.customer.name}"
    assert records[2].endswith(f" {rows.work_order.number}")
    assert records[5] == "Usuário bruno"
    assert records[6] == "Empresa aurora · Aurora Ltda"
    assert records[-1] == "Cliente"


def test_request_id_is_kept(aurora, world):
    with structlog.contextvars.bound_contextvars(request_id="the-request"):
        write(world, "customer", 1)
    assert panel(aurora, "customer", 1)[0].request_id == "the-request"
