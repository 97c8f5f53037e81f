"""Every page, light and dark, wide and narrow: axe finds nothing (WCAG 2.2 AA), nothing scrolls sideways.

The pages come from the menu: each list, the form behind its «Novo …» and the first of its rows.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import ASKS, MAKING, NEW_TICKET, answer, fill_ticket, lookup, pick, save

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"], "preload": False}
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast"]},
    "resultTypes": ["violations"],
    "preload": False,
}
CHECKS: dict[Literal["light", "dark"], dict[str, Any]] = {"light": EVERYTHING, "dark": COLOURS}
WIDE, NARROW = {"width": 1360, "height": 900}, {"width": 390, "height": 844}
AXE = Axe()
# Of long tables the first rows: the others are like them, and each costs time.
RUN = """options => axe.run({exclude: [["tbody tr:nth-child(n+6)"]]}, options)
  .then(results => results.violations)"""


def wear(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Let the system be light or dark, and wait until the page has followed."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("scheme => document.documentElement?.dataset.bsTheme === scheme", arg=scheme)


class Inspector:
    """Looks at pages and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.pages = 0

    def look(self, page: Page, name: str = "") -> None:
        """Check the page as it stands: everything; again in dark the colours; a telephone's width."""
        self.pages += 1
        name = name or page.url
        # What the page wears first: each change of clothes takes as long as loading it. A locator waits for
        # the page where another one is just going away.
        worn = page.locator("html").get_attribute("data-bs-theme")
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE.axe_script)
        for scheme in sorted(CHECKS, key=lambda scheme: scheme != worn):
            wear(page, scheme)
            self._note(f"{name}, {scheme}", page.evaluate(RUN, CHECKS[scheme]))
        page.set_viewport_size(NARROW)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            self.findings.append(f"{name}: {width} pixels wide on a telephone")
        page.set_viewport_size(WIDE)

    def _note(self, where: str, violations: list[dict[str, Any]]) -> None:
        for violation in violations:
            nodes = "; ".join(node["html"][:150] for node in violation["nodes"][:3])
            self.findings.append(f"{where}: {violation['id']} ({violation['help']}): {nodes}")


@pytest.fixture
def inspector():
    """Fails the test at its end with all that was found."""
    inspector = Inspector()
    yield inspector
    assert not inspector.findings, "\n".join(inspector.findings)
    assert inspector.pages


def test_the_inspector_sees_what_is_wrong(visit: Enter, portal: Portal):
    page, inspector = visit(), Inspector()
    page.goto("/login")
    page.evaluate(
        """document.querySelector("h1").innerHTML =
           "<img src='data:,'><small>dark words</small>";
           document.querySelector("h1").style.width = "500px";
           document.querySelector("small").style.color = "#222";"""
    )
    inspector.look(page)
    found = "\n".join(inspector.findings)
    for sign in ("light: image-alt", "dark: color-contrast", "pixels wide on a telephone"):
        assert sign in found


def addresses(page: Page, links: str) -> list[str]:
    """Where the links lead, in order."""
    return [str(link.get_attribute("href")) for link in page.locator(links).all()]


@pytest.mark.parametrize("part", [0, 1, 2])
def test_every_page_of_the_menu(enter: Enter, inspector: Inspector, part: int):
    page = enter("ana", "/c/aurora/")
    entries = addresses(page, "nav.side li a")
    assert len(entries) >= 14
    for entry in entries[part::3]:
        page.goto(entry)
        inspector.look(page)
        behind = addresses(page, ".page-actions a")[:1] + addresses(page, "main td a")[:1]
        for address in behind:
            page.goto(address)
            inspector.look(page)


def test_the_pages_without_a_company_and_the_errors(enter: Enter, visit: Enter, inspector: Inspector):
    page = visit()
    page.goto("/login")
    inspector.look(page)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_label("Usuário")).to_have_attribute("aria-invalid", "true")
    inspector.look(page, "refused login")
    page = enter("ana")
    for path in ("/", "/profile", "/profile/password", "/c/aurora/", "/c/aurora/nothing", "/c/nowhere/"):
        page.goto(path)
        inspector.look(page)
    vera = enter("vera", "/c/aurora/users")
    inspector.look(vera, "403")
    vera.goto("/c/aurora/service-desk/tickets?status=all")
    vera.locator("td a").first.click()
    expect(vera.get_by_role("link", name="Voltar")).to_be_visible()
    inspector.look(vera, "read-only ticket")
    empty = enter("dora", "/c/cometa/customers")
    inspector.look(empty, "empty list")


def test_the_windows_and_questions_of_the_ticket(enter: Enter, inspector: Inspector, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    save(page)
    expect(page.get_by_role("group", name=re.compile("^Não foi salvo"))).to_be_visible()
    inspector.look(page, "refused ticket")
    lookup(page, "Cliente").press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    inspector.look(page, "list of a lookup")
    lookup(page, "Cliente").press("F2")
    expect(page.get_by_role("dialog").get_by_role("row").nth(1)).to_be_visible()
    inspector.look(page, "window of a lookup")
    page.keyboard.press("Escape")
    fill_ticket(page, "Para olhar.", product="0001")
    save(page)
    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()
    inspector.look(page, "question about a work order")
    with portal.nobody_makes_work_orders():
        answer(page, ASKS, "Sim")
        expect(page.get_by_text(MAKING)).to_be_visible()
        inspector.look(page, "waiting for a work order")
        portal.sql(
            "UPDATE work_order_request SET status = 'dead', last_error = 'O produto sumiu.'"
            " WHERE problem = 'Para olhar.'"
        )
        expect(page.get_by_text("Falhou: O produto sumiu.")).to_be_visible()
        inspector.look(page, "failed wish")
    queue = enter("ana", "/c/aurora/work-orders/requests?status=dead")
    inspector.look(queue, "queue with a failed wish")


def test_menus_confirmations_and_conflicts(enter: Enter, inspector: Inspector):
    page = enter("ana", "/c/aurora/customers")
    page.get_by_role("button", name="Ana").click()
    inspector.look(page, "menu of the user")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Aurora Assistência Técnica").click()
    inspector.look(page, "switch of companies")
    page.keyboard.press("Escape")
    page.set_viewport_size(NARROW)
    page.locator(".drawer summary").click()
    expect(page.get_by_role("navigation", name="Menu").get_by_role("link").first).to_be_visible()
    page.evaluate(AXE.axe_script)
    assert not page.evaluate(RUN, EVERYTHING)
    page.locator(".drawer summary").click()
    page.set_viewport_size(WIDE)

    page.goto("/c/aurora/products?q=PC-02")
    page.locator("td a").click()
    other = page.context.new_page()
    other.goto(page.url)
    for window, unit in ((other, "PC"), (page, "CX")):
        window.get_by_label("Unidade").fill(unit)
        save(window)
        expect(window.get_by_label("Unidade")).to_have_value(unit)
    expect(page.get_by_text("Outra pessoa salvou nesse meio-tempo.")).to_be_visible()
    inspector.look(page, "conflict")
    page.get_by_role("button", name="Excluir").click()
    expect(page.get_by_role("dialog", name=re.compile("^Excluir"))).to_be_visible()
    inspector.look(page, "confirmation")


def test_the_copy_of_parameters(enter: Enter, inspector: Inspector):
    page = enter("ana", "/c/boreal/parameters/copy")
    page.get_by_label("Todos", exact=True).check()
    expect(page.get_by_role("rowheader", name="Controla atendimentos aos clientes")).to_be_visible()
    page.get_by_role("checkbox", name="Tipo de Serviço").uncheck()
    expect(page.locator(".copy-table .field-errors")).to_be_visible()
    page.get_by_role("button", name="Confirmar cópia").click()
    expect(page.get_by_role("group", name="Não foi copiado.")).to_be_visible()
    inspector.look(page, "refused copy")
    page.get_by_role("checkbox", name="Tipo de Serviço").check()
    page.get_by_role("button", name="Confirmar cópia").click()
    expect(page.get_by_text("Copiado", exact=True)).to_be_visible()
    inspector.look(page, "result of a copy")
    page.get_by_role("button", name="Desfazer").click()
    answer(page, re.compile("^Deseja desfazer esta cópia"), "Sim")
    expect(page.get_by_text("Desfeito", exact=True)).to_be_visible()
    page.goto("/c/boreal/parameters")
    inspector.look(page, "batches that were undone")
    page.goto("/c/boreal/parameters/copy?source=&to=")
    inspector.look(page, "comparison that can't be")


def test_the_kinds_of_the_report(enter: Enter, inspector: Inspector):
    page = enter("ana")
    report = "/c/aurora/service-desk/reports/tickets"
    both = "company=aurora&company=boreal"
    page.goto(f"{report}?view=details&break=technician&forwardings=with&{both}")
    page.get_by_role("button", name="Colunas").click()
    inspector.look(page, "list with breaks and details, its columns to choose")
    page.goto(f"{report}?view=by_customer&{both}")
    inspector.look(page, "summary with a chart")
    page.goto(f"{report}?since=2026-02-01&until=2026-01-01&customer=nobody")
    inspector.look(page, "question without an answer")
    page.goto(f"{report}?customer=nobody")
    page.get_by_role("link", name="Salvar relatório").click()
    expect(page.get_by_role("dialog", name="Salvar relatório")).to_be_visible()
    inspector.look(page, "name for the report")
    page.keyboard.press("F10")
    expect(page.get_by_role("dialog").get_by_text("Campo obrigatório.").first).to_be_visible()
    inspector.look(page, "name that is refused")
    page.get_by_role("dialog").get_by_label("Nome", exact=True).fill("Sem cliente")
    page.keyboard.press("F10")
    expect(page.locator(".report-name")).to_be_visible()
    page.get_by_text("Mais filtros").click()
    page.get_by_label("OS", exact=True).select_option("Sem OS")
    page.get_by_label("Situação da OS", exact=True).select_option("Aberta")
    expect(page.get_by_text("Há filtros alterados ainda não aplicados.")).to_be_visible()
    page.get_by_role("button", name="Mostrar", exact=True).click()
    expect(page.get_by_text("se excluem")).to_be_visible()
    page.get_by_label("Pesquisar", exact=True).fill("bomba")
    inspector.look(page, "saved report that was changed, with filters that exclude each other")
    page.goto(f"{report}?view=by_month")
    page.locator("#report tbody a").first.click()
    expect(page.get_by_role("link", name="Voltar ao resumo")).to_be_visible()
    inspector.look(page, "tickets behind a figure")


def test_the_pages_of_a_kept_text(visit: Enter, enter: Enter, inspector: Inspector, portal: Portal):
    page = enter("bruno", "/c/aurora/service-desk/channels")
    page.goto(NEW_TICKET)
    pick(page, "Cliente", "0001")
    with portal.database_down():
        save(page)
        expect(page.get_by_role("button", name="Tentar novamente")).to_be_visible()
        inspector.look(page, "503")
    page.goto(NEW_TICKET)
    page.locator("#form input[name=csrf_token]").evaluate("field => { field.value = 'stale' }")
    save(page)
    expect(page.get_by_role("button", name="Continuar de onde parei")).to_be_visible()
    inspector.look(page, "form that is too old")
