"""Step 3: «Deseja gerar OS para o Atendimento?», and the work order that opens by itself (R20 to R22)."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import (
    ASKS,
    MAKING,
    NEW_TICKET,
    PROBLEM,
    answer,
    fill_ticket,
    log_in,
    lookup,
    notice,
    save,
)

WORK_ORDER = re.compile(r"/c/aurora/work-orders/\d+$")
WAITING = re.compile(r"/c/aurora/work-orders/requests/\d+$")


def include(page: Page, problem: str) -> None:
    """Include a ticket, and be asked."""
    page.goto(NEW_TICKET)
    fill_ticket(page, problem)
    save(page)
    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()


def test_yes_shows_the_progress_and_opens_the_work_order_by_itself(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "O forno não aquece.", product="0001")
    product = lookup(page, "Produto do Cliente").input_value()
    save(page)
    heading = page.get_by_role("heading", level=1).text_content().strip()
    with page.expect_response(WAITING) as waiting:  # the page, before the worker is done
        answer(page, ASKS, "Sim")
    if waiting.value.status == 200:
        assert MAKING in waiting.value.text()

    expect(page).to_have_url(WORK_ORDER)
    expect(page.get_by_label("Situação")).to_have_value("open")
    expect(lookup(page, "Cliente")).to_have_value("0001 · Padaria Ávila")
    expect(lookup(page, "Produto do Cliente")).to_have_value(product)
    expect(lookup(page, "Técnico/Operador")).to_have_value("01 · Bruno")
    expect(page.get_by_label("Problema", exact=True)).to_have_value("O forno não aquece.")

    page.get_by_role("link", name=heading, exact=True).click()
    expect(page.get_by_label(PROBLEM)).to_have_value("O forno não aquece.")
    expect(page.get_by_role("link", name=re.compile(r"^OS nº \d+$"))).to_be_visible()
    expect(page.get_by_role("button", name="Gerar OS")).to_have_count(0)


def test_no_leaves_the_ticket_with_its_button_and_nobody_asks_again(enter: Enter):
    page = enter("bruno")
    include(page, "A bomba vaza.")
    answer(page, ASKS, "Não")
    page.get_by_label(PROBLEM).fill("A bomba vaza e faz barulho.")
    save(page)
    expect(notice(page)).to_contain_text("salvo")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Gerar OS", exact=True).click()
    expect(page).to_have_url(WORK_ORDER)
    expect(page.get_by_label("Problema", exact=True)).to_have_value("A bomba vaza e faz barulho.")


def test_without_a_worker_the_waiting_page_makes_it_itself_after_ten_seconds(visit: Enter, portal: Portal):
    page = visit()  # whose clock can be set
    log_in(page, "bruno")
    include(page, "Sem trabalhador.")
    other = page.context.new_page()
    other.goto(page.url)
    page.clock.install()
    with portal.nobody_makes_work_orders():
        answer(page, ASKS, "Sim")
        expect(page.get_by_role("status").get_by_text(MAKING)).to_be_visible()
        expect(page.get_by_role("progressbar", name=MAKING)).to_be_visible()
        other.get_by_role("button", name="Gerar OS", exact=True).click()  # the same wish, in another window
        expect(other).to_have_url(page.url)
        page.clock.fast_forward("00:10")
        expect(page).to_have_url(WORK_ORDER)
        expect(other).to_have_url(page.url)
    expect(page.get_by_label("Problema", exact=True)).to_have_value("Sem trabalhador.")


def test_a_failed_wish_says_why_and_is_tried_again(enter: Enter, portal: Portal):
    page = enter("bruno")
    include(page, "Vai falhar.")
    with portal.nobody_makes_work_orders():
        answer(page, ASKS, "Sim")
        expect(page.get_by_text(MAKING)).to_be_visible()
        portal.sql(
            "UPDATE work_order_request SET status = 'dead', attempts = 8, last_error = 'O produto sumiu.'"
            " WHERE problem = 'Vai falhar.'"
        )
        expect(page.get_by_text("Falhou: O produto sumiu.")).to_be_visible()
        page.get_by_role("link", name=re.compile("Atendimento nº")).click()
        expect(page.get_by_text("Falhou: O produto sumiu.")).to_be_visible()
    page.get_by_role("button", name="Tentar novamente").click()
    expect(page).to_have_url(WORK_ORDER)


def test_after_a_cancelled_one_another_can_be_made(enter: Enter):
    page = enter("bruno")
    include(page, "Cancelar e refazer.")
    ticket = page.url
    answer(page, ASKS, "Sim")
    expect(page).to_have_url(WORK_ORDER)

    supervisor = enter("sofia", page.url)
    supervisor.get_by_role("button", name="Cancelar OS").click()
    answer(supervisor, re.compile(r"^Cancelar a OS \d+\?"), "Sim")
    expect(supervisor.get_by_text("Cancelada").first).to_be_visible()

    first = page.url
    page.goto(ticket)
    page.get_by_role("button", name="Gerar outra OS").click()
    expect(page).to_have_url(WORK_ORDER)
    assert page.url != first
