"""Empresa › Cópia dos Parâmetros Adicionais: compare, tick, confirm, undo (R5)."""

import re
from http import HTTPStatus
from uuid import UUID

import pytest
from sqlalchemy import update

from app.companies.copying import runs
from app.companies.models import ParameterCopy
from app.database import company_scope, db, transaction
from tests.app.companies.conftest import batches, deactivate, demote, store, stored, trail
from tests.pages import forms_of

KIND, R1 = "host.service_kind", "service_desk.enabled"
R2, R3 = "service_desk.customer_products", "service_desk.auto_work_order"
URL = "/c/{}/parameters/copy"
AURORA = {KIND: "technical_assistance", R1: True, R2: True, R3: True}


@pytest.fixture(autouse=True)
def _in_a_session(fleet, session):
    """Undone after each test, before the fleet is removed."""


def question(world, source="aurora", *targets, **more):
    return {
        "source": str(world.companies[source].id),
        "to": [str(world.companies[t].id) for t in targets or ("boreal",)],
        **more,
    }


def posting(page, path="/c/boreal/parameters/copy"):
    """What the browser would post from the page's confirmation: every field, as (name, value) pairs."""
    form = next(f for f in forms_of(page, path) if f.action.endswith("/parameters/copy"))
    return [(i.name, i.value) for i in form.inputs if i.is_sent]


def as_data(pairs, **instead):
    data = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return data | instead


def compare(client, world, source="aurora", *targets, here="boreal", **more):
    return client.get(URL.format(here), query_string=question(world, source, *targets, **more))


def confirm(client, world, source="aurora", *targets, here="boreal", **instead):
    page = compare(client, world, source, *targets, here=here)
    return client.post(URL.format(here), data=as_data(posting(page.text), **instead))


def ticks(page):
    return re.findall(r'name="keys"[^>]*value="([^"]+)" checked', page)


def row(page, label):
    """The cells of the row with that parameter; none if it isn't shown."""
    found = re.search(rf"<tr>(?:(?!</tr>).)*?{label}.*?</tr>", page, re.DOTALL)
    cells = re.findall(r"<td.*?</td>", found[0], re.DOTALL) if found else []
    return [re.sub(r"<[^>]+>|difere:|\s", "", cell) for cell in cells]


# ── Comparing ─────────────────────────────────────────────────────────────────────────────────────────


def test_page_proposes_the_only_other_company_as_source_and_this_one_as_target(as_user, world):
    answer = as_user("ana").get(URL.format("boreal"))
    assert answer.status_code == HTTPStatus.OK
    assert "<h1>Cópia dos Parâmetros Adicionais de Outra Empresa</h1>" in answer.text
    assert as_data(posting(answer.text))["source"] == [str(world.aurora.id)]
    assert as_data(posting(answer.text))["to"] == [str(world.boreal.id)]


def test_all_that_differ_are_shown_and_ticked_at_first(as_user, world):
    page = compare(as_user("ana"), world).text
    assert ticks(page) == [KIND, R2, R3]
    assert row(page, "Tipo de Serviço") == ["AssistênciaTécnica", "OutrosServiços"]
    assert row(page, "Gera OS automaticamente") == ["Sim", "Não"]
    assert row(page, "Controla atendimentos aos clientes") == []


def test_all_parameters_are_shown_when_asked_for(as_user, world):
    page = compare(as_user("ana"), world, which="all").text
    assert row(page, "Controla atendimentos aos clientes") == ["Sim", "Sim"]
    assert ticks(page) == [KIND, R2, R3]


def test_what_was_ticked_stays_so(as_user, world):
    page = compare(as_user("ana"), world, picked="1", keys=[R3]).text
    assert ticks(page) == [R3]
    assert ticks(compare(as_user("ana"), world, picked="1").text) == []


def test_dependency_that_would_not_be_met_is_told_at_its_parameter(as_user, world):
    page = compare(as_user("ana"), world, picked="1", keys=[R2]).text
    reason = (
        "Boreal Ltda: “Controla os produtos pertencentes aos clientes” exige que “Tipo de Serviço” "
        "seja “Assistência Técnica” (R2)."
    )
    assert re.search(rf'id="keys-1-error">\s*<li>{re.escape(reason)}', page)
    assert 'aria-describedby="keys-1-error"' in page


def test_consequences_are_told_before(as_user, world, monkeypatch):
    monkeypatch.setattr("plugins.service_desk.queries.ticket_counts", lambda company: (60, 12))
    store(world.aurora, service_desk__enabled=False)
    page = compare(as_user("ana"), world).text
    told = "desligar “Controla atendimentos aos clientes” esconde 60 atendimentos, 12 em aberto"
    assert re.search(rf"<dt>Boreal Ltda</dt>\s*<dd>.*?{told}</dd>", page, re.DOTALL)
    page = compare(as_user("ana"), world, picked="1", keys=[R3]).text
    assert told not in page
    assert "Nenhuma além dos valores marcados." in page


def test_equal_companies_have_nothing_to_confirm(as_user, world, fleet):
    one, two = fleet(2)
    answer = as_user("ana").get(
        URL.format(one.code), query_string={"source": str(two.id), "to": [str(one.id)]}
    )
    assert "Estas empresas têm os mesmos parâmetros" in answer.text
    assert "Confirmar cópia" not in answer.text


def test_with_more_companies_the_source_is_asked_for(as_user, world, fleet):
    fleet(1)
    answer = as_user("ana").get(URL.format("boreal"))
    assert answer.status_code == HTTPStatus.OK
    assert "copy-preview" not in answer.text
    assert "Escolha a empresa de origem" not in answer.text
    for name in ("Aurora Ltda", "Boreal Ltda", "Frota 00"):
        assert f"{name}</label>" in answer.text
    assert "Cometa" not in answer.text


def test_whoever_administers_one_company_only_has_nothing_to_copy(as_user):
    answer = as_user("dora").get(URL.format("cometa"))
    assert "Você não administra outra empresa" in answer.text
    assert "Comparar" not in answer.text


def test_page_costs_a_few_statements_for_each_company(as_user, world, fleet, count_statements):
    def cost(*companies):
        with count_statements() as counted:
            compare(as_user("ana"), world, "aurora", *companies)
        return len(counted)

    others = fleet(4)
    world.companies |= (by_code := {c.code: c for c in others})
    try:
        as_user("ana").get(URL.format("boreal"))
        one, three = cost(others[0].code), cost(*(c.code for c in others[1:]))
    finally:
        for code in by_code:
            del world.companies[code]
    assert one <= 25
    assert three - one <= 16


# ── Confirming ────────────────────────────────────────────────────────────────────────────────────────


def test_confirming_copies_and_shows_the_result(as_user, world):
    answer = confirm(as_user("ana"), world)
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert stored(world.boreal) == AURORA
    page = as_user("ana").get(answer.location).text
    assert "<h1>Cópia de Aurora Ltda</h1>" in page
    assert re.search(r"Boreal Ltda</th>\s*<td><span class=\"tag tag-success\">Copiado", page)
    assert re.search(r"<dt>Tipo de Serviço</dt>\s*<dd>Assistência Técnica</dd>", page)
    assert "Desfazer" in page
    for path in ("parameters", "audit"):
        assert "Aurora Ltda" in as_user("ana").get(f"/c/boreal/{path}").text
    assert answer.location in as_user("ana").get(URL.format("boreal")).text


def test_only_what_is_ticked_is_copied(as_user, world):
    confirm(as_user("ana"), world, keys=[R3])
    assert stored(world.boreal) == {R1: True, R3: True}


def test_confirmation_sent_twice_is_one_copy(as_user, world):
    ana = as_user("ana")
    data = as_data(posting(compare(ana, world).text))
    first, second = (ana.post(URL.format("boreal"), data=data) for _ in range(2))
    assert first.location == second.location
    assert len([b for b in batches(world.boreal) if b.copy_key == UUID(data["request_key"][0])]) == 1


def test_changed_meanwhile_shows_the_new_differences_and_keeps_the_ticks(as_user, world):
    ana = as_user("ana")
    data = as_data(posting(compare(ana, world).text), keys=[R3])
    store(world.boreal, service_desk__enabled=False)
    answer = ana.post(URL.format("boreal"), data=data)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Os parâmetros foram alterados depois da comparação." in answer.text
    assert row(answer.text, "Controla atendimentos aos clientes") == ["Sim", "Não"]
    assert ticks(answer.text) == [R3]
    assert R3 not in stored(world.boreal)
    again = ana.post(URL.format("boreal"), data=as_data(posting(answer.text)))
    assert again.status_code == HTTPStatus.SEE_OTHER
    assert stored(world.boreal)[R3] is True


def test_unmet_dependency_is_refused_at_its_parameter(as_user, world):
    answer = confirm(as_user("ana"), world, keys=[R2])
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert ticks(answer.text.replace(' aria-invalid="true"', "")) == [R2]
    assert 'id="keys-1-error"' in answer.text
    assert R2 not in stored(world.boreal)


REFUSALS = {
    "itself": ({"to": ["aurora"]}, "Uma empresa não pode ser origem e destino da mesma cópia (R5)."),
    "no target": ({"to": []}, "Escolha ao menos uma empresa de destino (R5)."),
    "no source": ({"source": [""]}, "Escolha a empresa de origem (R5)."),
    "source of others": ({"source": ["cometa"]}, "Escolha entre as empresas que você administra (R5)."),
    "target of others": ({"to": ["cometa"]}, "Escolha entre as empresas que você administra (R5)."),
    "no such company": ({"to": ["987654"]}, "Escolha entre as empresas que você administra (R5)."),
    "no number": ({"source": ["x\u2028"]}, "Escolha entre as empresas que você administra (R5)."),
    "no key": ({"keys": []}, "Marque ao menos um parâmetro para copiar (R5)."),
    "unknown key": ({"keys": ["a.b"]}, "“a.b” não é um parâmetro que possa ser copiado (R5)."),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_says_the_rule_and_writes_nothing(as_user, world, case):
    instead, reason = REFUSALS[case]
    ids = {code: str(company.id) for code, company in world.companies.items()}
    ana = as_user("ana")
    instead = {name: [ids.get(value, value) for value in values] for name, values in instead.items()}
    data = as_data(posting(compare(ana, world).text), keys=[R3]) | instead
    before = [stored(company) for company in world.companies.values()]
    answer = ana.post(URL.format("boreal"), data=data)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert reason in answer.text
    assert "Cometa" not in answer.text
    assert [stored(company) for company in world.companies.values()] == before
    if "keys" not in instead and "copy-preview" in answer.text:
        assert ticks(answer.text) == [R3]


@pytest.mark.parametrize("case", [case for case in REFUSALS if "key" not in case])
def test_comparison_that_can_not_be_is_refused_at_its_field(as_user, world, case):
    instead, reason = REFUSALS[case]
    ids = {code: str(company.id) for code, company in world.companies.items()}
    asked = question(world) | {n: [ids.get(v, v) for v in values] for n, values in instead.items()}
    answer = as_user("ana").get(URL.format("boreal"), query_string=asked)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    field = "source" if "source" in instead else "to"
    assert re.search(rf'id="{field}-error">\s*<li>{re.escape(reason)}', answer.text)
    assert "copy-preview" not in answer.text
    assert "Cometa" not in answer.text


def test_company_of_others_looks_as_one_that_does_not_exist(as_user, world):
    def page(source):
        answer = as_user("ana").get(
            URL.format("boreal"), query_string={"source": source, "to": [str(world.boreal.id)]}
        )
        return answer.status_code, answer.text.partition("<main")[2].replace(source, "?")

    assert page("987654321") == page(str(world.cometa.id).zfill(9))
    assert page(str(world.cometa.id))[0] == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize("lost", ["aurora", "boreal"])
def test_rights_lost_after_the_comparison_are_missed(as_user, world, lost):
    ana = as_user("ana")
    data = as_data(posting(compare(ana, world, here="aurora").text))
    demote(world.companies[lost], "ana", world)
    answer = ana.post(URL.format("aurora"), data=data)
    # The page is aurora's: without its administrator nothing of it is left.
    assert answer.status_code == (
        HTTPStatus.FORBIDDEN if lost == "aurora" else HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert R3 not in stored(world.boreal)


def test_target_that_became_inactive_is_refused(as_user, world, owner_engine):
    ana = as_user("ana")
    data = as_data(posting(compare(ana, world, here="aurora").text))
    with deactivate(world.boreal, owner_engine):
        answer = ana.post(URL.format("aurora"), data=data)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "“Boreal Ltda” está inativa: nada pode ser gravado nela (R22c)." in answer.text
        assert ticks(answer.text) == [KIND, R2, R3]
        page = compare(ana, world, here="aurora").text
        assert "“Boreal Ltda” está inativa" in page
    assert R3 not in stored(world.boreal)


def test_inactive_company_is_read_and_not_written(as_user, world, owner_engine):
    ana = as_user("ana")
    data = as_data(posting(compare(ana, world).text))
    with deactivate(world.boreal, owner_engine):
        page = compare(ana, world, "boreal", "aurora").text
        assert row(page, "Gera OS automaticamente") == ["Não", "Sim"]
        assert "Confirmar cópia" not in page
        assert ana.post(URL.format("boreal"), data=data).status_code == HTTPStatus.FORBIDDEN
        assert "Desfazer" not in ana.get("/c/boreal/parameters").text
        # As a source it serves: the copy is started elsewhere.
        answer = confirm(ana, world, "boreal", "aurora", here="aurora")
        assert answer.status_code == HTTPStatus.SEE_OTHER
    assert stored(world.aurora)[R3] is False


@pytest.mark.parametrize("login", ["vera", "bruno", "sofia"])
def test_only_administrators_come_in(as_user, world, login):
    copy_id = world.rows["aurora"].parameter_copy.id
    batch_id = world.rows["aurora"].parameter_batch.id
    client = as_user(login)
    for path in ("", f"/{copy_id}"):
        assert client.get(URL.format("aurora") + path).status_code == HTTPStatus.FORBIDDEN
    for path in ("copy", f"copy/{copy_id}/undo", f"batches/{batch_id}/undo"):
        assert client.post(f"/c/aurora/parameters/{path}").status_code == HTTPStatus.FORBIDDEN
    assert "Cópia dos Parâmetros Adicionais" not in client.get("/c/aurora/").text


def test_menu_has_the_copy_behind_the_parameters(as_user):
    page = as_user("ana").get(URL.format("aurora")).text
    assert re.search(
        r">Parâmetros Adicionais</a>\s*</li>\s*<li>\s*<a[^>]*aria-current=\"page\"[^>]*>"
        r"Cópia dos Parâmetros Adicionais</a>",
        page,
    )


def test_text_that_was_kept_is_shown_and_copies_nothing(as_user, world):
    ana = as_user("ana")
    data = as_data(posting(compare(ana, world).text), keys=[R3], _resume="1")
    answer = ana.post(URL.format("boreal"), data=data)
    assert answer.status_code == HTTPStatus.OK
    assert ticks(answer.text) == [R3]
    assert R3 not in stored(world.boreal)


# ── The result ────────────────────────────────────────────────────────────────────────────────────────


def test_undoing_the_copy_reports_each_company(as_user, world, fleet):
    (other,) = fleet(1)
    ana = as_user("ana")
    world.companies["other"] = other
    try:
        answer = confirm(ana, world, "aurora", "boreal", "other")
    finally:
        del world.companies["other"]
    store(other, service_desk__auto_work_order=False)
    undone = ana.post(f"{answer.location}/undo")
    assert (undone.status_code, undone.location) == (HTTPStatus.SEE_OTHER, answer.location)
    page = ana.get(undone.location).text
    assert page.count(">Desfeito<") == 2
    assert "Ficaram como estão, porque mudaram depois: “Gera OS automaticamente" in page
    assert "Desfazer</button>" not in page
    assert stored(world.boreal)[R3] is False
    again = ana.post(f"{answer.location}/undo")
    assert "Isto já foi desfeito (R5)." in ana.get(again.location).text


def test_copy_to_many_shows_how_far_it_is(as_user, world, fleet, app, monkeypatch):
    monkeypatch.setattr("app.jobs.publish", lambda *task, **ids: True)
    companies, ana = fleet(21), as_user("ana")
    asked = {"source": str(world.aurora.id), "to": [str(c.id) for c in companies]}
    page = ana.get(URL.format("aurora"), query_string=asked).text
    answer = ana.post(URL.format("aurora"), data=as_data(posting(page, URL.format("aurora"))))
    page = ana.get(answer.location).text
    assert '<progress aria-labelledby="copy-progress-title" max="21" value="0">' in page
    assert "0 de 21 empresas concluídas" in page
    assert '<meta http-equiv="refresh"' in page
    polled = re.search(r'hx-get="([^"]+)" hx-trigger="every 1s"', page)[1]
    as_htmx = {"HX-Request": "true"}
    assert ana.get(polled, headers=as_htmx).status_code == HTTPStatus.NO_CONTENT
    runs.work(int(answer.location.rpartition("/")[2]), declared=app.extensions["balcao"].parameters())
    page = ana.get(polled, headers=as_htmx).text
    assert page.count(">Copiado<") == 21
    assert "<progress" not in page
    undone = ana.post(f"{answer.location}/undo")
    assert "0 de 21 empresas concluídas" in ana.get(undone.location).text


def test_result_shows_only_companies_that_the_reader_administers(as_user, world, fleet):
    (other,) = fleet(1)
    ana = as_user("ana")
    world.companies["other"] = other
    try:
        answer = confirm(ana, world, "aurora", "boreal", "other")
    finally:
        del world.companies["other"]
    demote(other, "ana", world)
    page = ana.get(answer.location).text
    content = page.partition("<main")[2]
    assert "Boreal Ltda" in content
    assert "Frota" not in content
    demote(world.aurora, "ana", world)
    assert ana.get(answer.location).status_code == HTTPStatus.NOT_FOUND
    assert ana.post(f"{answer.location}/undo").status_code == HTTPStatus.NOT_FOUND
    assert "Cópia de outra empresa" in ana.get("/c/boreal/parameters").text
    assert answer.location not in ana.get(URL.format("boreal")).text
    with company_scope(world.boreal):
        assert stored(world.boreal)[R3] is True


# ── A batch on the page of the parameters ─────────────────────────────────────────────────────────────


def test_batch_is_undone_on_the_page_of_the_parameters(as_user, world):
    ana = as_user("ana")
    confirm(ana, world)
    store(world.boreal, service_desk__auto_work_order=False)
    batch = batches(world.boreal)[-1]
    answer = ana.post(f"/c/boreal/parameters/batches/{batch.id}/undo")
    assert (answer.status_code, answer.location) == (HTTPStatus.SEE_OTHER, "/c/boreal/parameters")
    page = ana.get(answer.location).text
    assert "A alteração foi desfeita." in page
    assert "Ficaram como estão, porque mudaram depois: “Gera OS automaticamente" in page
    assert "<span>Desfazimento</span>" in page
    assert stored(world.boreal)[R2] is False
    assert trail(world.boreal)[-1].action == "undone"
    assert "Desfazimento" in ana.get("/c/boreal/audit").text
    ana.post(f"/c/boreal/parameters/batches/{batch.id}/undo")
    assert "Isto já foi desfeito (R5)." in ana.get(answer.location).text


def test_ordinary_change_is_undone_too(as_user, world):
    ana = as_user("ana")
    batch = world.rows["aurora"].parameter_batch
    ana.post(f"/c/aurora/parameters/batches/{batch.id}/undo")
    assert stored(world.aurora)[R3] is False
    assert "Ficaram" not in ana.get("/c/aurora/parameters").text


def test_copy_of_parameters_that_are_gone_is_shown_by_their_keys(as_user, world, copy):
    done = copy("aurora", "boreal")
    with company_scope(world.boreal), transaction():
        db.session.execute(
            update(ParameterCopy).where(ParameterCopy.id == done.id).values(values={"old.name": "novo-valor"})
        )
    page = as_user("ana").get(f"/c/boreal/parameters/copy/{done.id}").text
    assert re.search(r"<dt>old.name</dt>\s*<dd>novo-valor</dd>", page)
