"""The form of a saved work order: what changes, what stays, and who may use it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.database import company_scope, db, transaction
from app.products.models import CustomerProduct
from app.work_orders.models import WorkOrder, WorkOrderStatus
from tests.app.work_orders.forms import NEW, error_at, url


def edited(work_order: WorkOrder, typed: dict[str, str], **changes) -> dict[str, str]:
    return typed | {"version": str(work_order.version), "problem": work_order.problem} | changes


def test_status_moves_until_it_is_done_and_then_everything_is_read_only(
    as_user, world, add_work_order, typed, reread
):
    client, row = as_user("bruno"), add_work_order()
    for status in ("in_progress", "open", "in_progress", "done"):
        response = client.post(url(row), data=edited(row, typed, status=status))
        assert response.status_code == 303
        row = reread(row.id)
        assert row.status == status
    page = client.get(url(row)).text
    assert "is-read-only" in page
    assert "data-save" not in page
    response = client.post(url(row), data=edited(row, typed, status="open", problem="Nova tentativa"))
    assert response.status_code == 409
    assert "pode apenas ser consultada" in response.text
    assert "Nova tentativa" in response.text
    assert reread(row.id).status is WorkOrderStatus.DONE


def test_change_is_audited_with_old_and_new(as_user, world, add_work_order, typed):
    row = add_work_order(technician_id=world.rows["aurora"].technician.id)
    as_user("bruno").post(url(row), data=edited(row, typed, work_done="Trocado o relé"))
    with company_scope(world.aurora):
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.entity, entry.entity_id, entry.action) == ("work_order", row.id, "changed")
    assert entry.changes == {"work_done": ["", "Trocado o relé"]}
    assert "Trocado o relé" in as_user("ana").get(url(row)).text
    assert "Histórico" not in as_user("bruno").get(url(row)).text


def test_save_without_a_change_writes_nothing(as_user, world, add_work_order, typed, reread):
    row = add_work_order(technician_id=world.rows["aurora"].technician.id)
    assert as_user("bruno").post(url(row), data=edited(row, typed)).status_code == 303
    assert reread(row.id).version == row.version


def test_second_save_is_shown_both_sides_and_wins_when_repeated(as_user, add_work_order, typed, reread):
    client, row = as_user("bruno"), add_work_order()
    assert client.post(url(row), data=edited(row, typed, problem="A primeira")).status_code == 303
    second = client.post(url(row), data=edited(row, typed, problem="A segunda"))
    assert second.status_code == 409
    assert "<td>A segunda</td><td>A primeira</td>" in second.text
    assert reread(row.id).problem == "A primeira"
    version = re.search(r'name="version"[^>]*value="(\d+)"', second.text)[1]
    assert (
        client.post(url(row), data=edited(row, typed, problem="A segunda", version=version)).status_code
        == 303
    )
    assert reread(row.id).problem == "A segunda"


def test_refused_change_keeps_the_text_and_the_stored_row(as_user, world, add_work_order, typed, reread):
    row = add_work_order()
    both = edited(row, typed, prospect_id=world.rows["aurora"].prospect.id, problem="Texto digitado")
    response = as_user("bruno").post(url(row), data=both)
    assert response.status_code == 422
    assert "deixe um dos dois vazio" in error_at(response, "prospect")
    assert "Texto digitado</textarea>" in response.text
    assert f"<h1>Ordem de Serviço {row.number}</h1>" in response.text
    assert reread(row.id).problem == row.problem


@pytest.mark.parametrize("version", ["", "x", "99999999999"])
def test_save_without_a_usable_version_is_a_conflict(as_user, add_work_order, typed, reread, version):
    row = add_work_order()
    response = as_user("bruno").post(url(row), data=edited(row, typed, problem="Outro", version=version))
    assert response.status_code == 409
    assert reread(row.id).problem == row.problem


def test_seconds_of_the_opening_stay_while_nobody_types_another_minute(
    as_user, add_work_order, typed, reread
):
    row = add_work_order(opened_at=datetime(2025, 11, 3, 12, 30, 41, 5, tzinfo=UTC))
    client = as_user("bruno")
    client.post(url(row), data=edited(row, typed, problem="Outro"))
    assert reread(row.id).opened_at == row.opened_at
    # Scheduled for the very minute of the opening isn't before it.
    row = reread(row.id)
    changed = edited(row, typed, scheduled_on="2025-11-03", scheduled_time="09:30")
    assert client.post(url(row), data=changed).status_code == 303


def test_opening_can_be_moved_but_not_into_the_future(as_user, add_work_order, typed, reread):
    client, row = as_user("bruno"), add_work_order()
    moved = edited(row, typed, opened_on="2025-11-02", opened_time="23:59")
    assert client.post(url(row), data=moved).status_code == 303
    assert reread(row.id).opened_at == datetime(2025, 11, 3, 2, 59, tzinfo=UTC)
    refused = client.post(url(row), data=edited(reread(row.id), typed, opened_on="2199-01-01"))
    assert refused.status_code == 422
    assert "A abertura não pode estar no futuro." in error_at(refused, "opened_on")


def test_saved_work_order_keeps_what_has_become_inactive(as_user, world, add_work_order, typed, reread):
    rows = world.rows["aurora"]
    row = add_work_order(
        customer_id=rows.inactive_customer.id,
        technician_id=rows.inactive_technician.id,
        controller_id=rows.inactive_technician.id,
    )
    kept = {
        "customer_id": rows.inactive_customer.id,
        "technician_id": rows.inactive_technician.id,
        "controller_id": rows.inactive_technician.id,
    }
    response = as_user("bruno").post(url(row), data=edited(row, typed, problem="Outro", **kept))
    assert response.status_code == 303
    assert reread(row.id).problem == "Outro"


def test_party_can_be_changed_while_the_hidden_lookup_is_not_sent(
    as_user, world, add_work_order, typed, reread
):
    row = add_work_order()
    data = edited(row, typed, prospect_id=world.rows["aurora"].prospect.id)
    for hidden in ("customer", "customer_id"):
        del data[hidden]
    assert as_user("bruno").post(url(row), data=data).status_code == 303
    saved = reread(row.id)
    assert (saved.customer_id, saved.prospect_id) == (None, world.rows["aurora"].prospect.id)


def test_warranty_of_the_customers_product_is_shown(as_user, world, add_work_order):
    rows = world.rows["aurora"]
    row = add_work_order(customer_product_id=rows.customer_product.id)
    client = as_user("bruno")
    assert "garantia" not in client.get(url(row)).text
    for until, words in (
        (date(2199, 1, 31), "Em garantia até 31/01/2199"),
        (date(2020, 1, 1), "Fora de garantia"),
    ):
        with company_scope(world.aurora), transaction():
            db.session.get_one(CustomerProduct, rows.customer_product.id).warranty_until = until
        assert words in client.get(url(row)).text


# ── Who may ──


def test_viewer_sees_the_form_read_only_and_may_not_post(as_user, world, add_work_order, typed, reread):
    row = add_work_order(problem="Para ver")
    client = as_user("vera")
    page = client.get(url(row))
    assert page.status_code == 200
    assert "Para ver" in page.text
    assert "Salvar" not in page.text
    assert client.post(url(row), data=edited(row, typed, problem="Não")).status_code == 403
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, data=typed).status_code == 403
    assert "Nova ordem de serviço" not in client.get("/c/aurora/work-orders").text
    assert reread(row.id).problem == "Para ver"


def test_nobody_of_another_company_gets_in(as_user, add_work_order, typed):
    row = add_work_order()
    client = as_user("carla")
    for address in ("/c/aurora/work-orders", NEW, url(row), f"/c/boreal/work-orders/{row.id}"):
        assert client.get(address).status_code == 404
    assert client.post(url(row), data=typed).status_code == 404
    assert client.post(f"/c/boreal/work-orders/{row.id}", data=typed).status_code == 404


@pytest.mark.parametrize("work_order_id", [0, 10**18, 2**63, 10**30])
def test_ids_that_no_row_can_have_are_404(as_user, work_order_id):
    assert as_user("bruno").get(f"/c/aurora/work-orders/{work_order_id}").status_code == 404
