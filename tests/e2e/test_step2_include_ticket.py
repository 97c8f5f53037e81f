"""Step 2: bruno logs in and includes a ticket, with the mouse and with the keyboard alone (R6 to R12)."""

from __future__ import annotations

import re

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
    leave_identification,
    log_in,
    lookup,
    menu,
    notice,
    pick,
    save,
)

TICKET = re.compile(r"/c/aurora/service-desk/tickets/\d+$")


def test_with_the_mouse(visit: Enter, portal: Portal):
    page = visit()
    number = 1 + portal.scalar(
        "SELECT max(number) FROM service_desk_ticket t JOIN company c ON c.id = t.company_id"
        " WHERE c.code = 'aurora'"
    )
    log_in(page, "bruno")
    menu(page, "Atendimentos").click()
    page.get_by_role("link", name="Novo atendimento").click()

    expect(page.get_by_label("Data de Abertura")).to_have_value(re.compile(r"^\d{4}-\d\d-\d\d$"))
    expect(page.get_by_label("Hora de Abertura")).to_have_value(re.compile(r"^\d\d:\d\d$"))
    expect(lookup(page, "Técnico/Operador")).to_have_value("01 · Bruno")
    choose(page, "Origem do Contato", "Empresa")
    pick(page, "Cliente", "ávila")
    page.get_by_label("Produto Específico").check()
    lookup(page, "Produto do Cliente").press("ArrowDown")
    page.get_by_role("option").first.click()
    pick(page, "Meio de Comunicação", "visita")
    leave_identification(page)
    page.get_by_label(PROBLEM).fill("A porta não fecha.")
    save(page)

    expect(page).to_have_url(TICKET)
    answer(page, ASKS, "Não")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Atendimento nº {number}")
    expect(notice(page)).to_have_text(f"Atendimento nº {number} incluído.")
    expect(lookup(page, "Cliente")).to_have_value("0001 · Padaria Ávila")
    expect(page.get_by_role("radio", name="Empresa", exact=True)).to_be_checked()
    expect(page.get_by_label("Produto Específico")).to_be_checked()
    expect(lookup(page, "Meio de Comunicação")).to_have_value("VIS · Visita")
    expect(page.get_by_label(PROBLEM)).to_have_value("A porta não fecha.")


def focused(page: Page) -> str:
    """The label of what has the focus."""
    return page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent")


def tab_to(page: Page, label: str, *, may_ask: bool = False) -> None:
    """Press Tab until the control with that label has the focus, as long as it is within reach.

    Args:
        may_ask: whether the way leads out of the identification: the question about open tickets may have
            taken the focus before it is looked at (R11).
    """
    for _ in range(8):
        page.keyboard.press("Tab")
        if focused(page) == label or (may_ask and page.get_by_role("dialog", name=ASKS_OPEN).is_visible()):
            return
    raise AssertionError(f"Tab leads to {focused(page)}, not to {label}")


def test_with_the_keyboard_alone(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    keys = page.keyboard
    page.get_by_label("Data de Abertura").focus()
    tab_to(page, "Cliente")
    keys.press("Space")  # «Origem do Contato»
    expect(page.get_by_role("group", name="Origem do Contato").get_by_label("Cliente")).to_be_checked()
    tab_to(page, "Cliente")  # «Atendimento para», «Cliente» by default
    tab_to(page, "Cliente")  # the lookup
    keys.type("0002")
    keys.press("Enter")  # before the rows are there, as fast hands do
    expect(lookup(page, "Cliente")).to_have_value("0002 · Mercado São Jorge")
    tab_to(page, "Produto Específico")
    keys.press("Space")
    tab_to(page, "Produto do Cliente")
    keys.press("F2")
    window = page.get_by_role("dialog", name="Pesquisar Produto do Cliente")
    expect(window.get_by_role("button", name=re.compile(r"^\d{4}$")).first).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(window).to_have_count(0)
    expect(lookup(page, "Produto do Cliente")).to_have_value(re.compile(r"^\d{4} · "))
    tab_to(page, "Meio de Comunicação")
    keys.type("tel")
    keys.press("Enter")
    expect(lookup(page, "Meio de Comunicação")).to_have_value("TEL · Telefone")
    tab_to(page, PROBLEM, may_ask=True)
    leave_identification(page)
    expect(page.get_by_label(PROBLEM)).to_be_focused()
    keys.type("Não liga.")
    keys.press("Control+s")

    expect(page).to_have_url(TICKET)
    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()
    keys.press("Escape")  # «Não»
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_label(PROBLEM).focus()
    keys.press("Control+End")
    keys.type(" Nem com outra tomada.")
    keys.press("F10")
    expect(notice(page)).to_have_text(re.compile("salvo"))
    expect(page.get_by_label(PROBLEM)).to_have_value("Não liga. Nem com outra tomada.")


def test_escape_closes_the_list_and_a_code_can_be_typed_over_a_choice(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    field = lookup(page, "Cliente")
    pick(page, "Cliente", "0001")
    field.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(field).to_have_value("0001 · Padaria Ávila")

    field.fill("0003")
    field.press("Tab")
    expect(field).to_have_value("0003 · Restaurante Panela de Barro")
