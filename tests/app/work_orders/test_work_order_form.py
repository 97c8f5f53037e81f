"""The form of a new work order: what it takes and what it refuses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEntry
from app.clock import now, to_local
from app.database import company_scope, db, transaction
from app.parties.models import Customer
from app.staff.models import Technician
from app.work_orders import queries, services
from app.work_orders.models import WorkOrder, WorkOrderStatus
from tests.app.work_orders.forms import NEW, error_at, made, url

# ── What it takes ──


def test_new_form_shows_the_manuals_labels_and_the_companys_present_time(as_user, world):
    page = as_user("bruno").get(NEW).text
    for label in (
        "Situação",
        "Cliente",
        "Interessado",
        "Produto do Cliente",
        "Produto",
        "Técnico/Operador",
        "Controlador",
        "Data de Abertura",
        "Hora de Abertura",
        "Data Prevista",
        "Hora Prevista",
        "Problema",
        "Serviço Executado",
    ):
        assert re.search(rf"<label[^>]*>{label}</label>", page), label
    today = to_local(now(), world.aurora.timezone).date().isoformat()
    assert re.search(rf'name="opened_on"[^>]*value="{today}"', page)
    assert '<option selected value="open">Aberta</option>' in page
    assert "Cancelada" not in page


def test_new_work_order_takes_everything_that_was_typed(as_user, world, typed):
    rows = world.rows["aurora"]
    response = as_user("bruno").post(
        NEW,
        data=typed
        | {
            "customer_product_id": rows.customer_product.id,
            "controller_id": rows.technician.id,
            "scheduled_on": "2025-11-04",
            "scheduled_time": "14:00",
            "problem": "Linha um\r\nlinha dois 😀 \u202eمرحبا",
            "work_done": "Trocada",
            "request_key": str(uuid4()),
        },
    )
    saved = made(world, response)
    assert saved.status is WorkOrderStatus.OPEN
    assert (saved.customer_id, saved.prospect_id) == (rows.customer.id, None)
    assert (saved.customer_product_id, saved.product_id) == (rows.customer_product.id, None)
    assert (saved.technician_id, saved.controller_id) == (rows.technician.id, rows.technician.id)
    assert saved.opened_at == datetime(2025, 11, 3, 12, 30, tzinfo=UTC)
    assert saved.scheduled_at == datetime(2025, 11, 4, 17, tzinfo=UTC)
    assert saved.problem == "Linha um\nlinha dois 😀 \u202eمرحبا"
    assert saved.work_done == "Trocada"
    assert saved.created_by_id == world.users["bruno"].id


def test_numbers_rise_by_one(as_user, world, typed):
    client = as_user("bruno")
    first, second = (made(world, client.post(NEW, data=typed)) for _ in range(2))
    assert second.number == first.number + 1


def test_prospect_with_catalogue_product_typed_without_javascript(as_user, world, typed):
    rows = world.rows["aurora"]
    response = as_user("bruno").post(
        NEW, data=typed | {"customer_id": "", "prospect": "i1", "product": "p1", "technician_id": ""}
    )
    saved = made(world, response)
    assert (saved.prospect_id, saved.product_id) == (rows.prospect.id, rows.product.id)
    assert (saved.customer_id, saved.technician_id) == (None, None)


def test_scheduled_day_without_hour_is_kept_as_such(as_user, world, typed):
    client = as_user("bruno")
    saved = made(world, client.post(NEW, data=typed | {"scheduled_on": "2025-11-03"}))
    assert saved.scheduled_at == datetime(2025, 11, 4, 2, 59, 59, tzinfo=UTC)
    page = client.get(url(saved)).text
    assert re.search(r'name="scheduled_on"[^>]*value="2025-11-03"', page)
    assert re.search(r'name="scheduled_time"[^>]*value=""', page)
    assert "03/11/2025</td>" in client.get("/c/aurora/work-orders").text


def test_form_posted_twice_makes_one_work_order(as_user, world, typed):
    client = as_user("bruno")
    data = typed | {"request_key": str(uuid4())}
    first, second = (made(world, client.post(NEW, data=data)) for _ in range(2))
    assert second.id == first.id


def test_form_posted_twice_at_one_instant_leads_to_the_first_one(as_user, world, typed, monkeypatch):
    client = as_user("bruno")
    data = typed | {"request_key": str(uuid4())}
    first = made(world, client.post(NEW, data=data))
    look_up = queries.work_order_by_key
    looks = []

    def look_too_early(company, key):
        # The second request looks before the first has committed.
        looks.append(key)
        return look_up(company, key) if len(looks) > 1 else None

    monkeypatch.setattr(queries, "work_order_by_key", look_too_early)
    assert made(world, client.post(NEW, data=data)).id == first.id
    with company_scope(world.aurora):
        numbers = db.session.scalars(select(WorkOrder.number).order_by(WorkOrder.number)).all()
    assert numbers == list(range(1, len(numbers) + 1))


def test_opening_tells_the_audit_trail(as_user, world, typed):
    saved = made(world, as_user("bruno").post(NEW, data=typed))
    with company_scope(world.aurora):
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.entity == "work_order", AuditEntry.entity_id == saved.id)
        ).one()
    assert (entry.action, entry.user_id) == ("created", world.users["bruno"].id)
    assert entry.changes["number"] == [None, saved.number]


# ── What it refuses ──


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"customer_id": ""}, "customer", "Escolha um cliente ou um interessado."),
        ({"problem": "  "}, "problem", "Campo obrigatório."),
        ({"problem": "x" * 100_001}, "problem", "100.000"),
        ({"problem": "x" * 1_000_000}, "problem", "100.000"),
        ({"work_done": "x" * 100_001}, "work_done", "100.000"),
        ({"problem": "a\x00b"}, "problem", "não podem ser gravados"),
        ({"problem": "a\ufffdb"}, "problem", "não podem ser gravados"),
        ({"status": "cancelled"}, "status", "Escolha inválida"),
        ({"status": "nonsense"}, "status", "Escolha inválida"),
        ({"opened_on": ""}, "opened_on", "Campo obrigatório."),
        ({"opened_time": ""}, "opened_time", "Campo obrigatório."),
        ({"opened_on": "2025-02-31"}, "opened_on", "Esta data não existe."),
        ({"opened_on": "0001-01-01"}, "opened_on", "entre 1900 e 2199"),
        ({"opened_on": "9999-12-31"}, "opened_on", "entre 1900 e 2199"),
        ({"opened_on": "2199-12-31"}, "opened_on", "A abertura não pode estar no futuro."),
        ({"opened_time": "25:00"}, "opened_time", "Não é um valor de tempo válido"),
        # Daylight saving began at midnight of this day in São Paulo.
        ({"opened_on": "2018-11-04", "opened_time": "00:30"}, "opened_time", "Esta hora não existiu"),
        ({"scheduled_time": "10:00"}, "scheduled_on", "Informe a data desta hora."),
        ({"scheduled_on": "2025-11-02"}, "scheduled_on", "não pode ser anterior à abertura"),
        (
            {"scheduled_on": "2025-11-03", "scheduled_time": "09:29"},
            "scheduled_on",
            "não pode ser anterior à abertura",
        ),
        (
            {"opened_on": "2018-11-03", "scheduled_on": "2018-11-04", "scheduled_time": "00:30"},
            "scheduled_time",
            "Esta hora não existiu",
        ),
        ({"customer": "ninguém", "customer_id": ""}, "customer", "Este cadastro não existe"),
        ({"customer_id": "999999999999999999999"}, "customer", "Este cadastro não existe"),
        ({"technician_id": "999999"}, "technician", "Este cadastro não existe"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_what_was_typed_stays(
    as_user, world, typed, count_rows, change, field, message
):
    data = typed | {"work_done": "Texto digitado"} | change
    before = count_rows()
    response = as_user("bruno").post(NEW, data=data)
    assert response.status_code == 422
    assert message in error_at(response, field)
    if "work_done" not in change:
        assert "Texto digitado</textarea>" in response.text
    assert count_rows() == before


@pytest.fixture
def count_rows(world):
    """How many work orders aurora has."""

    def count() -> int:
        with company_scope(world.aurora):
            return db.session.scalar(select(func.count(WorkOrder.id)))

    return count


@pytest.mark.parametrize(
    ("field", "row", "message"),
    [
        ("customer_id", "inactive_customer", "Escolha um cadastro ativo"),
        ("technician_id", "inactive_technician", "Escolha um cadastro ativo"),
        ("controller_id", "inactive_technician", "Escolha um cadastro ativo"),
        ("prospect_id", "prospect", "deixe um dos dois vazio"),
    ],
)
def test_rows_that_cant_be_chosen_are_refused(as_user, world, typed, field, row, message):
    data = typed | {field: getattr(world.rows["aurora"], row).id}
    response = as_user("bruno").post(NEW, data=data)
    assert response.status_code == 422
    assert message in error_at(response, field.removesuffix("_id"))


@pytest.mark.parametrize(
    "field", ["customer", "prospect", "product", "customer_product", "technician", "controller"]
)
def test_rows_of_another_company_dont_exist(as_user, world, typed, field):
    theirs = getattr(world.rows["boreal"], field if field != "controller" else "technician")
    response = as_user("bruno").post(NEW, data=typed | {f"{field}_id": theirs.id})
    assert response.status_code == 422
    assert "Este cadastro não existe" in error_at(response, field)
    assert "SEGREDO-DE-boreal" not in response.text


@pytest.mark.parametrize(
    ("field", "model", "label"),
    [("customer_id", Customer, "customer"), ("technician_id", Technician, "technician")],
)
def test_service_refuses_rows_of_another_company_by_itself(world, session, details, field, model, label):
    theirs = getattr(world.rows["boreal"], label).id
    with company_scope(world.aurora), pytest.raises(services.BusinessError) as refusal, transaction():
        services.open_work_order(
            company=world.aurora,
            actor=world.users["bruno"],
            request_key=uuid4(),
            **(details | {field: theirs}),
        )
    assert refusal.value.field == label


@pytest.fixture
def details(world) -> services.Details:
    """A complete set of arguments for the services."""
    local = to_local(datetime(2025, 11, 3, 12, 30, tzinfo=UTC), world.aurora.timezone)
    return services.Details(
        status=WorkOrderStatus.OPEN,
        customer_id=world.rows["aurora"].customer.id,
        prospect_id=None,
        product_id=None,
        customer_product_id=None,
        technician_id=None,
        controller_id=None,
        opened_on=local.date(),
        opened_time=local.time(),
        scheduled_on=None,
        scheduled_time=None,
        problem="Não liga",
        work_done="",
    )


def test_broken_constraint_that_no_rule_names_is_not_swallowed(world, session, details, monkeypatch):
    monkeypatch.setattr(services, "next_number", lambda company, kind: world.rows["aurora"].work_order.number)
    with (
        company_scope(world.aurora),
        pytest.raises(IntegrityError, match="uq_work_order_company_id_number"),
        transaction(),
    ):
        services.open_work_order(
            company=world.aurora, actor=world.users["bruno"], request_key=uuid4(), **details
        )


def test_dismissed_technician_is_refused(as_user, world, typed, other_technician):
    with company_scope(world.aurora), transaction():
        row = db.session.get_one(Technician, other_technician.id)
        row.dismissed_on = to_local(now(), world.aurora.timezone).date() - timedelta(days=1)
    response = as_user("bruno").post(NEW, data=typed | {"technician_id": other_technician.id})
    assert "Escolha um cadastro ativo" in error_at(response, "technician")


def test_only_controllers_may_be_controller(as_user, typed, other_technician):
    response = as_user("bruno").post(NEW, data=typed | {"controller_id": other_technician.id})
    assert "não é controlador" in error_at(response, "controller")


def test_two_products_are_refused(as_user, world, typed):
    rows = world.rows["aurora"]
    data = typed | {"product_id": rows.product.id, "customer_product_id": rows.customer_product.id}
    response = as_user("bruno").post(NEW, data=data)
    assert "deixe um dos dois vazio" in error_at(response, "product")
    # Both stand there to be corrected: neither lookup waits for the other to be empty.
    assert 'data-show-when="product_id="' not in response.text


@pytest.mark.parametrize("party", ["other_customer", "prospect"])
def test_customers_product_is_refused_for_anybody_else(as_user, world, typed, party):
    rows = world.rows["aurora"]
    data = typed | {
        "customer_id": rows.other_customer.id if party == "other_customer" else "",
        "prospect_id": rows.prospect.id if party == "prospect" else "",
        "customer_product_id": rows.customer_product.id,
    }
    response = as_user("bruno").post(NEW, data=data)
    assert "não pertence ao cliente escolhido" in error_at(response, "customer_product")


def test_opening_today_later_than_now_is_refused_at_the_hour(as_user, world, typed, monkeypatch):
    moment = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    monkeypatch.setattr(services, "now", lambda: moment)
    monkeypatch.setattr(services, "today", lambda timezone: moment.date())
    data = typed | {"opened_on": "2026-03-10", "opened_time": "09:01"}
    response = as_user("bruno").post(NEW, data=data)
    assert "A abertura não pode estar no futuro." in error_at(response, "opened_time")


def test_form_without_token_is_refused_and_keeps_the_text(as_user, app, typed, count_rows):
    client, before = as_user("bruno"), count_rows()
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        response = client.post(NEW, data=typed)
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert response.status_code == 400
    assert "A bomba não liga" in response.text
    assert count_rows() == before


def test_text_kept_over_a_login_is_shown_and_not_saved(as_user, typed, count_rows):
    before = count_rows()
    response = as_user("bruno").post(NEW, data=typed | {"_resume": "1"})
    assert response.status_code == 200
    assert "A bomba não liga</textarea>" in response.text
    assert 'data-guard="unsaved"' in response.text
    assert count_rows() == before
