"""What every register's screens do, for each of them (R22b)."""

import pytest
from sqlalchemy import delete, func, select

from app.audit.models import AuditEntry
from app.database import company_scope, db
from app.products.models import Product
from app.registers import services
from tests.app.registers.cases import each_register
from tests.world import SECRET, log_in


def row_id(world, case, company="aurora"):
    return getattr(world.rows[company], case.kind).id


def stored(world, case, **values):
    with company_scope(world.aurora):
        return db.session.scalar(select(case.model).filter_by(company_id=world.aurora.id, **values))


def count(world, case):
    with company_scope(world.aurora):
        return db.session.scalar(select(func.count(case.model.id)))


def entries(world, case, entity_id):
    with company_scope(world.aurora):
        return [
            (e.action, e.changes)
            for e in db.session.scalars(
                select(AuditEntry)
                .where(AuditEntry.entity == case.model.__tablename__, AuditEntry.entity_id == entity_id)
                .order_by(AuditEntry.id)
            )
        ]


@each_register
def test_list_shows_the_active_rows_of_this_company(client, world, case):
    log_in(client, world, "vera")
    page = client.get(case.url()).text
    assert SECRET.format("aurora") in page
    assert SECRET.format("boreal") not in page
    assert f"{case.url()}/{row_id(world, case)}" in page


@each_register
def test_list_costs_at_most_ten_statements(client, world, case, count_statements):
    log_in(client, world, "sofia")
    with count_statements() as counted:
        assert client.get(case.url()).status_code == 200
    assert len(counted) <= 10, counted.statements


@each_register
def test_form_costs_at_most_twelve_statements(client, world, case, count_statements):
    log_in(client, world, "sofia")
    with count_statements() as counted:
        assert client.get(case.url("aurora", row_id(world, case))).status_code == 200
    assert len(counted) <= 12, counted.statements


@each_register
def test_new_row_is_stored_audited_and_shown(client, world, case):
    log_in(client, world, case.editor)
    answer = client.post(case.url("aurora", "new"), data=case.form(code=" N-1 "))
    assert answer.status_code == 303, answer.text
    row = stored(world, case, code="N-1")
    assert answer.location == case.url("aurora", row.id)
    ((action, changes),) = entries(world, case, row.id)
    assert action == "created"
    assert changes["name"] == [None, "Nova linha"]
    page = client.get(answer.location).text
    assert "Nova linha" in page
    assert "Bruno" in page or "Sofia" in page


@each_register
def test_new_form_suggests_the_next_code(client, world, case):
    log_in(client, world, case.editor)
    assert 'value="0001"' in client.get(case.url("aurora", "new")).text
    client.post(case.url("aurora", "new"), data=case.form(code="00099"))
    assert 'value="00100"' in client.get(case.url("aurora", "new")).text


@each_register
def test_taken_code_is_refused_at_its_field(client, world, case):
    log_in(client, world, case.editor)
    client.post(case.url("aurora", "new"), data=case.form())
    answer = client.post(case.url("aurora", "new"), data=case.form(name="Outra linha"))
    assert answer.status_code == 422
    assert 'id="code-error"' in answer.text
    assert 'value="Outra linha"' in answer.text
    assert stored(world, case, name="Outra linha") is None


@each_register
def test_empty_form_is_refused(client, world, case):
    log_in(client, world, case.editor)
    before = count(world, case)
    answer = client.post(case.url("aurora", "new"), data={"code": " ", "name": ""})
    assert answer.status_code == 422
    assert 'id="code-error"' in answer.text
    assert 'id="name-error"' in answer.text
    assert count(world, case) == before


@each_register
def test_edit_is_stored_audited_and_raises_the_version(client, world, case):
    log_in(client, world, case.editor)
    client.post(case.url("aurora", "new"), data=case.form())
    row = stored(world, case, code="N-1")
    answer = client.post(case.url("aurora", row.id), data=case.form(name="Mudou", version="1"))
    assert answer.status_code == 303, answer.text
    row = stored(world, case, code="N-1")
    assert (row.name, row.version) == ("Mudou", 2)
    assert entries(world, case, row.id)[-1] == ("updated", {"name": ["Nova linha", "Mudou"]})


@each_register
def test_saving_nothing_new_leaves_no_trace(client, world, case):
    log_in(client, world, case.editor)
    client.post(case.url("aurora", "new"), data=case.form())
    row = stored(world, case, code="N-1")
    assert client.post(case.url("aurora", row.id), data=case.form(version="1")).status_code == 303
    assert stored(world, case, code="N-1").version == 1
    assert len(entries(world, case, row.id)) == 1


@each_register
def test_second_of_two_editors_sees_both_sides(client, world, case):
    log_in(client, world, case.editor)
    client.post(case.url("aurora", "new"), data=case.form())
    url = case.url("aurora", stored(world, case, code="N-1").id)
    client.post(url, data=case.form(name="O primeiro", version="1"))
    answer = client.post(url, data=case.form(name="O segundo", version="1"))
    assert answer.status_code == 409
    assert "O primeiro" in answer.text
    assert 'value="O segundo"' in answer.text
    assert 'name="version" type="hidden" value="2"' in answer.text
    assert stored(world, case, code="N-1").name == "O primeiro"
    assert client.post(url, data=case.form(name="O segundo", version="2")).status_code == 303


@each_register
def test_form_without_a_version_is_a_conflict(client, world, case):
    log_in(client, world, case.editor)
    client.post(case.url("aurora", "new"), data=case.form())
    url = case.url("aurora", stored(world, case, code="N-1").id)
    for version in ("", "x", "-1", "9" * 30):
        assert client.post(url, data=case.form(name="Sem versão", version=version)).status_code == 409
    assert stored(world, case, name="Sem versão") is None


@each_register
def test_deactivated_row_leaves_the_list_but_not_the_register(client, world, case):
    log_in(client, world, case.editor)
    client.post(case.url("aurora", "new"), data=case.form())
    row = stored(world, case, code="N-1")
    inactive = {k: v for k, v in case.form(version="1").items() if k != "is_active"}
    assert client.post(case.url("aurora", row.id), data=inactive).status_code == 303
    assert "Nova linha" not in client.get(case.url()).text
    assert "Nova linha" in client.get(case.url() + "?status=all").text


@each_register
def test_unused_row_is_deleted(client, world, case):
    log_in(client, world, case.editor)
    client.post(case.url("aurora", "new"), data=case.form())
    row = stored(world, case, code="N-1")
    assert client.post(case.url("aurora", row.id, "delete"), data={"version": "1"}).location == case.url()
    assert stored(world, case, code="N-1") is None
    assert entries(world, case, row.id)[-1] == (
        "deleted",
        {"code": ["N-1", None], "name": ["Nova linha", None]},
    )
    assert client.post(case.url("aurora", row.id), data=case.form(version="1")).status_code == 404
    assert client.post(case.url("aurora", row.id, "delete"), data={"version": "1"}).status_code == 404


@each_register
def test_row_changed_meanwhile_is_not_deleted(client, world, case):
    log_in(client, world, case.editor)
    client.post(case.url("aurora", "new"), data=case.form())
    row = stored(world, case, code="N-1")
    for version in ("", "7"):
        answer = client.post(case.url("aurora", row.id, "delete"), data={"version": version})
        assert answer.location == case.url("aurora", row.id)
    assert stored(world, case, code="N-1") is not None


@each_register
def test_viewer_reads_and_does_not_write(client, world, case):
    log_in(client, world, "vera")
    url = case.url("aurora", row_id(world, case))
    page = client.get(url).text
    assert "data-save" not in page
    assert "is-read-only" in page
    assert case.url("aurora", "new") not in client.get(case.url()).text
    assert client.get(case.url("aurora", "new")).status_code == 403
    assert client.post(case.url("aurora", "new"), data=case.form()).status_code == 403
    assert client.post(url, data=case.form(version="1")).status_code == 403
    assert client.post(f"{url}/delete", data={"version": "1"}).status_code == 403


@each_register
def test_lesser_role_does_not_write(client, world, case):
    log_in(client, world, case.too_little)
    assert client.get(case.url()).status_code == 200
    assert client.post(case.url("aurora", "new"), data=case.form()).status_code == 403


@each_register
def test_other_company_is_not_found(client, world, case):
    log_in(client, world, "carla")
    theirs = row_id(world, case)
    for url in (case.url(), case.url("aurora", "new"), case.url("aurora", theirs)):
        assert client.get(url).status_code == 404
    assert client.get(case.url("boreal", theirs)).status_code == 404
    log_in(client, world, "ana")
    assert client.post(case.url("boreal", theirs), data=case.form(version="1")).status_code == 404
    assert client.post(case.url("boreal", theirs, "delete"), data={"version": "1"}).status_code == 404


@each_register
def test_form_without_token_keeps_what_was_typed(app, client, world, case):
    log_in(client, world, case.editor)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = client.post(case.url("aurora", "new"), data=case.form())
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 400
    assert "Nova linha</textarea>" in answer.text
    assert stored(world, case, code="N-1") is None


@each_register
def test_kept_text_is_shown_again_and_not_saved(client, world, case):
    log_in(client, world, case.editor)
    answer = client.post(case.url("aurora", "new"), data=case.form(_resume="1"))
    assert answer.status_code == 200
    assert 'value="Nova linha"' in answer.text
    assert 'data-guard="unsaved"' in answer.text
    assert stored(world, case, code="N-1") is None


@pytest.mark.parametrize("view", ["detail", "delete"])
def test_row_deleted_at_the_same_instant_is_gone(client, world, monkeypatch, view):
    """Somebody else's deletion comes between the reading and the writing of a save or of a deletion."""
    log_in(client, world, "sofia")
    client.post("/c/aurora/products/new", data={"code": "N-1", "name": "Nova", "unit": "UN"})
    with company_scope(world.aurora):
        row_id = db.session.scalar(select(Product.id).where(Product.code == "N-1"))
    expect = services._expect

    def delete_first(row, version):
        gone = delete(Product).where(Product.id == row_id)
        db.session.execute(gone, execution_options={"synchronize_session": False})
        db.session.commit()
        expect(row, version)

    monkeypatch.setattr(services, "_expect", delete_first)
    url = f"/c/aurora/products/{row_id}" + ("/delete" if view == "delete" else "")
    data = {"code": "N-1", "name": "Mudou", "unit": "UN", "version": "1"}
    assert client.post(url, data=data, follow_redirects=True).status_code == 404
