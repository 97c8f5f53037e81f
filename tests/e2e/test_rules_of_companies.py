"""The rules about companies, parameters, registers and work orders that no other walk shows.

R1 to R4, R21 to R23, and the paths of the menu. Which walk shows which rule: docs/manual-coverage.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import (
    ASKS,
    ASKS_OPEN,
    NEW_TICKET,
    PROBLEM,
    answer,
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
YESTERDAY = date.today() - timedelta(days=1)  # noqa: DTZ011  the browser's day is the machine's
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


# ── Work orders ──────────────────────────────────────────────────────────────────────────────────────


def work_order_of(page: Page, problem: str, **ticket: str) -> str:
    """Include a ticket and say «Sim»; return the ticket's address."""
    page.goto(NEW_TICKET)
    fill_ticket(page, problem, product=ticket.get("product"))
    if "technician" in ticket:
        pick(page, "Técnico/Operador", ticket["technician"])
    save(page)
    expect(page).to_have_url(TICKET)
    address = page.url
    answer(page, ASKS, "Sim")
    expect(page).to_have_url(WORK_ORDER)
    return address


def works(page: Page) -> Locator:
    """The ticket's work orders, the newest first."""
    return page.get_by_role("region", name="Ordens de Serviço").get_by_role("listitem")


def test_a_ticket_shows_all_its_work_orders_and_each_leads_back(enter: Enter):
    """R21, R22: what was copied doesn't change with the ticket."""
    page = enter("bruno")
    ticket = work_order_of(page, "Duas ordens.")
    sofia = enter("sofia", page.url)
    sofia.get_by_role("button", name="Cancelar OS").click()
    answer(sofia, re.compile(r"^Cancelar a OS \d+\?"), "Sim")
    expect(sofia.get_by_text("Cancelada").first).to_be_visible()
    page.goto(ticket)
    page.get_by_label(PROBLEM).fill("Duas ordens, corrigido.")
    save(page)
    expect(notice(page)).to_contain_text("salvo")
    page.get_by_role("button", name="Gerar outra OS").click()
    expect(page).to_have_url(WORK_ORDER)
    expect(page.get_by_label("Problema", exact=True)).to_have_value("Duas ordens, corrigido.")

    page.get_by_role("link", name=re.compile(r"^Atendimento nº \d+$")).click()
    expect(page).to_have_url(ticket)
    expect(works(page)).to_contain_text(["Aberta", "Cancelada"])
    expect(page.get_by_role("button", name=re.compile("^Gerar"))).to_have_count(0)
    works(page).last.get_by_role("link").click()
    expect(page.get_by_label("Problema", exact=True)).to_have_value("Duas ordens.")


def test_a_technician_sees_only_their_own_work_orders(enter: Enter, parameters: None):
    """R22a."""
    sofia, bruno, ana = enter("sofia"), enter("bruno"), enter("ana")
    ticket = work_order_of(sofia, "Da Célia.", technician="02")
    others = sofia.url
    switch(ana, "aurora", blocked=True)
    saved(ana)

    assert bruno.goto(others).status == 404
    bruno.goto(ticket)
    name = works(bruno).first.inner_text().partition("\n")[0].strip()
    expect(works(bruno).first).to_contain_text("Aberta")
    expect(works(bruno).get_by_role("link")).to_have_count(0)
    bruno.goto("/c/aurora/work-orders?q=Da Célia.")
    expect(bruno.get_by_text("Nada encontrado.")).to_be_visible()
    bruno.goto(NEW_TICKET)
    pick(bruno, "Cliente", "0001")
    bruno.get_by_label(PROBLEM).click()
    answer(bruno, ASKS_OPEN, "Sim")
    listed = bruno.get_by_role("dialog", name="Documentos em aberto").get_by_role("listitem")
    row = listed.filter(has=bruno.get_by_text(name, exact=True))
    expect(row).to_contain_text("Aberta")
    expect(row.get_by_role("link")).to_have_count(0)

    sofia.reload()
    expect(sofia.get_by_role("button", name="Salvar")).to_be_visible()
    work_order_of(bruno, "Pedida para a Célia.", technician="02")
    expect(bruno.get_by_label("Problema", exact=True)).to_have_value("Pedida para a Célia.")
    expect(bruno.get_by_role("button", name="Salvar")).to_have_count(0)


# ── Registers ────────────────────────────────────────────────────────────────────────────────────────


def test_every_register_has_the_fields_of_the_manual(enter: Enter):
    """R22b."""
    page = enter("sofia", "/c/aurora/")
    code_and_name, described = ["Código", "Nome", "Ativo"], ["Código", "Descrição", "Ativo"]
    party = [*code_and_name, "CPF/CNPJ", "E-mail", "Telefone", "Endereço"]
    for register, labels in {
        "Clientes": party,
        "Interessados": party,
        "Produtos": [*described, "Unidade"],
        "Produtos dos Clientes": [
            *described,
            "Cliente",
            "Produto",
            "Número de Série",
            "Data da Compra",
            "Garantia até",
            "Localização",
        ],
        "Técnicos/Operadores": [
            *code_and_name,
            "Controlador",
            "Turno",
            "Departamento",
            "Data de Admissão",
            "Data de Demissão",
            "Custo por Hora",
            "Valor por Hora",
            "Usuário",
        ],
        "Departamentos": [*code_and_name, "E-mail", "Supervisor"],
        "Meios de Comunicação": described,
        "Conclusões de Encaminhamentos": described,
        "Categorias de Problemas": [*described, "Categoria Superior"],
        "Problemas e Soluções": [*described, "Categoria", "Produtos", "Palavras-chave", "Solução"],
    }.items():
        menu(page, register).click()
        page.get_by_role("link", name=re.compile("^Nov[oa] ")).first.click()
        for label in labels:
            expect(page.get_by_role("main").get_by_label(label, exact=True).first).to_be_visible()


def test_the_warranty_is_shown_in_the_ticket_and_its_work_order(enter: Enter):
    """R22b: and a serial number stands for one product."""
    sofia = enter("sofia")
    for code in ("GAR-1", "GAR-2"):
        sofia.goto("/c/aurora/customer-products/new")
        sofia.get_by_label("Código").fill(code)
        sofia.get_by_label("Descrição").fill("Forno com garantia")
        pick(sofia, "Cliente", "0001")
        pick(sofia, "Produto", "CZ-01")
        sofia.get_by_label("Número de Série").fill("SÉRIE-2026")
        sofia.get_by_label("Garantia até").fill("2099-12-31")
        save(sofia)
    serial = sofia.get_by_label("Número de Série")
    expect(serial).to_have_accessible_description(re.compile(r"já tem este número de série \(R22b\)"))
    expect(serial).to_have_value("SÉRIE-2026")

    page = enter("bruno")
    work_order_of(page, "Na garantia.", product="GAR-1")
    expect(page.get_by_text("Em garantia até 31/12/2099")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Atendimento nº")).click()
    expect(page.get_by_text("Em garantia até 31/12/2099")).to_be_visible()

    sofia.goto("/c/aurora/customer-products?q=GAR-1")
    sofia.get_by_role("table").locator("tbody").get_by_role("link").click()
    sofia.get_by_label("Garantia até").fill(str(YESTERDAY))
    sofia.get_by_label("Ativo").uncheck()
    save(sofia)
    saved(sofia, "Salvo.")
    page.reload()
    expect(page.get_by_text("Fora de garantia")).to_be_visible()


def test_a_technician_who_is_no_controller_or_was_dismissed_is_not_offered(enter: Enter):
    """R22b, R25."""
    page = enter("sofia", "/c/aurora/technicians/new")
    page.get_by_label("Código").fill("99")
    page.get_by_label("Nome").fill("Técnico de passagem")
    page.get_by_label("Data de Admissão").fill(str(YESTERDAY))
    page.get_by_label("Data de Demissão").fill("2020-01-01")
    save(page)
    dismissed = page.get_by_label("Data de Demissão")
    expect(dismissed).to_have_accessible_description(re.compile(r"anterior à admissão \(R22b\)"))
    expect(page.get_by_label("Nome")).to_have_value("Técnico de passagem")
    dismissed.fill(str(YESTERDAY))
    save(page)
    saved(page, "Salvo.")

    order = enter("sofia", "/c/aurora/work-orders/new")
    nothing = order.get_by_text("Nada encontrado.")
    for label, name in (("Técnico/Operador", "de passagem"), ("Controlador", "Bruno")):
        lookup(order, label).fill(name)
        expect(nothing).to_be_visible()
        lookup(order, label).fill("")
        expect(nothing).to_be_hidden()
    pick(order, "Controlador", "Elisa")

    page.get_by_role("button", name="Excluir").click()  # never used
    answer(page, re.compile("^Excluir"), "Sim")
    expect(notice(page)).to_contain_text("foi excluído")


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
