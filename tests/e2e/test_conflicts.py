"""R24 in two browsers: what two people do to one ticket at once is merged or asked about, never lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import (
    ASKS,
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

BOTH = tuple[Page, Page]
ASKED = "Mudado pelos dois"
LONG = "A bomba zumbe.\n" + "Depois de um tempo ela desarma o disjuntor do quadro. " * 40


@pytest.fixture
def ticket(enter: Enter) -> str:
    """The address of a ticket with one interaction; bruno included it."""
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "A bomba não liga.")
    open_tab(page, "Atendimentos")
    fill_interaction(page.get_by_role("group", name="Atendimento 1", exact=True))
    save(page)
    answer(page, ASKS, "Não")
    expect(page).to_have_url(re.compile(r"/tickets/\d+"))
    url = page.url.partition("#")[0]
    page.close()
    return url


@pytest.fixture
def both(enter: Enter, ticket: str) -> BOTH:
    """The ticket in bruno's and in ana's browser."""
    return enter("bruno", ticket), enter("ana", ticket)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=re.compile(f"^{name}")).click()


def fill_interaction(row: Locator) -> None:
    row.get_by_label("Hora Inicial").fill("00:00")
    row.get_by_label("Hora Final").fill("00:01")
    row.get_by_label("Nome do Contato").fill("Marta")
    row.get_by_label("Problema Constatado").fill("Não liga.")
    row.get_by_label("Orientação").fill("Trocar a fonte.")


def saved(page: Page, text: str = "salvo") -> None:
    save(page)
    expect(notice(page)).to_contain_text(text)


def question(page: Page, label: str) -> Locator:
    """The two versions of the field with that label."""
    return page.get_by_role("region", name=ASKED).get_by_role("group", name=label, exact=True)


def test_different_fields_are_merged_unasked(both: BOTH):
    bruno, ana = both
    choose(ana, "Origem do Contato", "Empresa")
    saved(ana)
    bruno.get_by_label(PROBLEM).fill("A bomba vaza.")
    saved(bruno, "junto com o que Ana mudou enquanto isso: Origem do Contato.")

    ana.reload()
    expect(ana.get_by_label(PROBLEM)).to_have_value("A bomba vaza.")
    expect(ana.get_by_role("group", name="Origem do Contato").first.get_by_label("Empresa")).to_be_checked()


def test_the_same_field_is_asked_and_both_texts_are_shown_whole(both: BOTH):
    bruno, ana = both
    ana.get_by_label(PROBLEM).fill(LONG)
    pick(ana, "Meio de Comunicação", "VIS")
    saved(ana)
    bruno.get_by_label(PROBLEM).fill("A bomba vaza.")
    pick(bruno, "Meio de Comunicação", "EM")
    open_tab(bruno, "Atendimentos")
    bruno.get_by_label("Orientação").fill("Apertar a tampa.")
    save(bruno)

    expect(
        bruno.get_by_text(re.compile(r"Ana salvou este atendimento em \d\d/\d\d/\d{4} às \d\d:\d\d"))
    ).to_be_visible()
    asked = question(bruno, PROBLEM)
    expect(asked.get_by_label("o seu")).to_be_checked()
    expect(asked.get_by_text("A bomba vaza.")).to_be_visible()
    expect(asked.get_by_text(LONG.strip())).to_be_visible()
    expect(question(bruno, "Meio de Comunicação").get_by_text(re.compile("^VIS · "))).to_be_visible()
    expect(bruno.get_by_role("textbox", name=PROBLEM)).to_have_value("A bomba vaza.")
    question(bruno, "Meio de Comunicação").get_by_label("o atual").check()
    saved(bruno)
    expect(bruno.get_by_label(PROBLEM)).to_have_value("A bomba vaza.")
    expect(lookup(bruno, "Meio de Comunicação")).to_have_value(re.compile("^VIS · "))
    open_tab(bruno, "Atendimentos")
    expect(bruno.get_by_label("Orientação")).to_have_value("Apertar a tampa.")


def test_a_row_removed_by_one_and_edited_by_the_other_is_asked(both: BOTH):
    bruno, ana = both
    open_tab(ana, "Atendimentos")
    ana.get_by_label("Problema Constatado").fill("Fusível queimado.")
    saved(ana)
    open_tab(bruno, "Atendimentos")
    bruno.get_by_role("group", name="Atendimento 1", exact=True).get_by_role("button", name="Remover").click()
    answer(bruno, "Remover esta linha?", "Sim")
    save(bruno)

    asked = question(bruno, "Atendimento 1")
    expect(asked.get_by_text("removido")).to_be_visible()
    expect(asked.get_by_text("Fusível queimado.")).to_be_visible()
    expect(asked.get_by_label("o atual")).to_be_checked()
    open_tab(bruno, "Atendimentos")
    expect(bruno.get_by_role("textbox", name="Problema Constatado")).to_have_value("Fusível queimado.")
    asked.get_by_label("o seu").check()
    saved(bruno)
    open_tab(bruno, "Atendimentos")
    expect(bruno.get_by_label("Problema Constatado")).to_have_value("")  # one blank row is offered again


def test_leaving_the_page_that_asks_warns_of_unsaved_text(both: BOTH):
    bruno, ana = both
    ana.get_by_label(PROBLEM).fill("Diz ana.")
    saved(ana)
    bruno.get_by_label(PROBLEM).fill("Diz bruno.")
    save(bruno)
    expect(question(bruno, PROBLEM)).to_be_visible()
    assert bruno.locator("#form").get_attribute("data-guard") == "unsaved"
    saved(bruno)


def test_a_ticket_closed_meanwhile_keeps_the_text_to_be_copied(both: BOTH):
    bruno, ana = both
    ana.get_by_label("Data de Encerramento").fill(ana.get_by_label("Data de Abertura").input_value())
    pick(ana, "Técnico/Operador que encerrou", "01")
    saved(ana)
    bruno.get_by_label(PROBLEM).fill("A bomba vaza.\nMuito.")
    save(bruno)

    expect(bruno.get_by_text(re.compile("Ana encerrou este atendimento em"))).to_be_visible()
    lost = bruno.get_by_role("region", name="O que você tinha digitado")
    expect(lost.get_by_text("A bomba vaza.")).to_have_text("A bomba vaza.\nMuito.")
    expect(bruno.get_by_role("button", name="Salvar")).to_have_count(0)


def test_without_javascript(enter: Enter, ticket: str):
    bruno, ana = enter("bruno", ticket, java_script_enabled=False), enter("ana", ticket)
    ana.get_by_label(PROBLEM).fill("Diz ana.")
    choose(ana, "Origem do Contato", "Empresa")
    open_tab(ana, "Atendimentos")
    ana.get_by_label("Orientação").fill("Orienta ana.")
    saved(ana)
    bruno.get_by_label(PROBLEM).fill("Diz bruno.")
    bruno.get_by_label("Orientação").fill("Orienta bruno.")
    save(bruno)
    expect(question(bruno, PROBLEM).get_by_label("o seu")).to_be_checked()
    question(bruno, "Atendimento 1 › Orientação").get_by_label("o atual").check()
    bruno.get_by_role("button", name="Adicionar encaminhamento").click()
    expect(question(bruno, "Atendimento 1 › Orientação").get_by_label("o atual")).to_be_checked()
    bruno.get_by_role("group", name="Encaminhamento 1", exact=True).get_by_role(
        "button", name="Remover"
    ).click()
    saved(bruno)

    expect(bruno.get_by_label(PROBLEM)).to_have_value("Diz bruno.")
    expect(bruno.get_by_label("Orientação")).to_have_value("Orienta ana.")
    expect(bruno.get_by_role("group", name="Origem do Contato").first.get_by_label("Empresa")).to_be_checked()


def test_nothing_that_either_typed_is_lost(both: BOTH, portal: Portal):
    """Fields, rows and answers of both, after the second has chosen."""
    bruno, ana = both
    ana.get_by_label(PROBLEM).fill("Diz ana, e mais ninguém.")
    open_tab(ana, "Encaminhamentos")
    ana.get_by_role("button", name="Adicionar encaminhamento").click()
    pick(ana, "Departamento", "ENG")
    saved(ana)
    bruno.get_by_label(PROBLEM).fill("Diz bruno, e mais ninguém.")
    open_tab(bruno, "Atendimentos")
    bruno.get_by_role("button", name="Adicionar atendimento").click()
    fill_interaction(bruno.get_by_role("group", name="Atendimento 2", exact=True))
    save(bruno)
    expect(question(bruno, PROBLEM).get_by_text("Diz ana, e mais ninguém.")).to_be_visible()
    saved(bruno)

    number = int(re.search(r"\d+", bruno.get_by_role("heading", level=1).inner_text())[0])
    counts = portal.sql(
        "SELECT (SELECT count(*) FROM service_desk_interaction i WHERE i.ticket_id = t.id),"
        " (SELECT count(*) FROM service_desk_forwarding f WHERE f.ticket_id = t.id), t.problem"
        " FROM service_desk_ticket t JOIN company c ON c.id = t.company_id"
        " WHERE c.code = 'aurora' AND t.number = :number",
        number=number,
    )
    assert [tuple(row) for row in counts] == [(2, 1, "Diz bruno, e mais ninguém.")]
    told = portal.scalar("SELECT count(*) FROM audit_entry WHERE changes::text LIKE '%Diz ana, e mais%'")
    assert told >= 1  # what gave way is in the history


def test_the_page_that_asks_is_accessible(both: BOTH, inspector: Inspector):
    bruno, ana = both
    ana.get_by_label(PROBLEM).fill(LONG)
    open_tab(ana, "Atendimentos")
    ana.get_by_label("Problema Constatado").fill("Fusível queimado.")
    saved(ana)
    bruno.get_by_label(PROBLEM).fill("A bomba vaza.")
    open_tab(bruno, "Atendimentos")
    bruno.get_by_role("group", name="Atendimento 1", exact=True).get_by_role("button", name="Remover").click()
    answer(bruno, "Remover esta linha?", "Sim")
    save(bruno)
    expect(question(bruno, PROBLEM)).to_be_visible()
    inspector.look(bruno, "R24's questions")
