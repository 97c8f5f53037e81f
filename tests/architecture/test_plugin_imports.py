"""What a plugin may import of the host: this list, and nothing else (DESIGN 2 and 3)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SURFACE = re.compile(
    r"""
    app\.plugin_api(\..+)?                 # made for it
    | app\.\w+\.(queries|services)(\..+)?  # reads and verbs of the host's modules
    | app\.\w+\.models                     # for foreign keys and joins
    | app\.\w+\.(lookups|permissions)      # for forms that name the host's registers
    | app\.work_orders\.handoff            # the wish for a work order
    """,
    re.VERBOSE,
)
PLUGIN_FILES = sorted((ROOT / "plugins").rglob("*.py"))


def host_imports(source: str) -> Iterator[str]:
    """Modules of the host that the source imports, `if TYPE_CHECKING` included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
            if node.module in ("app", *(f"app.{p.name}" for p in (ROOT / "app").iterdir() if p.is_dir())):
                # `from app.users import queries` names a module as well.
                names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (n for n in names if n.split(".")[0] == "app")


@pytest.mark.parametrize("path", PLUGIN_FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_plugin_keeps_to_the_surface(path):
    assert [
        name for name in host_imports(path.read_text(encoding="utf-8")) if not SURFACE.fullmatch(name)
    ] == []


def test_what_is_named_in_the_surface_is_what_is_exported():
    from app import plugin_api
    from app.plugin_api import printing, web

    for module in (plugin_api, printing, web):
        assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.parametrize(
    "line",
    [
        "from app.database import db",
        "from app.parties.views import bp",
        "from app.parties import views",
        "import app.jobs",
        "from app import portal",
        "from app.work_orders.tasks import sweep",
    ],
)
def test_the_list_refuses(line):
    assert [name for name in host_imports(line) if not SURFACE.fullmatch(name)]
