"""Who comes in where: roles, permissions, menu, and the order of the portal's checks (`app/portal.py`)."""

import re
from http import HTTPStatus

import pytest
from flask import g

from app.plugin_api.contract import MenuItem, Permission, Section
from app.portal import Portal, may
from app.users.models import Membership
from app.users.roles import Role
from tests.app.companies.conftest import deactivate
from tests.world import log_in

LADDER = [Role.VIEWER, Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN]


@pytest.mark.parametrize("role", LADDER)
@pytest.mark.parametrize("needed", LADDER)
def test_each_role_has_what_stands_before_it(role, needed):
    assert role.includes(needed) is (LADDER.index(role) >= LADDER.index(needed))


def test_roles_have_names(app):
    with app.test_request_context():
        assert [role.label for role in Role] == ["Consulta", "Operador", "Supervisor", "Administrador"]


def test_without_a_membership_nothing_is_permitted(app):
    permission = Permission("x.y", "X", Role.VIEWER)
    with app.test_request_context():
        assert not may(permission)
        g.membership = Membership(role=Role.VIEWER)
        assert may(permission)


PERMITTED = {
    "service_desk.view": Role.VIEWER,
    "service_desk.edit": Role.OPERATOR,
    "service_desk.reopen": Role.SUPERVISOR,
    "service_desk.tables_view": Role.VIEWER,
    "service_desk.tables_edit": Role.SUPERVISOR,
    "service_desk.reports": Role.VIEWER,
    "reports.share": Role.SUPERVISOR,
    "parties.view": Role.VIEWER,
    "parties.edit": Role.OPERATOR,
    "products.view": Role.VIEWER,
    "products.edit": Role.SUPERVISOR,
    "staff.view": Role.VIEWER,
    "staff.edit": Role.SUPERVISOR,
    "work_orders.view": Role.VIEWER,
    "work_orders.edit": Role.OPERATOR,
    "work_orders.cancel": Role.SUPERVISOR,
    "work_orders.queue": Role.ADMIN,
    "companies.parameters": Role.ADMIN,
    "users.edit": Role.ADMIN,
    "audit.view": Role.ADMIN,
}
"""DOMAIN, «Who may do what»."""


def test_permissions_are_those_of_the_domain(app):
    declared = app.extensions["balcao"].permissions
    assert {key: permission.role for key, permission in declared.items()} == PERMITTED
    with app.test_request_context():
        assert all(str(permission.label) for permission in declared.values())


# ── The menu ──────────────────────────────────────────────────────────────────────────────────────


def menu(client, path):
    """The entries of the side menu, read from the page."""
    nav = re.search(r'<nav class="side".*?</nav>', client.get(path).text, re.DOTALL)[0]
    return re.findall(r"<li><a [^>]*>([^<]+)</a>", nav)


REGISTERS = [
    "Clientes",
    "Interessados",
    "Produtos",
    "Produtos dos Clientes",
    "Técnicos/Operadores",
    "Departamentos",
]
MOVEMENTS = ["Atendimentos", "Ordens de Serviço"]
COMPANY = [
    "Parâmetros Adicionais",
    "Cópia dos Parâmetros Adicionais",
    "Usuários",
    "Fila de Geração de OS",
    "Auditoria",
]
DESK = [
    "Meios de Comunicação",
    "Conclusões de Encaminhamentos",
    "Categorias de Problemas",
    "Problemas e Soluções",
]
REPORTS = ["Atendimentos e Encaminhamentos"]


def test_menu_of_an_administrator_is_the_manuals(client, world):
    log_in(client, world, "ana")
    company = [
        "Parâmetros Adicionais",
        "Cópia dos Parâmetros Adicionais",
        "Usuários",
        "Fila de Geração de OS",
        "Auditoria",
    ]
    assert menu(client, "/c/aurora/") == [
        "Atendimentos",
        "Ordens de Serviço",
        *REGISTERS,
        *DESK,
        *REPORTS,
        *company,
    ]


def test_menu_leaves_out_what_the_role_may_not_do(client, world):
    log_in(client, world, "vera")
    assert menu(client, "/c/aurora/") == [*MOVEMENTS, *REGISTERS, *DESK, *REPORTS]


def test_menu_leaves_out_the_plugin_where_it_is_off(client, world):
    log_in(client, world, "dora")
    entries = menu(client, "/c/cometa/")
    assert entries[0] == "Ordens de Serviço"
    assert not {"Atendimentos", *DESK} & set(entries)


def test_menu_marks_the_entry_of_the_page_and_of_what_lies_below(client, world):
    log_in(client, world, "ana")
    for path in ("/c/aurora/users", "/c/aurora/users/new"):
        assert '<a href="/c/aurora/users" aria-current="page">Usuários</a>' in client.get(path).text


def test_switcher_offers_the_users_companies_and_marks_this_one(client, world, owner_engine):
    log_in(client, world, "ana")
    page = client.get("/c/boreal/").text
    assert '<a href="/c/boreal/" aria-current="true">' in page
    assert '<a href="/c/aurora/">' in page
    assert "cometa" not in page
    log_in(client, world, "bruno")
    assert "company-menu" not in client.get("/c/aurora/").text


def test_sections_stand_where_the_manual_has_them(app):
    permission = Permission("x.y", "X", Role.VIEWER)
    with app.test_request_context():
        places = [Portal._place(None, MenuItem("X", "x.y", section, permission)) for section in Section]
    assert places == [
        ("Movimentação", ""),
        ("Manutenção", "Cadastros"),
        ("Manutenção", "Tabelas › "),
        ("Relatórios", ""),
        ("Empresa", ""),
    ]


def test_page_without_a_company_has_no_menu_and_no_search(app):
    with app.test_request_context():
        assert (Portal().menu, Portal().search_url, Portal().home_url) == ([], None, "/")


# ── The order of the checks ───────────────────────────────────────────────────────────────────────


def test_company_of_others_is_not_found_for_members_of_none_and_all_roles(client, world):
    for login in ("carla", "dora", "bruno"):
        log_in(client, world, login)
        others = {"carla": "aurora", "dora": "aurora", "bruno": "boreal"}[login]
        assert client.get(f"/c/{others}/").status_code == HTTPStatus.NOT_FOUND
        assert client.post(f"/c/{others}/users/new").status_code == HTTPStatus.NOT_FOUND


def test_company_that_does_not_exist_looks_like_one_of_others(client, world):
    log_in(client, world, "bruno")
    pages = [client.get(f"/c/{code}/").text for code in ("boreal", "nowhere")]
    ids = [page.split('<span class="code">')[1].split("<")[0] for page in pages]
    assert pages[0].replace(ids[0], "").split("csrf")[0] == pages[1].replace(ids[1], "").split("csrf")[0]


@pytest.mark.parametrize("code", ["AURORA", "aurora%00", "aur%20ora", "%F0%9F%A6%9C", "..", "a" * 300])
def test_odd_codes_are_not_found(client, world, code):
    log_in(client, world, "bruno")
    assert client.get(f"/c/{code}/").status_code == HTTPStatus.NOT_FOUND


def test_plugin_that_is_off_is_not_found_before_it_is_forbidden(client, world):
    log_in(client, world, "dora")
    assert client.get("/c/cometa/service-desk/tickets").status_code == HTTPStatus.NOT_FOUND


def test_static_files_ask_for_no_login_and_no_database(app, client, count_statements):
    with count_statements() as counted, client.get(f"{app.static_url_path}/theme.css") as answer:
        assert answer.status_code == HTTPStatus.OK
    assert not counted.statements


# ── R22c ──────────────────────────────────────────────────────────────────────────────────────────


def test_inactive_company_is_read_by_its_administrators_only(as_user, world, owner_engine):
    with deactivate(world.aurora, owner_engine):
        ana = as_user("ana")
        for path in ("", "customers", "parameters", "users", "audit"):
            assert ana.get(f"/c/aurora/{path}").status_code == HTTPStatus.OK
        assert "Empresa inativa" in ana.get("/c/aurora/").text
        for login in ("bruno", "sofia", "vera"):
            assert as_user(login).get("/c/aurora/").status_code == HTTPStatus.NOT_FOUND
            assert "Você ainda não pertence a nenhuma empresa." in as_user(login).get("/").text
        assert "aurora" not in as_user("carla").get("/c/boreal/").text


def test_nothing_is_written_in_an_inactive_company(app, as_user, world, owner_engine):
    urls = app.url_map.bind("localhost")
    ana = as_user("ana")
    with deactivate(world.aurora, owner_engine):
        for rule in app.url_map.iter_rules():
            if "company_code" in rule.arguments and "POST" in rule.methods:
                values = dict.fromkeys(rule.arguments - {"company_code"}, 1) | {"company_code": "aurora"}
                answer = ana.post(urls.build(rule.endpoint, values))
                assert answer.status_code == HTTPStatus.FORBIDDEN, rule
                assert "(R22c)" in answer.text


def test_forms_of_an_inactive_company_have_no_save_button(as_user, world, owner_engine):
    with deactivate(world.aurora, owner_engine):
        assert "data-save" not in as_user("ana").get("/c/aurora/parameters").text


def test_in_an_inactive_company_nobody_is_led_to_a_form(as_user, world, owner_engine):
    ana, desk = as_user("ana"), "/c/aurora/service-desk"
    pages = {"/c/aurora/work-orders": "/work-orders/new", f"{desk}/tickets": "/tickets/new"}
    forms = [f"{desk}/tickets/new", "/c/aurora/work-orders/new", "/c/aurora/customers/new"]
    with deactivate(world.aurora, owner_engine):
        for page, form in pages.items():
            answer = ana.get(page)
            assert answer.status_code == HTTPStatus.OK
            assert f'{form}"' not in answer.text
        for form in forms:
            answer = ana.get(form)
            assert answer.status_code == HTTPStatus.FORBIDDEN
            assert "Esta empresa está inativa" in answer.text
        ticket = ana.get(f"{desk}/tickets/{world.rows['aurora'].ticket.id}").text
        assert "Salvar" not in ticket
    assert all(f'{form}"' in ana.get(page).text for page, form in pages.items())
    assert all(ana.get(form).status_code == HTTPStatus.OK for form in forms)
