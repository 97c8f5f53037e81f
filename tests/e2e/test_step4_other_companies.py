"""Step 4: the same plugin with other parameters in boreal, and none of it in cometa (R1 to R3)."""

from __future__ import annotations

from playwright.sync_api import expect

from app import create_app
from config import TestingConfig
from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import (
    PROBLEM,
    choose,
    leave_identification,
    lookup,
    menu,
    notice,
    pick,
    save,
)


def test_boreal_asks_for_a_product_and_nobody_asks_about_a_work_order(enter: Enter):
    page = enter("carla", "/c/boreal/service-desk/tickets/new")
    expect(lookup(page, "Produto")).to_be_visible()
    expect(lookup(page, "Produto do Cliente")).to_have_count(0)

    choose(page, "Origem do Contato", "Cliente")
    pick(page, "Cliente", "0001")
    lookup(page, "Produto").press("ArrowDown")
    page.get_by_role("option").first.click()
    lookup(page, "Técnico/Operador").press("ArrowDown")
    page.get_by_role("option").first.click()
    pick(page, "Meio de Comunicação", "TEL")
    leave_identification(page)
    page.get_by_label(PROBLEM).fill("Em Boreal.")
    save(page)

    expect(notice(page)).to_contain_text("incluído")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Gerar OS")).to_be_visible()


def test_cometa_has_no_menu_entry_and_every_address_of_the_desk_is_404(enter: Enter, portal: Portal):
    page = enter("dora", "/")
    expect(menu(page, "Clientes")).to_be_visible()
    for label in ("Atendimentos", "Meios de Comunicação", "Conclusões de Encaminhamentos"):
        expect(menu(page, label)).to_have_count(0)
    addresses = desk_addresses(portal)
    assert len(addresses) >= 8
    for address in addresses:
        answer = page.goto(address)
        assert answer.status == 404, address
    expect(page.get_by_role("heading", name="Não encontrado")).to_be_visible()


def desk_addresses(portal: Portal) -> list[str]:
    """What a browser can ask of the service desk in cometa, with an id where one is wanted."""
    app = create_app(
        TestingConfig,
        SQLALCHEMY_DATABASE_URI=portal.servers.database_url(),
        REDIS_URL=portal.servers.redis_url,
    )
    urls = app.url_map.bind("")
    return [
        urls.build(rule.endpoint, dict.fromkeys(rule.arguments, 1) | {"company_code": "cometa"})
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("service_desk.") and "GET" in rule.methods
    ]


def test_nobody_enters_a_company_of_others(enter: Enter):
    page = enter("carla")
    assert page.goto("/c/aurora/service-desk/tickets").status == 404
    expect(page.get_by_text("Aurora")).to_have_count(0)
