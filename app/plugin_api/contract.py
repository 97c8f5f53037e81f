"""What an add-on gives the host: one class of declarative attributes and a few methods (DESIGN 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from flask import Blueprint

from app.users.roles import Role

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.plugin_api.hooks import Hook
    from app.plugin_api.parameters import CompanyParameters, Value
    from app.reports.definition import Report


class Text(Protocol):
    """A text in the reader's language: a `str` or a lazy translation."""

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Permission:
    """Something a user may do in a company.

    Args:
        key: `module.verb`, unique.
        label: what administrators read.
        role: the least role that has it; roles above have it too (DOMAIN, «Who may do what»).
        only_writes: whether it shows nothing and only lets one write; nobody has it in an inactive company.
    """

    key: str
    label: Text
    role: Role
    only_writes: bool = False


class Section(StrEnum):
    """The menu's top level, in its order."""

    MOVEMENTS = "movements"
    REGISTERS = "registers"
    TABLES = "tables"
    REPORTS = "reports"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the side menu, shown to members with the permission while its module is active."""

    label: Text
    endpoint: str
    section: Section
    permission: Permission
    order: int = 100


@dataclass(frozen=True, slots=True)
class Schedule:
    """A task that beat sends every `every`; a message older than `expires` is dropped."""

    task: str
    every: timedelta
    expires: timedelta


class Plugin:
    """What an add-on gives the host. It declares; it does nothing at import time."""

    name: ClassVar[str]
    """`service_desk`: table prefix, blueprint prefix, Alembic branch label."""
    title: ClassVar[Text]
    version: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()
    """Names of plugins that must be loaded before this one."""
    parameters: ClassVar[type[CompanyParameters] | None] = None
    permissions: ClassVar[tuple[Permission, ...]] = ()
    menu: ClassVar[tuple[MenuItem, ...]] = ()
    tasks: ClassVar[tuple[str, ...]] = ()
    """Modules that Celery imports."""
    beat: ClassVar[Mapping[str, Schedule]] = {}
    demo: ClassVar[str | None] = None
    """A module that only `flask demo` imports: its `load(demo: DemoCompany)` is called for each demo company,
    its `seed(seeded: SeededCompany)` for each that is seeded (`app.plugin_api.demo`)."""

    def blueprints(self) -> Iterable[Blueprint]:
        """Blueprints made by `company_blueprint`; every request to them is 404 where the plugin is off."""
        return ()

    def handlers(self) -> Mapping[Hook, Callable[..., None]]:
        """Receivers of the host's hooks, called only for companies where the plugin is active."""
        return {}

    def slots(self) -> Mapping[str, Callable[..., Any]]:
        """Fragments for named places in host pages: name → function that returns markup or ''."""
        return {}

    def consequences(
        self, company: Company, before: Mapping[str, Value], after: Mapping[str, Value]
    ) -> Iterable[Text]:
        """What a change of the company's parameters would mean there: told before somebody copies (R5).

        Called with the company's scope open, also where the plugin is off; it writes nothing.

        Args:
            before, after: key → value for every parameter that is declared, also other modules'.
        """
        return ()

    def reports(self) -> Iterable[Report]:
        """Its reports: what can be asked for as a file and saved under a name (`app.reports.definition`)."""
        return ()

    def is_active(self, company: Company) -> bool:
        """Whether this company uses the plugin; decides menu, routes, hooks and slots alike."""
        return True
