"""Empresa › Cópia dos Parâmetros Adicionais: compare, tick, confirm, undo (R5)."""

import re
from http import HTTPStatus
from uuid import UUID

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.companies.models import CompanyParameter, ParameterBatch, ParameterCopy
from app.database import company_scope, db, transaction
from app.users.models import Membership
from app.users.roles import Role
from tests.app.companies.conftest import deactivate
from tests.pages import forms_of

KIND, R1 = "host.service_kind", "service_desk.enabled"
R2, R3 = "service_desk.customer_products", "service_desk.auto_work_order"
URL = "/c/{}/parameters/copy"
AURORA = {KIND: "technical_assistance", R1: True, R2: True, R3: True}
BOREAL = {R1: True}


def stored(company):
    with company_scope(company):
        found = db.session.scalars(select(CompanyParameter).execution_options(populate_existing=True))
        return {f"{row.module}.{row.name}": row.value for row in found}


def entries(company, action=None):
    with company_scope(company):
        found = db.session.scalars(select(AuditEntry).where(AuditEntry.entity == "parameter_batch")).all()
        return [e for e in found if action in (None, e.action)]


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
    """The cells of the row with that parameter."""
    found = re.search(rf"<tr>(?:(?!</tr>).)*?{label}.*?</tr>", page, re.DOTALL)
    if found is None:
        return None
    return [re.sub(r"<[^>]+>|difere:|\s", "", cell) for cell in re.findall(r"<td.*?</td>", found[0], re.DOTALL)]


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
    assert row(page, "Controla atendimentos aos clientes") is None


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
