"""Empresa › Usuários: the list, roles, invitations (DOMAIN, «Who may do what»)."""

import re
from http import HTTPStatus

import pytest
from sqlalchemy import func, select, update

from app.database import company_scope, db, transaction
from app.staff.models import Technician
from app.users.models import User
from app.users.passwords import is_right
from app.users.roles import Role
from tests.app.users.members import NEW, URL, add, one_time, user
from tests.world import PASSWORD

# ── The list ──────────────────────────────────────────────────────────────────────────────────────


def test_list_shows_login_name_role_and_state(as_user):
    page = as_user("ana").get(URL).text
    for text in ("bruno", "Bruno", "Operador", "Supervisor", "Administrador", "Consulta", "Ativo"):
        assert text in page
    assert "carla" not in page
    assert "dora" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("BRU", True),
        ("operador", False),
        ("novo usuario", True),
        ("%", False),
        ("\x00", True),
    ],
)
def test_list_finds_by_login_and_name_without_accents(as_user, query, found):
    ana = as_user("ana")
    add(ana)
    page = ana.get(URL, query_string={"q": query}).text
    assert ((">bruno<" in page) or (">novo<" in page)) is found


def test_list_costs_at_most_ten_statements(as_user, count_statements):
    ana = as_user("ana")
    with count_statements() as counted:
        assert ana.get(URL).status_code == HTTPStatus.OK
    assert len(counted) <= 10, counted.statements


@pytest.mark.parametrize("login", ["vera", "bruno", "sofia"])
def test_only_administrators_see_and_write_members(as_user, login, member_of):
    member_id = member_of("aurora", "bruno").id
    browser = as_user(login)
    for path in ("", "/new", f"/{member_id}", f"/{member_id}/account"):
        assert browser.get(URL + path).status_code == HTTPStatus.FORBIDDEN
    for path in ("/new", f"/{member_id}", f"/{member_id}/remove", f"/{member_id}/password"):
        assert browser.post(URL + path).status_code == HTTPStatus.FORBIDDEN


def test_members_of_another_company_are_not_there(as_user, member_of):
    foreign = member_of("cometa", "dora").id
    ana = as_user("ana")
    for path in (f"/{foreign}", f"/{foreign}/account", "/999999999", f"/{2**70}"):
        assert ana.get(URL + path).status_code == HTTPStatus.NOT_FOUND
    own_elsewhere = member_of("boreal", "ana").id
    for path in ("remove", "password"):
        for member_id in (foreign, own_elsewhere):
            assert ana.post(f"{URL}/{member_id}/{path}").status_code == HTTPStatus.NOT_FOUND
    assert member_of("cometa", "dora").role is Role.ADMIN


# ── Inviting ──────────────────────────────────────────────────────────────────────────────────────


def test_new_user_comes_in_with_the_one_time_password_and_chooses_their_own(
    app, as_user, trail_of, member_of
):
    answer = add(as_user("ana"), login="Novo.User@x-1")
    assert answer.status_code == HTTPStatus.OK
    assert member_of("aurora", "novo.user@x-1").accepted_at is None
    assert trail_of("aurora", "novo.user@x-1") == [
        (
            "invited",
            {"login": [None, "novo.user@x-1"], "name": [None, "Novo Usuário"], "role": [None, "operator"]},
        )
    ]
    browser, password = app.test_client(), one_time(answer)
    browser.post("/login", data={"login": "novo.user@x-1", "password": password})
    assert browser.get("/").location == "/profile/password"
    typed = {"current_password": password, "new_password": NEW, "new_password_again": NEW}
    assert browser.post("/profile/password", data=typed).location == "/"
    assert browser.get("/").location == "/c/aurora/"
    assert browser.get("/c/aurora/customers").status_code == HTTPStatus.OK
    assert member_of("aurora", "novo.user@x-1").accepted_at is not None
    actions = [action for action, _ in trail_of("aurora", "novo.user@x-1")]
    assert actions == ["invited", "accepted", "password_changed"]


def masked(answer, login, *secrets):
    """What is shown, without login, password and the ids that differ from row to row."""
    text = re.search(r"<main.*</main>", answer.text, re.DOTALL)[0]
    for word in (login, *secrets):
        text = text.replace(word, "…")
    return re.sub(r'/users/\d+|name="csrf_token"[^>]*', "…", text)


def test_login_that_exists_is_added_exactly_as_a_new_one(as_user, count_statements):
    ana, answers, costs = as_user("ana"), [], []
    ana.get(URL)
    for login in ("dora", "some-login"):
        with count_statements() as counted:
            answers.append(add(ana, login=login, name="Somebody"))
        costs.append(len(counted))
    assert [a.status_code for a in answers] == [HTTPStatus.OK, HTTPStatus.OK]
    pages = [masked(a, login, one_time(a)) for a, login in zip(answers, ("dora", "some-login"), strict=True)]
    assert pages[0] == pages[1]
    assert abs(costs[0] - costs[1]) <= 1


def test_login_that_exists_keeps_password_and_name_and_shows_only_what_was_typed(app, as_user, member_of):
    ana = as_user("ana")
    password = one_time(add(ana, login="dora", name="Dora Inventada"))
    assert is_right(PASSWORD, user("dora").password_hash)
    assert not is_right(password, user("dora").password_hash)
    assert not user("dora").must_change_password
    page = ana.get(URL).text
    assert "Dora Inventada" in page
    assert "Pendente" in page
    member = ana.get(f"{URL}/{member_of('aurora', 'dora').id}").text
    assert "Dora Inventada" in member
    assert "Alterar conta" not in member
    assert ">Dora<" not in member


def test_pending_members_page_is_the_same_for_a_login_that_exists(as_user, member_of):
    ana, pages = as_user("ana"), []
    for login in ("dora", "some-login"):
        add(ana, login=login, name="Somebody")
        member_id = member_of("aurora", login).id
        pages.append(masked(ana.get(f"{URL}/{member_id}"), login))
        account = ana.get(f"{URL}/{member_id}/account")
        assert account.status_code == HTTPStatus.FORBIDDEN
    assert pages[0] == pages[1]


def test_membership_starts_when_its_user_accepts(as_user, member_of, trail_of):
    add(as_user("ana"), login="dora", role="viewer")
    dora = as_user("dora")
    assert dora.get("/c/aurora/").status_code == HTTPStatus.NOT_FOUND
    start = dora.get("/").text
    assert "Aurora Ltda convida você com o papel Consulta." in start
    member_id = member_of("aurora", "dora").id
    answer = dora.post(f"/invitations/{member_id}/accept")
    assert answer.location == "/c/aurora/"
    assert dora.get("/c/aurora/").status_code == HTTPStatus.OK
    assert [action for action, _ in trail_of("aurora", "dora")] == ["invited", "accepted"]
    assert dora.post(f"/invitations/{member_id}/accept").status_code == HTTPStatus.NOT_FOUND


def test_refused_invitation_is_gone_and_names_nobody(as_user, member_of, trail_of):
    ana = as_user("ana")
    add(ana, login="dora")
    member_id = member_of("aurora", "dora").id
    assert as_user("dora").post(f"/invitations/{member_id}/decline").location == "/"
    assert member_of("aurora", "dora") is None
    assert [action for action, _ in trail_of("aurora", "dora")] == ["invited", "declined"]
    assert "Recusa do convite" in ana.get("/c/aurora/audit").text


def test_nobody_answers_another_users_invitation(as_user, member_of):
    add(as_user("ana"), login="dora")
    member_id = member_of("aurora", "dora").id
    for answer in ("accept", "decline"):
        for login in ("carla", "bruno", "ana"):
            assert (
                as_user(login).post(f"/invitations/{member_id}/{answer}").status_code == HTTPStatus.NOT_FOUND
            )
    assert member_of("aurora", "dora").accepted_at is None


def test_invitation_of_an_inactive_company_can_not_be_accepted(as_user, world, member_of, owner_engine):
    add(as_user("ana"), login="dora")
    member_id = member_of("aurora", "dora").id
    from tests.app.companies.conftest import deactivate

    with deactivate(world.aurora, owner_engine):
        dora = as_user("dora")
        assert "convida" not in dora.get("/").text
        assert dora.post(f"/invitations/{member_id}/accept").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "login", ["", "x", "a b", "ção", "a" * 61, "novo\x00", "../etc", "novo\n2", "<b>", "ſofia", "𝓪𝓫𝓬"]
)
def test_odd_logins_are_refused_at_their_field(as_user, login):
    answer = add(as_user("ana"), login=login)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="login-error"' in answer.text


@pytest.mark.parametrize("role", ["", "owner", "ADMIN", "1"])
def test_role_that_does_not_exist_is_refused(as_user, role, member_of):
    ana = as_user("ana")
    answer = add(ana, role=role)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="role-error"' in answer.text
    assert user("novo") is None
    answer = ana.post(f"{URL}/{member_of('aurora', 'bruno').id}", data={"role": role, "version": "1"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert member_of("aurora", "bruno").role is Role.OPERATOR


def test_login_that_already_belongs_here_is_refused(as_user):
    ana = as_user("ana")
    for login in ("bruno", "BRUNO"):
        answer = add(ana, login=login)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Este usuário já está na empresa" in answer.text
    add(ana, login="novo")
    assert "Este usuário já está na empresa" in add(ana, login="novo").text


def test_lost_one_time_password_is_replaced(app, as_user, member_of):
    ana = as_user("ana")
    first = one_time(add(ana))
    second = one_time(ana.post(f"{URL}/{member_of('aurora', 'novo').id}/password"))
    assert not is_right(first, user("novo").password_hash)
    assert is_right(second, user("novo").password_hash)


def test_removed_invitation_can_be_made_again(as_user, member_of):
    ana = as_user("ana")
    add(ana)
    assert ana.post(f"{URL}/{member_of('aurora', 'novo').id}/remove").location == URL
    password = one_time(add(ana))
    assert is_right(password, user("novo").password_hash)


def test_new_account_invited_elsewhere_meanwhile_keeps_the_first_password(as_user, member_of):
    first = one_time(add(as_user("ana")))
    second = one_time(add(as_user("dora"), url="/c/cometa/users"))
    third = one_time(as_user("dora").post(f"/c/cometa/users/{member_of('cometa', 'novo').id}/password"))
    stored = user("novo").password_hash
    assert [is_right(p, stored) for p in (first, second, third)] == [True, False, False]


# ── Roles and leaving ─────────────────────────────────────────────────────────────────────────────


def test_role_is_in_force_at_the_next_request(as_user, member_of, trail_of):
    bruno = as_user("bruno")
    assert bruno.get("/c/aurora/audit").status_code == HTTPStatus.FORBIDDEN
    member_id = member_of("aurora", "bruno").id
    answer = as_user("ana").post(f"{URL}/{member_id}", data={"role": "admin", "version": "1"})
    assert answer.location == URL
    assert bruno.get("/c/aurora/audit").status_code == HTTPStatus.OK
    assert trail_of("aurora", "bruno") == [("changed", {"role": ["operator", "admin"]})]
    assert "Operador" in as_user("ana").get(f"{URL}/{member_id}").text


def test_role_changed_by_another_administrator_meanwhile_shows_both(as_user, member_of):
    ana, member_id = as_user("ana"), member_of("aurora", "bruno").id
    ana.post(f"{URL}/{member_id}", data={"role": "supervisor", "version": "1"})
    answer = ana.post(f"{URL}/{member_id}", data={"role": "viewer", "version": "1"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Supervisor" in answer.text
    assert member_of("aurora", "bruno").role is Role.SUPERVISOR
    assert ana.post(f"{URL}/{member_id}", data={"role": "viewer"}).status_code == HTTPStatus.CONFLICT


def test_saving_the_same_role_tells_the_trail_nothing(as_user, member_of, trail_of):
    member_id = member_of("aurora", "bruno").id
    answer = as_user("ana").post(f"{URL}/{member_id}", data={"role": "operator", "version": "1"})
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert trail_of("aurora", "bruno") == []


def test_last_administrator_can_be_neither_demoted_nor_removed(as_user, member_of):
    ana, member_id = as_user("ana"), member_of("aurora", "ana").id
    answer = ana.post(f"{URL}/{member_id}", data={"role": "viewer", "version": "1"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Este é o último administrador da empresa" in answer.text
    answer = ana.post(f"{URL}/{member_id}/remove", follow_redirects=True)
    assert "Este é o último administrador da empresa" in answer.text
    assert member_of("aurora", "ana").role is Role.ADMIN


def test_administrator_who_is_invited_or_inactive_is_not_counted(as_user, world, member_of):
    ana = as_user("ana")
    add(ana, login="dora", role="admin")
    member_id = member_of("aurora", "bruno").id
    ana.post(f"{URL}/{member_id}", data={"role": "admin", "version": "1"})
    with transaction():
        db.session.execute(update(User).where(User.login == "bruno").values(is_active=False))
    answer = ana.post(f"{URL}/{member_of('aurora', 'ana').id}", data={"role": "viewer", "version": "1"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_one_of_two_administrators_may_go(as_user, member_of, trail_of):
    ana = as_user("ana")
    ana.post(f"{URL}/{member_of('aurora', 'bruno').id}", data={"role": "admin", "version": "1"})
    assert ana.post(f"{URL}/{member_of('aurora', 'ana').id}/remove").location == URL
    assert member_of("aurora", "ana") is None
    assert ana.get(URL).status_code == HTTPStatus.NOT_FOUND
    assert trail_of("aurora", "ana") == [("removed", {"role": ["admin", None]})]


def test_removed_member_is_out_at_the_next_request_and_the_account_stays(as_user, member_of):
    vera = as_user("vera")
    assert vera.get("/c/aurora/").status_code == HTTPStatus.OK
    answer = as_user("ana").post(f"{URL}/{member_of('aurora', 'vera').id}/remove", follow_redirects=True)
    assert "vera não pertence mais à empresa." in answer.text
    assert vera.get("/c/aurora/").status_code == HTTPStatus.NOT_FOUND
    assert "Você ainda não pertence a nenhuma empresa." in vera.get("/").text
    assert user("vera").is_active


def test_member_tied_to_a_technician_is_not_removed(as_user, member_of, world):
    answer = as_user("ana").post(f"{URL}/{member_of('aurora', 'bruno').id}/remove", follow_redirects=True)
    assert "Este usuário está ligado a um técnico" in answer.text
    assert member_of("aurora", "bruno") is not None
    with company_scope(world.aurora):
        assert (
            db.session.scalar(select(func.count(Technician.id)).where(Technician.user_id.is_not(None))) == 1
        )
