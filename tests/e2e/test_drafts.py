"""What was typed into a new ticket and isn't saved is kept on the server, and offered on return."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserType, Error, Locator, Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import ASKS, NEW_TICKET, PROBLEM, answer, fill_ticket, log_in, lookup, save
from tests.e2e.test_accessibility import Inspector, inspector  # noqa: F401  the fixture

KEPT = re.compile(r"^Rascunho guardado às \d\d:\d\d$")


@pytest.fixture(autouse=True)
def no_drafts(portal: Portal) -> Iterator[None]:
    """Drafts live on the server: each test begins and ends without its own.

    Another test's page may keep its form at the very end: tests look for what they have typed.
    """
    portal.sql("DELETE FROM service_desk_draft")
    yield
    portal.sql("DELETE FROM service_desk_draft")


def drafts(portal: Portal, words: str) -> int:
    """How many drafts hold these words."""
    count: int = portal.scalar(
        "SELECT count(*) FROM service_desk_draft WHERE strpos(inputs::text, :words) > 0", words=words
    )
    return count


def offered(page: Page, words: str) -> Locator:
    """The drafts with these first words that the new form offers."""
    drafts = page.get_by_role("region", name="Rascunhos não salvos").get_by_role("listitem")
    return drafts.filter(has_text=words)


def leave(page: Page, path: str) -> None:
    """Go away whatever the browser asks."""
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(path)


def test_two_seconds_after_typing_the_form_is_kept_and_offered_on_return(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    fill_ticket(page, "A esteira para\nde manhã.", product="0001")
    expect(page.get_by_text(KEPT)).to_be_visible()
    leave(page, "/c/aurora/")
    page.goto(NEW_TICKET)
    expect(page.get_by_label(PROBLEM)).to_have_value("")
    expect(offered(page, "A esteira para")).to_have_text(
        re.compile(r"Rascunho de \d\d/\d\d/\d{4} \d\d:\d\d — .*A esteira para\s+de manhã\.")
    )
    offered(page, "A esteira para").get_by_role("link", name="Continuar").click()

    expect(page.get_by_label(PROBLEM)).to_have_value("A esteira para\nde manhã.")
    expect(lookup(page, "Cliente")).to_have_value(re.compile("^0001 · "))
    expect(lookup(page, "Produto do Cliente")).to_have_value(re.compile("^0001 · "))
    expect(offered(page, "A esteira para")).to_have_count(0)
    save(page)
    answer(page, ASKS, "Não")
    assert drafts(portal, "A esteira para") == 0
    page.goto(NEW_TICKET)
    expect(offered(page, "A esteira para")).to_have_count(0)


def test_whoever_leaves_at_once_has_a_draft_too(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    page.get_by_label(PROBLEM).press_sequentially("Fechado logo.")
    leave(page, "/c/aurora/")
    # What a page sends while it goes away isn't waited for by the next one.
    for _ in range(100):
        if drafts(portal, "Fechado logo."):
            break
        page.wait_for_timeout(100)
    page.goto(NEW_TICKET)
    expect(offered(page, "Fechado logo.")).to_contain_text("Fechado logo.")


def test_an_untouched_form_is_no_draft(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    kept: list[str] = []
    page.on("request", lambda request: kept.append(request.url) if request.url.endswith("/drafts") else None)
    page.wait_for_timeout(2_500)
    page.goto("/c/aurora/")
    page.goto(NEW_TICKET)
    assert kept == []


def test_a_discarded_draft_is_asked_about_and_gone(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    page.get_by_label(PROBLEM).fill("Para jogar fora.")
    expect(page.get_by_text(KEPT)).to_be_visible()
    leave(page, "/c/aurora/")
    page.goto(NEW_TICKET)
    offered(page, "Para jogar fora.").get_by_role("button", name="Descartar").click()
    answer(page, re.compile("^Descartar o rascunho de"), "Não")
    expect(offered(page, "Para jogar fora.")).to_have_count(1)
    offered(page, "Para jogar fora.").get_by_role("button", name="Descartar").click()
    answer(page, re.compile("^Descartar o rascunho de"), "Sim")
    expect(page.get_by_text("O rascunho foi descartado.")).to_be_visible()
    expect(offered(page, "Para jogar fora.")).to_have_count(0)


def test_a_killed_browser_loses_nothing_that_was_kept(
    browser_type: BrowserType, browser_type_launch_args: dict, enter: Enter, portal: Portal
):
    doomed: Browser = browser_type.launch(**browser_type_launch_args)
    page = doomed.new_page(base_url=portal.url, locale="pt-BR")
    log_in(page, "bruno")
    page.goto(NEW_TICKET)
    page.get_by_label(PROBLEM).fill("Queimou tudo.")
    page.get_by_role("tab", name="Atendimentos").click()
    page.get_by_role("button", name="Adicionar atendimento").click()
    page.get_by_role("group", name="Atendimento 2", exact=True).get_by_label("Orientação").fill(
        "Trocar o fusível."
    )
    expect(page.get_by_text(KEPT)).to_be_visible()
    with pytest.raises(Error):
        doomed.new_browser_cdp_session().send("Browser.crash")

    page = enter("bruno", NEW_TICKET)
    offered(page, "Queimou tudo.").get_by_role("link", name="Continuar").click()
    page.get_by_role("tab", name="Atendimentos").click()
    second = page.get_by_role("group", name="Atendimento 2", exact=True)
    expect(second.get_by_label("Orientação")).to_have_value("Trocar o fusível.")


def test_a_portal_that_is_away_is_told_quietly_and_tried_again(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    page.clock.install()
    with portal.database_down():
        page.get_by_label(PROBLEM).fill("Banco fora.")
        page.clock.run_for(2_100)
        expect(page.get_by_text("O rascunho não pôde ser guardado.")).to_be_visible()
    page.clock.run_for(10_100)
    expect(page.get_by_text(KEPT)).to_be_visible()
    assert drafts(portal, "Banco fora.") == 1


def test_without_script_a_draft_can_be_continued(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    page.get_by_label(PROBLEM).fill("Para depois.")
    expect(page.get_by_text(KEPT)).to_be_visible()
    plain = enter("bruno", java_script_enabled=False)
    plain.goto(NEW_TICKET)
    offered(plain, "Para depois.").get_by_role("link", name="Continuar").click()
    expect(plain.get_by_label(PROBLEM)).to_have_value("Para depois.")


def test_the_notice_of_the_drafts_can_be_used_by_everybody(
    enter: Enter,
    inspector: Inspector,  # noqa: F811
):
    page = enter("bruno", NEW_TICKET)
    page.get_by_label(PROBLEM).fill("Para olhar. " * 20)
    expect(page.get_by_text(KEPT)).to_be_visible()
    inspector.look(page, "kept form")
    leave(page, "/c/aurora/")
    page.goto(NEW_TICKET)
    inspector.look(page, "drafts offered")
