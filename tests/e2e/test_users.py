"""Users: the one-time password, the invitation, the language, the way out (DOMAIN, who may do what)."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.screens import answer, log_in, menu, notice, save

PORTUGUESE = ("Senha atual", "Nova senha", "Repita a nova senha", "Salvar")
ENGLISH = ("Present password", "New password", "Repeat the new password", "Save")
FIRST, SECOND = "um cavalo no telhado", "outro cavalo, outra casa"


def invite(ana: Page, company: str, login: str) -> str:
    """Add a user; return the one-time password that the page shows."""
    ana.goto(f"/c/{company}/")
    menu(ana, "Usuários").click()
    ana.get_by_role("link", name="Novo usuário").click()
    ana.get_by_label("Usuário").fill(login)
    ana.get_by_label("Nome").fill("Ivo Novato")
    ana.get_by_label("Papel").select_option("Operador")
    save(ana)
    expect(ana.get_by_role("heading", name="Senha provisória")).to_be_visible()
    return ana.locator("#one-time-password").text_content()


def change_password(page: Page, present: str, new: str, *, labels: tuple[str, ...] = PORTUGUESE) -> None:
    for label, value in zip(labels[:3], (present, new, new), strict=True):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name=labels[3]).click()


def test_a_new_user_changes_the_one_time_password_works_in_english_and_changes_it_again(
    enter: Enter, visit: Enter
):
    ana, ivo = enter("ana"), visit()
    password = invite(ana, "boreal", "ivo")
    log_in(ivo, "ivo", password)
    for path in ("/", "/c/boreal/"):
        ivo.goto(path)
        expect(ivo.get_by_role("heading", name="Trocar senha")).to_be_visible()
    change_password(ivo, password, "aaaaaaaaaaaaaaaa")
    expect(ivo.get_by_text("fácil de adivinhar").first).to_be_visible()
    change_password(ivo, password, FIRST)
    expect(ivo.get_by_role("heading", level=1)).to_have_text("Boreal Serviços")
    expect(menu(ivo, "Usuários")).to_have_count(0)

    ivo.get_by_role("button", name="Ivo Novato").click()
    ivo.get_by_role("link", name="Perfil").click()
    ivo.get_by_label("Idioma").select_option("English")
    save(ivo)
    expect(ivo.get_by_role("heading", name="Profile")).to_be_visible()
    expect(ivo.locator("html")).to_have_attribute("lang", "en")
    ivo.goto("/c/boreal/")
    menu(ivo, "Tickets").click()
    ivo.get_by_role("link", name="New ticket").click()
    expect(ivo.get_by_role("group", name="Origin of the contact", exact=True)).to_be_visible()

    other = visit()
    log_in(other, "ivo", FIRST)
    ivo.goto("/profile/password")
    change_password(ivo, FIRST, SECOND, labels=ENGLISH)
    expect(notice(ivo)).to_contain_text("Your password was changed.")
    other.goto("/c/boreal/")
    expect(other.get_by_role("button", name="Entrar")).to_be_visible()
    try_to_log_in(other, "ivo", FIRST)

    remove(ana, "boreal", "ivo")
    assert ivo.goto("/c/boreal/").status == 404


def test_an_invitation_counts_when_it_is_accepted_and_the_new_password_opens_nothing(
    enter: Enter, visit: Enter
):
    ana, carla = enter("ana"), enter("carla")
    password = invite(ana, "aurora", "carla")
    ana.get_by_role("link", name="Voltar aos usuários").click()
    expect(ana.get_by_role("row").filter(has_text="carla")).to_contain_text("Pendente")
    try_to_log_in(visit(), "carla", password)
    assert carla.goto("/c/aurora/").status == 404

    carla.goto("/")
    expect(carla.get_by_text("Aurora Assistência Técnica convida você com o papel Operador.")).to_be_visible()
    carla.get_by_role("button", name="Aceitar").click()
    expect(notice(carla)).to_have_text("Agora você pertence a Aurora Assistência Técnica.")
    expect(menu(carla, "Atendimentos")).to_be_visible()
    remove(ana, "aurora", "carla")


def try_to_log_in(page: Page, login: str, password: str) -> None:
    page.goto("/login")
    page.get_by_label("Usuário").fill(login)
    page.get_by_label("Senha").fill(password)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_text("Usuário ou senha não conferem.")).to_be_visible()


def remove(ana: Page, company: str, login: str) -> None:
    ana.goto(f"/c/{company}/users")
    ana.get_by_role("link", name=login, exact=True).click()
    ana.get_by_role("button", name="Remover").click()
    answer(ana, re.compile(f"^Remover {login}"), "Sim")
    expect(notice(ana)).to_contain_text(f"{login} não pertence mais à empresa.")


def test_the_company_is_switched_in_the_top_bar(enter: Enter):
    page = enter("ana", "/c/aurora/")
    page.get_by_role("button", name="Aurora Assistência Técnica").click()
    page.get_by_role("link", name="Boreal Serviços").click()
    expect(page).to_have_url(re.compile("/c/boreal/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Boreal Serviços")


def test_dark_is_a_choice_that_stays(visit: Enter):
    page = visit()
    log_in(page, "bruno")
    page.get_by_role("button", name="Bruno").click()
    page.get_by_role("group", name="Aparência").get_by_text("Escura").click()
    page.goto("/profile")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_logging_out_ends_the_session(visit: Enter):
    page = visit()
    log_in(page, "bruno")
    page.get_by_role("button", name="Bruno").click()
    page.get_by_role("button", name="Sair").click()
    expect(page.get_by_role("button", name="Entrar")).to_be_visible()
    page.goto("/c/aurora/")
    expect(page.get_by_role("button", name="Entrar")).to_be_visible()
