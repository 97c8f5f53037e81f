"""«Cópia dos Parâmetros Adicionais de Outra Empresa»: compare, see what it means, confirm, undo (R5)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import answer, menu, notice

SWITCH = "Controla atendimentos aos clientes"
OWN_PRODUCTS = "Controla os produtos pertencentes aos clientes"
KIND = "Tipo de Serviço"
MANY = 25


@pytest.fixture(autouse=True)
def parameters_of_boreal(portal: Portal) -> Iterator[None]:
    """Boreal's parameters are afterwards what they were."""
    of_boreal = "company_id = (SELECT id FROM company WHERE code = 'boreal')"
    before = portal.sql(f"SELECT module, name, value FROM company_parameter WHERE {of_boreal}")
    yield
    portal.sql(f"DELETE FROM company_parameter WHERE {of_boreal}")
    for module, name, value in before:
        portal.sql(
            "INSERT INTO company_parameter (company_id, module, name, value)"
            " SELECT id, :module, :name, CAST(:value AS jsonb) FROM company WHERE code = 'boreal'",
            module=module,
            name=name,
            value=json.dumps(value),
        )


def stored(portal: Portal, key: str, company: str = "boreal") -> object:
    module, name = key.split(".")
    return portal.scalar(
        "SELECT value FROM company_parameter p JOIN company c ON c.id = p.company_id"
        " WHERE c.code = :company AND p.module = :module AND p.name = :name",
        company=company,
        module=module,
        name=name,
    )


def tick(page: Page, label: str) -> Locator:
    return page.get_by_role("checkbox", name=label, exact=True)


def target(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Empresas de destino").get_by_label(name, exact=True)


def compare(page: Page, source: str, *names: str) -> None:
    page.get_by_label("Empresa de origem").select_option(label=source)
    for box in page.get_by_role("group", name="Empresas de destino").get_by_role("checkbox").all():
        box.uncheck()
    for name in names:
        target(page, name).check()
    page.get_by_role("button", name="Comparar").click()
    expect(page.get_by_role("heading", name="Diferenças")).to_be_visible()


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Confirmar cópia").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cópia de Aurora Assistência Técnica")


def row_of(page: Page, name: str) -> Locator:
    """The company's row in the result."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def test_ana_copies_aurora_to_boreal_and_undoes_it(enter: Enter, portal: Portal):
    page = enter("ana", "/c/boreal/")
    menu(page, "Cópia dos Parâmetros Adicionais").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Cópia dos Parâmetros Adicionais de Outra Empresa"
    )
    compare(page, "Aurora Assistência Técnica", "Boreal Serviços")
    kind = page.get_by_role("row").filter(has=tick(page, KIND))
    expect(kind.get_by_role("cell").first).to_have_text("Assistência Técnica")
    expect(kind.get_by_role("cell").last).to_contain_text("Outros Serviços")
    expect(tick(page, KIND)).to_be_checked()
    expect(tick(page, OWN_PRODUCTS)).to_be_checked()
    expect(tick(page, SWITCH)).to_have_count(0)
    page.get_by_label("Todos", exact=True).check()
    expect(page.get_by_role("rowheader", name=SWITCH)).to_be_visible()

    # A dependency is told at once, at its parameter.
    tick(page, KIND).uncheck()
    expect(tick(page, OWN_PRODUCTS)).to_have_accessible_description(re.compile(r"\(R2\)\.$"))
    expect(tick(page, KIND)).to_be_focused()
    tick(page, KIND).check()
    expect(tick(page, OWN_PRODUCTS)).to_have_accessible_description("")
    confirm(page)
    assert stored(portal, "host.service_kind") == "technical_assistance"
    assert stored(portal, "service_desk.customer_products") is True
    expect(page.get_by_role("row").nth(1)).to_contain_text("Copiado")

    result = page.url
    menu(page, "Auditoria").click()
    entry = page.get_by_role("main").get_by_role("listitem").filter(has_text="Cópia").first
    expect(entry).to_contain_text("Ana")
    expect(entry).to_contain_text("Aurora Assistência Técnica")
    expect(entry).to_contain_text(KIND)

    page.goto(result)
    page.get_by_role("button", name="Desfazer", exact=True).click()
    answer(page, re.compile("^Deseja desfazer esta cópia"), "Sim")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Desfeito")
    assert stored(portal, "host.service_kind") == "other_services"
    assert stored(portal, "service_desk.customer_products") is False
    menu(page, "Parâmetros Adicionais").click()
    expect(page.get_by_text("Desfazimento").first).to_be_visible()


def test_what_a_copy_hides_is_told_before(enter: Enter, portal: Portal):
    page = enter("ana", "/c/aurora/parameters")
    page.get_by_role("checkbox", name=SWITCH, exact=True).uncheck()
    page.get_by_role("button", name="Salvar", exact=True).click()
    expect(notice(page)).to_have_text("Os parâmetros foram salvos.")
    try:
        page.goto("/c/boreal/parameters/copy")
        tickets, still_open = portal.sql(
            "SELECT count(*), count(*) FILTER (WHERE closed_at IS NULL) FROM service_desk_ticket"
            " WHERE company_id = (SELECT id FROM company WHERE code = 'boreal')"
        )[0]
        told = page.get_by_text(f"desligar “{SWITCH}” esconde {tickets} atendimentos, {still_open} em aberto")
        expect(told).to_be_visible()
        tick(page, SWITCH).uncheck()
        expect(told).to_have_count(0)
    finally:
        page.goto("/c/aurora/parameters")
        page.get_by_role("button", name="Desfazer", exact=True).first.click()
        answer(page, "Deseja desfazer esta alteração?", "Sim")
        expect(notice(page)).to_have_text("A alteração foi desfeita.")
    assert stored(portal, "service_desk.enabled", "aurora") is True


def test_a_change_after_the_comparison_is_shown_and_the_ticks_are_kept(enter: Enter, portal: Portal):
    page = enter("ana", "/c/boreal/parameters/copy")
    # One after the other: a comparison that the next one overtakes is broken off, and the console says so.
    tick(page, KIND).uncheck()
    expect(tick(page, OWN_PRODUCTS)).to_have_accessible_description(re.compile(r"\(R2\)\.$"))
    tick(page, OWN_PRODUCTS).uncheck()
    expect(tick(page, OWN_PRODUCTS)).to_have_accessible_description("")
    other = enter("ana", "/c/boreal/parameters")
    other.get_by_role("checkbox", name="Bloqueia acesso às OSs por técnico").check()
    other.get_by_role("button", name="Salvar", exact=True).click()
    expect(notice(other)).to_have_text("Os parâmetros foram salvos.")
    page.get_by_role("button", name="Confirmar cópia").click()
    expect(page.get_by_text("Os parâmetros foram alterados depois da comparação.")).to_be_visible()
    expect(tick(page, "Bloqueia acesso às OSs por técnico")).not_to_be_checked()
    expect(tick(page, KIND)).not_to_be_checked()
    expect(tick(page, "Gera OS automaticamente após a inclusão do atendimento")).to_be_checked()
    confirm(page)
    assert stored(portal, "host.work_orders_by_technician") is True
    assert stored(portal, "service_desk.auto_work_order") is True


def test_without_the_script(enter: Enter, portal: Portal):
    page = enter("ana", java_script_enabled=False)
    page.goto("/c/boreal/parameters/copy")
    page.get_by_label("Todos", exact=True).check()
    tick(page, KIND).uncheck()
    page.get_by_role("button", name="Atualizar").click()
    expect(page.get_by_role("rowheader", name=SWITCH)).to_be_visible()
    expect(tick(page, OWN_PRODUCTS)).to_have_accessible_description(re.compile(r"\(R2\)\.$"))
    page.get_by_role("button", name="Confirmar cópia").click()
    expect(page.get_by_role("group", name="Não foi copiado.")).to_be_visible()
    tick(page, KIND).check()
    confirm(page)
    assert stored(portal, "service_desk.customer_products") is True
    page.get_by_role("button", name="Desfazer", exact=True).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Desfeito")
    assert stored(portal, "service_desk.customer_products") is False


@pytest.fixture
def many_companies(portal: Portal) -> Iterator[None]:
    """Enough companies of ana's that a copy to all of them is a worker's."""
    portal.sql(
        "INSERT INTO company (code, name) SELECT 'filial-' || n, 'Filial ' || lpad(n::text, 2, '0')"
        " FROM generate_series(1, :many) n",
        many=MANY,
    )
    portal.sql(
        "INSERT INTO membership (company_id, user_id, role, accepted_at)"
        " SELECT c.id, u.id, 'admin', now() FROM company c, user_account u"
        " WHERE c.code LIKE 'filial-%' AND u.login = 'ana'"
    )
    yield
    theirs = "company_id IN (SELECT id FROM company WHERE code LIKE 'filial-%')"
    portal.sql("DELETE FROM parameter_copy_target WHERE target_" + theirs)
    for table in ("audit_entry", "parameter_batch", "company_parameter", "membership"):
        portal.sql(f"DELETE FROM {table} WHERE {theirs}")
    portal.sql("DELETE FROM company WHERE code LIKE 'filial-%'")


def test_a_copy_to_many_survives_its_worker(enter: Enter, portal: Portal, many_companies: None):
    page = enter("ana", "/c/aurora/parameters/copy")
    names = [f"Filial {n:02}" for n in range(1, MANY + 1)]
    compare(page, "Aurora Assistência Técnica", *names)
    with portal.nobody_makes_work_orders():
        confirm(page)
        expect(page.get_by_role("progressbar")).to_have_attribute("value", "0")
        expect(page.get_by_text(f"0 de {MANY} empresas concluídas")).to_be_visible()
        portal.worker.kill()
    portal.worker.spawn()
    # The message died with the worker, or not: the sweep comes back to it.
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=60_000)
    for name in names:
        expect(row_of(page, name)).to_contain_text("Copiado")
    batches = "SELECT count(*), count(DISTINCT company_id) FROM parameter_batch WHERE copy_key = (%s)"
    last = "SELECT key FROM parameter_copy ORDER BY id DESC LIMIT 1"
    assert tuple(portal.sql(batches % last)[0]) == (MANY, MANY)

    page.get_by_role("button", name="Desfazer", exact=True).click()
    answer(page, re.compile("^Deseja desfazer esta cópia"), "Sim")
    expect(page.get_by_text("Desfeito", exact=True)).to_have_count(MANY, timeout=60_000)
    assert stored(portal, "service_desk.enabled", "filial-7") is False
