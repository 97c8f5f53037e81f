"""The input of customers and prospects."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from app.formats import document
from app.forms import TextField
from app.parties.documents import bare
from app.registers.forms import EmailField, RegisterForm


class DocumentField(TextField):
    """A CPF or CNPJ: typed with or without dots, kept bare; whether it is one, the row's `check` says."""

    def __init__(self, label: Any, validators: Any = (), **kwargs: Any) -> None:
        super().__init__(label, validators, longest=18, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = bare(self.data or "")

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else document(self.data)


class ProspectForm(RegisterForm):
    """A prospect, whose document may be unknown."""

    document = DocumentField(_l("CPF/CNPJ"))
    email = EmailField(_l("E-mail"))
    phone = TextField(_l("Phone"), longest=40)
    address = TextField(_l("Address"), longest=300)


class CustomerForm(ProspectForm):
    """A customer."""

    document = DocumentField(_l("CPF/CNPJ"), [DataRequired()])
