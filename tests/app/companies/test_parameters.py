"""Parameters: typed, declared in code, stored per company, kept by their dependencies (R1 to R4)."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.companies.models import CompanyParameter, ParameterBatch
from app.companies.parameters import HostParameters
from app.companies.queries import stored_parameters
from app.companies.services import change_parameters
from app.database import NoCompanyScope, company_scope, db, transaction
from app.errors import ChangedMeanwhile
from app.plugin_api.parameters import (
    CompanyParameters,
    InvalidParameter,
    UnmetDependency,
    parameter,
    unmet_dependency,
)
from plugins.service_desk.parameters import ServiceDeskParameters

KIND, R1 = "host.service_kind", "service_desk.enabled"
R2, R3, SILENT = (
    "service_desk.customer_products",
    "service_desk.auto_work_order",
    "service_desk.auto_work_order_silently",
)


@dataclass(frozen=True, slots=True)
class SampleParameters(CompanyParameters, module="sample"):
    """A module of the tests' own."""

    colour: str = parameter("red", label="Colour", choices={"red": "Red", "blue": "Blue"})
    loud: bool = parameter(False, label="Loud", help="Very", requires=("sample.colour", "blue"))
    louder: bool = parameter(False, label="Louder", requires=("sample.loud", True))


COLOUR, LOUD, LOUDER = SampleParameters.declared()


# ── Declared ──────────────────────────────────────────────────────────────────────────────────────


def test_declaration_gives_key_type_and_texts():
    assert [p.key for p in SampleParameters.declared()] == ["sample.colour", "sample.loud", "sample.louder"]
    assert (COLOUR.module, COLOUR.name, COLOUR.default, COLOUR.help) == ("sample", "colour", "red", None)
    assert (LOUD.help, LOUD.requires) == ("Very", ("sample.colour", "blue"))


@pytest.mark.parametrize("value", [True, False])
def test_switch_takes_true_and_false(value):
    assert LOUD.parse(value) is value


@pytest.mark.parametrize("value", [None, 1, 0, "true", "", [], {}])
def test_switch_takes_nothing_else(value):
    with pytest.raises(InvalidParameter) as refusal:
        LOUD.parse(value)
    assert refusal.value.field == "sample.loud"


def test_choice_takes_its_values_only():
    assert COLOUR.parse("blue") == "blue"
    for value in (None, True, "green", "", "BLUE", 1, ["blue"]):
        with pytest.raises(InvalidParameter):
            COLOUR.parse(value)


def test_values_are_shown_in_the_readers_language(app):
    with app.test_request_context():
        assert [COLOUR.shown("blue"), LOUD.shown(True), LOUD.shown(False)] == ["Blue", "Sim", "Não"]
        assert COLOUR.shown("gone") == "gone"


def test_labels_are_the_manuals(app):
    with app.test_request_context():
        labels = {p.key: str(p.label) for p in app.extensions["balcao"].parameters()}
    assert labels == {
        KIND: "Tipo de Serviço",
        "host.work_orders_by_technician": "Bloqueia acesso às OSs por técnico",
        R1: "Controla atendimentos aos clientes",
        R2: "Controla os produtos pertencentes aos clientes",
        R3: "Gera OS automaticamente após a inclusão do atendimento",
        SILENT: "Gera a OS sem perguntar",
    }


# ── Dependencies ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("colour", "loud", "louder", "unmet"),
    [
        ("red", False, False, None),
        ("blue", True, True, None),
        ("blue", False, False, None),
        ("red", True, False, "sample.loud"),
        ("blue", False, True, "sample.louder"),
        ("red", False, True, "sample.louder"),
        ("red", True, True, "sample.loud"),
    ],
)
def test_dependencies_are_tested_on_the_result(app, colour, loud, louder, unmet):
    values = {"sample.colour": colour, "sample.loud": loud, "sample.louder": louder}
    with app.test_request_context():
        found = unmet_dependency(SampleParameters.declared(), values)
        assert (found.field if found else None) == unmet
        if unmet == "sample.loud":
            assert found.text == "“Loud” exige que “Colour” seja “Blue” (R2)."


# ── Read ──────────────────────────────────────────────────────────────────────────────────────────


def test_missing_row_is_the_default_and_stored_one_is_read(session, world):
    with company_scope(world.aurora):
        assert ServiceDeskParameters.of(world.aurora).enabled
        assert not ServiceDeskParameters.of(world.aurora).auto_work_order_silently
        assert HostParameters.of(world.aurora).service_kind == "technical_assistance"
    with company_scope(world.cometa):
        assert ServiceDeskParameters.of(world.cometa) == ServiceDeskParameters()
        assert HostParameters.of(world.cometa).service_kind == "other_services"


def test_stored_parameters_that_are_no_longer_declared_are_left_alone(session, world):
    with company_scope(world.aurora), transaction():
        for module, name in (("service_desk", "gone"), ("service_desk_other", "enabled")):
            db.session.add(
                CompanyParameter(company_id=world.aurora.id, module=module, name=name, value=False)
            )
    with company_scope(world.aurora):
        assert ServiceDeskParameters.of(world.aurora).enabled


def test_all_modules_are_read_by_one_statement_a_request(session, world, count_statements):
    with company_scope(world.aurora):
        db.session.connection()
        with count_statements() as counted:
            for _ in range(3):
                ServiceDeskParameters.of(world.aurora)
                HostParameters.of(world.aurora)
        assert len(counted) == 1


def test_parameters_of_another_company_than_the_scopes_are_not_read(session, world):
    with company_scope(world.aurora), pytest.raises(NoCompanyScope):
        ServiceDeskParameters.of(world.boreal)
    with pytest.raises(NoCompanyScope):
        ServiceDeskParameters.of(world.aurora)


# ── Changed ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def change(app, session, world):
    """`change("aurora", **{R2: False})`: by ana, with the versions that are stored."""

    def call(code, values, versions=None):
        company = world.companies[code]
        with app.test_request_context(), company_scope(company), transaction():
            stored = {k: row.version for k, row in stored_parameters(company).items()}
            return change_parameters(
                company=company,
                actor=world.users["ana"],
                declared=app.extensions["balcao"].parameters(),
                values=values,
                versions={key: stored.get(key, 0) for key in values} if versions is None else versions,
            )

    return call


def rows(company):
    with company_scope(company):
        found = db.session.scalars(select(CompanyParameter).execution_options(populate_existing=True))
        return {f"{row.module}.{row.name}": (row.value, row.version) for row in found}


def test_change_is_one_batch_and_one_entry_and_writes_only_what_differs(change, world):
    before = rows(world.aurora)
    batch = change("aurora", {KIND: "technical_assistance", R1: True, R2: False, SILENT: True})
    assert rows(world.aurora) == before | {R2: (False, 2), SILENT: (True, 1)}
    assert batch.before == {R2: {"value": True, "version": 1}, SILENT: {"value": False, "version": 0}}
    assert batch.after == {R2: {"value": False, "version": 2}, SILENT: {"value": True, "version": 1}}
    assert (batch.user_id, batch.source_company_id) == (world.users["ana"].id, None)
    with company_scope(world.aurora):
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.entity == "parameter_batch")).one()
        assert (entry.entity_id, entry.user_id) == (batch.id, world.users["ana"].id)
        assert entry.changes == {R2: [True, False], SILENT: [False, True]}


def test_change_is_in_force_for_whoever_reads_next_in_the_same_scope(app, session, world):
    with app.test_request_context(), company_scope(world.aurora), transaction():
        registry = app.extensions["balcao"]
        assert registry.active_plugins(world.aurora)
        change_parameters(
            company=world.aurora,
            actor=world.users["ana"],
            declared=registry.parameters(),
            values={R1: False},
            versions={R1: 1},
        )
        assert not ServiceDeskParameters.of(world.aurora).enabled
        assert not registry.active_plugins(world.aurora)


def test_nothing_is_written_when_nothing_differs(change, world):
    before = rows(world.aurora)
    assert change("aurora", {R1: True, SILENT: False}) is None
    assert rows(world.aurora) == before
    with company_scope(world.aurora):
        ids = db.session.scalars(select(ParameterBatch.id)).all()
    assert ids == [world.rows["aurora"].parameter_batch.id]


def test_service_kind_is_not_switched_away_while_customer_products_are_controlled(change, world):
    with pytest.raises(UnmetDependency) as refusal:
        change("aurora", {KIND: "other_services"})
    assert refusal.value.field == KIND
    assert refusal.value.rule == "R2"
    assert rows(world.aurora)[KIND] == ("technical_assistance", 1)


def test_customer_products_are_not_switched_on_without_technical_assistance(change, world):
    with pytest.raises(UnmetDependency) as refusal:
        change("boreal", {R2: True})
    assert refusal.value.field == R2
    assert R2 not in rows(world.boreal)


def test_parameter_and_what_it_needs_may_change_together(change, world):
    change("boreal", {R2: True, KIND: "technical_assistance"})
    assert rows(world.boreal)[R2] == (True, 1)
    change("boreal", {R2: False, KIND: "other_services"})
    assert rows(world.boreal)[KIND] == ("other_services", 2)


def test_question_can_not_be_skipped_where_there_is_none(change):
    with pytest.raises(UnmetDependency) as refusal:
        change("boreal", {SILENT: True})
    assert refusal.value.field == SILENT


@pytest.mark.parametrize(
    ("key", "value"), [(R1, "true"), (R1, None), (KIND, "x"), (KIND, None), ("host.nothing", True)]
)
def test_value_of_another_type_or_unknown_parameter_is_refused(change, world, key, value):
    before = rows(world.aurora)
    with pytest.raises(InvalidParameter) as refusal:
        change("aurora", {key: value, R2: False})
    assert refusal.value.field == key
    assert rows(world.aurora) == before


@pytest.mark.parametrize("versions", [{}, {R2: None}, {R2: 0}, {R2: 2}])
def test_change_made_on_an_old_page_is_a_conflict(change, world, versions):
    with pytest.raises(ChangedMeanwhile):
        change("aurora", {R2: False}, versions)
    assert rows(world.aurora)[R2] == (True, 1)


def test_parameter_stored_first_by_somebody_else_is_a_conflict(change, world):
    change("aurora", {SILENT: True})
    with pytest.raises(ChangedMeanwhile):
        change("aurora", {SILENT: False}, {SILENT: 0})
