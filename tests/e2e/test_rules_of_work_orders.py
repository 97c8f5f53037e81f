"""The rules about work orders and registers that no other walk shows: R21, R22, R22a, R22b.

Which walk shows which rule is written down in docs/manual-coverage.md.
"""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.screens import (
    ASKS,
    ASKS_OPEN,
    NEW_TICKET,
    PROBLEM,
    TODAY,
    answer,
    fill_ticket,
    lookup,
    menu,
    notice,
    pick,
    save,
)
from tests.e2e.test_rules_of_companies import TICKET, WORK_ORDER, parameters, saved, switch

__all__ = ["parameters"]

YESTERDAY = TODAY - timedelta(days=1)


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
            field = page.get_by_role("main").get_by_label(label, exact=True)
            expect(field.filter(visible=True).first).to_be_visible()


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
