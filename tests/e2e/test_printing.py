"""«Imprimir»: the ticket and its work order on paper, and what was typed meanwhile is still there."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.screens import ASKS, NEW_TICKET, PROBLEM, answer, fill_ticket, notice, save
from tests.pdfs import words_of

WORK_ORDER = re.compile(r"/c/aurora/work-orders/\d+$")


def print_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Imprimir", exact=True)


def paper(page: Page) -> tuple[str, str]:
    """The text that «Imprimir» leads to, and under which name the file would be kept."""
    response = page.context.request.get(page.url.partition("/c/")[0] + print_link(page).get_attribute("href"))
    assert response.status == 200
    assert response.headers["content-type"] == "application/pdf"
    return words_of(response.body()), response.headers["content-disposition"]


def test_a_ticket_and_its_work_order_are_printed(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    expect(print_link(page)).to_have_count(0)
    fill_ticket(page, "O forno não aquece.", product="0001")
    save(page)
    answer(page, ASKS, "Não")
    number = page.get_by_role("heading", level=1).text_content().strip()
    words, name = paper(page)
    assert f"{number} Em aberto" in words
    assert "O forno não aquece." in words
    assert "Padaria Ávila" in words
    assert name == f"inline; filename=atendimento-{number.split()[-1]}.pdf"

    page.get_by_role("button", name="Gerar OS", exact=True).click()
    expect(page).to_have_url(WORK_ORDER)
    order = page.get_by_role("heading", level=1).text_content().strip()
    words, name = paper(page)
    assert f"{order} Aberta" in words
    assert f"Origem {number}" in words
    assert "O forno não aquece." in words
    assert name == f"inline; filename=os-{order.split()[-1]}.pdf"


def test_what_is_typed_stays_and_only_what_was_saved_is_printed(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "Como foi salvo.")
    save(page)
    answer(page, ASKS, "Não")
    page.get_by_label(PROBLEM).fill("Ainda não salvo.")
    with page.context.expect_page() as opened:
        print_link(page).click()
    opened.value.close()
    expect(page.get_by_label(PROBLEM)).to_have_value("Ainda não salvo.")
    words, _ = paper(page)
    assert "Como foi salvo." in words
    assert "Ainda não salvo." not in words
    save(page)
    expect(notice(page)).to_contain_text("salvo")
    assert "Ainda não salvo." in paper(page)[0]


def test_without_script_the_link_is_there_as_well(enter: Enter):
    page = enter("bruno", "/c/aurora/work-orders", java_script_enabled=False)
    page.locator("main tbody a").first.click()
    words, _ = paper(page)
    assert "Ordem de Serviço" in words
    assert "Assinaturas" in words
