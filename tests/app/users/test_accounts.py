"""Empresa › Usuários: who may change an account, and what no company may do to another one's."""

from http import HTTPStatus

from app.clock import now
from app.database import company_scope, db, transaction
from app.users.models import Membership
from app.users.passwords import is_right
from app.users.roles import Role
from tests.app.users.conftest import sessions_of
from tests.app.users.members import URL, add, one_time, user
from tests.world import PASSWORD, log_in


def join(world, login, code, role=Role.OPERATOR):
    with company_scope(world.companies[code]), transaction():
        db.session.add(
            Membership(
                company_id=world.companies[code].id,
                user_id=world.users[login].id,
                role=role,
                accepted_at=now(),
            )
        )


def account(member_id, **typed):
    return f"{URL}/{member_id}/account", {"name": "Bruno", "is_active": "y", "version": "1"} | typed


def test_administrator_of_all_the_users_companies_changes_the_account(as_user, member_of, world, trail_of):
    join(world, "bruno", "boreal")
    ana, bruno = as_user("ana"), as_user("bruno")
    assert bruno.get("/c/aurora/").status_code == HTTPStatus.OK
    url, typed = account(member_of("aurora", "bruno").id, name="Bruno Lima")
    del typed["is_active"]
    assert ana.get(url).status_code == HTTPStatus.OK
    assert ana.post(url, data=typed).status_code == HTTPStatus.SEE_OTHER
    assert (user("bruno").name, user("bruno").is_active) == ("Bruno Lima", False)
    assert bruno.get("/c/aurora/").status_code == HTTPStatus.UNAUTHORIZED
    assert sessions_of(world, "bruno") == []
    entry = ("changed", {"name": ["Bruno", "Bruno Lima"], "is_active": [True, False]})
    assert trail_of("aurora", "bruno") == trail_of("boreal", "bruno") == [entry]


def test_administrator_of_some_of_the_users_companies_changes_only_the_membership(as_user, member_of, world):
    join(world, "bruno", "cometa")
    ana, member_id = as_user("ana"), member_of("aurora", "bruno").id
    url, typed = account(member_id, name="Taken over")
    assert ana.get(url).status_code == HTTPStatus.FORBIDDEN
    assert ana.post(url, data=typed).status_code == HTTPStatus.FORBIDDEN
    page = ana.post(f"{URL}/{member_id}/password", follow_redirects=True).text
    assert "cabem ao próprio usuário ou a administradores de todas as empresas dele" in page
    assert "one-time-password" not in page
    detail = ana.get(f"{URL}/{member_id}").text
    assert "Alterar conta" not in detail
    assert "Nova senha provisória" not in detail
    assert user("bruno").name == "Bruno"
    assert is_right(PASSWORD, user("bruno").password_hash)
    assert ana.post(f"{URL}/{member_id}", data={"role": "viewer", "version": "1"}).location == URL


def test_invitation_by_another_company_already_protects_the_account(as_user, member_of):
    add(as_user("dora"), login="bruno", url="/c/cometa/users")
    url, typed = account(member_of("aurora", "bruno").id, name="Taken over")
    assert as_user("ana").post(url, data=typed).status_code == HTTPStatus.FORBIDDEN


def test_inviting_a_user_gives_no_hold_on_the_account(as_user, member_of):
    dora = as_user("dora")
    add(dora, login="bruno", url="/c/cometa/users")
    member_id = member_of("cometa", "bruno").id
    assert dora.post(f"/c/cometa/users/{member_id}/account", data={}).status_code == HTTPStatus.FORBIDDEN
    password = one_time(dora.post(f"/c/cometa/users/{member_id}/password"))
    assert not is_right(password, user("bruno").password_hash)
    assert is_right(PASSWORD, user("bruno").password_hash)


def test_forgotten_password_is_replaced_by_a_one_time_one(as_user, member_of, world, trail_of):
    vera = as_user("vera")
    password = one_time(as_user("ana").post(f"{URL}/{member_of('aurora', 'vera').id}/password"))
    assert is_right(password, user("vera").password_hash)
    assert user("vera").must_change_password
    assert vera.get("/c/aurora/").status_code == HTTPStatus.UNAUTHORIZED
    assert trail_of("aurora", "vera") == [("password_reset", {})]


def test_own_password_is_not_reset_past_the_present_one(as_user, member_of):
    page = as_user("ana").post(f"{URL}/{member_of('aurora', 'ana').id}/password", follow_redirects=True)
    assert "Troque a sua própria senha no seu perfil." in page.text
    assert is_right(PASSWORD, user("ana").password_hash)


def test_account_saved_elsewhere_meanwhile_shows_both(as_user, member_of):
    ana, member_id = as_user("ana"), member_of("aurora", "vera").id
    url, typed = account(member_id, name="Vera A.")
    ana.post(url, data=typed)
    answer = ana.post(url, data=typed | {"name": "Vera B."})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Vera A." in answer.text
    assert "Vera B." in answer.text
    assert user("vera").name == "Vera A."


def test_account_saved_without_a_change_tells_the_trail_nothing(as_user, member_of, trail_of):
    url, typed = account(member_of("aurora", "vera").id, name="Vera")
    assert as_user("ana").post(url, data=typed).status_code == HTTPStatus.SEE_OTHER
    assert trail_of("aurora", "vera") == []


def test_account_needs_a_name(as_user, member_of):
    url, typed = account(member_of("aurora", "vera").id, name="   ")
    assert as_user("ana").post(url, data=typed).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_last_administrator_of_any_company_stays_active(as_user, member_of, world):
    ana = as_user("ana")
    join(world, "bruno", "boreal")
    ana.post(f"{URL}/{member_of('aurora', 'bruno').id}", data={"role": "admin", "version": "1"})
    url, typed = account(member_of("aurora", "ana").id, name="Ana")
    del typed["is_active"]
    answer = ana.post(url, data=typed)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Este é o último administrador da empresa" in answer.text
    assert user("ana").is_active
    ana.post(f"/c/boreal/users/{member_of('boreal', 'bruno').id}", data={"role": "admin", "version": "1"})
    assert ana.post(url, data=typed).status_code == HTTPStatus.SEE_OTHER
    assert not user("ana").is_active
    assert ana.get("/").location == "/login"


def test_inactive_user_is_shown_and_can_be_made_active_again(as_user, member_of):
    ana, member_id = as_user("ana"), member_of("aurora", "vera").id
    url, typed = account(member_id, name="Vera")
    inactive = {key: value for key, value in typed.items() if key != "is_active"}
    ana.post(url, data=inactive)
    assert "Inativo" in ana.get(URL).text
    ana.post(url, data=typed | {"version": "2"})
    assert user("vera").is_active


def test_forms_of_members_set_nothing_but_their_own_fields(as_user, member_of, world):
    more = {"company_id": str(world.cometa.id), "user_id": "1", "accepted_at": "2026-01-01", "id": "1"}
    ana = as_user("ana")
    member = member_of("aurora", "bruno")
    before = (member.company_id, member.user_id, member.accepted_at)
    ana.post(f"{URL}/{member.id}", data={"role": "viewer", "version": "1"} | more)
    member = member_of("aurora", "bruno")
    assert (member.company_id, member.user_id, member.accepted_at) == before
    add(ana)
    ana.post(
        f"{URL}/new", data={"login": "outro", "name": "x", "role": "viewer", "accepted_at": "2026-01-01"}
    )
    assert member_of("aurora", "outro").accepted_at is None


def test_accounts_without_any_company_see_only_their_own_pages(app, as_user, member_of, client, world):
    as_user("ana").post(f"{URL}/{member_of('aurora', 'vera').id}/remove")
    log_in(client, world, "vera")
    assert client.get("/profile").status_code == HTTPStatus.OK
    assert client.get("/c/aurora/").status_code == HTTPStatus.NOT_FOUND
