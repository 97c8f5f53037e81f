"""The shape of what is typed about users."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, PasswordField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs of an older WTForms
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, Regexp

from app.audit.labels import describe, describe_actions
from app.forms import BaseForm, TextField, VersionField
from app.users.passwords import LONGEST
from app.users.roles import Role

LANGUAGES = [SelectChoice("pt_BR", "Português (Brasil)"), SelectChoice("en", "English")]


def _roles() -> list[SelectChoice]:
    return [SelectChoice(role, role.label) for role in Role]


class LoginForm(BaseForm):
    """Who comes in, and where to."""

    login = TextField(_l("User"), [DataRequired()], longest=60)
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=LONGEST)])
    next = HiddenField()


class ProfileForm(BaseForm):
    """What users say about themselves."""

    name = TextField(_l("Name"), [DataRequired()], longest=120)
    language = SelectField(_l("Language"), choices=LANGUAGES)
    version = VersionField()


class PasswordForm(BaseForm):
    """The present password, and the new one twice."""

    current_password = PasswordField(_l("Present password"), [InputRequired(), Length(max=LONGEST)])
    new_password = PasswordField(_l("New password"), [InputRequired(), Length(max=LONGEST)])
    new_password_again = PasswordField(
        _l("Repeat the new password"),
        [InputRequired(), EqualTo("new_password", _l("The two new passwords differ."))],
    )


class InvitationForm(BaseForm):
    """A new member of the company."""

    login = TextField(
        _l("User"),
        [
            DataRequired(),
            Regexp(
                r"[A-Za-z0-9._@-]{2,60}\Z",
                message=_l("A user is named with 2 to 60 letters without accents, digits, or . _ - @"),
            ),
        ],
        longest=60,
    )
    name = TextField(_l("Name"), [DataRequired()], longest=120)
    role = SelectField(_l("Role"), choices=_roles, coerce=Role, default=Role.OPERATOR)


class RoleForm(BaseForm):
    """What a member may do in the company."""

    role = SelectField(_l("Role"), choices=_roles, coerce=Role)
    version = VersionField()


class AccountForm(BaseForm):
    """A member's account, which all of the user's companies see."""

    name = TextField(_l("Name"), [DataRequired()], longest=120)
    is_active = BooleanField(_l("Active"))
    version = VersionField()


describe("user_account", _l("User"), InvitationForm, tables=("membership",), is_active=_l("Active"))
describe_actions(
    invited=_l("Invitation"),
    accepted=_l("Acceptance of the invitation"),
    declined=_l("Refusal of the invitation"),
    removed=_l("Removal from the company"),
    password_reset=_l("One-time password"),
    password_changed=_l("Password changed by the user"),
)
