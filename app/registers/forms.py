"""The input that every register shares: code, name or description, active flag (R22b)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import DataRequired, Optional, Regexp

from app.emails import EMAIL, LONGEST_EMAIL
from app.forms import BaseForm, TextField, VersionField


class RegisterForm(BaseForm):
    """A register whose rows have a name: people, departments."""

    code = TextField(_l("Code"), [DataRequired()], longest=20)
    name = TextField(_l("Name"), [DataRequired()], longest=200)
    is_active = BooleanField(_l("Active"), default=True)
    version = VersionField()


class DescribedForm(RegisterForm):
    """A register whose rows have a description: things and tables."""

    name = TextField(_l("Description"), [DataRequired()], longest=200)


class ActionForm(BaseForm):
    """A button that acts on one row, as the user saw it."""

    version = VersionField()


class EmailField(TextField):
    """One e-mail address, or nothing."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        shape = Regexp(EMAIL, message=_l("This is not a valid e-mail address."))
        super().__init__(label, [Optional(), shape], longest=LONGEST_EMAIL, **kwargs)
