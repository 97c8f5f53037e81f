"""The registers (R22b): include, search, deactivate, delete; a prospect becomes a customer."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Enter
from tests.e2e.screens import answer, menu, notice, save


def rows(page: Page):
    """The links of a list, one for each row."""
    return page.get_by_role("table").locator("tbody").get_by_role("link")


def test_a_customer_is_included_found_without_accents_made_inactive_and_deleted(enter: Enter):
    page = enter("bruno", "/")
    menu(page, "Clientes").click()
    page.get_by_role("link", name="Novo cliente").click()
    page.get_by_label("Nome").fill("Güémez & Ñandú Serviços")
    page.get_by_label("CPF/CNPJ").fill("999.000.901-00")
    save(page)
    expect(page.get_by_text("Este não é um CPF ou CNPJ válido").first).to_be_visible()
    expect(page.get_by_label("Nome")).to_have_value("Güémez & Ñandú Serviços")
    page.get_by_label("CPF/CNPJ").fill("99900090152")
    save(page)
    expect(notice(page)).to_have_text("Salvo.")
    expect(page.get_by_label("CPF/CNPJ")).to_have_value("999.000.901-52")

    menu(page, "Clientes").click()
    page.get_by_label("Pesquisar").fill("GUEMEZ nandu")  # the list follows the typing
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=GUEMEZ"))
    rows(page).click()
    page.get_by_label("Ativo").uncheck()
    save(page)
    expect(page.get_by_text("Inativo", exact=True).first).to_be_visible()
    page.goto("/c/aurora/customers?q=guemez")
    expect(page.get_by_text("Nada encontrado.")).to_be_visible()
    page.goto("/c/aurora/customers")
    page.get_by_label("Situação").select_option("Todos")
    page.get_by_label("Pesquisar").fill("guemez")
    expect(rows(page)).to_have_count(1)
    rows(page).click()

    page.get_by_role("button", name="Excluir").click()
    answer(page, re.compile("^Excluir “Güémez"), "Sim")
    expect(notice(page)).to_contain_text("foi excluído")


def test_a_row_in_use_is_not_deleted(enter: Enter):
    page = enter("sofia", "/c/aurora/products?q=AC-01")
    rows(page).first.click()
    page.get_by_role("button", name="Excluir").click()
    answer(page, re.compile("^Excluir"), "Não")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Excluir").click()
    answer(page, re.compile("^Excluir"), "Sim")
    expect(notice(page)).to_contain_text("pode ser inativado, não excluído (R22b)")
    expect(page.get_by_label("Código")).to_have_value("AC-01")


def test_a_press_before_the_script_is_there_is_asked_about_too(enter: Enter):
    page = enter("sofia", "/c/aurora/products?q=PC-01")
    page.context.route("**/dialogs.js", late := Late())
    try:
        page.goto(str(rows(page).first.get_attribute("href")), wait_until="commit")
        page.get_by_role("button", name="Excluir").click()
        late.arrive()
        answer(page, re.compile("^Excluir"), "Não")
    finally:
        page.context.unroute("**/dialogs.js")
    expect(page.get_by_label("Código")).to_have_value("PC-01")


class Late:
    """Holds a file back until it may arrive."""

    def __call__(self, route: Route) -> None:
        self.route = route

    def arrive(self) -> None:
        self.route.continue_()


def test_a_code_that_is_taken_is_refused_at_its_field(enter: Enter):
    page = enter("sofia", "/c/aurora/service-desk/channels/new")
    page.get_by_label("Código").fill("TEL")
    page.get_by_label("Descrição").fill("Telegrama")
    save(page)
    expect(page.get_by_label("Código")).to_have_accessible_description(re.compile("já é usado"))
    expect(page.get_by_label("Descrição")).to_have_value("Telegrama")


def test_a_prospect_becomes_a_customer_and_takes_its_tickets_along(enter: Enter):
    page = enter("bruno", "/c/aurora/service-desk/tickets?status=all&q=Empório Grão")
    before = rows(page).count()
    page.goto("/c/aurora/prospects?q=emporio")
    rows(page).first.click()
    page.get_by_role("button", name="Converter em cliente").click()
    answer(page, re.compile("^Converter “Empório Grão Moído” em cliente"), "Sim")
    expect(notice(page).first).to_contain_text("agora é cliente")
    expect(page).to_have_url(re.compile(r"/c/aurora/customers/\d+$"))

    page.goto("/c/aurora/service-desk/tickets?status=all&q=Empório Grão")
    expect(rows(page)).to_have_count(before)
    if before:
        rows(page).first.click()
        expect(page.get_by_role("combobox", name="Cliente", exact=True)).to_have_value(re.compile("Empório"))


def test_a_list_is_sorted_and_paged_in_the_url(enter: Enter):
    page = enter("bruno", "/c/aurora/customer-products")
    first = rows(page).first.text_content()
    page.get_by_role("link", name="Próxima").click()
    expect(rows(page)).to_have_count(10)
    page.get_by_role("link", name="Anterior").click()
    expect(rows(page).first).to_have_text(first)
    page.get_by_role("link", name="Código").click()
    expect(page.get_by_role("columnheader", name="Código")).to_have_attribute("aria-sort", "ascending")
    expect(rows(page).first).to_have_text("0001")
    page.reload()
    expect(rows(page).first).to_have_text("0001")
