"""R18 in the browser: the timer of a contact, in its row and in the top bar, through crashes and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserType, Error, Locator, Page, expect

from tests.e2e.conftest import Complaints, Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import ASKS, NEW_TICKET, PROBLEM, answer, fill_ticket, log_in, notice, save
from tests.e2e.test_accessibility import Inspector, inspector  # noqa: F401  the fixture

ASKS_FIRST = re.compile("O que fazer com ele")
DISCARD = re.compile("^Descartar o cronômetro")
MINUTES = re.compile(r"^\d\d:\d\d$")


@pytest.fixture(autouse=True)
def nothing_in_hand(portal: Portal) -> Iterator[None]:
    """Timers and drafts live on the server: each test begins and ends without."""
    for _ in range(2):
        portal.sql("DELETE FROM service_desk_timer")
        portal.sql("DELETE FROM service_desk_draft")
        if not _:
            yield


def contacts(page: Page) -> None:
    """Open the second tab."""
    page.get_by_role("tab", name="Atendimentos").click()


def row(page: Page, place: int = 1) -> Locator:
    return page.get_by_role("group", name=f"Atendimento {place}", exact=True)


def toggle(page: Page, place: int = 1) -> Locator:
    return row(page, place).get_by_role("button", name="Cronômetro", exact=True)


def start(page: Page, place: int = 1) -> None:
    toggle(page, place).click()
    expect(toggle(page, place)).to_have_attribute("aria-pressed", "true")


def bar(page: Page) -> Locator:
    """The running timer in the top bar."""
    return page.get_by_role("banner").get_by_role("group", name="Cronômetro")


def hours(page: Page, place: int = 1) -> tuple[str, str]:
    fields = (row(page, place).get_by_label(label) for label in ("Hora Inicial", "Hora Final"))
    start, end = (field.input_value() for field in fields)
    return start, end


def minutes_between(start: str, end: str) -> int:
    as_minutes = [int(hour) * 60 + int(minute) for hour, minute in (start.split(":"), end.split(":"))]
    return (as_minutes[1] - as_minutes[0]) % (24 * 60)


def running_since(portal: Portal, hours: float) -> None:
    """Let the running timer have been started so long ago."""
    portal.sql(
        "UPDATE service_desk_timer SET started_at = started_at - make_interval(secs => :seconds)",
        seconds=hours * 3600,
    )


def open_ticket(page: Page, portal: Portal, problem: str) -> int:
    """Include a ticket and stay on its page; its id."""
    page.goto(NEW_TICKET)
    fill_ticket(page, problem)
    save(page)
    answer(page, ASKS, "Não")
    expect(page.get_by_role("heading", name=re.compile("^Atendimento nº"))).to_be_visible()
    ticket_id: int = portal.scalar("SELECT id FROM service_desk_ticket WHERE problem = :p", p=problem)
    return ticket_id


# ── Start, stop ──────────────────────────────────────────────────────────────────────────────────────


def test_a_press_starts_and_a_second_fills_the_row(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    contacts(page)
    expect(toggle(page)).to_have_attribute("aria-pressed", "false")
    start(page)
    expect(row(page).get_by_role("timer")).to_have_text(re.compile(r"^0:00:0[1-9]$"))
    expect(bar(page).get_by_role("timer")).to_have_text(re.compile(r"^0:00:0[1-9]$"))
    expect(bar(page).get_by_role("link", name="Atendimento novo")).to_be_visible()
    assert hours(page) == ("", "")

    toggle(page).click()
    expect(toggle(page)).to_have_attribute("aria-pressed", "false")
    expect(row(page).get_by_label("Hora Final")).to_have_value(MINUTES)
    assert minutes_between(*hours(page)) in (1, 2)  # two, if the minute turned
    expect(bar(page)).to_have_count(0)


def test_the_measured_contact_is_saved_and_its_timer_gone(enter: Enter, portal: Portal):
    page = enter("bruno")
    ticket_id = open_ticket(page, portal, "Medido e salvo.")
    contacts(page)
    start(page)
    toggle(page).click()
    expect(row(page).get_by_label("Hora Final")).to_have_value(MINUTES)
    row(page).get_by_label("Nome do Contato").fill("Dona Lurdes")
    row(page).get_by_label("Problema Constatado").fill("Sem energia.")
    row(page).get_by_label("Orientação").fill("Ligar na tomada.")
    save(page)
    expect(notice(page)).to_contain_text("salvo")
    minutes = portal.scalar(
        "SELECT extract(epoch FROM ended_at - started_at) / 60 FROM service_desk_interaction"
        " WHERE ticket_id = :id",
        id=ticket_id,
    )
    assert int(minutes) in (1, 2)
    assert portal.scalar("SELECT count(*) FROM service_desk_timer") == 0


def test_a_timer_of_a_new_ticket_goes_on_after_the_save(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    contacts(page)
    start(page)
    page.get_by_role("tab", name="Identificação e Problema").click()
    fill_ticket(page, "Salvo enquanto corre.")
    save(page)
    answer(page, ASKS, "Não")
    expect(bar(page).get_by_role("link", name=re.compile(r"^Atendimento nº \d+$"))).to_be_visible()
    contacts(page)
    expect(toggle(page)).to_have_attribute("aria-pressed", "true")
    toggle(page).click()
    expect(row(page).get_by_label("Hora Final")).to_have_value(MINUTES)


# ── Other pages, other browsers ──────────────────────────────────────────────────────────────────────


def test_the_top_bar_of_another_page_leads_back_and_stops(enter: Enter, portal: Portal):
    page = enter("bruno")
    ticket_id = open_ticket(page, portal, "De outra página.")
    contacts(page)
    start(page)
    page.goto("/c/aurora/customers")
    expect(bar(page).get_by_role("timer")).to_have_text(re.compile(r"^0:00:\d\d$"))
    expect(bar(page).get_by_role("link", name=re.compile("^Atendimento nº"))).to_be_visible()
    bar(page).get_by_role("button", name="Parar").click()
    expect(page).to_have_url(re.compile(rf"/tickets/{ticket_id}#interactions$"))
    expect(row(page).get_by_label("Hora Final")).to_have_value(MINUTES)
    assert minutes_between(*hours(page)) in (1, 2)
    expect(bar(page)).to_have_count(0)


def test_the_top_bar_of_the_documents_own_page_fills_the_row_in_place(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    page.get_by_label(PROBLEM).fill("Fica aqui.")
    contacts(page)
    start(page)
    page.get_by_role("tab", name="Identificação e Problema").click()
    bar(page).get_by_role("button", name="Parar").click()
    expect(row(page).get_by_label("Hora Final")).to_have_value(MINUTES)  # its tab opens
    page.get_by_role("tab", name="Identificação e Problema").click()
    expect(page.get_by_label(PROBLEM)).to_have_value("Fica aqui.")


def test_a_discard_asks_first(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    contacts(page)
    start(page)
    bar(page).get_by_role("button", name="Descartar").click()
    answer(page, DISCARD, "Não")
    expect(bar(page)).to_be_visible()
    bar(page).get_by_role("button", name="Descartar").click()
    answer(page, DISCARD, "Sim")
    expect(bar(page)).to_have_count(0)
    expect(toggle(page)).to_have_attribute("aria-pressed", "false")
    assert hours(page) == ("", "")
    assert portal.scalar("SELECT count(*) FROM service_desk_timer") == 0


def test_a_killed_browser_loses_neither_timer_nor_draft(
    browser_type: BrowserType, browser_type_launch_args: dict, enter: Enter, portal: Portal
):
    doomed: Browser = browser_type.launch(**browser_type_launch_args)
    page = doomed.new_page(base_url=portal.url, locale="pt-BR")
    log_in(page, "bruno")
    page.goto(NEW_TICKET)
    page.get_by_label(PROBLEM).fill("Caiu a luz.")
    contacts(page)
    row(page).get_by_label("Nome do Contato").fill("Seu Nilo")
    start(page)
    with pytest.raises(Error):
        doomed.new_browser_cdp_session().send("Browser.crash")
    assert not doomed.is_connected()

    page = enter("bruno", "/c/aurora/")
    bar(page).get_by_role("link", name="Atendimento novo").click()
    expect(page.get_by_label(PROBLEM)).to_have_value("Caiu a luz.")
    expect(row(page).get_by_label("Nome do Contato")).to_have_value("Seu Nilo")
    expect(toggle(page)).to_have_attribute("aria-pressed", "true")
    toggle(page).click()
    expect(row(page).get_by_label("Hora Final")).to_have_value(MINUTES)
    # Killed between the stop and the save, it is filled again.
    page.evaluate("document.getElementById('form').dataset.guard = ''")
    page.goto(page.url.replace("#interactions", ""))
    contacts(page)
    expect(row(page).get_by_label("Hora Final")).to_have_value(MINUTES)


def test_a_page_that_comes_into_sight_again_knows_what_became_of_the_timer(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    contacts(page)
    start(page)
    other = enter("bruno", "/c/aurora/customers")
    bar(other).get_by_role("button", name="Descartar").click()
    answer(other, DISCARD, "Sim")
    expect(bar(other)).to_have_count(0)
    page.wait_for_timeout(3_100)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(bar(page)).to_have_count(0)
    expect(toggle(page)).to_have_attribute("aria-pressed", "false")


# ── A second one ─────────────────────────────────────────────────────────────────────────────────────


def with_two_rows(page: Page) -> Page:
    """A new form whose first row's timer runs, and a second row."""
    page.goto(NEW_TICKET)
    contacts(page)
    start(page)
    page.get_by_role("button", name="Adicionar atendimento").click()
    toggle(page, 2).click()
    expect(page.get_by_role("dialog", name=ASKS_FIRST)).to_contain_text("Atendimento novo")
    return page


def test_a_second_start_asks_and_stops_the_first(enter: Enter):
    page = with_two_rows(enter("bruno"))
    answer(page, ASKS_FIRST, "Parar o primeiro")
    expect(toggle(page, 2)).to_have_attribute("aria-pressed", "true")
    expect(toggle(page, 1)).to_have_attribute("aria-pressed", "false")
    expect(row(page, 1).get_by_label("Hora Final")).to_have_value(MINUTES)
    assert hours(page, 2) == ("", "")


def test_a_second_start_asks_and_discards_the_first(enter: Enter, portal: Portal):
    page = with_two_rows(enter("bruno"))
    answer(page, ASKS_FIRST, "Descartar o primeiro")
    expect(toggle(page, 2)).to_have_attribute("aria-pressed", "true")
    assert hours(page, 1) == ("", "")
    assert portal.scalar("SELECT count(*) FROM service_desk_timer") == 1


def test_a_second_start_asks_and_may_be_taken_back(enter: Enter):
    page = with_two_rows(enter("bruno"))
    answer(page, ASKS_FIRST, "Cancelar")
    expect(toggle(page, 1)).to_have_attribute("aria-pressed", "true")
    expect(toggle(page, 2)).to_have_attribute("aria-pressed", "false")


def test_a_removed_row_takes_its_timer_along(enter: Enter, portal: Portal):
    page = enter("bruno", NEW_TICKET)
    contacts(page)
    start(page)
    row(page).get_by_role("button", name="Remover").click()
    answer(page, "Remover esta linha?", "Sim")
    expect(bar(page)).to_have_count(0)
    assert portal.scalar("SELECT count(*) FROM service_desk_timer") == 0


# ── Forgotten ────────────────────────────────────────────────────────────────────────────────────────


def test_a_timer_forgotten_for_8_hours_is_flagged_and_trimmed(enter: Enter, portal: Portal):
    page = enter("bruno")
    open_ticket(page, portal, "Esquecido.")
    contacts(page)
    start(page)
    running_since(portal, 8.1)
    page.goto("/c/aurora/customers")
    expect(bar(page)).to_contain_text("Esquecido?")
    bar(page).get_by_role("link", name="Informar o fim").click()
    expect(page.get_by_role("heading", name="Quando o contato terminou?")).to_be_visible()
    begun = portal.scalar(
        "SELECT to_char(started_at AT TIME ZONE 'America/Sao_Paulo', 'HH24:MI') FROM service_desk_timer"
    )
    end = portal.scalar(
        "SELECT to_char(started_at AT TIME ZONE 'America/Sao_Paulo' + interval '25 minutes', 'HH24:MI')"
        " FROM service_desk_timer"
    )
    page.get_by_label("Hora Final").fill(begun)
    page.get_by_role("main").get_by_role("button", name="Parar").click()
    expect(page.get_by_text("deve ser posterior ao início").first).to_be_visible()
    page.get_by_label("Hora Final").fill(end)
    page.get_by_role("main").get_by_role("button", name="Parar").click()
    expect(row(page).get_by_label("Hora Final")).to_have_value(end)
    assert hours(page) == (begun, end)


def test_on_its_own_page_the_end_is_asked_in_a_window(enter: Enter, portal: Portal):
    page = enter("bruno")
    open_ticket(page, portal, "Esquecido aqui.")
    contacts(page)
    start(page)
    running_since(portal, 9)
    page.reload()
    contacts(page)
    row(page).get_by_label("Nome do Contato").fill("Ainda aqui")
    bar(page).get_by_role("link", name="Informar o fim").click()
    window = page.get_by_role("dialog", name="Quando o contato terminou?")
    window.get_by_role("button", name="Parar").click()
    expect(window.get_by_role("alert")).to_have_text("Informe a hora final (R18).")
    end = portal.scalar(
        "SELECT to_char(started_at AT TIME ZONE 'America/Sao_Paulo' + interval '1 hour', 'HH24:MI')"
        " FROM service_desk_timer"
    )
    window.get_by_label("Hora Final").fill(end)
    window.get_by_role("button", name="Parar").click()
    expect(window).to_have_count(0)
    expect(row(page).get_by_label("Hora Final")).to_have_value(end)
    expect(row(page).get_by_label("Nome do Contato")).to_have_value("Ainda aqui")


def test_past_12_hours_the_end_is_asked_for(enter: Enter, portal: Portal):
    page = enter("bruno")
    open_ticket(page, portal, "Doze horas.")
    contacts(page)
    start(page)
    running_since(portal, 12.1)
    toggle(page).click()
    expect(row(page).get_by_text("O cronômetro passou de 12 horas: informe a hora final")).to_be_visible()
    assert MINUTES.match(hours(page)[0])
    assert hours(page)[1] == ""
    expect(row(page).get_by_label("Hora Final")).to_be_focused()


# ── Whatever else happens ────────────────────────────────────────────────────────────────────────────


def test_without_an_answer_nothing_is_lost_and_the_press_can_be_repeated(enter: Enter, console: Complaints):
    page = enter("bruno", NEW_TICKET)
    page.get_by_label(PROBLEM).fill("Sem rede.")
    contacts(page)
    page.context.set_offline(True)
    toggle(page).click()
    expect(page.get_by_text("O portal não respondeu.")).to_be_visible()
    expect(toggle(page)).to_have_attribute("aria-pressed", "false")
    page.context.set_offline(False)
    start(page)
    expect(page.get_by_text("O portal não respondeu.")).to_have_count(0)
    expect(page.get_by_label(PROBLEM)).to_have_value("Sem rede.")
    offline = [line for line in console if "ERR_INTERNET_DISCONNECTED" in line]
    console[:] = [line for line in console if line not in offline]


def test_a_reload_comes_back_to_the_running_timer(enter: Enter):
    page = enter("bruno", NEW_TICKET)
    page.get_by_label(PROBLEM).fill("Recarregado.")
    contacts(page)
    start(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_label(PROBLEM)).to_have_value("Recarregado.")
    contacts(page)
    expect(toggle(page)).to_have_attribute("aria-pressed", "true")


def test_without_script_the_buttons_do_the_same(enter: Enter, portal: Portal):
    page = enter("bruno", java_script_enabled=False)
    page.goto(NEW_TICKET)
    page.get_by_label(PROBLEM).fill("Sem script.\nDuas linhas.")
    toggle(page).click()
    expect(toggle(page)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label(PROBLEM)).to_have_value("Sem script.\nDuas linhas.")
    page.get_by_role("button", name="Adicionar atendimento").click()
    toggle(page, 2).click()
    answer(page, ASKS_FIRST, "Parar o primeiro")
    expect(toggle(page, 2)).to_have_attribute("aria-pressed", "true")
    expect(row(page, 1).get_by_label("Hora Final")).to_have_value(MINUTES)
    toggle(page, 2).click()
    expect(row(page, 2).get_by_label("Hora Final")).to_have_value(MINUTES)
    expect(page.get_by_label(PROBLEM)).to_have_value("Sem script.\nDuas linhas.")
    toggle(page, 2).click()
    page.goto("/c/aurora/customers")
    bar(page).get_by_role("button", name="Parar").click()
    expect(page.get_by_label(PROBLEM)).to_have_value("Sem script.\nDuas linhas.")
    expect(row(page, 2).get_by_label("Hora Final")).to_have_value(MINUTES)


def test_everything_of_the_timer_can_be_used_by_everybody(
    enter: Enter,
    portal: Portal,
    inspector: Inspector,  # noqa: F811
):
    page = with_two_rows(enter("bruno"))
    inspector.look(page, "question about the first timer")
    answer(page, ASKS_FIRST, "Cancelar")
    inspector.look(page, "running timer")
    running_since(portal, 12.1)
    page.goto("/c/aurora/customers")
    inspector.look(page, "forgotten timer")
    bar(page).get_by_role("link", name="Informar o fim").click()
    inspector.look(page, "page that asks for the end")
    bar(page).get_by_role("link", name="Atendimento novo").click()
    bar(page).get_by_role("link", name="Informar o fim").click()
    inspector.look(page, "window that asks for the end")
    page.get_by_role("dialog").get_by_role("button", name="Cancelar").click()
    toggle(page).click()
    expect(row(page).get_by_text("O cronômetro passou de 12 horas")).to_be_visible()
    inspector.look(page, "asked for the end")
