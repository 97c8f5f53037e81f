"""The only gate for plugins: loads them, guards their routes, and answers what is active where (DESIGN 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, abort, g
from markupsafe import Markup

from app.database import Base, scope_cache
from app.plugin_api.contract import MenuItem, Permission, Plugin, Section
from app.statics import add_plugin_statics

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.plugin_api.hooks import Hook
    from app.plugin_api.parameters import CompanyParameters, Parameter, Value
    from app.reports.definition import Report


class PluginError(RuntimeError):
    """A plugin breaks the contract; the application doesn't start."""


class Registry:
    """Host modules and plugins of one application, as loaded from `config.PLUGINS` (an explicit list)."""

    def __init__(self) -> None:
        self.plugins: dict[str, Plugin] = {}
        self.permissions: dict[str, Permission] = {}
        self.menu: list[tuple[Plugin | None, MenuItem]] = []
        self.parameter_types: list[type[CompanyParameters]] = []
        self.tasks: list[str] = []
        self.beat: dict[str, dict[str, Any]] = {}
        self.migrations: list[Path] = []
        self.reports: dict[str, tuple[Plugin, Report]] = {}
        self.host_handlers: Callable[[], Mapping[Hook, Callable[..., None]]] = dict

    # ── what is declared ──

    def declare(self, source: Any, plugin: Plugin | None = None) -> None:
        """Take over the permissions, menu, parameters, tasks and beat entries of a host module or plugin."""
        for permission in source.permissions:
            if self.permissions.setdefault(permission.key, permission) is not permission:
                raise PluginError(f"permission {permission.key!r} is declared twice")
        self.menu += [(plugin, item) for item in source.menu]
        self.menu.sort(key=lambda entry: (list(Section).index(entry[1].section), entry[1].order))
        if source.parameters is not None:
            self.parameter_types.append(source.parameters)
        self.tasks += source.tasks
        for name, schedule in source.beat.items():
            self.beat[name] = {
                "task": schedule.task,
                "schedule": schedule.every.total_seconds(),
                "options": {"expires": schedule.expires.total_seconds()},
            }

    def task_modules(self) -> list[str]:
        """Modules that Celery imports."""
        return self.tasks

    def beat_schedule(self) -> dict[str, dict[str, Any]]:
        """Celery's `beat_schedule`."""
        return self.beat

    def parameters(self) -> tuple[Parameter, ...]:
        """Every declared parameter: the host's, then each plugin's."""
        return tuple(p for kind in self.parameter_types for p in kind.declared())

    def consequences(
        self, company: Company, before: Mapping[str, Value], after: Mapping[str, Value]
    ) -> list[str]:
        """What the plugins say that this change would mean for the company (arguments as in `Plugin`)."""
        plugins = self.plugins.values()
        return [str(text) for plugin in plugins for text in plugin.consequences(company, before, after)]

    # ── what is active ──

    def is_active(self, plugin: Plugin, company: Company) -> bool:
        """`plugin.is_active(company)`, asked once a request."""
        cache = scope_cache()
        key = ("plugin_active", plugin.name, company.id)
        if key not in cache:
            cache[key] = plugin.is_active(company)
        return bool(cache[key])

    def active_plugins(self, company: Company) -> list[Plugin]:
        """The plugins that this company uses, in the order of the configuration."""
        return [p for p in self.plugins.values() if self.is_active(p, company)]

    def receivers(self, hook: Hook, company: Company) -> Iterable[Callable[..., None]]:
        """Receivers of `hook`: the host's own, then those of the plugins active for `company`."""
        tables = [self.host_handlers(), *(p.handlers() for p in self.active_plugins(company))]
        return [table[hook] for table in tables if hook in table]

    def slot(self, name: str, company: Company | None, **context: Any) -> Markup:
        """The fragments that active plugins put into the named place of a host page."""
        if company is None:
            return Markup("")
        fragments = [f for p in self.active_plugins(company) if (f := p.slots().get(name)) is not None]
        return Markup("").join(Markup(f(**context)) for f in fragments)  # noqa: S704  rendered templates


def load_plugins(app: Flask, registry: Registry) -> None:
    """Import and register the plugins named in `app.config["PLUGINS"]`.

    Raises:
        PluginError: a name has no plugin, a table lacks the prefix, a requirement isn't loaded before it.
    """
    for package in app.config["PLUGINS"]:
        module = import_module(f"{package}.plugin")
        kinds = [
            k
            for k in vars(module).values()
            if isinstance(k, type) and issubclass(k, Plugin) and k is not Plugin
        ]
        if len(kinds) != 1:
            raise PluginError(f"{package}.plugin must hold exactly one Plugin, it holds {len(kinds)}")
        plugin = kinds[0]()
        if missing := [name for name in plugin.requires if name not in registry.plugins]:
            raise PluginError(f"plugin {plugin.name!r} needs {', '.join(missing)} loaded before it")
        if plugin.name in registry.plugins:
            raise PluginError(f"plugin {plugin.name!r} is loaded twice")
        tables = [
            str(mapper.local_table)
            for mapper in Base.registry.mappers
            if mapper.class_.__module__.startswith(f"{package}.")
        ]
        if foreign := [table for table in tables if not table.startswith(f"{plugin.name}_")]:
            raise PluginError(f"plugin {plugin.name!r} may not own the tables {', '.join(sorted(foreign))}")
        registry.plugins[plugin.name] = plugin
        registry.declare(plugin, plugin)
        for blueprint in plugin.blueprints():
            _guard(app, registry, plugin, blueprint)
        for report in plugin.reports():
            if not report.key.startswith(f"{plugin.name}."):
                raise PluginError(f"report {report.key!r} must be named {plugin.name}.…")
            registry.reports[report.key] = plugin, report
        add_plugin_statics(app, plugin.name, package)
        folder = Path(str(module.__file__)).parent / "migrations"
        if folder.is_dir():
            registry.migrations.append(folder)


def _guard(app: Flask, registry: Registry, plugin: Plugin, blueprint: Blueprint) -> None:
    """Register a plugin's blueprint so that every request to it is 404 where the plugin is off (R1)."""
    if blueprint.name != plugin.name and not blueprint.name.startswith(f"{plugin.name}_"):
        raise PluginError(f"blueprint {blueprint.name!r} must be named {plugin.name!r} or {plugin.name}_…")

    def answer_404_where_off() -> None:
        company = g.get("company")
        if company is None or not registry.is_active(plugin, company):
            abort(404)

    # At the application, not at the blueprint, which another one in this process may share; and before
    # the plugin's own before_request functions: nothing of it runs for a company without it.
    app.before_request_funcs.setdefault(blueprint.name, []).append(answer_404_where_off)
    app.register_blueprint(blueprint)
