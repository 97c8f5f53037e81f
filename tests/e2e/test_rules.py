"""The rules of the ticket's three tabs that no other walk shows: R6, R10, R12, R14 to R17, R19, R25, R26.

Which walk shows which rule is written down in docs/manual-coverage.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import Complaints, Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import (
    ASKS,
    NEW_TICKET,
    PROBLEM,
    TODAY,
    answer,
    fill_ticket,
    lookup,
    notice,
    pick,
    save,
)

TICKET = re.compile(r"/c/aurora/service-desk/tickets/\d+")
YESTERDAY, LONG_AGO = TODAY - timedelta(days=1), TODAY - timedelta(days=9)
NEVER = "2018-11-04"
"""A day of which São Paulo never saw the first hour."""
FINDING = "Problema Constatado"


def include(page: Page, problem: str, *, opened_on: date | None = None) -> Page:
    """A new ticket of bruno's for the first customer, without rows."""
    page.goto(NEW_TICKET)
    fill_ticket(page, problem)
    if opened_on is not None:
        page.get_by_label("Data de Abertura").fill(str(opened_on))
    save(page)
    answer(page, ASKS, "Não")
    expect(page).to_have_url(TICKET)
    return page


def number_of(page: Page) -> int:
    return int(page.get_by_role("heading", level=1).inner_text().split()[-1])


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def row(page: Page, caption: str) -> Locator:
    return page.get_by_role("group", name=caption, exact=True)


def refused(control: Locator, message: str) -> None:
    """The refusal stands at the control, and says its rule (R25)."""
    expect(control).to_have_attribute("aria-invalid", "true")
    expect(control).to_have_accessible_description(re.compile(re.escape(message)))


# ── The first tab ────────────────────────────────────────────────────────────────────────────────────


def test_numbers_ascend_and_no_ticket_is_deleted(enter: Enter):
    """R6."""
    page = enter("bruno")
    first = number_of(include(page, "O primeiro de dois."))
    second = number_of(include(page, "O segundo de dois."))
    assert second == first + 1
    assert enter("ana", page.url).get_by_role("button", name="Excluir").count() == 0


def test_a_problem_of_100_000_characters_is_saved_and_a_longer_one_refused_whole(enter: Enter):
    """R12, R25."""
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "ã" * 100_001)
    save(page)
    refused(page.get_by_label(PROBLEM), "100.000 caracteres (R12)")
    expect(page.get_by_label(PROBLEM)).to_have_value("ã" * 100_001)
    page.get_by_label(PROBLEM).fill("ã" * 100_000)
    save(page)
    answer(page, ASKS, "Não")
    expect(page).to_have_url(TICKET)


def test_a_saved_ticket_keeps_a_channel_that_was_made_inactive(enter: Enter):
    """R10, R22b: in use it is never deleted; inactive it is offered for nothing new."""
    sofia = enter("sofia", "/c/aurora/service-desk/channels/new")
    sofia.get_by_label("Código").fill("FAX")
    sofia.get_by_label("Descrição").fill("Fac-símile")
    save(sofia)
    expect(notice(sofia)).to_have_text("Salvo.")
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Veio por fax.")
    pick(page, "Meio de Comunicação", "FAX")
    save(page)
    answer(page, ASKS, "Não")
    expect(page).to_have_url(TICKET)

    sofia.get_by_role("button", name="Excluir").click()
    answer(sofia, re.compile("^Excluir"), "Sim")
    expect(notice(sofia)).to_contain_text("pode ser inativado, não excluído (R22b)")
    sofia.get_by_label("Ativo").uncheck()
    save(sofia)
    expect(notice(sofia)).to_have_text("Salvo.")

    page.reload()
    page.get_by_label(PROBLEM).fill("Veio por fax, ilegível.")
    save(page)
    expect(notice(page)).to_contain_text("salvo")
    expect(lookup(page, "Meio de Comunicação")).to_have_value("FAX · Fac-símile")
    page.goto(NEW_TICKET)
    lookup(page, "Meio de Comunicação").fill("fac")
    expect(page.get_by_text("Nada encontrado.")).to_be_visible()


def test_a_refusal_speaks_the_users_language(enter: Enter, portal: Portal):
    """R25."""
    speak = "UPDATE user_account SET language = :language WHERE login = 'sofia'"
    portal.sql(speak, language="en")
    try:
        page = enter("sofia", NEW_TICKET)
        page.get_by_role("button", name="Save", exact=True).click()
        refused(page.locator("#problem"), "Describe the problem (R12).")
    finally:
        portal.sql(speak, language="pt_BR")


# ── «Encerramento» ───────────────────────────────────────────────────────────────────────────────────


def close(page: Page, on: date | str, by: str = "Bruno") -> None:
    """Ask for the closing; the page says how it ended."""
    page.get_by_label("Data de Encerramento").fill(str(on))
    if by:
        pick(page, "Técnico/Operador que encerrou", by)
    save(page)


def test_a_closing_is_whole_and_neither_ahead_nor_before_the_opening(enter: Enter):
    """R14, R25."""
    page = include(enter("bruno"), "Encerrar aos poucos.", opened_on=YESTERDAY)
    closed_on = page.get_by_label("Data de Encerramento")
    close(page, TODAY, by="")
    refused(lookup(page, "Técnico/Operador que encerrou"), "informados juntos ou nenhum dos dois (R14)")
    expect(closed_on).to_have_value(str(TODAY))
    close(page, "")
    refused(closed_on, "informados juntos ou nenhum dos dois (R14)")
    close(page, TODAY + timedelta(days=2))
    refused(closed_on, "não pode estar no futuro (R14)")
    close(page, LONG_AGO)
    refused(closed_on, "não pode ser anterior à abertura (R14)")
    expect(lookup(page, "Técnico/Operador que encerrou")).to_have_value("01 · Bruno")
    close(page, TODAY)
    expect(page.locator(".page-title")).to_contain_text("Encerrado")


def test_a_closing_is_not_before_the_last_answer_and_a_closed_ticket_is_read_only(enter: Enter):
    """R14, R16: its rows, too."""
    page = include(enter("bruno"), "Respondido hoje.", opened_on=LONG_AGO)
    forward(page, on=YESTERDAY)
    give_answer(row(page, "Encaminhamento 1"), on=TODAY)
    tab(page, "Identificação e Problema")
    close(page, YESTERDAY)
    refused(page.get_by_label("Data de Encerramento"), "não pode ser anterior à última resposta")
    close(page, TODAY)

    expect(page.locator(".page-title")).to_contain_text("Encerrado")
    expect(page.get_by_label(PROBLEM)).not_to_be_editable()
    expect(page.get_by_role("button", name="Salvar")).to_have_count(0)
    tab(page, "Encaminhamentos")
    expect(row(page, "Encaminhamento 1").get_by_label("Resposta do Encaminhamento")).not_to_be_editable()
    expect(page.get_by_role("button", name="Adicionar encaminhamento")).to_have_count(0)
    tab(page, "Atendimentos")
    expect(page.get_by_role("button", name="Adicionar atendimento")).to_have_count(0)
    expect(page.get_by_role("button", name="Cronômetro")).to_have_count(0)


def test_whoever_closes_what_another_has_just_forwarded_is_refused(enter: Enter):
    """R15, R24: nothing typed is lost."""
    bruno = include(enter("bruno"), "Encaminhar e encerrar.")
    sofia = enter("sofia", bruno.url)
    forward(sofia, on=TODAY)
    save(sofia)
    expect(notice(sofia)).to_contain_text("salvo")

    close(bruno, TODAY)
    refused(
        bruno.get_by_label("Data de Encerramento"),
        "Um atendimento não pode ser encerrado quando ele possuir encaminhamentos sem resposta.",
    )
    expect(bruno.get_by_label("Data de Encerramento")).to_have_value(str(TODAY))
    bruno.reload()
    expect(bruno.locator(".page-title")).to_contain_text("Em aberto")
    expect(bruno.get_by_role("region", name="O que impede o encerramento")).to_contain_text("Oficina")


# ── «Atendimentos» ───────────────────────────────────────────────────────────────────────────────────


def fill_contact(contact: Locator, *, on: date | str, start: str, end: str) -> None:
    contact.get_by_label("Data da Ocorrência").fill(str(on))
    contact.get_by_label("Hora Inicial").fill(start)
    contact.get_by_label("Hora Final").fill(end)


def test_a_contact_past_midnight_takes_at_most_12_hours(enter: Enter):
    """R17, R25."""
    page = include(enter("bruno"), "De noite.", opened_on=LONG_AGO)
    tab(page, "Atendimentos")
    contact = row(page, "Atendimento 1")
    contact.get_by_label("Nome do Contato").fill("O vigia")
    contact.get_by_label(FINDING).fill("O alarme dispara.")
    contact.get_by_label("Orientação").fill("Trocar a bateria.")
    fill_contact(contact, on=TODAY + timedelta(days=2), start="10:00", end="10:30")
    save(page)
    refused(contact.get_by_label("Hora Inicial"), "não pode estar no futuro (R17)")
    fill_contact(contact, on=LONG_AGO, start="14:00", end="13:00")
    save(page)
    refused(contact.get_by_label("Hora Final"), "no máximo 12 horas (R17)")
    expect(contact.get_by_label(FINDING)).to_have_value("O alarme dispara.")
    fill_contact(contact, on=LONG_AGO, start="23:30", end="00:20")
    save(page)
    expect(notice(page)).to_contain_text("salvo")
    tab(page, "Atendimentos")
    expect(contact).to_contain_text("50 min")


def test_every_field_of_a_contact_is_required(enter: Enter):
    """R17, R25."""
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Contato incompleto.")
    tab(page, "Atendimentos")
    contact = row(page, "Atendimento 1")
    contact.get_by_label(FINDING).fill("Só isto.")
    for label in ("Data da Ocorrência", "Hora Inicial", "Hora Final"):
        contact.get_by_label(label).fill("")
    contact.get_by_role("combobox", name="Meio de Comunicação").fill("")
    save(page)
    summary = page.get_by_role("group", name=re.compile("^Não foi salvo"))
    for label in (
        "Data da Ocorrência",
        "Hora Inicial",
        "Hora Final",
        "Meio de Comunicação",
        "Nome do Contato",
        "Orientação",
    ):
        refusal = summary.get_by_role("listitem").filter(has_text=f"Atendimento 1 › {label}")
        expect(refusal).to_contain_text("(R17)")
    expect(contact.get_by_label(FINDING)).to_have_value("Só isto.")


# ── «Encaminhamentos» ────────────────────────────────────────────────────────────────────────────────


def forward(page: Page, *, on: date) -> Locator:
    tab(page, "Encaminhamentos")
    page.get_by_role("button", name="Adicionar encaminhamento").click()
    sent = row(page, "Encaminhamento 1")
    pick(sent, "Departamento", "ofi")
    sent.get_by_label("Data do Encaminhamento").fill(str(on))
    return sent


def give_answer(sent: Locator, *, on: date) -> None:
    """All four parts."""
    sent.get_by_label("Data da Resposta").fill(str(on))
    for label in ("Técnico/Operador que respondeu", "Conclusão do Encaminhamento"):
        sent.get_by_role("combobox", name=label).press("ArrowDown")
        sent.get_by_role("option").first.click()
    sent.get_by_label("Resposta do Encaminhamento").fill("Peça trocada.")


def test_a_forwarding_needs_its_department_and_its_date(enter: Enter):
    """R19, R25."""
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Para onde?")
    tab(page, "Encaminhamentos")
    page.get_by_role("button", name="Adicionar encaminhamento").click()
    sent = row(page, "Encaminhamento 1")
    sent.get_by_label("Data do Encaminhamento").fill("")
    save(page)
    refused(sent.get_by_role("combobox", name="Departamento"), "(R19)")
    refused(sent.get_by_label("Data do Encaminhamento"), "Informe a data do encaminhamento (R19)")
    tab(page, "Identificação e Problema")
    expect(page.get_by_label(PROBLEM)).to_have_value("Para onde?")


def test_an_answer_has_four_parts_and_comes_after_its_forwarding(enter: Enter):
    """R19, R25."""
    page = include(enter("bruno"), "Para a oficina.", opened_on=LONG_AGO)
    sent = forward(page, on=TODAY + timedelta(days=2))
    save(page)
    refused(sent.get_by_label("Data do Encaminhamento"), "não pode estar no futuro (R19)")
    sent.get_by_label("Data do Encaminhamento").fill(str(YESTERDAY))
    give_answer(sent, on=LONG_AGO)
    save(page)
    refused(sent.get_by_label("Data da Resposta"), "não pode ser anterior ao encaminhamento (R19)")
    sent.get_by_label("Data da Resposta").fill(str(TODAY + timedelta(days=2)))
    save(page)
    refused(sent.get_by_label("Data da Resposta"), "não pode estar no futuro (R19)")
    sent.get_by_label("Data da Resposta").fill(str(TODAY))
    sent.get_by_role("combobox", name="Conclusão do Encaminhamento").fill("")
    save(page)
    refused(sent.get_by_role("combobox", name="Conclusão do Encaminhamento"), "os quatro ou nenhum (R19)")
    expect(sent.get_by_label("Resposta do Encaminhamento")).to_have_value("Peça trocada.")


# ── Days and hours (R26) ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def manaus(portal: Portal) -> Iterator[None]:
    """Aurora's clocks stand an hour behind São Paulo's."""
    move = "UPDATE company SET timezone = :zone WHERE code = 'aurora'"
    portal.sql(move, zone="America/Manaus")
    yield
    portal.sql(move, zone="America/Sao_Paulo")


@pytest.fixture
def tokyo(
    enter: Enter, browser: Browser, browser_context_args: dict[str, Any], console: Complaints
) -> Iterator[Page]:
    """Bruno, twelve hours ahead of his company."""
    cookies = enter("bruno").context.storage_state()
    there = browser_context_args | {"timezone_id": "Asia/Tokyo", "storage_state": cookies}
    context = browser.new_context(**there)
    console.watch(context)
    yield context.new_page()
    context.close()


def test_an_hour_is_the_companys_wherever_the_browser_stands(tokyo: Page, portal: Portal):
    """R26, R6: shown in the company's zone, stored in UTC, told as dd/mm/aaaa."""
    page = tokyo
    page.goto(NEW_TICKET)
    fill_ticket(page, "Visto de Tóquio.")
    page.get_by_label("Data de Abertura").fill(str(LONG_AGO))
    page.get_by_label("Hora de Abertura").fill("14:30")
    save(page)
    answer(page, ASKS, "Não")
    expect(page.get_by_label("Hora de Abertura")).to_have_value("14:30")
    stored = portal.scalar(
        "SELECT to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM service_desk_ticket"
        " WHERE problem = 'Visto de Tóquio.'"
    )
    assert stored == f"{LONG_AGO} 17:30"
    page.goto("/c/aurora/service-desk/tickets?q=Tóquio")
    expect(page.get_by_role("cell", name=f"{LONG_AGO:%d/%m/%Y}", exact=True)).to_have_attribute(
        "title", re.compile(rf"^{LONG_AGO:%d/%m/%Y},? 14:30$")
    )


def test_a_company_in_another_zone_has_other_hours(enter: Enter, portal: Portal, manaus: None):
    """R26."""
    ticket_id, day, hour, at_home = portal.sql(
        "SELECT t.id, to_char(opened_at AT TIME ZONE 'America/Manaus', 'YYYY-MM-DD'),"
        " to_char(opened_at AT TIME ZONE 'America/Manaus', 'HH24:MI'),"
        " to_char(opened_at AT TIME ZONE 'America/Sao_Paulo', 'HH24:MI')"
        " FROM service_desk_ticket t JOIN company c ON c.id = t.company_id"
        " WHERE c.code = 'aurora' AND closed_at IS NULL ORDER BY t.id LIMIT 1"
    )[0]
    assert hour != at_home
    page = enter("bruno", f"/c/aurora/service-desk/tickets/{ticket_id}")
    expect(page.get_by_label("Data de Abertura")).to_have_value(day)
    expect(page.get_by_label("Hora de Abertura")).to_have_value(hour)


def test_an_hour_that_never_was_is_refused(enter: Enter):
    """R26, R17."""
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Horário de verão.")
    page.get_by_label("Data de Abertura").fill(NEVER)
    page.get_by_label("Hora de Abertura").fill("00:30")
    save(page)
    refused(page.get_by_label("Hora de Abertura"), "Esta hora não existiu")
    page.get_by_label("Hora de Abertura").fill("01:00")
    tab(page, "Atendimentos")
    contact = row(page, "Atendimento 1")
    fill_contact(contact, on=NEVER, start="00:10", end="01:10")
    for label in ("Nome do Contato", FINDING, "Orientação"):
        contact.get_by_label(label).fill("Meia-noite.")
    save(page)
    refused(contact.get_by_label("Hora Inicial"), "foram adiantados nesse dia (R26)")
    expect(contact.get_by_label(FINDING)).to_have_value("Meia-noite.")
