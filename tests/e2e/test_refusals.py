"""What the ticket's form refuses, in words and at its field, with the typed text kept (R7 to R12, R25)."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import (
    ASKS,
    NEW_TICKET,
    PROBLEM,
    answer,
    choose,
    fill_ticket,
    leave_identification,
    lookup,
    pick,
    save,
)

PRODUCT_OF_PADARIA = "0001"
PRODUCT_OF_MERCADO = "0002"


def refused(page: Page, label: str, message: str | re.Pattern[str]) -> None:
    """The page refuses the field in words; the summary leads to it."""
    summary = page.get_by_role("group", name=re.compile(r"^Não foi salvo"))
    link = page.get_by_role("link", name=label, exact=True)
    expect(summary.get_by_role("listitem").filter(has=link)).to_contain_text(message)
    summary.locator(link).click()
    expect(page.locator(":focus")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(":focus")).to_have_accessible_description(message)


def test_empty_required_fields_are_all_named_at_once(enter: Enter):
    page = enter("sofia", NEW_TICKET)
    page.get_by_label("Data de Abertura").fill("")
    save(page)
    for label, rule in (
        ("Data de Abertura", "R6"),
        ("Cliente", "R9"),
        ("Técnico/Operador", "R10"),
        ("Meio de Comunicação", "R10"),
        (PROBLEM, "R12"),
    ):
        refused(page, label, re.compile(rf"\({rule}\)"))
    expect(page.get_by_role("group", name="Origem do Contato")).to_have_accessible_description(
        re.compile(r"\(R7\)")
    )


def test_an_opening_in_the_future_is_refused_and_the_text_stays(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Do futuro.")
    page.get_by_label("Data de Abertura").fill("2199-12-31")
    save(page)
    refused(page, "Hora de Abertura", re.compile(r"futuro \(R6\)"))
    expect(page.get_by_label(PROBLEM)).to_have_value("Do futuro.")
    expect(lookup(page, "Cliente")).to_have_value("0001 · Padaria Ávila")


def test_a_specific_product_must_be_named(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Qual produto?")
    page.get_by_label("Produto Específico").check()
    save(page)
    refused(page, "Produto do Cliente", re.compile(r"\(R8\)"))

    pick(page, "Produto do Cliente", PRODUCT_OF_PADARIA)
    page.get_by_label("Produto Específico").uncheck()
    expect(lookup(page, "Produto do Cliente")).to_have_value(re.compile(r"^0001 · "))
    save(page)
    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()


def test_only_the_customers_own_products_are_offered_and_another_customer_clears_them(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    pick(page, "Cliente", "0001")
    products = lookup(page, "Produto do Cliente")
    products.fill(PRODUCT_OF_MERCADO)
    expect(page.get_by_text("Nada encontrado.")).to_be_visible()
    pick(page, "Produto do Cliente", PRODUCT_OF_PADARIA)
    pick(page, "Cliente", "0002")
    expect(products).to_have_value("")


def test_a_product_of_another_customer_typed_past_the_list_is_refused(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "De outro.")
    lookup(page, "Produto do Cliente").fill(PRODUCT_OF_MERCADO)
    lookup(page, "Meio de Comunicação").focus()
    save(page)
    refused(page, "Produto do Cliente", re.compile(r"\(R9\)"))
    expect(lookup(page, "Produto do Cliente")).to_have_value(re.compile(PRODUCT_OF_MERCADO))


def test_an_inactive_technician_is_neither_offered_nor_taken(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Para quem saiu.")
    lookup(page, "Técnico/Operador").fill("gilda")
    expect(page.get_by_text("Nada encontrado.")).to_be_visible()
    lookup(page, "Técnico/Operador").fill("06")
    save(page)
    refused(page, "Técnico/Operador", "Escolha um cadastro ativo da lista.")


def test_a_prospects_ticket_asks_for_a_catalogue_product(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    choose(page, "Atendimento para", "Interessado")
    expect(lookup(page, "Cliente")).to_have_count(0)
    expect(lookup(page, "Produto do Cliente")).to_have_count(0)
    pick(page, "Interessado", "0001")
    pick(page, "Produto", "AC-01")
    choose(page, "Origem do Contato", "Cliente")
    pick(page, "Meio de Comunicação", "TEL")
    leave_identification(page)
    page.get_by_label(PROBLEM).fill("Quer um orçamento.")
    save(page)
    answer(page, ASKS, "Não")
    expect(lookup(page, "Interessado")).to_have_value("0001 · Churrascaria Brasa Mansa")
    expect(lookup(page, "Produto")).to_have_value(re.compile("^AC-01 · "))


def test_a_double_click_saves_one_ticket(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Clique duplo.")
    page.get_by_role("button", name="Salvar", exact=True).dblclick()
    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()
    assert portal.scalar("SELECT count(*) FROM service_desk_ticket WHERE problem = 'Clique duplo.'") == 1


def test_any_text_comes_back_as_it_was_typed(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    text = "<script>alert(1)</script> {{ 7 * 7 }} %s 'OR 1=1\n\n  👩🏽‍🔧 مرحبا שלום \u202eabc\tfim"
    fill_ticket(page, text)
    save(page)
    answer(page, ASKS, "Não")
    expect(page.get_by_label(PROBLEM)).to_have_value(text)


def test_a_viewer_reads_and_has_nothing_to_save(enter: Enter):
    page = enter("vera", "/c/aurora/service-desk/tickets")
    expect(page.get_by_role("link", name="Novo atendimento")).to_have_count(0)
    for path in ("/c/aurora/service-desk/tickets", "/c/aurora/work-orders", "/c/aurora/customers"):
        page.goto(path)
        page.get_by_role("table").get_by_role("link").and_(page.locator("td a")).first.click()
        expect(page.get_by_role("button", name="Salvar")).to_have_count(0)
        expect(page.get_by_role("button", name="Excluir")).to_have_count(0)
        expect(page.get_by_role("link", name="Voltar")).to_be_visible()
    assert page.goto(NEW_TICKET).status == 403
