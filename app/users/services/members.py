"""Who belongs to a company, and in which role (DOMAIN, «Who may do what»).

An administrator of one company never learns whether a login existed before, or its owner's name: adding one
always gives a one-time password, and until its user accepts, the company sees only what it typed itself.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from app.clock import now
from app.companies.models import Company
from app.database import company_scope, db
from app.errors import BusinessError
from app.users import queries
from app.users.models import Membership, User
from app.users.passwords import hash_password, one_time_password
from app.users.roles import Role
from app.users.services import logins
from app.users.services.trail import record_in


class AlreadyMember(BusinessError):
    """A user has one role in a company."""

    field = "login"
    message = _l("This user already belongs to the company: change the role in the list.")


class LastAdministrator(BusinessError):
    """A company always has somebody who can let others in."""

    field = "role"
    message = _l("This is the company's last administrator: make somebody else one before.")


class TiedToTechnician(BusinessError):
    """The register names this member as a technician's user."""

    message = _l("This user is tied to a technician: take the user off the technician's record first.")


class OwnPassword(BusinessError):
    """One's own password is changed by whoever knows it."""

    message = _l("Change your own password in your profile.")


class NotYourUser(BusinessError):
    """Only the user, or an administrator of all their companies, changes an account."""

    message = _l("Name, password and access belong to the user, or to administrators of all their companies.")


def add_member(*, company: Company, actor: User, login: str, name: str, role: Role) -> str:
    """Invite a login, new or not, and return a one-time password; the membership starts when it is accepted.

    A new account opens with that password. An account in use keeps its own, and the password opens nothing.

    Raises:
        AlreadyMember: the login belongs to the company, or is invited already.
    """
    login = login.lower()
    password = one_time_password()
    # Hashed and inserted in any case: status, text and time are the same for a login that exists.
    hashed = hash_password(password)
    user = _user_with(login, name, hashed)
    if queries.membership_of(company, user) is not None:
        raise AlreadyMember
    db.session.add(Membership(company_id=company.id, user_id=user.id, role=role, invited_name=name))
    db.session.flush()
    _set_one_time_password(actor, user, hashed)
    record_in(
        [company],
        actor=actor,
        user=user,
        action="invited",
        changes={"login": [None, login], "name": [None, name], "role": [None, role]},
    )
    return password


def add_first_administrator(*, company: Company, login: str, name: str) -> str | None:
    """Give a new company its administrator, in force at once: for `flask company create`.

    Returns:
        The one-time password of a new account; None if the login exists and keeps its own.
    """
    login = login.lower()
    password = one_time_password()
    hashed = hash_password(password)
    user = _user_with(login, name, hashed)
    db.session.add(
        Membership(
            company_id=company.id, user_id=user.id, role=Role.ADMIN, invited_name=name, accepted_at=now()
        )
    )
    db.session.flush()
    changes: dict[str, list[str | None]] = {"login": [None, login], "role": [None, Role.ADMIN]}
    record_in([company], actor=None, user=user, action="invited", changes=changes)
    return password if user.password_hash == hashed else None


def _user_with(login: str, name: str, hashed: str) -> User:
    """The user of this login, made if there is none; two who make one at the same instant get the same."""
    db.session.execute(
        insert(User)
        .values(login=login, name=name, password_hash=hashed, must_change_password=True)
        .on_conflict_do_nothing(index_elements=[text("lower(login)")])
    )
    return db.session.scalars(select(User).where(func.lower(User.login) == login)).one()


def renew_invitation(*, company: Company, actor: User, member: Membership) -> str:
    """Another one-time password for somebody who hasn't accepted yet, in place of a lost one.

    As in `add_member`, an account in use keeps its own password.
    """
    password = one_time_password()
    _set_one_time_password(actor, member.user, hash_password(password))
    record_in([company], actor=actor, user=member.user, action="password_reset")
    return password


def _set_one_time_password(actor: User, user: User, hashed: str) -> None:
    """Store it if nobody has chosen a password for the account yet, and `actor` answers for all of it."""
    if queries.administers_all_companies(actor, user) and user.must_change_password:
        user.password_hash = hashed
        db.session.flush()


def change_role(
    *, company: Company, actor: User, member: Membership, role: Role, version: int | None
) -> None:
    """Give the member another role in this company.

    Raises:
        LastAdministrator: nobody else administers the company.
        StaleDataError: somebody changed the membership meanwhile (R24).
    """
    old = member.role
    if role is not Role.ADMIN:
        _keep_an_administrator(company, member)
    # A post without a version is a stale one.
    set_committed_value(member, "version", version or 0)
    member.role = role
    db.session.flush()
    if role is not old:
        record_in([company], actor=actor, user=member.user, action="changed", changes={"role": [old, role]})


def remove_member(*, company: Company, actor: User, member: Membership) -> None:
    """End the membership, or take the invitation back; the account stays.

    Raises:
        LastAdministrator: nobody else administers the company.
        TiedToTechnician: a technician of the company is this user.
    """
    _keep_an_administrator(company, member)
    user, role = member.user, member.role
    _delete(member)
    record_in([company], actor=actor, user=user, action="removed", changes={"role": [role, None]})


def _delete(member: Membership) -> None:
    db.session.delete(member)
    try:
        db.session.flush()
    except IntegrityError as error:
        # The only key that points at memberships is the technicians'.
        raise TiedToTechnician from error


def _keep_an_administrator(company: Company, member: Membership) -> None:
    """Refuse to lose the last one; the lock makes two who go at the same instant go one after the other."""
    if member.role is not Role.ADMIN or member.accepted_at is None:
        return
    if not queries.lock_administrators(company) - {member.id}:
        raise LastAdministrator


def accept_invitation(*, membership: Membership, user: User) -> None:
    """Start the user's membership."""
    with company_scope(membership.company):
        membership.accepted_at = now()
        db.session.flush()
        record_in([membership.company], actor=user, user=user, action="accepted")


def decline_invitation(*, membership: Membership, user: User) -> None:
    """Forget the invitation; its company learns that, and not from whom."""
    company = membership.company
    with company_scope(company):
        db.session.execute(delete(Membership).where(Membership.id == membership.id))
        record_in([company], actor=None, user=user, action="declined")


# ── Accounts of members ──────────────────────────────────────────────────────────────────────────────


def change_account(
    *, actor: User, member: Membership, name: str, is_active: bool, version: int | None
) -> None:
    """Change a member's name, or whether they may log in at all; an inactive user is out at once.

    Raises:
        NotYourUser: `actor` doesn't administer all companies of the user.
        LastAdministrator: an inactive user would leave one of them without an administrator.
        StaleDataError: somebody changed the account meanwhile (R24).
    """
    user = member.user
    _check_rights(actor, member)
    memberships = _memberships_of(actor, user)
    if user.is_active and not is_active:
        for membership in memberships:
            with company_scope(membership.company):
                _keep_an_administrator(membership.company, membership)
    changes = {
        key: [getattr(user, key), value]
        for key, value in (("name", name), ("is_active", is_active))
        if getattr(user, key) != value
    }
    set_committed_value(user, "version", version or 0)
    user.name, user.is_active = name, is_active
    db.session.flush()
    if not is_active:
        logins.end_sessions(user=user)
    if changes:
        companies = [m.company for m in memberships]
        record_in(companies, actor=actor, user=user, action="changed", changes=changes)


def reset_password(*, actor: User, member: Membership) -> str:
    """A one-time password for a member who forgot theirs; it ends their sessions.

    Raises:
        OwnPassword: `actor` is the member.
        NotYourUser: `actor` doesn't administer all companies of the user.
    """
    user = member.user
    if user.id == actor.id:
        raise OwnPassword
    _check_rights(actor, member)
    password = one_time_password()
    user.password_hash = hash_password(password)
    user.must_change_password = True
    db.session.flush()
    logins.end_sessions(user=user)
    companies = [m.company for m in _memberships_of(actor, user)]
    record_in(companies, actor=actor, user=user, action="password_reset")
    return password


def _check_rights(actor: User, member: Membership) -> None:
    # Before it is accepted nothing may tell an account that exists from a new one.
    if member.accepted_at is None or not queries.may_change_account(actor, member.user):
        raise NotYourUser


def _memberships_of(actor: User, user: User) -> list[Membership]:
    """The user's memberships: in companies of the actor all of them, as `_check_rights` has seen."""
    found = []
    for own in queries.accepted_memberships(actor):
        with company_scope(own.company):
            found.append(queries.membership_of(own.company, user))
    return [membership for membership in found if membership is not None]
