"""«Categorias de Problemas» and «Problemas e Soluções» (R22b), with and without a mouse or JavaScript."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.screens import answer, lookup, menu, notice, pick, save
from tests.e2e.test_accessibility import AXE, EVERYTHING, NARROW, RUN, wear

CATEGORIES = "/c/aurora/service-desk/problem-categories"
PROBLEMS = "/c/aurora/service-desk/known-problems"


def chips(page: Page) -> Locator:
    """The products that are chosen."""
    return page.get_by_role("list", name="Produtos").get_by_role("listitem")


def remover(page: Page, label: str) -> Locator:
    """The button that takes a chosen product out again."""
    return page.get_by_role("button", name=re.compile(f"^Remover {label}"))


def test_a_category_is_included_below_another_and_never_below_itself(enter: Enter):
    page = enter("sofia", "/c/aurora/")
    menu(page, "Categorias de Problemas").click()
    expect(page.get_by_role("cell", name="Automação comercial › Impressão")).to_be_visible()
    page.get_by_role("link", name="Nova categoria de problema").click()
    page.get_by_label("Código").fill("TONER")
    page.get_by_label("Descrição").fill("Toner")
    pick(page, "Categoria Superior", "impress")
    expect(page.locator(".lookup-chosen")).to_have_text("Automação comercial")  # where the parent stands
    save(page)
    expect(notice(page)).to_have_text("Salvo.")
    page.goto(CATEGORIES)
    expect(page.get_by_role("cell", name="Automação comercial › Impressão › Toner")).to_be_visible()

    page.get_by_role("link", name="AUTOM", exact=True).click()
    pick(page, "Categoria Superior", "toner")
    save(page)
    field = lookup(page, "Categoria Superior")
    expect(field).to_have_accessible_description(re.compile(r"\(R22b\)"))
    expect(field).to_have_value("TONER · Toner")


def test_a_known_problem_takes_several_products(enter: Enter):
    page = enter("sofia", "/c/aurora/")
    menu(page, "Problemas e Soluções").click()
    expect(page.get_by_role("cell", name="Automação comercial › Impressão").first).to_be_visible()
    page.get_by_role("link", name="Novo problema e solução").click()
    expect(page.get_by_label("Código")).to_have_value("0026")
    page.get_by_label("Descrição").fill("Visor apagado")
    pick(page, "Categoria", "AUTOM")
    page.get_by_label("Palavras-chave").fill("tela, escuro")
    expect(page.get_by_text("Para todos os produtos")).to_be_visible()
    products = lookup(page, "Produtos")
    for typed in ("AU-01", "balança"):
        products.fill(typed)
        page.get_by_role("listbox").get_by_role("option").first.click()
        expect(products).to_have_value("")
    expect(chips(page)).to_have_count(2)
    expect(page.get_by_text("Para todos os produtos")).to_be_hidden()
    products.fill("AU-01")  # once more
    page.get_by_role("listbox").get_by_role("option").first.click()
    expect(chips(page)).to_have_count(2)
    page.get_by_label("Solução").fill("Conferir a fonte.\nTrocar o cabo do visor.")
    save(page)
    expect(notice(page)).to_have_text("Salvo.")
    expect(chips(page)).to_have_text([re.compile("AU-02"), re.compile("AU-01")])  # by name

    remover(page, "AU-02").click()
    expect(remover(page, "AU-01")).to_be_focused()
    products.fill("AU-03; AU-04")  # nobody picks: the server finds them
    save(page)
    expect(notice(page)).to_have_text("Salvo.")
    expect(chips(page)).to_have_count(3)
    history = page.get_by_role("region", name="Histórico")
    expect(history.get_by_text("AU-01, AU-03, AU-04").first).to_be_visible()

    products.fill("XX-99")
    save(page)
    expect(products).to_have_accessible_description(re.compile("não existe: XX-99"))
    expect(products).to_have_value("XX-99")
    expect(chips(page)).to_have_count(3)
    products.fill("")
    save(page)
    page.get_by_role("button", name="Excluir").click()
    answer(page, re.compile("^Excluir “Visor apagado”"), "Sim")
    expect(notice(page)).to_contain_text("foi excluíd")


def test_products_are_chosen_with_the_keyboard_alone(enter: Enter):
    page = enter("sofia", f"{PROBLEMS}/new")
    products = lookup(page, "Produtos")
    products.focus()
    for typed in ("RF-01", "RF-02", "RF-03"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab" if typed == "RF-01" else "Enter")  # a whole code is certain
        expect(remover(page, typed)).to_be_visible()
        products.focus()
    page.keyboard.press("Backspace")
    expect(remover(page, "RF-03")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(remover(page, "RF-02")).to_be_focused()
    page.keyboard.press("Delete")
    expect(remover(page, "RF-03")).to_be_focused()
    page.keyboard.press("Enter")  # it is a button
    expect(remover(page, "RF-01")).to_be_focused()
    page.keyboard.press("Backspace")
    expect(products).to_be_focused()
    expect(chips(page)).to_have_count(0)
    expect(page.locator("#live")).to_have_text(re.compile("^RF-01 · .*: removido.$"))
    page.keyboard.press("F2")
    window = page.get_by_role("dialog", name="Pesquisar Produtos")
    window.get_by_label("Pesquisar").fill("adega")
    expect(window.get_by_role("row")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(remover(page, "RF-06")).to_be_visible()
    expect(products).to_be_focused()


def test_leaving_with_a_product_taken_out_is_asked_about(enter: Enter):
    page = enter("sofia", f"{PROBLEMS}?q=0023")
    page.locator("td a").click()
    expect(page.locator("#form")).to_have_attribute("data-guard", "")
    remover(page, "AU-02").click()
    expect(page.locator("#form")).to_have_attribute("data-guard", "unsaved")
    page.locator("#form").evaluate("form => { form.dataset.guard = '' }")  # the test leaves in peace


def test_without_javascript_products_are_lines(enter: Enter):
    page = enter("sofia", java_script_enabled=False)
    page.goto(f"{PROBLEMS}/new")
    page.get_by_label("Código").fill("SEM-JS")
    page.get_by_label("Descrição").fill("Sem script")
    page.get_by_label("Solução").fill("Nenhuma.")
    page.get_by_role("textbox", name="Categoria", exact=True).fill("ener")
    products = page.get_by_role("textbox", name="Produtos", exact=True)
    products.fill("EN-01; nada\nEN-02")
    save(page)
    expect(products).to_have_accessible_description(re.compile("não existe: nada"))
    expect(products).to_have_value(re.compile(r"^EN-01 · .*\nEN-02 · .*\nnada$"))
    products.fill("EN-01; EN-02")
    save(page)
    expect(notice(page)).to_have_text("Salvo.")
    expect(products).to_have_value(re.compile(r"^EN-02 · .*\nEN-01 · .*$"))
    save(page)
    expect(page.get_by_role("region", name="Histórico").get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Excluir").click()


def test_whoever_only_reads_sees_the_products(enter: Enter):
    page = enter("vera", f"{PROBLEMS}?q=0023")
    page.locator("td a").click()
    expect(chips(page)).to_have_count(2)
    expect(page.get_by_role("button", name=re.compile("^Remover"))).to_have_count(0)
    expect(lookup(page, "Produtos")).to_have_count(0)
    page.goto(f"{PROBLEMS}?q=0007")
    page.locator("td a").click()
    expect(page.get_by_text("Para todos os produtos")).to_be_visible()


def test_the_chips_are_accessible_light_and_dark_wide_and_narrow(enter: Enter):
    page = enter("sofia", f"{PROBLEMS}?q=0001")
    page.locator("td a").first.click()
    products = lookup(page, "Produtos")
    products.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.evaluate(AXE.axe_script)
    for size in (None, NARROW):
        if size:
            page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            wear(page, scheme)
            assert not page.evaluate(RUN, EVERYTHING)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
