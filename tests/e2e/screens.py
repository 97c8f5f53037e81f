"""What a person does on the screens, by their labels."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from app.clock import now, to_local
from app.demo import DEMO_PASSWORD

TIMEZONE = "America/Sao_Paulo"
"""Of the demo companies and of the browser: the machine's day may be another."""
TODAY = to_local(now(), TIMEZONE).date()

NEW_TICKET = "/c/aurora/service-desk/tickets/new"
PROBLEM = "Descrição do Problema relatado pelo Cliente"
ASKS = "Deseja gerar OS para o Atendimento?"
MAKING = "OS em geração"
ASKS_OPEN = re.compile(
    r"^Existem atendimentos em aberto para este (cliente|interessado)\. Deseja visualizá-los\?$"
)


def log_in(page: Page, login: str, password: str = DEMO_PASSWORD) -> None:
    """Log in by the login page, and be in."""
    if not page.url.endswith("/login"):
        page.goto("/login")
    page.get_by_label("Usuário").fill(login)
    page.get_by_label("Senha").fill(password)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_label("Senha", exact=True)).to_have_count(0)


def menu(page: Page, label: str) -> Locator:
    """The entry of the side menu."""
    return page.get_by_role("navigation", name="Menu").get_by_role("link", name=label, exact=True)


def lookup(page: Page, label: str) -> Locator:
    """The lookup with that label."""
    return page.get_by_role("combobox", name=label, exact=True)


def pick(page: Page, label: str, typed: str) -> None:
    """Type into a lookup and click the first row that it offers."""
    field = lookup(page, label)
    field.fill(typed)
    page.get_by_role("listbox").get_by_role("option").first.click()
    expect(field).to_have_value(re.compile(" · "))


def choose(page: Page, caption: str, label: str) -> None:
    """Click a radio button of the first group with that caption."""
    page.get_by_role("group", name=caption, exact=True).first.get_by_label(label, exact=True).check()


def save(page: Page) -> None:
    """Press «Salvar»."""
    page.get_by_role("button", name="Salvar", exact=True).click()


def answer(page: Page, question: str | re.Pattern[str], reply: str) -> None:
    """Press «Sim» or «Não» in the dialog that asks."""
    page.get_by_role("dialog", name=question).get_by_role("button", name=reply, exact=True).click()


def fill_ticket(page: Page, problem: str, *, customer: str = "0001", product: str | None = None) -> None:
    """Fill the first tab of a new ticket: an inbound contact of a customer by telephone."""
    choose(page, "Origem do Contato", "Cliente")
    pick(page, "Cliente", customer)
    if product is not None:
        page.get_by_label("Produto Específico").check()
        pick(page, "Produto do Cliente", product)
    pick(page, "Meio de Comunicação", "TEL")
    leave_identification(page)
    page.get_by_label(PROBLEM).fill(problem)


def leave_identification(page: Page) -> None:
    """Go on to the problem; where the party has open tickets, don't look at them (R11)."""
    page.get_by_label(PROBLEM).focus()
    expect(page.locator("input[name=asked_party]")).not_to_have_value("")
    if page.get_by_role("dialog", name=ASKS_OPEN).is_visible():
        answer(page, ASKS_OPEN, "Não")


def notice(page: Page) -> Locator:
    """The line that tells how the last action ended."""
    return page.locator(".notice")
