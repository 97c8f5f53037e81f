"""The rules about companies and their parameters that no other walk shows: R1 to R4, R22c, R23, the menu.

Which walk shows which rule is written down in docs/manual-coverage.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import (
    ASKS,
    NEW_TICKET,
    PROBLEM,
    choose,
    fill_ticket,
    leave_identification,
    lookup,
    menu,
    notice,
    pick,
    save,
)

WORK_ORDER = re.compile(r"/c/aurora/work-orders/\d+$")
TICKET = re.compile(r"/c/(aurora|boreal)/service-desk/tickets/\d+")
NEW_IN_BOREAL = "/c/boreal/service-desk/tickets/new"
SWITCH = "Controla atendimentos aos clientes"
OWN_PRODUCTS = "Controla os produtos pertencentes aos clientes"
AUTOMATIC = "Gera OS automaticamente após a inclusão do atendimento"
WITHOUT_ASKING = "Gera a OS sem perguntar"
BLOCKED = "Bloqueia acesso às OSs por técnico"


@pytest.fixture
def parameters(portal: Portal) -> Iterator[None]:
    """Every company's parameters are afterwards what they were."""
    before = portal.sql("SELECT company_id, module, name, value FROM company_parameter")
    yield
    portal.sql("DELETE FROM company_parameter")
    for company_id, module, name, value in before:
        portal.sql(
            "INSERT INTO company_parameter (company_id, module, name, value)"
            " VALUES (:company_id, :module, :name, CAST(:value AS jsonb))",
            company_id=company_id,
            module=module,
            name=name,
            value=json.dumps(value),
        )


def switch(ana: Page, company: str, **switches: bool) -> None:
    """Save parameters of yes or no, named by the keys of SWITCHES."""
    ana.goto(f"/c/{company}/parameters")
    for key, on in switches.items():
        ana.get_by_role("checkbox", name=SWITCHES[key], exact=True).set_checked(on)
    save(ana)


SWITCHES = {
    "desk": SWITCH,
    "own_products": OWN_PRODUCTS,
    "automatic": AUTOMATIC,
    "without_asking": WITHOUT_ASKING,
    "blocked": BLOCKED,
}


def saved(page: Page, text: str = "Os parâmetros foram salvos.") -> None:
    expect(notice(page)).to_have_text(text)


def include_in_boreal(page: Page, problem: str) -> str:
    """A ticket of carla's with the first product of the catalogue, which is returned."""
    page.goto(NEW_IN_BOREAL)
    choose(page, "Origem do Contato", "Cliente")
    pick(page, "Cliente", "0001")
    for label in ("Produto", "Técnico/Operador"):
        lookup(page, label).press("ArrowDown")
        page.get_by_role("option").first.click()
    pick(page, "Meio de Comunicação", "TEL")
    leave_identification(page)
    page.get_by_label(PROBLEM).fill(problem)
    save(page)
    expect(page).to_have_url(TICKET)
    return lookup(page, "Produto").input_value()


# ── The menu, and what switches it ───────────────────────────────────────────────────────────────────


def test_the_menu_has_the_paths_of_the_manual(enter: Enter):
    page = enter("ana", "/c/aurora/")
    for section, group, labels in (
        ("Movimentação", None, ["Atendimentos", "Ordens de Serviço"]),
        (
            "Manutenção",
            "Cadastros",
            [
                "Clientes",
                "Interessados",
                "Produtos",
                "Produtos dos Clientes",
                "Técnicos/Operadores",
                "Departamentos",
            ],
        ),
        (
            "Manutenção",
            "Tabelas › Atendimentos",
            [
                "Meios de Comunicação",
                "Conclusões de Encaminhamentos",
                "Categorias de Problemas",
                "Problemas e Soluções",
            ],
        ),
        ("Relatórios", None, ["Atendimentos e Encaminhamentos"]),
        (
            "Empresa",
            None,
            [
                "Parâmetros Adicionais",
                "Cópia dos Parâmetros Adicionais",
                "Usuários",
                "Fila de Geração de OS",
                "Auditoria",
            ],
        ),
    ):
        name = f"{section} {group}" if group else section
        entries = page.get_by_role("navigation", name="Menu").get_by_role("list", name=name, exact=True)
        expect(entries.get_by_role("link")).to_have_text(labels)


def test_switching_a_company_off_touches_no_other_and_loses_nothing(enter: Enter, parameters: None):
    """R1."""
    carla, bruno = enter("carla"), enter("bruno", "/c/aurora/service-desk/tickets")
    include_in_boreal(carla, "Antes de desligar.")
    ana = enter("ana")
    switch(ana, "boreal", desk=False)
    saved(ana)
    assert carla.reload().status == 404
    expect(menu(carla, "Clientes")).to_be_visible()
    expect(menu(carla, "Problemas e Soluções")).to_have_count(0)
    assert bruno.reload().status == 200
    bruno.goto(NEW_TICKET)
    fill_ticket(bruno, "Em Aurora nada mudou.")
    save(bruno)
    expect(bruno.get_by_role("dialog", name=ASKS)).to_be_visible()
    ana.goto("/c/aurora/")
    expect(menu(ana, "Atendimentos")).to_be_visible()

    switch(ana, "boreal", desk=True)
    saved(ana)
    assert carla.reload().status == 200
    expect(carla.get_by_label(PROBLEM)).to_have_value("Antes de desligar.")


def test_a_stored_product_stays_when_customers_products_become_controlled(enter: Enter, parameters: None):
    """R2, R4; a prospect's ticket goes on asking for a product of the catalogue."""
    carla, ana = enter("carla"), enter("ana", "/c/boreal/parameters")
    product = include_in_boreal(carla, "Com produto do catálogo.")
    choose(ana, "Tipo de Serviço", "Assistência Técnica")
    ana.get_by_role("checkbox", name=OWN_PRODUCTS, exact=True).check()
    save(ana)
    saved(ana)

    carla.reload()
    expect(lookup(carla, "Produto")).to_have_value(product)
    carla.get_by_label(PROBLEM).fill("Com produto do catálogo, ainda.")
    save(carla)
    expect(notice(carla)).to_contain_text("salvo")
    expect(lookup(carla, "Produto")).to_have_value(product)
    carla.goto(NEW_IN_BOREAL)
    expect(lookup(carla, "Produto do Cliente")).to_be_visible()
    expect(lookup(carla, "Produto")).to_have_count(0)
    choose(carla, "Atendimento para", "Interessado")
    expect(lookup(carla, "Produto")).to_be_visible()
    expect(lookup(carla, "Produto do Cliente")).to_have_count(0)


def test_without_asking_the_work_order_opens_at_once(enter: Enter, parameters: None):
    """R3, R20, R25: the second switch needs the first."""
    ana, bruno = enter("ana"), enter("bruno")
    switch(ana, "aurora", automatic=False, without_asking=True)
    expect(ana.get_by_text(f"“{WITHOUT_ASKING}” exige que “{AUTOMATIC}” seja").first).to_be_visible()
    switch(ana, "aurora", without_asking=True)
    saved(ana)
    bruno.goto(NEW_TICKET)
    fill_ticket(bruno, "Sem pergunta.")
    save(bruno)
    expect(bruno).to_have_url(WORK_ORDER)
    expect(bruno.get_by_label("Problema", exact=True)).to_have_value("Sem pergunta.")

    switch(ana, "aurora", automatic=False, without_asking=False)
    saved(ana)
    bruno.goto(NEW_TICKET)
    fill_ticket(bruno, "Nem pergunta nem OS.")
    save(bruno)
    expect(notice(bruno)).to_contain_text("incluído")
    expect(bruno.get_by_role("dialog")).to_have_count(0)
    expect(bruno.get_by_role("button", name="Gerar OS", exact=True)).to_be_visible()


# ── Companies ────────────────────────────────────────────────────────────────────────────────────────


def test_an_inactive_company_is_read_by_its_admins_and_nothing_is_written(enter: Enter, portal: Portal):
    """R22c, R25."""
    carla, ana = enter("carla"), enter("ana")
    include_in_boreal(carla, "Antes do fim.")
    ana.goto(carla.url)
    ana.get_by_label(PROBLEM).fill("Depois do fim.")
    portal.sql("UPDATE company SET is_active = false WHERE code = 'boreal'")
    try:
        save(ana)
        expect(ana.get_by_text("pode ser consultada, nada pode ser gravado (R22c)")).to_be_visible()
        ana.goto(carla.url)
        expect(ana.get_by_label(PROBLEM)).to_have_value("Antes do fim.")
        ana.goto("/c/boreal/")
        expect(ana.get_by_text("Empresa inativa")).to_be_visible()
        assert carla.reload().status == 404
    finally:
        portal.sql("UPDATE company SET is_active = true WHERE code = 'boreal'")
    assert carla.reload().status == 200


def test_a_row_of_another_company_is_like_no_row(enter: Enter, portal: Portal):
    """R23: by address, by search, by lookup, by a field of the form."""
    page = enter("bruno")
    foreign = {
        table: portal.scalar(
            f"SELECT max(r.id) FROM {table} r JOIN company c ON c.id = r.company_id WHERE c.code = 'boreal'"
        )
        for table in ("service_desk_ticket", "work_order", "customer", "service_desk_channel")
    }
    for path, table in (
        ("service-desk/tickets", "service_desk_ticket"),
        ("work-orders", "work_order"),
        ("customers", "customer"),
        ("service-desk/channels", "service_desk_channel"),
    ):
        for address in (f"/c/aurora/{path}/{foreign[table]}", f"/c/boreal/{path}/{foreign[table]}"):
            assert page.goto(address).status == 404, address
    page.goto("/c/aurora/customers?status=all&q=Edifício Comercial Aurélio")
    expect(page.get_by_text("Nada encontrado.")).to_be_visible()

    page.goto(NEW_TICKET)
    lookup(page, "Cliente").fill("Edifício Comercial")
    expect(page.get_by_text("Nada encontrado.")).to_be_visible()
    fill_ticket(page, "De outra empresa.")
    page.locator("#customer_id").evaluate("(input, id) => { input.value = id }", foreign["customer"])
    save(page)
    expect(lookup(page, "Cliente")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Aurélio")).to_have_count(0)
    assert portal.scalar("SELECT count(*) FROM service_desk_ticket WHERE problem = 'De outra empresa.'") == 0
