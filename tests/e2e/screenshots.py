"""Makes the README's pictures anew, from the demo data: `.venv/bin/python -m tests.e2e.screenshots`.

Chromium draws date fields in its own language: with `chromium-l10n` and `LANG=pt_BR.UTF-8` in the reader's.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from app.embedded.services import ROOT
from tests.e2e.conftest import ARGUMENTS, CHROMIUM
from tests.e2e.portal import Portal
from tests.e2e.screens import ASKS, NEW_TICKET, answer, fill_ticket, log_in, notice
from tests.e2e.test_reports import many_tickets
from tests.pdfs import PORTRAIT, picture_of

FOLDER = ROOT / "docs" / "screenshots"
REPORT = "/c/aurora/service-desk/reports/tickets"
PROBLEM = (
    "O aparelho gela nos primeiros vinte minutos, depois só ventila.\n"
    "O filtro foi lavado ontem, e o disjuntor não desarmou. A loja abre às sete."
)


def main() -> None:
    """Walk through the main job and take a picture where the README shows one."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as var, sync_playwright() as playwright:
        portal = Portal(Path(var))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            portal.start()
            page = browser.new_page(
                base_url=portal.url,
                locale="pt-BR",
                timezone_id="America/Sao_Paulo",
                viewport={"width": 1360, "height": 900},
                reduced_motion="reduce",
            )
            walk(page)
            files(page, portal)
        finally:
            browser.close()
            portal.stop()


def walk(page: Page) -> None:
    """As bruno: list, new ticket, question, work order, a contact being timed; as ana: parameters."""
    log_in(page, "bruno")
    page.goto("/c/aurora/service-desk/tickets")
    take(page, "tickets")
    page.goto(NEW_TICKET)
    fill_ticket(page, PROBLEM, product="0001")
    page.keyboard.press("F10")
    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()
    take(page, "question")
    answer(page, ASKS, "Sim")
    expect(page).to_have_url(re.compile(r"/work-orders/\d+$"))
    take(page, "work-order")
    page.get_by_role("link", name=re.compile("^Atendimento nº")).click()
    page.get_by_role("tab", name="Atendimentos").click()
    row = page.get_by_role("group", name="Atendimento 1", exact=True)
    row.get_by_label("Nome do Contato").fill("Dona Ivone, da padaria")
    row.get_by_label("Problema Constatado").fill("O capacitor do ventilador externo está estufado.")
    row.get_by_label("Orientação").fill("Deixar o aparelho desligado até a visita de amanhã, às oito.")
    row.get_by_role("button", name="Cronômetro").click()
    expect(row.get_by_role("button", name="Cronômetro")).to_have_attribute("aria-pressed", "true")
    take(page, "contacts")
    page.context.clear_cookies()
    log_in(page, "ana")
    page.goto("/c/aurora/parameters")
    page.emulate_media(color_scheme="dark")
    page.get_by_label("Bloqueia acesso às OSs por técnico").check()
    page.keyboard.press("F10")
    expect(notice(page)).to_be_visible()
    take(page, "parameters-dark")
    page.emulate_media(color_scheme="light")
    page.goto("/c/aurora/parameters/copy")
    expect(page.get_by_text("Consequências").first).to_be_visible()
    take(page, "copy")
    reports(page)


def reports(page: Page) -> None:
    """As ana: a list with breaks, and a summary with its chart, dark."""
    page.goto(f"{REPORT}?break=technician&date=closed&since=2020-01-01")
    page.locator("#report").evaluate("part => part.scrollIntoView()")
    page.screenshot(path=FOLDER / "report.png")
    page.emulate_media(color_scheme="dark")
    page.goto(f"{REPORT}?view=by_month")
    page.locator("#report").evaluate("part => part.scrollIntoView()")
    page.screenshot(path=FOLDER / "report-summary-dark.png")
    page.emulate_media(color_scheme="light")


def files(page: Page, portal: Portal) -> None:
    """As carla: a file that is ready and one that is being made; as bruno: a work order on paper."""
    page.context.clear_cookies()
    log_in(page, "carla")
    with many_tickets(portal):
        page.goto("/c/boreal/service-desk/reports/tickets?columns=number,party,contact_time,problem")
        page.locator("#report").get_by_role("button", name="CSV", exact=True).click()
        expect(page.get_by_role("link", name="Baixar")).to_be_visible()
        page.goto("/c/boreal/service-desk/reports/tickets?view=details&break=technician")
        page.locator("#report").get_by_role("button", name="PDF", exact=True).click()
        page.goto("/c/boreal/reports/files")
        expect(page.get_by_text(re.compile(r"[1-9]\d?% · "))).to_be_visible()
        take(page, "files")
        page.get_by_role("button", name="Cancelar").click()
        expect(notice(page)).to_be_visible()
    page.context.clear_cookies()
    log_in(page, "bruno")
    content = page.request.get("/c/aurora/work-orders/1/print").body()
    (FOLDER / "paper.png").write_bytes(picture_of(content, 1, PORTRAIT, ppi=96))


def take(page: Page, name: str) -> None:
    """What is seen without scrolling."""
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
