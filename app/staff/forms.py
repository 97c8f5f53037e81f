"""The input of technicians and departments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import NumberFormatError, parse_decimal
from flask import g
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs of an older WTForms
from wtforms.widgets import TextInput

from app.forms import DateField, LookupField, TextField
from app.registers.forms import EmailField, RegisterForm
from app.staff.lookups import DEPARTMENTS, TECHNICIANS
from app.staff.queries import users_to_tie

DEAREST_HOUR = Decimal("9999999999.99")
"""What the column holds."""
NOT_A_NUMBER = Decimal("NaN")


class MoneyField(Field):
    """An amount in the company's currency as the reader's language writes it («1.234,50»), or nothing."""

    widget = TextInput()
    data: Decimal | None

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = self._parsed(text) if text else None

    @staticmethod
    def _parsed(text: str) -> Decimal:
        try:
            # Strictly: in pt-BR a lenient parser reads «1.5» as fifteen.
            amount = parse_decimal(text, locale=get_locale(), strict=True)
        except NumberFormatError:
            amount = NOT_A_NUMBER
        # Python's numbers go on to «1E5» and «NaN», people's amounts don't.
        if not amount.is_finite() or any(c.isalpha() for c in text):
            raise ValueError(_("This is not a valid amount."))
        if not 0 <= amount <= DEAREST_HOUR or amount != round(amount, 2):
            raise ValueError(_("Give an amount from 0 up, with at most two decimals."))
        return amount

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(format_decimal(self.data, "#,##0.00"))


def _user_id(value: Any) -> int | None:
    return int(value) if value else None


class DepartmentForm(RegisterForm):
    """A department."""

    email = EmailField(_l("E-mail"))
    supervisor = LookupField(_l("Supervisor"), TECHNICIANS)


class TechnicianForm(RegisterForm):
    """A technician, perhaps tied to a user of the company."""

    is_controller = BooleanField(_l("Controller"))
    shift = TextField(_l("Shift"), longest=40)
    department = LookupField(_l("Department"), DEPARTMENTS)
    admitted_on = DateField(_l("Admission date"))
    dismissed_on = DateField(_l("Dismissal date"))
    hourly_cost = MoneyField(_l("Cost per hour"))
    hourly_rate = MoneyField(_l("Rate per hour"))
    user_id = SelectField(_l("User"), coerce=_user_id)

    def __init__(self, *args: Any, obj: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        users = users_to_tie(g.company, None if obj is None else obj.user_id)
        self.user_id.choices = [
            SelectChoice("", ""),
            *(SelectChoice(str(user.id), f"{user.name} ({user.login})") for user in users),
        ]
