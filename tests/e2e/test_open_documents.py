"""R11: whoever leaves «Identificação» is asked about what the party has under way already."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

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
    lookup,
    notice,
    pick,
    save,
)
from tests.e2e.test_accessibility import Inspector, inspector

__all__ = ["inspector"]

TICKET = re.compile(r"/c/aurora/service-desk/tickets/\d+")
WINDOW = "Documentos em aberto"


@pytest.fixture
def customer(enter: Enter, portal: Portal) -> str:
    """The code of a customer with exactly one open ticket."""
    code: str = portal.scalar(
        "SELECT c.code FROM customer c JOIN company f ON f.id = c.company_id WHERE f.code = 'aurora'"
        " AND c.is_active AND NOT EXISTS (SELECT FROM service_desk_ticket t WHERE t.customer_id = c.id"
        " AND t.closed_at IS NULL) ORDER BY c.code LIMIT 1"
    )
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "A primeira queixa.\nCom detalhes.", customer=code)
    save(page)
    answer(page, ASKS, "Não")
    page.close()
    return code


def number_of(portal: Portal, problem: str) -> int:
    found: int = portal.scalar(
        "SELECT number FROM service_desk_ticket WHERE problem LIKE :start", start=f"{problem}%"
    )
    return found


def asked(page: Page) -> list[str]:
    """The addresses of the part that is asked for, as they come."""
    addresses: list[str] = []
    page.on("request", lambda r: addresses.append(r.url) if "open-documents?" in r.url else None)
    return addresses


def fill_group(page: Page, customer: str) -> None:
    choose(page, "Origem do Contato", "Cliente")
    pick(page, "Meio de Comunicação", "TEL")
    pick(page, "Cliente", customer)


def test_no_carries_on_where_the_focus_was_going_and_asks_no_more(enter: Enter, customer: str):
    page = enter("bruno", NEW_TICKET)
    addresses = asked(page)
    fill_group(page, customer)
    page.get_by_label(PROBLEM).click()
    expect(page.get_by_role("dialog", name=ASKS_OPEN)).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # «Não» by keyboard

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label(PROBLEM)).to_be_focused()
    page.keyboard.type("A segunda queixa.")
    lookup(page, "Técnico/Operador").click()
    page.get_by_label(PROBLEM).click()
    page.get_by_label("Produto Específico").focus()
    page.get_by_label(PROBLEM).focus()
    expect(page.get_by_label(PROBLEM)).to_have_value("A segunda queixa.")
    assert len(addresses) == 1
    save(page)
    answer(page, ASKS, "Não")
    expect(page).to_have_url(TICKET)


def test_yes_opens_the_window_whose_links_lose_nothing(enter: Enter, portal: Portal, customer: str):
    page = enter("bruno", NEW_TICKET)
    fill_group(page, customer)
    page.get_by_label(PROBLEM).fill("A terceira queixa.")
    answer(page, ASKS_OPEN, "Sim")
    window = page.get_by_role("dialog", name=WINDOW)
    row = window.get_by_role("listitem").first
    expect(row).to_contain_text("A primeira queixa.")
    expect(row).to_contain_text("Bruno")
    with page.expect_popup() as opened:
        row.get_by_role("link").click()
    expect(opened.value.get_by_label(PROBLEM)).to_have_value("A primeira queixa.\nCom detalhes.")
    opened.value.close()
    page.keyboard.press("Escape")

    expect(window).to_be_hidden()
    expect(page.get_by_label(PROBLEM)).to_have_value("A terceira queixa.")
    assert number_of(portal, "A terceira") is None


def test_a_typed_code_is_asked_about_as_soon_as_it_is_found(enter: Enter, customer: str):
    """The focus is gone by then."""
    page = enter("bruno", NEW_TICKET)
    lookup(page, "Cliente").fill(customer)
    page.get_by_label(PROBLEM).click()

    expect(page.get_by_role("dialog", name=ASKS_OPEN)).to_be_visible()


def test_the_search_window_is_no_leaving(enter: Enter, customer: str):
    page = enter("bruno", NEW_TICKET)
    addresses = asked(page)
    pick(page, "Cliente", customer)
    page.keyboard.press("F2")
    expect(page.get_by_role("dialog", name="Pesquisar Cliente")).to_be_visible()
    page.keyboard.press("Escape")
    expect(lookup(page, "Cliente")).to_be_focused()
    assert addresses == []


def test_another_party_is_asked_about_too(enter: Enter, customer: str):
    page = enter("bruno", NEW_TICKET)
    addresses = asked(page)
    pick(page, "Cliente", customer)
    page.get_by_label(PROBLEM).click()
    answer(page, ASKS_OPEN, "Não")
    choose(page, "Atendimento para", "Interessado")
    pick(page, "Interessado", "0001")
    page.get_by_label(PROBLEM).click()
    expect(page.locator("input[name=asked_party]")).to_have_value(re.compile(r"^customer:\d+ prospect:\d+$"))
    assert len(addresses) == 2


def test_a_saved_ticket_asks_when_its_party_changes(enter: Enter, portal: Portal, customer: str):
    page = enter("bruno", NEW_TICKET)
    addresses = asked(page)
    fill_ticket(page, "De outro cliente.", customer="0001")
    save(page)
    answer(page, ASKS, "Não")
    expect(page).to_have_url(TICKET)
    addresses.clear()
    lookup(page, "Cliente").focus()
    page.get_by_label(PROBLEM).focus()
    page.get_by_label(PROBLEM).fill("De outro cliente, corrigido.")
    save(page)
    expect(notice(page)).to_contain_text("salvo")
    assert addresses == []
    pick(page, "Cliente", customer)
    page.get_by_label(PROBLEM).click()
    answer(page, ASKS_OPEN, "Sim")
    window = page.get_by_role("dialog", name=WINDOW)
    expect(window.get_by_text("A primeira queixa.")).to_be_visible()
    expect(window.get_by_role("button", name="Adicionar contato a este atendimento")).to_have_count(0)


def test_the_typed_text_becomes_a_contact_of_the_open_ticket(enter: Enter, portal: Portal, customer: str):
    number = number_of(portal, "A primeira")
    page = enter("bruno", NEW_TICKET)
    fill_group(page, customer)
    page.get_by_label(PROBLEM).fill("Ligou de novo:\nagora faz barulho.")
    answer(page, ASKS_OPEN, "Sim")
    window = page.get_by_role("dialog", name=WINDOW)
    window.get_by_role("button", name="Adicionar contato a este atendimento").first.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"^Atendimento nº \d+"))
    expect(page.get_by_role("tab", name=re.compile("^Atendimentos"))).to_have_attribute(
        "aria-selected", "true"
    )
    row = page.get_by_role("group", name="Atendimento 1", exact=True)
    expect(row.get_by_label("Problema Constatado")).to_have_value("Ligou de novo:\nagora faz barulho.")
    expect(row.get_by_role("combobox", name="Meio de Comunicação")).to_have_value(re.compile("^TEL"))
    row.get_by_label("Hora Inicial").fill("00:00")
    row.get_by_label("Hora Final").fill("00:01")
    row.get_by_label("Nome do Contato").fill("Marta")
    row.get_by_label("Orientação").fill("Esperar a visita.")
    save(page)
    expect(notice(page)).to_contain_text("salvo")
    expect(page).to_have_url(TICKET)
    assert number_of(portal, "Ligou de novo") is None
    found: Any = portal.scalar(
        "SELECT t.number FROM service_desk_interaction i JOIN service_desk_ticket t ON t.id = i.ticket_id"
        " WHERE i.finding LIKE 'Ligou de novo%' ORDER BY i.id DESC LIMIT 1"
    )
    assert found is not None
    assert number is not None


def test_without_javascript_the_first_save_asks(enter: Enter, portal: Portal, customer: str):
    page = enter("bruno", java_script_enabled=False)
    page.goto(NEW_TICKET)
    group = page.get_by_role("group", name="Identificação", exact=True)
    choose(page, "Origem do Contato", "Cliente")
    group.get_by_role("textbox", name="Cliente", exact=True).fill(customer)
    group.get_by_role("textbox", name="Meio de Comunicação", exact=True).fill("tel")
    page.get_by_label(PROBLEM).fill("Sem script, a segunda.")
    save(page)

    expect(page.get_by_role("dialog", name=ASKS_OPEN)).to_be_visible()
    assert number_of(portal, "Sem script, a segunda") is None
    answer(page, ASKS_OPEN, "Sim")
    window = page.get_by_role("dialog", name=WINDOW)
    expect(window.get_by_text("A primeira queixa.")).to_be_visible()
    expect(page.get_by_label(PROBLEM)).to_have_value("Sem script, a segunda.")
    assert number_of(portal, "Sem script, a segunda") is None
    save(page)
    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()
    assert number_of(portal, "Sem script, a segunda") is not None


def test_without_javascript_no_saves_and_the_button_takes_the_text(
    enter: Enter, portal: Portal, customer: str
):
    page = enter("bruno", java_script_enabled=False)
    for problem, reply in (("Sem script, não.", "Não"), ("Sem script, contato.", "Sim")):
        page.goto(NEW_TICKET)
        group = page.get_by_role("group", name="Identificação", exact=True)
        choose(page, "Origem do Contato", "Cliente")
        group.get_by_role("textbox", name="Cliente", exact=True).fill(customer)
        group.get_by_role("textbox", name="Meio de Comunicação", exact=True).fill("tel")
        page.get_by_label(PROBLEM).fill(problem)
        save(page)
        answer(page, ASKS_OPEN, reply)
    assert number_of(portal, "Sem script, não.") is not None
    page.get_by_role("button", name="Adicionar contato a este atendimento").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Atendimento nº")
    expect(page.locator("textarea[name$='-finding']").first).to_have_value("Sem script, contato.")
    assert number_of(portal, "Sem script, contato.") is None


def test_question_and_window_are_accessible(enter: Enter, customer: str, inspector: Inspector):
    page = enter("bruno", NEW_TICKET)
    fill_group(page, customer)
    page.get_by_label(PROBLEM).click()
    expect(page.get_by_role("dialog", name=ASKS_OPEN)).to_be_visible()
    inspector.look(page, "R11's question")
    answer(page, ASKS_OPEN, "Sim")
    expect(page.get_by_role("dialog", name=WINDOW)).to_be_visible()
    inspector.look(page, "Documentos em aberto")
