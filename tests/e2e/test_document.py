"""The ticket as one document with three tabs: R13 to R19 by their labels, as the manual tells them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import (
    ASKS,
    NEW_TICKET,
    PROBLEM,
    TODAY,
    answer,
    choose,
    fill_ticket,
    lookup,
    notice,
    pick,
    save,
)
from tests.e2e.test_accessibility import Inspector, inspector  # noqa: F401  the fixture

TICKET = re.compile(r"/c/aurora/service-desk/tickets/\d+")
UNANSWERED = "Um atendimento não pode ser encerrado quando ele possuir encaminhamentos sem resposta."
YESTERDAY = str(TODAY - timedelta(days=1))
BLOCKS = "O que impede o encerramento"


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def contact(page: Page, place: int = 1) -> Locator:
    return page.get_by_role("group", name=f"Atendimento {place}", exact=True)


def sent(page: Page, place: int = 1) -> Locator:
    return page.get_by_role("group", name=f"Encaminhamento {place}", exact=True)


def fill_contact(row: Locator, *, finding: str, start: str = "00:00", end: str = "00:01") -> None:
    """Everything that R17 asks for, on the day before, by labels."""
    row.get_by_label("Data da Ocorrência").fill(YESTERDAY)
    row.get_by_label("Hora Inicial").fill(start)
    row.get_by_label("Hora Final").fill(end)
    pick(row, "Meio de Comunicação", "TEL")
    row.get_by_role("group", name="Origem do Contato").get_by_label("Cliente").check()
    row.get_by_label("Nome do Contato").fill("Dona Ivone")
    row.get_by_label("Problema Constatado").fill(finding)
    row.get_by_label("Orientação").fill("Trocar a correia.")


def fill_forwarding(row: Locator) -> None:
    pick(row, "Departamento", "ofi")
    expect(row.get_by_label("Data do Encaminhamento")).to_have_value(re.compile(r"^\d{4}-"))


def fill_answer(row: Locator) -> None:
    row.get_by_label("Data da Resposta").fill(row.get_by_label("Data do Encaminhamento").input_value())
    row.get_by_role("combobox", name="Técnico/Operador que respondeu").press("ArrowDown")
    row.get_by_role("option").first.click()
    row.get_by_role("combobox", name="Conclusão do Encaminhamento").press("ArrowDown")
    row.get_by_role("option").first.click()
    row.get_by_label("Resposta do Encaminhamento").fill("Peça trocada.")


@pytest.fixture
def ticket(enter: Enter) -> Page:
    """The page of a new ticket of bruno's, without contacts."""
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "A correia range.")
    save(page)
    answer(page, ASKS, "Não")
    return page


def test_contacts_and_forwardings_are_saved_with_the_ticket(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Barulho no motor.")
    tab(page, "Atendimentos")
    fill_contact(contact(page), finding="Correia gasta.")
    page.get_by_role("button", name="Adicionar atendimento").click()
    expect(contact(page, 2).get_by_label("Data da Ocorrência")).to_be_focused()
    fill_contact(contact(page, 2), finding="Correia partida.", start="23:30", end="23:59")
    tab(page, "Encaminhamentos")
    page.get_by_role("button", name="Adicionar encaminhamento").click()
    fill_forwarding(sent(page))
    save(page)
    answer(page, ASKS, "Não")

    expect(page).to_have_url(TICKET)
    tab(page, "Atendimentos")
    expect(contact(page, 2).get_by_label("Problema Constatado")).to_have_value("Correia partida.")
    expect(contact(page, 2)).to_contain_text("29 min")
    expect(contact(page).get_by_label("Nome do Contato")).to_have_value("Dona Ivone")
    tab(page, "Encaminhamentos")
    expect(sent(page).get_by_role("combobox", name="Departamento")).to_have_value(re.compile("Oficina"))


def test_the_first_contact_is_offered_with_the_texts_of_the_code(enter: Enter, portal: Portal):
    """R13, manual: the description and the solution come into the second tab."""
    name, solution = portal.sql(
        "SELECT k.name, k.solution FROM service_desk_known_problem k JOIN company c ON c.id = k.company_id"
        " WHERE c.code = 'aurora' AND k.is_active AND NOT EXISTS ("
        "   SELECT FROM service_desk_known_problem_product p WHERE p.known_problem_id = k.id)"
        " ORDER BY k.code LIMIT 1"
    )[0]
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Nada acende.")
    pick(page, "Código do Problema/Solução", name)
    tab(page, "Atendimentos")
    expect(contact(page).get_by_label("Problema Constatado")).to_have_value(name)
    expect(contact(page).get_by_label("Orientação")).to_have_value(solution)
    save(page)  # only defaults and copied texts: not an interaction yet
    answer(page, ASKS, "Não")

    expect(page).to_have_url(TICKET)
    tab(page, "Atendimentos")
    expect(contact(page).get_by_label("Problema Constatado")).to_have_value(name)
    ticket_id = page.url.partition("#")[0].rpartition("/")[2]
    stored = "SELECT count(*) FROM service_desk_interaction WHERE ticket_id = :id"
    assert portal.scalar(stored, id=int(ticket_id)) == 0


def test_typed_text_is_not_overwritten_by_the_code_without_a_question(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Nada acende.")
    tab(page, "Atendimentos")
    contact(page).get_by_label("Problema Constatado").fill("Digitado por mim.")
    tab(page, "Identificação e Problema")
    pick(page, "Código do Problema/Solução", "a")
    question = re.compile("^Substituir o que já foi digitado")
    answer(page, question, "Não")
    tab(page, "Atendimentos")
    expect(contact(page).get_by_label("Problema Constatado")).to_have_value("Digitado por mim.")
    tab(page, "Identificação e Problema")
    lookup(page, "Código do Problema/Solução").fill("")
    pick(page, "Código do Problema/Solução", "o")
    answer(page, question, "Sim")
    tab(page, "Atendimentos")
    expect(contact(page).get_by_label("Problema Constatado")).not_to_have_value("Digitado por mim.")


def test_an_error_marks_its_tab_and_its_field_and_loses_nothing(ticket: Page):
    page = ticket
    tab(page, "Atendimentos")
    fill_contact(contact(page), finding="Fica na tela.", start="14:00", end="13:00")
    tab(page, "Encaminhamentos")
    page.get_by_role("button", name="Adicionar encaminhamento").click()
    fill_forwarding(sent(page))
    sent(page).get_by_label("Resposta do Encaminhamento").fill("Sem o resto.")
    save(page)

    expect(page.get_by_role("tab", name="Encaminhamentos")).to_have_attribute("title", "tem erros")
    expect(sent(page).get_by_label("Data da Resposta")).to_have_attribute("aria-invalid", "true")
    expect(sent(page).get_by_label("Resposta do Encaminhamento")).to_have_value("Sem o resto.")
    sent(page).get_by_label("Resposta do Encaminhamento").fill("")
    save(page)
    expect(page.get_by_role("tab", name="Atendimentos")).to_have_attribute("title", "tem erros")
    page.get_by_role("link", name="Atendimento 1 › Hora Final").click()
    expect(contact(page).get_by_label("Hora Final")).to_be_focused()
    expect(contact(page).get_by_label("Problema Constatado")).to_have_value("Fica na tela.")
    contact(page).get_by_label("Hora Final").fill("14:20")
    save(page)
    expect(notice(page)).to_have_text(re.compile("salvo"))


def test_rows_are_removed_in_place(ticket: Page):
    page = ticket
    tab(page, "Atendimentos")
    fill_contact(contact(page), finding="Primeiro.")
    page.get_by_role("button", name="Adicionar atendimento").click()
    fill_contact(contact(page, 2), finding="Segundo.")
    contact(page).get_by_role("button", name="Remover").click()
    answer(page, "Remover esta linha?", "Sim")
    expect(contact(page).get_by_label("Problema Constatado")).to_have_value("Segundo.")
    save(page)
    tab(page, "Atendimentos")
    expect(contact(page).get_by_label("Problema Constatado")).to_have_value("Segundo.")
    expect(contact(page, 2)).to_have_count(0)


def test_a_ticket_with_an_unanswered_forwarding_is_not_closed_until_it_is_answered(ticket: Page):
    """R14 and R15, manual: «Lembre-se»."""
    page = ticket
    tab(page, "Encaminhamentos")
    page.get_by_role("button", name="Adicionar encaminhamento").click()
    fill_forwarding(sent(page))
    save(page)
    panel = page.get_by_role("region", name=BLOCKS)
    expect(panel).to_contain_text("Encaminhamento 1: Oficina")
    expect(panel).to_contain_text("sem resposta desde")

    page.get_by_label("Data de Encerramento").fill(page.get_by_label("Data de Abertura").input_value())
    pick(page, "Técnico/Operador que encerrou", "Bruno")
    save(page)
    expect(page.locator("#closed_on-error")).to_contain_text(UNANSWERED)
    panel.get_by_role("link", name=re.compile("Encaminhamento 1")).click()
    expect(sent(page)).to_be_visible()

    fill_answer(sent(page))
    save(page)  # answering the last one and closing in one save
    expect(page.locator(".page-title")).to_contain_text("Encerrado")
    expect(page.get_by_label("Data de Encerramento")).to_have_value(re.compile(r"^\d\d/\d\d/\d{4}$"))
    expect(page.get_by_label("Data de Encerramento")).to_be_disabled()
    expect(page.get_by_role("button", name="Salvar")).to_have_count(0)
    tab(page, "Encaminhamentos")
    expect(sent(page).get_by_role("button", name="Remover")).to_have_count(0)


def close(page: Page) -> None:
    page.get_by_label("Data de Encerramento").fill(page.get_by_label("Data de Abertura").input_value())
    pick(page, "Técnico/Operador que encerrou", "Bruno")
    save(page)
    expect(page.locator(".page-title")).to_contain_text("Encerrado")


def test_a_supervisor_reopens_with_a_reason_that_stays_in_the_history(enter: Enter, ticket: Page):
    """R16."""
    close(ticket)
    expect(ticket.get_by_role("button", name="Reabrir")).to_have_count(0)
    page = enter("sofia", ticket.url)
    page.get_by_role("button", name="Reabrir").click()
    window = page.get_by_role("dialog", name="Reabrir")
    window.get_by_role("button", name="Reabrir").click()
    expect(window.get_by_label("Motivo da reabertura")).to_have_attribute("aria-invalid", "true")
    window.get_by_label("Motivo da reabertura").fill("Voltou a ranger.")
    window.get_by_role("button", name="Reabrir").click()
    expect(notice(page)).to_have_text(re.compile("reaberto"))
    expect(page.get_by_role("region", name="1 reabertura")).to_contain_text("Voltou a ranger.")
    expect(page.get_by_role("button", name="Salvar")).to_be_visible()


def test_who_waits_on_whom_and_since_when_is_in_the_list(enter: Enter, ticket: Page):
    """R19."""
    page = ticket
    number = page.get_by_role("heading", level=1).inner_text().split()[-1]
    tab(page, "Encaminhamentos")
    page.get_by_role("button", name="Adicionar encaminhamento").click()
    fill_forwarding(sent(page))
    save(page)
    listed = enter("bruno", "/c/aurora/service-desk/tickets")
    expect(listed.get_by_role("columnheader", name="Encaminhado para")).to_be_visible()
    row = listed.get_by_role("row").filter(has=listed.get_by_role("link", name=number, exact=True))
    expect(row).to_contain_text("Oficina")
    expect(row).to_contain_text("hoje")


def test_the_three_tabs_are_accessible_open_and_closed(enter: Enter, ticket: Page, inspector: Inspector):  # noqa: F811
    page = ticket
    tab(page, "Atendimentos")
    fill_contact(contact(page), finding="Visto.")
    inspector.look(page, "interactions")
    tab(page, "Encaminhamentos")
    page.get_by_role("button", name="Adicionar encaminhamento").click()
    fill_forwarding(sent(page))
    inspector.look(page, "forwardings")
    save(page)
    expect(page.get_by_role("region", name=BLOCKS)).to_be_visible()
    inspector.look(page, "what prevents the closing")
    tab(page, "Encaminhamentos")
    fill_answer(sent(page))
    tab(page, "Identificação e Problema")
    close(page)
    inspector.look(page, "closed")
    other = enter("sofia", page.url)
    other.get_by_role("button", name="Reabrir").click()
    inspector.look(other, "reopening")


# ── Tours: the keyboard alone, a telephone, no JavaScript ────────────────────────────────────────────


def focused(page: Page) -> str:
    return page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()")


def tab_to(page: Page, label: str, most: int = 20) -> None:
    """Press Tab until the control with that label has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page).startswith(label):
            return
    raise AssertionError(f"Tab leads to {focused(page)}, not to {label}")


def test_with_the_keyboard_alone(ticket: Page):
    page, keys = ticket, ticket.keyboard
    page.get_by_role("tab", name="Identificação e Problema").focus()
    keys.press("ArrowRight")  # «Atendimentos»
    tab_to(page, "Data da Ocorrência")
    # Which part of a date comes first is the browser's business; yesterday has every hour behind it.
    contact(page).get_by_label("Data da Ocorrência").fill(YESTERDAY)
    tab_to(page, "Hora Inicial")
    keys.type("0110A")  # with twelve hours the browser asks for the half of the day, too
    tab_to(page, "Hora Final")
    keys.type("0120A")
    tab_to(page, "Nome do Contato")
    keys.type("Ivone")
    tab_to(page, "Problema Constatado")
    keys.type("Visto.")
    tab_to(page, "Orientação")
    keys.type("Feito.")
    page.get_by_role("tab", name="Atendimentos").focus()
    keys.press("ArrowRight")  # «Encaminhamentos»
    tab_to(page, "Adicionar encaminhamento")
    keys.press("Enter")
    expect(sent(page).get_by_role("combobox", name="Departamento")).to_be_focused()
    keys.type("ofi")
    keys.press("Enter")
    expect(sent(page).get_by_role("combobox", name="Departamento")).to_have_value(re.compile("Oficina"))
    keys.press("Control+s")
    expect(notice(page)).to_have_text(re.compile("salvo"))
    expect(page.get_by_role("region", name=BLOCKS)).to_contain_text("Oficina")


def test_on_a_telephone(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    page.set_viewport_size({"width": 390, "height": 844})
    fill_ticket(page, "Do celular.")
    tab(page, "Atendimentos")
    fill_contact(contact(page), finding="Visto no celular.")
    tab(page, "Encaminhamentos")
    page.get_by_role("button", name="Adicionar encaminhamento").click()
    fill_forwarding(sent(page))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    save(page)
    answer(page, ASKS, "Não")
    tab(page, "Encaminhamentos")
    fill_answer(sent(page))
    tab(page, "Identificação e Problema")
    close(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_javascript(enter: Enter):
    page = enter("bruno", java_script_enabled=False)
    page.goto(NEW_TICKET)
    choose(page, "Origem do Contato", "Cliente")
    page.get_by_role("textbox", name="Cliente", exact=True).fill("0040")
    group = page.get_by_role("group", name="Identificação", exact=True)
    group.get_by_role("textbox", name="Meio de Comunicação", exact=True).fill("tel")
    page.get_by_label(PROBLEM).fill("Sem script.")
    page.get_by_role("textbox", name="Código do Problema/Solução").fill("0001")
    row = contact(page)
    row.get_by_label("Hora Inicial").fill("00:00")
    row.get_by_label("Hora Final").fill("00:01")
    row.get_by_role("textbox", name="Meio de Comunicação").fill("tel")
    row.get_by_label("Cliente", exact=True).check()
    row.get_by_label("Nome do Contato").fill("Ivone")
    page.get_by_role("button", name="Adicionar encaminhamento").click()
    expect(page.get_by_label(PROBLEM)).to_have_value("Sem script.")  # nothing is lost, nothing is saved
    sent(page).get_by_role("textbox", name="Departamento").fill("Oficina")
    save(page)
    if page.get_by_role("dialog", name=re.compile("^Existem atendimentos em aberto")).count():
        page.get_by_role("dialog").get_by_role("button", name="Não").click()
    expect(page).to_have_url(TICKET)
    # The code's texts were copied on save (R13).
    expect(contact(page).get_by_label("Problema Constatado")).not_to_have_value("")
    expect(contact(page).get_by_label("Orientação")).not_to_have_value("")
    expect(page.get_by_role("region", name=BLOCKS)).to_contain_text("Oficina")
    sent(page).get_by_role("button", name="Remover").click()
    expect(sent(page)).to_have_count(0)
    save(page)
    page.get_by_label("Data de Encerramento").fill(page.get_by_label("Data de Abertura").input_value())
    page.get_by_role("textbox", name="Técnico/Operador que encerrou").fill("01")
    save(page)
    expect(page.locator(".page-title")).to_contain_text("Encerrado")

    address = page.url
    page = enter("sofia", java_script_enabled=False)
    page.goto(address)
    page.get_by_role("button", name="Reabrir").click()  # the page comes with the window open
    window = page.get_by_role("dialog", name="Reabrir")
    window.get_by_label("Motivo da reabertura").fill("Sem script também.")
    window.get_by_role("button", name="Reabrir").click()
    expect(page.get_by_role("region", name="1 reabertura")).to_contain_text("Sem script também.")
