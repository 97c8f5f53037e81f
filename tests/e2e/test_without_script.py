"""Everything works with JavaScript switched off; it is only less comfortable (DESIGN 7)."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import ASKS, ASKS_OPEN, MAKING, NEW_TICKET, PROBLEM, answer, choose, save

WORK_ORDER = re.compile(r"/c/aurora/work-orders/\d+$")


def fill(page: Page, problem: str) -> None:
    """Type codes into the lookups, which are plain fields here."""
    choose(page, "Origem do Contato", "Cliente")
    page.get_by_role("textbox", name="Cliente", exact=True).fill("0001")
    page.get_by_role("textbox", name="Produto do Cliente", exact=True).fill("0001")
    page.get_by_role("textbox", name="Meio de Comunicação", exact=True).first.fill("tel")
    page.get_by_label(PROBLEM).fill(problem)


def test_a_ticket_becomes_a_work_order(enter: Enter, portal: Portal):
    page = enter("bruno", java_script_enabled=False)
    page.goto(NEW_TICKET)
    fill(page, "Sem script.")
    page.get_by_role("textbox", name="Interessado", exact=True).fill("0001")
    save(page)
    expect(page.get_by_text("deixe vazio o campo que não foi escolhido (R9)").first).to_be_visible()
    page.get_by_role("textbox", name="Interessado", exact=True).fill("")
    save(page)
    answer(page, ASKS_OPEN, "Não")  # the padaria has open tickets (R11): this saves

    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()
    with portal.nobody_makes_work_orders():
        answer(page, ASKS, "Sim")
        expect(page.get_by_text(MAKING)).to_be_visible()
        expect(page.get_by_role("button", name="Gerar agora")).to_be_visible()
    expect(page).to_have_url(WORK_ORDER)  # the page asked again by itself
    expect(page.get_by_label("Problema", exact=True)).to_have_value("Sem script.")


def test_the_button_makes_the_work_order_when_no_worker_comes(enter: Enter, portal: Portal):
    page = enter("bruno", java_script_enabled=False)
    page.goto(NEW_TICKET)
    fill(page, "Sem script nem trabalhador.")
    save(page)
    answer(page, ASKS_OPEN, "Não")
    with portal.nobody_makes_work_orders():
        answer(page, ASKS, "Sim")
        page.get_by_role("button", name="Gerar agora").click()
        expect(page).to_have_url(WORK_ORDER)


def test_lists_are_filtered_by_a_button(enter: Enter):
    page = enter("bruno", java_script_enabled=False)
    page.goto("/c/aurora/customers")
    page.get_by_label("Pesquisar").fill("avila")
    page.get_by_role("button", name="Filtrar").click()
    expect(page.get_by_role("table").locator("tbody tr")).to_have_count(1)


def test_a_refusal_names_its_field(enter: Enter):
    page = enter("bruno", java_script_enabled=False)
    page.goto(NEW_TICKET)
    fill(page, "")
    page.get_by_role("textbox", name="Cliente", exact=True).fill("ninguém")
    save(page)
    expect(page.get_by_role("textbox", name="Cliente", exact=True)).to_have_value("ninguém")
    expect(page.get_by_role("textbox", name="Cliente", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label(PROBLEM)).to_have_accessible_description(re.compile(r"\(R12\)"))
