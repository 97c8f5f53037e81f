"""The shape of what is typed about companies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs of an older WTForms

from app.audit.labels import describe
from app.companies.models import CompanyParameter
from app.errors import ChangedMeanwhile
from app.forms import BaseForm, VersionField
from app.plugin_api.parameters import Parameter

Stored = Mapping[str, CompanyParameter]


class ParametersForm(BaseForm):
    """One field per declared parameter, named by its key, and the version of what is stored beside it."""

    declared: tuple[Parameter, ...] = ()

    @classmethod
    def of(cls, declared: Iterable[Parameter], stored: Stored) -> ParametersForm:
        """The form for these parameters, filled with what is stored and the defaults of the rest."""
        parameters = tuple(declared)
        fields: dict[str, Any] = {"declared": parameters}
        for parameter in parameters:
            fields[parameter.key] = _field(parameter)
            fields[_version_name(parameter)] = VersionField()
        return type(cls.__name__, (cls,), fields)(obj=_values(parameters, stored))

    def values(self) -> dict[str, object]:
        """Key → what was chosen."""
        return {p.key: self[p.key].data for p in self.declared}

    def versions(self) -> dict[str, int | None]:
        """Key → the version that the form showed."""
        return {p.key: self[_version_name(p)].data for p in self.declared}

    def show_changed(self, stored: Stored) -> None:
        """After a conflict: what was chosen beside what is stored now, and let a second save win (R24)."""
        current = _values(self.declared, stored)
        self.show_conflict(current, ChangedMeanwhile())
        for parameter in self.declared:
            self[_version_name(parameter)].data = getattr(current, _version_name(parameter))


def _field(parameter: Parameter) -> Any:
    # Lazy texts, which WTForms' types don't know.
    label: Any = parameter.label
    if parameter.choices is None:
        return BooleanField(label)
    choices = [SelectChoice(value, text) for value, text in parameter.choices.items()]
    return RadioField(label, choices=choices)


def _version_name(parameter: Parameter) -> str:
    return f"{parameter.key}.version"


def _values(declared: Iterable[Parameter], stored: Stored) -> SimpleNamespace:
    values: dict[str, Any] = {}
    for parameter in declared:
        row = stored.get(parameter.key)
        values[parameter.key] = parameter.default if row is None else row.value
        values[_version_name(parameter)] = 0 if row is None else row.version
    return SimpleNamespace(**values)


describe("parameter_batch", _l("Additional parameters"))
describe("company", _l("Company"), None, timezone=_l("Time zone"), is_active=_l("Active"))
