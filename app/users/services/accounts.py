"""A user's own account: name, language, password (DOMAIN, «Who may do what»)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.attributes import set_committed_value

from app.database import db
from app.errors import BusinessError
from app.users import queries
from app.users.models import User
from app.users.passwords import check_new_password, hash_password
from app.users.services import logins, members
from app.users.services.trail import record_in


class WrongPassword(BusinessError):
    """Whoever changes a password shows that they know it."""

    field = "current_password"
    message = _l("This isn't your present password.")


class PasswordUnchanged(BusinessError):
    """A one-time password doesn't stay."""

    field = "new_password"
    message = _l("Take another password than the present one.")


def change_profile(*, user: User, name: str, language: str, version: int | None) -> None:
    """Give the user another name or language; each of their companies finds a new name in its audit trail.

    Raises:
        StaleDataError: somebody saved the account meanwhile (R24).
    """
    set_committed_value(user, "version", version or 0)
    old_name, user.name, user.language = user.name, name, language
    db.session.flush()
    if name != old_name:
        companies = [m.company for m in queries.accepted_memberships(user)]
        record_in(companies, actor=user, user=user, action="changed", changes={"name": [old_name, name]})


def change_password(*, user: User, current: str, new: str) -> None:
    """Give the user the password they chose, and end all their sessions: start a new one.

    Their first membership is in force from then on, if they have none yet: the password that came with it
    has been used (DOMAIN, «Who may do what»).

    Args:
        current: the present password; the caller has seen that it is right.

    Raises:
        PasswordTooShort, PasswordTooCommon, PasswordUnchanged: the new one isn't good enough.
    """
    accepted = queries.accepted_memberships(user)
    invited = queries.invitations(user)
    companies = [m.company for m in (*accepted, *invited)]
    check_new_password(new, known_words=[user.login, user.name, *(c.name for c in companies)])
    if new == current:
        raise PasswordUnchanged
    user.password_hash = hash_password(new)
    user.must_change_password = False
    logins.end_sessions(user=user)
    db.session.flush()
    if invited and not accepted:
        members.accept_invitation(membership=invited[0], user=user)
        accepted = invited[:1]
    record_in([m.company for m in accepted], actor=user, user=user, action="password_changed")
