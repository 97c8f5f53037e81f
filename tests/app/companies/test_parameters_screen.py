"""Empresa › Parâmetros Adicionais (R1 to R4)."""

import re
from http import HTTPStatus

import pytest
from sqlalchemy import select

from app.companies.models import CompanyParameter, ParameterBatch
from app.database import company_scope, db, transaction

URL = "/c/{}/parameters"
AURORA = {
    "host.service_kind": "technical_assistance",
    "service_desk.enabled": "y",
    "service_desk.customer_products": "y",
    "service_desk.auto_work_order": "y",
}


def versions(page):
    return dict(re.findall(r'name="([^"]+\.version)" type="hidden" value="([^"]*)"', page))


def save(client, typed, code="aurora", shown=None):
    page = client.get(URL.format(code)).text if shown is None else shown
    return client.post(URL.format(code), data=versions(page) | typed)


def without(*keys):
    return {key: value for key, value in AURORA.items() if key not in keys}


def stored(company):
    with company_scope(company):
        found = db.session.scalars(select(CompanyParameter).execution_options(populate_existing=True))
        return {f"{row.module}.{row.name}": row.value for row in found}


def test_page_shows_each_parameter_with_the_manuals_label_by_module(as_user):
    page = as_user("ana").get(URL.format("aurora")).text
    order = [
        "<legend>Empresa</legend>",
        "<legend>Tipo de Serviço</legend>",
        "Assistência Técnica</label>",
        "Outros Serviços</label>",
        "Bloqueia acesso às OSs por técnico</label>",
        "<legend>Atendimentos</legend>",
        "Controla atendimentos aos clientes</label>",
        "Controla os produtos pertencentes aos clientes</label>",
        "Gera OS automaticamente após a inclusão do atendimento</label>",
        "Gera a OS sem perguntar</label>",
    ]
    places = [page.index(text) for text in order]
    assert places == sorted(places)


def test_saving_without_a_change_writes_nothing(as_user, world):
    answer = save(as_user("ana"), AURORA)
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert "Nada foi alterado." in as_user("ana").get(answer.location).text
    with company_scope(world.aurora):
        ids = db.session.scalars(select(ParameterBatch.id)).all()
    assert ids == [world.rows["aurora"].parameter_batch.id]


def test_switch_is_in_force_at_the_next_request_and_in_the_trail(as_user, world):
    ana, bruno = as_user("ana"), as_user("bruno")
    assert bruno.get("/c/aurora/service-desk/tickets").status_code == HTTPStatus.OK
    answer = save(ana, without("service_desk.enabled"))
    assert answer.location == "/c/aurora/parameters"
    assert bruno.get("/c/aurora/service-desk/tickets").status_code == HTTPStatus.NOT_FOUND
    assert "Atendimentos" not in bruno.get("/c/aurora/").text
    assert as_user("carla").get("/c/boreal/service-desk/tickets").status_code == HTTPStatus.OK
    for path in ("parameters", "audit"):
        page = ana.get(f"/c/aurora/{path}").text
        assert "Controla atendimentos aos clientes" in page
        assert "Ana" in page
    page = ana.get("/c/aurora/parameters").text
    assert re.search(r"<del>.*?Sim</del>.*?<ins>.*?Não</ins>", page, re.DOTALL)
    save(ana, AURORA)
    assert bruno.get("/c/aurora/service-desk/tickets").status_code == HTTPStatus.OK


def test_switching_the_kind_away_is_refused_with_the_reason_at_its_field(as_user, world):
    answer = save(as_user("ana"), AURORA | {"host.service_kind": "other_services"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    reason = (
        "“Controla os produtos pertencentes aos clientes” exige que “Tipo de Serviço” "
        "seja “Assistência Técnica” (R2)."
    )
    assert reason in answer.text
    assert 'id="host.service_kind-error"' in answer.text
    assert re.search(r'<input [^>]*checked[^>]*value="other_services"', answer.text)
    assert stored(world.aurora)["host.service_kind"] == "technical_assistance"


@pytest.mark.parametrize("kind", ["", "x", "TECHNICAL_ASSISTANCE", "a\x00"])
def test_value_that_is_not_offered_is_refused_at_its_field(as_user, kind, world):
    answer = save(as_user("ana"), AURORA | {"host.service_kind": kind})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="host.service_kind-error"' in answer.text
    assert stored(world.aurora)["host.service_kind"] == "technical_assistance"


def test_change_on_an_old_page_shows_both_and_a_second_save_wins(as_user, world):
    ana = as_user("ana")
    old = ana.get(URL.format("aurora")).text
    save(ana, without("service_desk.auto_work_order"))
    answer = save(ana, AURORA, shown=old)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Outra pessoa alterou este registro" in answer.text
    assert re.search(r"Gera OS automaticamente[^<]*</th><td>Sim</td><td>Não</td>", answer.text)
    assert stored(world.aurora)["service_desk.auto_work_order"] is False
    again = save(ana, AURORA, shown=answer.text)
    assert again.status_code == HTTPStatus.SEE_OTHER
    assert stored(world.aurora)["service_desk.auto_work_order"] is True


@pytest.mark.parametrize("login", ["vera", "bruno", "sofia"])
def test_only_administrators_see_and_change_parameters(as_user, login):
    assert as_user(login).get(URL.format("aurora")).status_code == HTTPStatus.FORBIDDEN
    assert as_user(login).post(URL.format("aurora"), data=AURORA).status_code == HTTPStatus.FORBIDDEN


def test_administrator_of_another_company_finds_nothing(as_user, world):
    assert as_user("dora").get(URL.format("aurora")).status_code == HTTPStatus.NOT_FOUND
    assert as_user("dora").post(URL.format("aurora"), data=without()).status_code == HTTPStatus.NOT_FOUND


def test_parameters_of_a_plugin_that_is_off_are_offered(as_user):
    assert "Controla atendimentos aos clientes" in as_user("dora").get(URL.format("cometa")).text


def test_unknown_fields_are_ignored(as_user, world):
    typed = AURORA | {
        "host.secret": "y",
        "company_id": str(world.boreal.id),
        "service_desk.enabled.version": "1",
    }
    assert save(as_user("ana"), typed).status_code == HTTPStatus.SEE_OTHER
    assert "host.secret" not in stored(world.aurora)


def test_batch_of_the_system_and_of_parameters_that_are_gone_is_shown(as_user, world):
    with company_scope(world.aurora), transaction():
        values = {"old.name": {"value": "x", "version": 1}}
        db.session.add(
            ParameterBatch(
                company_id=world.aurora.id,
                before=values,
                after={"old.name": {"value": "novo-valor", "version": 2}},
            )
        )
    page = as_user("ana").get(URL.format("aurora")).text
    assert "old.name" in page
    assert "novo-valor" in page
    assert "O sistema" in page


def test_page_costs_at_most_twelve_statements(as_user, count_statements):
    ana = as_user("ana")
    with count_statements() as counted:
        ana.get(URL.format("aurora"))
    assert len(counted) <= 12, counted.statements


def test_home_offers_what_the_user_may_do(as_user):
    page = as_user("vera").get("/c/aurora/").text
    assert page.count("Ordens de Serviço</a>") == 2
    assert "Auditoria" not in page
    assert "<h1>Aurora Ltda</h1>" in page
