"""Typed parameters of a company: declared in code, stored as rows, read once a request (DESIGN 4).

    @dataclass(frozen=True, slots=True)
    class ServiceDeskParameters(CompanyParameters, module="service_desk"):
        enabled: bool = parameter(False, label=_l("…"))

    ServiceDeskParameters.of(company).enabled

A new switch is one line and no migration: a missing row is the default.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from flask_babel import lazy_gettext as _l

from app.companies import queries
from app.errors import BusinessError

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.plugin_api.contract import Text

Value = bool | str


class InvalidParameter(BusinessError):
    """R4: the value isn't of the parameter's declared type."""

    rule = "R4"
    message = _l("“%(label)s” doesn't take this value (R4).")


class UnmetDependency(BusinessError):
    """R2: a parameter is on whose condition the result doesn't meet."""

    rule = "R2"
    message = _l("“%(label)s” needs “%(needed)s” to be “%(value)s” (R2).")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter.

    Args:
        key: `module.name`.
        choices: value → label for a choice; None for a switch.
        requires: (key, value): when this one is on, that one must have that value.
        copied: False: it is this company's alone, and a copy leaves it out (R5).
    """

    key: str
    module: str
    name: str
    default: Value
    label: Text
    help: Text | None
    choices: Mapping[str, Text] | None
    requires: tuple[str, Value] | None
    copied: bool = True

    def parse(self, raw: object) -> Value:
        """`raw` if it is of the declared type.

        Raises:
            InvalidParameter: it isn't.
        """
        valid = (
            isinstance(raw, bool) if self.choices is None else isinstance(raw, str) and raw in self.choices
        )
        if not valid:
            raise InvalidParameter(field=self.key, label=str(self.label))
        return raw  # type: ignore[return-value]  # just checked

    def shown(self, value: Value) -> str:
        """The value in the reader's language."""
        if self.choices is not None:
            # A stored value may outlive its choice.
            return str(self.choices.get(str(value), value))
        return str(_l("Yes") if value else _l("No"))


def parameter(
    default: Value,
    *,
    label: Text,
    help: Text | None = None,  # noqa: A002  the word that the screen uses
    choices: Mapping[str, Text] | None = None,
    requires: tuple[str, Value] | None = None,
    copied: bool = True,
) -> Any:
    """Declare a parameter in a `CompanyParameters` class (arguments as in `Parameter`)."""
    return dataclasses.field(
        default=default,
        metadata={
            "label": label,
            "help": help,
            "choices": choices,
            "requires": requires,
            "copied": copied,
        },
    )


class CompanyParameters:
    """Base of a module's parameters; subclasses are frozen dataclasses whose fields are `parameter(…)`."""

    __slots__ = ()
    module: ClassVar[str]

    def __init_subclass__(cls, module: str | None = None) -> None:
        # dataclass(slots=True) makes the class a second time, without the argument.
        if module is not None:
            cls.module = module

    @classmethod
    def declared(cls) -> tuple[Parameter, ...]:
        """The module's parameters, in the order of the class."""
        return tuple(
            Parameter(
                key=f"{cls.module}.{f.name}",
                module=cls.module,
                name=f.name,
                default=cast("Value", f.default),
                **f.metadata,
            )
            for f in dataclasses.fields(cls)  # type: ignore[arg-type]  # subclasses are dataclasses
        )

    @classmethod
    def of(cls, company: Company) -> Self:
        """The company's values; one query per request for all modules, the default where no row is.

        Raises:
            NoCompanyScope: the scope of this company isn't open.
        """
        stored = queries.stored_parameters(company)
        prefix = len(cls.module) + 1
        names = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]  # as above
        return cls(
            **{
                key[prefix:]: row.value
                for key, row in stored.items()
                if key.startswith(f"{cls.module}.") and key[prefix:] in names
            }
        )


def unmet_dependency(declared: Iterable[Parameter], values: Mapping[str, Value]) -> UnmetDependency | None:
    """The first dependency that `values` break, or None. Tested on the result, not step by step (R2).

    Args:
        declared: all parameters that are known.
        values: key → value for all of them.
    """
    known = {p.key: p for p in declared}
    for p in known.values():
        if p.requires is None or not values[p.key]:
            continue
        needed_key, needed_value = p.requires
        if values.get(needed_key) != needed_value:
            needed = known[needed_key]
            return UnmetDependency(
                field=p.key, label=str(p.label), needed=str(needed.label), value=needed.shown(needed_value)
            )
    return None
