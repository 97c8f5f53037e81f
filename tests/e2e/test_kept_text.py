"""Nothing typed is lost: a session that ended, a database that is away, who else saved first (R24)."""

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
    fill_ticket,
    log_in,
    lookup,
    notice,
    save,
)

TWO_LINES = 'Primeira linha.\nSegunda, com "aspas" & <sinais>.'


def tickets(portal: Portal, problem: str) -> int:
    """How many tickets say this."""
    return portal.scalar("SELECT count(*) FROM service_desk_ticket WHERE problem = :problem", problem=problem)


def test_a_session_that_ended_while_typing_costs_a_login_and_no_text(visit: Enter, portal: Portal):
    page = visit()
    log_in(page, "bruno")
    page.goto(NEW_TICKET)
    fill_ticket(page, TWO_LINES, product="0001")
    portal.sql(
        "DELETE FROM user_session WHERE id = (SELECT max(s.id) FROM user_session s"
        " JOIN user_account u ON u.id = s.user_id WHERE u.login = 'bruno')"
    )
    save(page)

    expect(page.get_by_text("Sua sessão terminou. O que você digitou está guardado")).to_be_visible()
    page.get_by_label("Usuário").fill("bruno")
    page.get_by_label("Senha").fill("not this one")
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_text("Usuário ou senha não conferem.")).to_be_visible()
    log_in_here(page)
    page.get_by_role("button", name="Continuar de onde parei").click()

    expect(page.get_by_label(PROBLEM)).to_have_value(TWO_LINES)
    expect(lookup(page, "Cliente")).to_have_value("0001 · Padaria Ávila")
    expect(page.get_by_label("Produto Específico")).to_be_checked()
    expect(lookup(page, "Produto do Cliente")).to_have_value(re.compile("^0001 · "))
    assert tickets(portal, TWO_LINES) == 0
    save(page)
    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()
    assert tickets(portal, TWO_LINES) == 1


def log_in_here(page: Page) -> None:
    page.get_by_label("Senha").fill("balcao-demo-2026")
    page.get_by_role("button", name="Entrar").click()


def test_with_the_database_away_the_page_keeps_the_text_and_saves_it_once(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Banco fora.\nDuas linhas.")
    with portal.database_down():
        with page.expect_response(re.compile("tickets/new$")) as answered:
            save(page)
        assert answered.value.status == 503
        expect(page.get_by_role("heading", name="O sistema está reiniciando")).to_be_visible()
        page.get_by_role("button", name="Tentar novamente").click()  # too early: still kept
        expect(page.get_by_role("button", name="Tentar novamente")).to_be_visible()
    page.get_by_role("button", name="Tentar novamente").click()
    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()
    answer(page, ASKS, "Não")
    expect(page.get_by_label(PROBLEM)).to_have_value("Banco fora.\nDuas linhas.")
    assert portal.scalar("SELECT count(*) FROM service_desk_ticket WHERE problem LIKE 'Banco fora.%'") == 1


def test_the_second_to_save_sees_what_the_first_changed_beside_their_own_text(enter: Enter):
    bruno = enter("bruno", NEW_TICKET)
    fill_ticket(bruno, "Como estava.")
    save(bruno)
    answer(bruno, ASKS, "Não")
    sofia = enter("sofia", bruno.url)
    sofia.get_by_label(PROBLEM).fill("Da Sofia.")
    save(sofia)
    expect(notice(sofia)).to_contain_text("salvo")

    bruno.get_by_label(PROBLEM).fill("Do Bruno.")
    save(bruno)
    both = bruno.get_by_role("group", name=PROBLEM, exact=True)
    expect(both.locator(".clash-text")).to_have_text(["Do Bruno.", "Da Sofia."])
    expect(bruno.get_by_label(PROBLEM)).to_have_value("Do Bruno.")
    save(bruno)
    expect(notice(bruno)).to_contain_text("salvo")
    expect(bruno.get_by_label(PROBLEM)).to_have_value("Do Bruno.")


def test_leaving_with_unsaved_text_asks_first(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    page.get_by_label(PROBLEM).fill("Ainda não salvo.")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Cancelar").click()
    expect(page).to_have_url(re.compile("/tickets$"))
    assert asked == ["beforeunload"]
