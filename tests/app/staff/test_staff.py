"""Technicians and departments: money, employment, users, and who can be chosen (R22b)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.clock import now, today
from app.database import company_scope, db
from app.staff.models import Department, Technician
from app.users.models import Membership, User
from tests.world import log_in


@pytest.fixture
def sofia(client, world):
    log_in(client, world, "sofia")
    return client


def new(client, **values):
    data = {"code": "N-1", "name": "Nova técnica", "is_active": "y", **values}
    return client.post("/c/aurora/technicians/new", data=data)


def stored(world, code="N-1"):
    with company_scope(world.aurora):
        return db.session.scalar(select(Technician).where(Technician.code == code))


@pytest.mark.parametrize(
    ("typed", "amount", "shown"),
    [
        ("1.234,50", "1234.50", "1.234,50"),
        ("1234,5", "1234.50", "1.234,50"),
        ("0", "0", "0,00"),
        (" 80 ", "80", "80,00"),
        ("9.999.999.999,99", "9999999999.99", "9.999.999.999,99"),
    ],
)
def test_money_is_typed_and_shown_as_in_brazil(sofia, world, typed, amount, shown):
    answer = new(sofia, hourly_cost=typed)
    assert stored(world).hourly_cost == Decimal(amount)
    assert f'value="{shown}"' in sofia.get(answer.location).text


@pytest.mark.parametrize(
    "typed",
    ["1.5", "1,234.50", "-1", "1,005", "10000000000", "NaN", "Infinity", "1e5", "1E999999", "dez", "9" * 99],
)
def test_amount_that_is_none_is_refused_and_stays_as_typed(sofia, world, typed):
    answer = new(sofia, hourly_rate=typed)
    assert answer.status_code == 422
    assert 'id="hourly_rate-error"' in answer.text
    assert f'value="{typed}"' in answer.text


def test_history_tells_amounts_days_and_names(sofia, world):
    answer = new(sofia, hourly_cost="10")
    data = {"code": "N-1", "name": "Nova técnica", "is_active": "y", "version": "1", "hourly_cost": "1.234,5"}
    data |= {"admitted_on": "2026-05-02", "department": "D1"}
    assert sofia.post(answer.location, data=data).status_code == 303
    page = sofia.get(answer.location).text
    history = page[page.index("audit-title") :]
    for text in ("10,00", "1.234,50", "02/05/2026", "Engenharia"):
        assert text in history


def test_english_readers_type_english_numbers(sofia, world):
    with company_scope(world.aurora):
        db.session.execute(update(User).where(User.login == "sofia").values(language="en"))
        db.session.commit()
    new(sofia, hourly_cost="1,234.50")
    assert stored(world).hourly_cost == Decimal("1234.50")


def test_nobody_is_dismissed_before_being_admitted(sofia, world):
    answer = new(sofia, admitted_on="2026-05-02", dismissed_on="2026-05-01")
    assert answer.status_code == 422
    assert 'id="dismissed_on-error"' in answer.text
    assert new(sofia, admitted_on="2026-05-02", dismissed_on="2026-05-02").status_code == 303


def codes(client, lookup, **params):
    found = client.get(f"/c/aurora/lookups/{lookup}", query_string=params).json["items"]
    return {item["code"] for item in found}


def test_after_the_dismissal_nobody_can_choose_them(sofia, world):
    day = today(world.aurora.timezone)
    for code, dismissed in (
        ("HOJE", day),
        ("ONTEM", day - timedelta(days=1)),
        ("DEPOIS", day + timedelta(days=9)),
    ):
        new(sofia, code=code, dismissed_on=dismissed.isoformat(), is_controller="y")
        assert stored(world, code).can_be_chosen(day) == (code != "ONTEM")
    assert codes(sofia, "technicians") == {"T1", "HOJE", "DEPOIS"}
    assert codes(sofia, "controllers") == {"T1", "HOJE", "DEPOIS"}
    department = {"code": "D9", "name": "Campo", "is_active": "y"}
    refused = sofia.post("/c/aurora/departments/new", data={**department, "supervisor": "ONTEM"})
    assert refused.status_code == 422
    assert 'id="supervisor-error"' in refused.text
    assert (
        sofia.post("/c/aurora/departments/new", data={**department, "supervisor": "HOJE"}).status_code == 303
    )


def test_only_controllers_are_offered_as_controllers(sofia, world):
    new(sofia)
    assert codes(sofia, "controllers") == {"T1"}
    assert codes(sofia, "technicians") == {"T1", "N-1"}


def test_department_and_supervisor_refer_to_each_other(sofia, world):
    new(sofia, department="D1")
    rows = world.rows["aurora"]
    assert stored(world).department_id == rows.department.id
    answer = sofia.post(
        f"/c/aurora/departments/{rows.department.id}",
        data={"code": "D1", "name": "Campo", "is_active": "y", "version": "1", "supervisor": "N-1"},
    )
    assert answer.status_code == 303
    assert "Nova técnica" in sofia.get("/c/aurora/departments").text
    assert "Campo" in sofia.get("/c/aurora/technicians").text
    for kind, row, version in (("technicians", stored(world), 1), ("departments", rows.department, 2)):
        refused = sofia.post(f"/c/aurora/{kind}/{row.id}/delete", data={"version": str(version)})
        assert "R22b" in sofia.get(refused.location).text


class TestUser:
    def options(self, client, row_id="new"):
        page = client.get(f"/c/aurora/technicians/{row_id}").text
        select_box = page[page.index('name="user_id"') :]
        return select_box[: select_box.index("</select>")]

    def test_offers_members_who_are_no_technician_yet(self, sofia, world):
        options = self.options(sofia)
        assert "Sofia" in options
        assert "Vera" in options
        assert "Bruno" not in options
        assert "Carla" not in options

    def test_offers_the_own_user(self, sofia, world):
        assert "Bruno" in self.options(sofia, world.rows["aurora"].technician.id)

    def test_who_has_not_accepted_yet_is_not_offered(self, sofia, world):
        with company_scope(world.aurora):
            db.session.add(
                Membership(
                    company_id=world.aurora.id,
                    user_id=world.users["dora"].id,
                    role="viewer",
                    accepted_at=None,
                )
            )
            db.session.commit()
        assert "Dora" not in self.options(sofia)

    def test_is_tied_and_loosened(self, sofia, world):
        answer = new(sofia, user_id=str(world.users["vera"].id))
        row = stored(world)
        assert row.user_id == world.users["vera"].id
        assert "Vera" not in self.options(sofia)
        sofia.post(
            answer.location,
            data={"code": "N-1", "name": "x", "is_active": "y", "version": "1", "user_id": ""},
        )
        assert stored(world).user_id is None

    @pytest.mark.parametrize("login", ["bruno", "carla", "dora"])
    def test_tied_or_foreign_user_is_refused(self, sofia, world, login):
        answer = new(sofia, user_id=str(world.users[login].id))
        assert answer.status_code == 422
        assert 'id="user_id-error"' in answer.text

    @pytest.mark.parametrize("user_id", ["x", "-1", "9" * 30, "9" * 5000])
    def test_no_user_is_refused(self, sofia, world, user_id):
        assert new(sofia, user_id=user_id).status_code == 422


class TestRaces:
    """What the form can't see: the database refuses, and the refusal is the rule's."""

    def write(self, world, **values):
        from app.registers.services import create_row

        with company_scope(world.aurora):
            create_row(
                company=world.aurora,
                actor=world.users["sofia"],
                model=Technician,
                code="N-2",
                name="Segunda",
                **values,
            )

    def test_user_tied_meanwhile(self, sofia, world):
        from app.staff.errors import UserTaken

        with pytest.raises(UserTaken):
            self.write(world, user_id=world.users["bruno"].id)

    def test_user_who_is_no_member_any_more(self, session, world):
        from app.staff.errors import NotAMember

        with pytest.raises(NotAMember):
            self.write(world, user_id=world.users["carla"].id)

    def test_department_deleted_meanwhile(self, session, world, monkeypatch):
        from app.errors import NotAvailable
        from app.registers import services

        monkeypatch.setattr(services, "chosen", lambda *args, **more: None)
        with pytest.raises(NotAvailable) as refused:
            self.write(world, department_id=10**9)
        assert refused.value.field == "department"

    def test_employment_is_also_kept_by_the_database(self, session, world, monkeypatch):
        from sqlalchemy.exc import IntegrityError

        monkeypatch.setattr(Technician, "check", lambda row: None)
        day = now().date()
        with pytest.raises(IntegrityError):
            self.write(world, admitted_on=day, dismissed_on=day - timedelta(days=1))


def test_department_has_an_address_and_a_supervisor(sofia, world):
    data = {"code": "D9", "name": "Campo", "is_active": "y", "email": "campo@exemplo.br", "supervisor": "T1"}
    assert sofia.post("/c/aurora/departments/new", data=data).status_code == 303
    with company_scope(world.aurora):
        row = db.session.scalar(select(Department).where(Department.code == "D9"))
    assert (row.email, row.supervisor_id) == ("campo@exemplo.br", world.rows["aurora"].technician.id)
