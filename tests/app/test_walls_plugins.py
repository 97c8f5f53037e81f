"""The gate for plugins: what breaks the contract doesn't start, and what is off hears and shows nothing."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask

from app.database import NoCompanyScope, company_scope
from app.plugin_api import Hook, Permission, Plugin, Role, company_blueprint
from app.plugin_api.registry import PluginError, Registry, load_plugins

happened = Hook("happened")


class Small(Plugin):
    """Active in boreal only."""

    name = "small"
    title = "Small"
    version = "1"

    def is_active(self, company):
        return company.code == "boreal"

    def handlers(self):
        return {happened: lambda company, what: self.heard.append((company.code, what))}

    def slots(self):
        return {"place": lambda what: f"<b>{what}</b>"}

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []


def plugin_like(**attributes: object) -> type[Plugin]:
    return type("Another", (Plugin,), {"name": "small", "title": "x", "version": "1"} | attributes)


@pytest.fixture
def load(monkeypatch):
    """Load plugin classes as if each stood in a package of its own."""

    def run(*kinds: type[Plugin] | list[type[Plugin]]) -> tuple[Flask, Registry]:
        app, registry = Flask("small"), Registry()
        packages = [f"small_package_{n}" for n in range(len(kinds))]
        for package, kind in zip(packages, kinds, strict=True):
            module = ModuleType(f"{package}.plugin")
            module.__file__ = f"/nowhere/{package}/plugin.py"
            vars(module).update({k.__name__: k for k in (kind if isinstance(kind, list) else [kind])})
            monkeypatch.setitem(sys.modules, package, ModuleType(package))
            monkeypatch.setitem(sys.modules, module.__name__, module)
        app.config["PLUGINS"] = packages
        load_plugins(app, registry)
        return app, registry

    return run


# ── What doesn't start ───────────────────────────────────────────────────────────────────────────────


def test_a_package_holds_exactly_one_plugin(load):
    with pytest.raises(PluginError, match="exactly one Plugin, it holds 0"):
        load([])
    with pytest.raises(PluginError, match="exactly one Plugin, it holds 2"):
        load([Small, plugin_like()])


def test_a_plugin_is_loaded_once(load):
    with pytest.raises(PluginError, match="'small' is loaded twice"):
        load(Small, plugin_like())


def test_what_a_plugin_requires_is_loaded_before_it(load):
    needing = plugin_like(name="needing", requires=("small",))
    with pytest.raises(PluginError, match="'needing' needs small loaded before it"):
        load(needing, Small)
    assert list(load(Small, needing)[1].plugins) == ["small", "needing"]


def test_a_plugins_blueprints_bear_its_name(load):
    stranger = plugin_like(blueprints=lambda self: [company_blueprint("parties", __name__)])
    with pytest.raises(PluginError, match="'parties' must be named 'small' or small_"):
        load(stranger)


def test_a_plugins_tables_bear_its_name(load, monkeypatch):
    mapper = SimpleNamespace(
        class_=SimpleNamespace(__module__="small_package_0.models"), local_table="customer"
    )
    monkeypatch.setattr(
        "app.plugin_api.registry.Base", SimpleNamespace(registry=SimpleNamespace(mappers=[mapper]))
    )
    with pytest.raises(PluginError, match="may not own the tables customer"):
        load(Small)


def test_a_permission_is_declared_once():
    registry = Registry()
    for label in ("one", "two"):
        source = SimpleNamespace(
            permissions=(Permission("small.edit", label, Role.ADMIN),),
            menu=(),
            parameters=None,
            tasks=(),
            beat={},
        )
        if label == "one":
            registry.declare(source)
    with pytest.raises(PluginError, match=r"'small\.edit' is declared twice"):
        registry.declare(source)


# ── What is off ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small(app, monkeypatch) -> Small:
    """The small plugin, loaded into the application of the tests."""
    plugin = Small()
    monkeypatch.setitem(app.extensions["balcao"].plugins, "small", plugin)
    return plugin


def test_a_hook_reaches_only_the_companies_where_the_plugin_is_active(session, world, small):
    for company in (world.aurora, world.boreal):
        with company_scope(company):
            happened.send(company, what="it")
    assert small.heard == [("boreal", "it")]


def test_a_slot_is_filled_only_where_the_plugin_is_active(app, session, world, small):
    registry = app.extensions["balcao"]
    shown = {}
    for company in (world.aurora, world.boreal):
        with company_scope(company):
            shown[company.code] = str(registry.slot("place", company, what="it"))
    assert shown == {"aurora": "", "boreal": "<b>it</b>"}
    assert registry.slot("place", None, what="it") == ""


def test_whether_a_plugin_is_active_is_asked_for_the_open_company(app, session, world):
    desk = app.extensions["balcao"].plugins["service_desk"]
    with company_scope(world.aurora):
        assert app.extensions["balcao"].is_active(desk, world.aurora)
        # Not answered from what is known about another one.
        with pytest.raises(NoCompanyScope):
            app.extensions["balcao"].is_active(desk, world.cometa)


def test_a_plugin_declares_nothing_unless_it_says_so(world):
    bare = plugin_like()()
    assert (list(bare.blueprints()), bare.handlers(), bare.slots()) == ([], {}, {})
    assert bare.is_active(world.cometa)
