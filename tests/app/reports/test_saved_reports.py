"""Saved reports, shared or one's own, and the columns that a user chose last."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.database import company_scope, db, transaction
from app.errors import ChangedMeanwhile
from app.reports import queries, services
from app.reports.models import LONGEST_NAME, SavedReport
from app.work_orders.permissions import WORK_ORDERS_CANCEL
from tests.plugins.service_desk.desk import switch
from tests.rows_report import RowsReport

SAVED = "/c/aurora/reports/service_desk.rows/saved"
ONE = "/c/aurora/reports/saved"
PAGE = "/c/aurora/service-desk/tickets"


@pytest.fixture(autouse=True)
def with_report(report, session) -> None:
    """The service desk has a report."""


@pytest.fixture
def save(as_user):
    """`save("Meu mês", "rows=6", login="sofia", is_shared=True)`: the form of the report's page."""

    def post(name: str, query: str = "rows=6", *, login: str = "bruno", address: str = SAVED, **ticked: bool):
        return as_user(login).post(address, data={"name": name, "query": query} | ticked)

    return post


def saved_in(company) -> list[SavedReport]:
    """What the test has saved, by id."""
    with company_scope(company):
        rows = select(SavedReport).where(~SavedReport.name.contains("SEGREDO")).order_by(SavedReport.id)
        return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def names_for(company, user) -> list[str]:
    """What the user can open, without the world's own."""
    with company_scope(company):
        rows = queries.saved_reports(company, user, RowsReport.key)
        return [row.name for row in rows if "SEGREDO" not in row.name]


def trail(company) -> list[AuditEntry]:
    """The audit trail of saved reports."""
    with company_scope(company):
        rows = select(AuditEntry).where(AuditEntry.entity == "saved_report").order_by(AuditEntry.id)
        return list(db.session.scalars(rows))


# ── One's own ────────────────────────────────────────────────────────────────────────────────────────


def test_question_is_saved_under_a_name_and_opens_again(save, as_user, world):
    response = save("Meu mês", "?rows=6&customer=Padaria Ávila")
    (saved,) = saved_in(world.aurora)
    # Its page is told which saved report this is, beside the question.
    assert (response.status_code, response.location) == (
        303,
        f"{PAGE}?rows=6&customer=Padaria+%C3%81vila&saved={saved.id}",
    )
    assert (saved.query, saved.user_id, saved.is_shared) == (
        "rows=6&customer=Padaria+%C3%81vila",
        world.users["bruno"].id,
        False,
    )
    page = as_user("bruno").get(SAVED).text
    assert f'href="{PAGE}?rows=6&amp;customer=Padaria+%C3%81vila&amp;saved={saved.id}">Meu mês</a>' in page
    assert "Só eu" in page
    assert trail(world.aurora) == []


def test_ones_own_is_nobody_elses(save, as_user, world):
    save("Meu mês")
    (saved,) = saved_in(world.aurora)
    assert names_for(world.aurora, world.users["bruno"]) == ["Meu mês"]
    for login in ("sofia", "ana", "vera"):
        assert names_for(world.aurora, world.users[login]) == []
        assert "Meu mês" not in as_user(login).get(SAVED).text
        assert as_user(login).get(f"{ONE}/{saved.id}").status_code == 404
        for what in ("", "/delete"):
            assert as_user(login).post(f"{ONE}/{saved.id}{what}", data={"name": "X"}).status_code == 404
    assert saved_in(world.aurora)[0].name == "Meu mês"


def test_viewer_saves_for_themselves(save, world):
    assert save("De Vera", login="vera").status_code == 303
    assert names_for(world.aurora, world.users["vera"]) == ["De Vera"]


def test_name_is_ones_own_alone_and_asked_for(save, world):
    assert save("Mês").status_code == 303
    refused = save("MÊS", "rows=7")
    assert refused.status_code == 422
    assert "Já existe um relatório salvo com este nome" in refused.text
    assert 'value="MÊS"' in refused.text
    assert 'value="rows=7"' in refused.text
    assert save("  ").status_code == 422
    assert save("x" * (LONGEST_NAME + 1)).status_code == 422
    assert save("Mês", login="sofia").status_code == 303
    assert [row.query for row in saved_in(world.aurora)] == ["rows=6", "rows=6"]


def test_a_window_is_told_where_to_go_and_shown_what_is_refused(as_user, world):
    asks = {"headers": {"HX-Request": "true"}}
    refused = as_user("bruno").post(SAVED, data={"name": "", "query": "rows=6"}, **asks)
    assert refused.status_code == 422
    assert 'id="name-error"' in refused.text
    saved = as_user("bruno").post(SAVED, data={"name": "Mês", "query": "rows=6"}, **asks)
    (row,) = saved_in(world.aurora)
    assert (saved.status_code, saved.headers["HX-Redirect"]) == (204, f"{PAGE}?rows=6&saved={row.id}")


def test_a_question_without_filters_opens_by_its_name_alone(save, as_user, world):
    response = save("Tudo", "")
    (saved,) = saved_in(world.aurora)
    assert response.location == f"{PAGE}?saved={saved.id}"


def test_double_click_saves_once(save, world):
    assert [save("Mês").status_code for _ in range(2)] == [303, 303]
    assert len(saved_in(world.aurora)) == 1


def test_two_at_the_same_instant_one_is_refused(world, monkeypatch):
    """The database decides, when neither has seen the other."""
    monkeypatch.setattr(queries, "saved_report_named", lambda *args, **more: None)
    own = {"company": world.aurora, "actor": world.users["bruno"], "report": RowsReport(), "name": "Mês"}
    for refusal in (None, services.NameTaken):
        with company_scope(world.aurora):
            if refusal is None:
                with transaction():
                    services.save_report(**own, query="rows=1", is_shared=False)
            else:
                with pytest.raises(refusal), db.session.begin_nested():
                    services.save_report(**own, query="rows=2", is_shared=False)
                db.session.rollback()


def test_question_that_no_address_could_hold_is_refused(save, world):
    refused = save("Longo", "x=" + "y" * 8_000)
    assert refused.status_code == 422
    assert "Este relatório tem filtros demais" in refused.text
    assert saved_in(world.aurora) == []


def test_it_is_renamed_and_its_question_replaced(save, as_user, world):
    save("Mês")
    (saved,) = saved_in(world.aurora)
    form = as_user("bruno").get(f"{ONE}/{saved.id}").text
    assert 'value="Mês"' in form
    version = re.search(r'name="version"[^>]*value="(\d+)"', form)[1]
    changed = {"name": "Semana", "query": "rows=7", "version": version}
    response = as_user("bruno").post(f"{ONE}/{saved.id}", data=changed)
    assert (response.status_code, response.location) == (303, f"{PAGE}?rows=7&saved={saved.id}")
    (saved,) = saved_in(world.aurora)
    assert (saved.name, saved.query, saved.version) == ("Semana", "rows=7", 2)
    assert trail(world.aurora) == []


def test_who_changes_what_somebody_has_changed_is_told(save, as_user, world):
    save("Mês", login="sofia", is_shared=True)
    (saved,) = saved_in(world.aurora)
    data = {"query": "rows=6", "version": "1", "is_shared": "y"}
    assert as_user("sofia").post(f"{ONE}/{saved.id}", data=data | {"name": "De Sofia"}).status_code == 303
    second = as_user("ana").post(f"{ONE}/{saved.id}", data=data | {"name": "De Ana"})
    assert second.status_code == 409
    assert "De Sofia" in second.text
    assert 'value="De Ana"' in second.text
    assert re.search(r'name="version"[^>]*value="2"', second.text)
    assert saved_in(world.aurora)[0].name == "De Sofia"
    with company_scope(world.aurora), pytest.raises(ChangedMeanwhile):
        services.change_saved_report(
            company=world.aurora,
            actor=world.users["ana"],
            saved=queries.saved_report(world.aurora, world.users["ana"], saved.id),
            name="X",
            query="",
            is_shared=True,
            version=None,
        )


def test_who_saves_other_filters_than_somebody_has_saved_sees_both(save, as_user, world):
    save("Mês", login="sofia", is_shared=True)
    (saved,) = saved_in(world.aurora)
    data = {"name": "Mês", "version": "1", "is_shared": "y"}
    assert as_user("sofia").post(f"{ONE}/{saved.id}", data=data | {"query": "rows=7"}).status_code == 303
    second = as_user("ana").post(f"{ONE}/{saved.id}", data=data | {"query": "rows=8"})
    assert second.status_code == 409
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td></tr>', second.text)
    assert rows == [("Filtros", "Linhas: 8", "Linhas: 7")]
    assert 'value="rows=8"' in second.text
    assert saved_in(world.aurora)[0].query == "rows=7"


def test_renaming_to_a_taken_name_is_refused_at_its_field(save, as_user, world):
    save("Um")
    save("Dois")
    one, _two = saved_in(world.aurora)
    refused = as_user("bruno").post(f"{ONE}/{one.id}", data={"name": "dois", "query": "", "version": "1"})
    assert refused.status_code == 422
    assert "Já existe um relatório salvo com este nome" in refused.text
    assert [row.name for row in saved_in(world.aurora)] == ["Um", "Dois"]


def test_it_is_deleted(save, as_user, world):
    save("Mês")
    (saved,) = saved_in(world.aurora)
    response = as_user("bruno").post(f"{ONE}/{saved.id}/delete", follow_redirects=True)
    assert "Relatório salvo excluído." in response.text
    assert saved_in(world.aurora) == []
    assert as_user("bruno").get(f"{ONE}/{saved.id}").status_code == 404


# ── Shared ───────────────────────────────────────────────────────────────────────────────────────────


def test_shared_one_is_for_everybody_in_the_company(save, as_user, world):
    assert save("Nosso mês", login="sofia", is_shared=True).status_code == 303
    (saved,) = saved_in(world.aurora)
    for login in ("bruno", "vera", "ana"):
        assert names_for(world.aurora, world.users[login]) == ["Nosso mês"]
        page = as_user(login).get(SAVED).text
        assert f'href="{PAGE}?rows=6&amp;saved={saved.id}">Nosso mês</a>' in page
        assert "Compartilhado" in page
        assert ("Editar" in page) == (login == "ana")
    assert names_for(world.boreal, world.users["ana"]) == []


def test_sharing_needs_its_permission(save, as_user, world):
    assert save("Nosso", is_shared=True).status_code == 403
    save("Meu")
    (mine,) = saved_in(world.aurora)
    data = {"name": "Meu", "query": "", "version": "1", "is_shared": "y"}
    assert as_user("bruno").post(f"{ONE}/{mine.id}", data=data).status_code == 403
    assert not saved_in(world.aurora)[0].is_shared
    assert "Compartilhado com a empresa" not in as_user("bruno").get(SAVED).text
    assert "Compartilhado com a empresa" in as_user("sofia").get(SAVED).text


def test_shared_one_is_changed_only_with_the_permission(save, as_user, world):
    save("Nosso", login="sofia", is_shared=True)
    (saved,) = saved_in(world.aurora)
    for login in ("bruno", "vera"):
        assert as_user(login).get(f"{ONE}/{saved.id}").status_code == 403
        assert as_user(login).post(f"{ONE}/{saved.id}", data={"name": "X"}).status_code == 403
        assert as_user(login).post(f"{ONE}/{saved.id}/delete").status_code == 403
    assert [row.name for row in saved_in(world.aurora)] == ["Nosso"]


def test_shared_names_are_unique_in_the_company_and_beside_ones_own(save, world):
    assert save("Mês", login="sofia", is_shared=True).status_code == 303
    assert save("mês", login="ana", is_shared=True).status_code == 422
    assert save("Mês", login="ana").status_code == 303
    assert save("Mês").status_code == 303


def test_what_is_shared_is_in_the_audit_trail(save, as_user, world):
    save("Nosso", login="sofia")
    (saved,) = saved_in(world.aurora)
    for name, is_shared, version in [("Nosso", True, 1), ("Nosso mês", True, 2), ("Nosso mês", False, 3)]:
        data = {"name": name, "query": "rows=6", "version": version, "is_shared": "y" if is_shared else ""}
        assert as_user("sofia").post(f"{ONE}/{saved.id}", data=data).status_code == 303
    save("Outro", login="sofia", is_shared=True)
    other = saved_in(world.aurora)[1]
    as_user("ana").post(f"{ONE}/{other.id}/delete")
    entries = trail(world.aurora)
    assert [entry.action for entry in entries] == ["changed", "changed", "changed", "created", "deleted"]
    assert entries[0].changes == {"is_shared": [False, True]}
    assert entries[1].changes == {"name": ["Nosso", "Nosso mês"]}
    assert entries[4].changes["name"] == ["Outro", None]
    assert entries[4].user_id == world.users["ana"].id
    page = as_user("ana").get("/c/aurora/audit").text
    assert "Relatório salvo" in page
    assert "Compartilhado com a empresa" in page
    assert "Report key" not in page


# ── Where there is no report ─────────────────────────────────────────────────────────────────────────


def test_where_the_plugin_is_off_nothing_is_saved(save, as_user, world):
    save("Mês")
    (saved,) = saved_in(world.aurora)
    switch(world.aurora, "enabled", value=False)
    assert as_user("bruno").get(SAVED).status_code == 404
    assert save("Outro").status_code == 404
    assert as_user("bruno").post(f"{ONE}/{saved.id}/delete").status_code == 404
    assert len(saved_in(world.aurora)) == 1


def test_who_may_not_have_the_report_saves_nothing(save, as_user, world, monkeypatch):
    monkeypatch.setattr(RowsReport, "permission", WORK_ORDERS_CANCEL)
    assert as_user("bruno").get(SAVED).status_code == 403
    assert save("Mês").status_code == 403
    assert save("Mês", login="sofia").status_code == 303


@pytest.mark.parametrize("saved_report_id", ["99999999", "99999999999999999999"])
def test_what_was_never_saved_is_not_found(as_user, saved_report_id):
    assert as_user("bruno").get(f"{ONE}/{saved_report_id}").status_code == 404


def test_saved_report_of_another_company_is_not_found(save, as_user, world):
    save("Meu", login="ana", address="/c/boreal/reports/service_desk.rows/saved")
    (saved,) = saved_in(world.boreal)
    assert as_user("ana").get(f"/c/boreal/reports/saved/{saved.id}").status_code == 200
    assert as_user("ana").get(f"{ONE}/{saved.id}").status_code == 404
    assert as_user("ana").post(f"{ONE}/{saved.id}/delete").status_code == 404
    assert len(saved_in(world.boreal)) == 1


def test_name_to_save_under_starts_from_the_pages_question(as_user):
    page = as_user("bruno").get(SAVED, query_string={"query": 'rows=6&x="><script>'}).text
    assert 'name="query" type="hidden" value="rows=6&amp;x=&#34;&gt;&lt;script&gt;"' in page
    assert "<script>" not in page.split("<main")[1].split("</main>")[0]


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────


def test_columns_are_remembered_per_user_company_and_kind(world):
    def remember(columns, *, company=world.aurora, login="bruno", kind="synthetic") -> None:
        with company_scope(company), transaction():
            own = {"company": company, "actor": world.users[login], "report_key": RowsReport.key}
            services.remember_columns(**own, kind=kind, columns=columns)

    def remembered(*, company=world.aurora, login="bruno", kind="synthetic"):
        with company_scope(company):
            return queries.remembered_columns(company, world.users[login], RowsReport.key, kind)

    assert remembered() is None
    remember(["number", "customer"])
    assert remembered() == ["number", "customer"]
    remember(["customer"])
    assert remembered() == ["customer"]
    remember([], kind="analytic")
    assert remembered(kind="analytic") == []
    assert remembered() == ["customer"]
    assert remembered(login="sofia") is None
    remember(["number"], company=world.boreal, login="ana", kind="pending")
    assert remembered(login="ana", kind="pending") is None
