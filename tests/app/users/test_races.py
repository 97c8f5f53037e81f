"""Two administrators at the same instant: threads on committed rows."""

from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text

from app.clock import now
from app.database import company_scope, db, transaction
from app.errors import BusinessError
from app.users import queries
from app.users.models import Membership, User
from app.users.roles import Role
from app.users.services import members
from app.users.services.members import AlreadyMember, LastAdministrator

ROUNDS = 8


@pytest.fixture
def administrators(workshop, owner_engine):
    """Two administrators of a company of the test's own; they and whoever they invite go again."""
    with workshop.app.app_context(), company_scope(workshop.company), transaction():
        users = [User(login=f"race-{name}", name=name, password_hash="x") for name in ("one", "two")]
        db.session.add_all(users)
        db.session.flush()
        for user in users:
            db.session.add(
                Membership(
                    company_id=workshop.company.id, user_id=user.id, role=Role.ADMIN, accepted_at=now()
                )
            )
    yield users
    workshop.remove()
    with owner_engine.begin() as connection:
        connection.execute(text("DELETE FROM user_account WHERE login LIKE 'race-%'"))


def at_once(shop, jobs):
    """Run each job in a thread and transaction of its own; return what each raised, or None."""
    outcomes, ready = [None] * len(jobs), Barrier(len(jobs))

    def run(place, job):
        with shop.app.app_context(), company_scope(shop.company):
            try:
                ready.wait(10)
                with transaction():
                    job()
            except BusinessError as error:
                outcomes[place] = error

    threads = [Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def demotion_of(shop, user):
    def demote():
        member = queries.membership_of(shop.company, user)
        members.change_role(
            company=shop.company, actor=user, member=member, role=Role.VIEWER, version=member.version
        )

    return demote


def count_administrators(shop):
    with shop.app.app_context(), company_scope(shop.company):
        return db.session.scalar(
            select(func.count(Membership.id)).where(
                Membership.company_id == shop.company.id, Membership.role == Role.ADMIN
            )
        )


def restore(shop):
    shop.sql("UPDATE membership SET role = 'admin' WHERE company_id = :company")


def test_two_administrators_who_go_at_the_same_instant_leave_one(workshop, administrators):
    for _ in range(ROUNDS):
        restore(workshop)
        outcomes = at_once(workshop, [demotion_of(workshop, user) for user in administrators])
        assert sorted(type(o).__name__ for o in outcomes) == ["LastAdministrator", "NoneType"]
        assert count_administrators(workshop) == 1


def test_without_the_lock_they_would_leave_none(workshop, administrators, monkeypatch):
    both_have_looked = Barrier(2)

    def look_only(company):
        ids = set(
            db.session.scalars(
                select(Membership.id).where(
                    Membership.company_id == company.id, Membership.role == Role.ADMIN
                )
            )
        )
        both_have_looked.wait(10)
        return ids

    monkeypatch.setattr(queries, "lock_administrators", look_only)
    outcomes = at_once(workshop, [demotion_of(workshop, user) for user in administrators])
    assert not any(isinstance(o, LastAdministrator) for o in outcomes)
    assert count_administrators(workshop) == 0


def test_new_login_invited_twice_at_the_same_instant_is_one_account(workshop, administrators):
    def invite():
        members.add_member(
            company=workshop.company, actor=administrators[0], login="race-new", name="N", role=Role.VIEWER
        )

    outcomes = at_once(workshop, [invite, invite])
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyMember) for outcome in outcomes) == 1
    with workshop.app.app_context():
        assert db.session.scalar(select(func.count(User.id)).where(User.login == "race-new")) == 1
