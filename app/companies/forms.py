"""The shape of what is typed about companies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs of an older WTForms
from wtforms.widgets import CheckboxInput

from app.audit.labels import describe, describe_actions
from app.companies.copying.errors import NotAdministered
from app.companies.copying.preview import check_choice
from app.companies.models import Company, CompanyParameter
from app.companies.services import FIELDS
from app.errors import ChangedMeanwhile
from app.forms import BaseForm, RequestKeyField, VersionField
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


DIFFERENCES, EVERYTHING = "differences", "all"


class ChecksField(SelectMultipleField):
    """Any number of choices, each a checkbox."""

    option_widget = CheckboxInput()


class CopyForm(BaseForm):
    """From which company to which, and what: the comparison's question and the copy's confirmation alike.

    Companies are chosen among those that the user administers; any other number, whether a company has it or
    not, is the same refusal (R5).
    """

    source = SelectField(_l("Source company"), validate_choice=False)
    to = ChecksField(_l("Target companies"), validate_choice=False)
    which = RadioField(
        _l("Parameters shown"),
        choices=[
            SelectChoice(DIFFERENCES, _l("Only those that differ")),
            SelectChoice(EVERYTHING, _l("All of them")),
        ],
        default=DIFFERENCES,
        validate_choice=False,
    )
    keys = ChecksField(_l("Parameters"), validate_choice=False)
    picked = HiddenField()
    """Sent once there were checkboxes: then none ticked means none."""
    preview = HiddenField()
    request_key = RequestKeyField()

    companies: Mapping[str, Company] = {}
    is_asked = False
    """Whether somebody has chosen; otherwise the form proposes."""

    @classmethod
    def of(cls, administered: Collection[Company], here: Company) -> CopyForm:
        """The form as it was sent; at first it proposes to copy from the only other company to this one.

        Args:
            administered: the companies that the user administers, in their order.
            here: the company whose page it is.
        """
        others = [str(c.id) for c in administered if c.id != here.id]
        proposal: dict[str, Any] = {
            "source": others[0] if len(others) == 1 else "",
            "to": [str(here.id)],
        }
        asked = request.method == "POST" or not {"source", "to"}.isdisjoint(request.args)
        if request.method == "POST":
            form = cls()
        else:
            # A question changes nothing, so it needs no token.
            form = cls(formdata=request.args if asked else None, data=proposal, meta={"csrf": False})
        form.is_asked = asked
        form.companies = {str(c.id): c for c in administered}
        choices = [SelectChoice(key, company.name) for key, company in form.companies.items()]
        form.source.choices, form.to.choices = [SelectChoice("", _l("Choose…")), *choices], choices
        return form

    def chosen(self) -> tuple[Company, list[Company]]:
        """The source and the targets.

        Raises:
            NoSource, NoTarget, CopyToItself: the choice can't be.
            NotAdministered: what was sent is no company that the user administers.
        """
        source = self.companies.get(self.source.data or "")
        if source is None and self.source.data:
            raise NotAdministered(field="source")
        keys = dict.fromkeys(self.to.data or [])
        if not keys.keys() <= self.companies.keys():
            raise NotAdministered(field="to")
        targets = [self.companies[key] for key in keys]
        check_choice(source, targets)
        assert source is not None  # just checked
        return source, targets

    def ticked(self, differing: Iterable[Parameter]) -> list[str]:
        """Keys of the parameters that are ticked: at first all that differ."""
        if self.picked.data or self.is_submitted():
            return list(dict.fromkeys(self.keys.data or []))
        return [p.key for p in differing]

    @property
    def shows_everything(self) -> bool:
        """Whether also the parameters are shown that don't differ."""
        return bool(self.which.data == EVERYTHING)


describe("parameter_batch", _l("Additional parameters"), None, source_company_id=_l("Source company"))
describe_actions(copied=_l("Copy"), undone=_l("Undoing"))
describe("company", _l("Company"), None, **FIELDS)
