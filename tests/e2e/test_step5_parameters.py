"""Step 5: ana switches a parameter; it is in force at once, everywhere, and in the audit trail (R4)."""

from __future__ import annotations

from http.client import HTTPConnection

from playwright.sync_api import BrowserContext, Page, expect

from app.embedded.services import HOST
from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import choose, menu, notice, save

DESK = "/c/boreal/service-desk/tickets"
SWITCH = "Controla atendimentos aos clientes"


def status_in_every_web_process(portal: Portal, context: BrowserContext) -> set[int]:
    """What each web process answers to the desk's address, asked by itself."""
    pids = portal.web_processes()
    assert len(pids) == 2
    return {_status_in(portal, pid, context) for pid in pids}


def _status_in(portal: Portal, pid: int, context: BrowserContext) -> int:
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in context.cookies())
    with portal.one_web_process(pid):
        # A connection of its own: an open one would lead to the process that took it.
        connection = HTTPConnection(HOST, portal.port, timeout=10)
        connection.request("GET", DESK, headers={"Cookie": cookies})
        status = connection.getresponse().status
        connection.close()
    return status


def switch(page: Page, label: str, *, on: bool) -> None:
    page.get_by_role("checkbox", name=label, exact=True).set_checked(on)
    save(page)
    expect(notice(page)).to_have_text("Os parâmetros foram salvos.")


def test_a_switch_is_in_force_at_the_next_request_of_every_process_and_audited(enter: Enter, portal: Portal):
    carla = enter("carla", DESK)
    expect(carla.get_by_role("heading", level=1)).to_have_text("Atendimentos")
    assert status_in_every_web_process(portal, carla.context) == {200}

    ana = enter("ana", "/c/boreal/")
    menu(ana, "Parâmetros Adicionais").click()
    switch(ana, SWITCH, on=False)
    try:
        assert status_in_every_web_process(portal, carla.context) == {404}
        assert carla.reload().status == 404
        expect(menu(ana, "Atendimentos")).to_have_count(0)
    finally:
        switch(ana, SWITCH, on=True)
    assert status_in_every_web_process(portal, carla.context) == {200}

    menu(ana, "Auditoria").click()
    entries = ana.get_by_role("main").get_by_role("listitem").filter(has_text=SWITCH)
    expect(entries.first).to_contain_text("Ana")
    expect(entries.first).to_contain_text("Parâmetros Adicionais")
    expect(entries.nth(1)).to_be_visible()


def test_a_parameter_that_another_needs_is_not_switched_away(enter: Enter):
    page = enter("ana", "/c/aurora/parameters")
    choose(page, "Tipo de Serviço", "Outros Serviços")
    save(page)
    refusal = "“Controla os produtos pertencentes aos clientes” exige que “Tipo de Serviço” seja"
    expect(page.get_by_text(refusal).first).to_be_visible()
    page.goto("/c/aurora/parameters")
    expect(page.get_by_label("Assistência Técnica")).to_be_checked()


def test_an_operator_has_no_parameters(enter: Enter):
    page = enter("bruno", "/")
    expect(menu(page, "Parâmetros Adicionais")).to_have_count(0)
    assert page.goto("/c/aurora/parameters").status == 403
