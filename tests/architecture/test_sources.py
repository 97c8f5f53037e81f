"""What the sources may not say: read as syntax trees, so that comments and strings don't count."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for folder in ("app", "plugins")
    for path in (ROOT / folder).rglob("*.py")
    # The servers' launcher knows no companies; migrations are the owner's SQL.
    if "embedded" not in path.parts and "migrations" not in path.parts
)
TEMPLATES = sorted(path for folder in ("app", "plugins") for path in (ROOT / folder).rglob("*.html"))

EXEMPT = {
    ("app/database.py", "text()"): "tells PostgreSQL the company: the third net itself",
    ("app/database.py", "session.get()"): "find(): looks at the company afterwards",
    ("app/database.py", "commit()"): "transaction(): the only commit",
    ("app/safety.py", "text()"): "asks for the rights of the serving role",
    ("app/safety.py", "engine.connect()"): "asks before any request is served",
    ("app/plugin_api/migrations.py", "text()"): "the owner's SQL",
    ("app/plugin_api/registry.py", "Markup()"): "joins what plugins' templates have rendered",
    ("app/work_orders/handoff.py", "session.get()"): "the company of the row that the worker has claimed",
    ("app/work_orders/commands.py", "session.get()"): "the server's administrator, in the row's own company",
    ("app/users/queries.py", "session.get()"): "login failures belong to no company",
    ("app/jobs.py", "send_task()"): "publish(): the only sender",
    ("app/demo/seeding.py", "exec_driver_sql()"): "the owner's COPY, indexes and VACUUM",
}
"""(file, what) → why it may."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dotted(node: ast.AST) -> str:
    """`db.session.get` of the expression that a call calls; '' for anything that isn't names and dots."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def forbidden(path: Path) -> Iterator[tuple[str, int]]:
    """What the file says that no module should: (what, line)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # A condition of an index is SQL by nature and runs in migrations only.
    in_index = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func) in ("Index", "CheckConstraint")
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("__table__", "populate_obj", "raw_connection"):
            yield node.attr, node.lineno
        if isinstance(node, ast.keyword) and node.arg == "index_elements":
            in_index |= {id(part) for part in ast.walk(node)}
        if not isinstance(node, ast.Call) or id(node) in in_index:
            continue
        called = dotted(node.func)
        last = called.rpartition(".")[2]
        if called in ("text", "sa.text", "sqlalchemy.text"):
            yield "text()", node.lineno
        elif re.search(r"\bdb\.session(\(\))?\.(get|get_one)$", called):
            yield "session.get()", node.lineno
        elif re.search(r"\bengine\.(connect|begin|raw_connection)$", called):
            yield "engine.connect()", node.lineno
        elif last in ("commit", "Markup", "delay", "apply_async", "send_task", "exec_driver_sql"):
            yield f"{last}()", node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_goes_round_the_walls(path):
    found = [(what, line) for what, line in forbidden(path) if (name(path), what) not in EXEMPT]
    assert found == []


def test_no_exemption_is_left_over():
    used = {(name(path), what) for path in SOURCES for what, _ in forbidden(path)}
    assert set(EXEMPT) - used - {("app/plugin_api/migrations.py", "text()")} == set()


def test_the_search_sees_what_it_looks_for(tmp_path):
    source = tmp_path / "bad.py"
    source.write_text(
        "db.session.execute(text('SELECT 1'))\n"
        "select(Customer.__table__)\n"
        "db.session.get(Customer, 1)\n"
        "db.engine.connect()\n"
        "form.populate_obj(row)\n"
        "db.session.commit()\n"
        "task.delay(1)\n"
        "Markup(value)\n"
        "Index(None, 'a', postgresql_where=text('a > 0'))\n"
    )
    assert [what for what, _ in sorted(forbidden(source), key=lambda found: found[1])] == [
        "text()",
        "__table__",
        "session.get()",
        "engine.connect()",
        "populate_obj",
        "commit()",
        "delay()",
        "Markup()",
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_templates_escape_everything(path):
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text(encoding="utf-8"))


# ── Queries and services ─────────────────────────────────────────────────────────────────────────────

WITHOUT_A_COMPANY = {
    "app/companies/queries.py": {
        "company_by_code": "the owner's commands start from a code",
    },
    "app/users/queries.py": {
        "token_hash": "a pure function",
        "shown_name": "a column, not a read",
        "live_session": "who logs in has no company yet",
        "user_by_login": "who logs in has no company yet",
        "login_failure": "who logs in has no company yet",
        "sessions_of": "a user's own sessions",
        "administered_companies": "from which source and targets of a copy are chosen",
        "accepted_memberships": "from which the company is chosen",
        "invitations": "a user's own",
        "administers_all_companies": "about two users, whatever their companies",
        "may_change_account": "about two users, whatever their companies",
    },
}
"""Reads that take no company, and why."""


def rooms(*names: str) -> list[Path]:
    """The modules, or the packages' files, that are a module's room of this name."""
    return [p for p in SOURCES if p.stem in names or p.parent.name in names]


def public_functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]


@pytest.mark.parametrize("path", rooms("queries"), ids=name)
def test_queries_take_the_company_first(path):
    """The first net: by hand, so that it is there whatever the other two do."""
    exempt = WITHOUT_A_COMPANY.get(name(path), {})
    functions = {f.name: f for f in public_functions(path)}
    assert set(exempt) <= set(functions), "an exemption is left over"
    without = [
        f.name
        for f in functions.values()
        if [a.arg for a in f.args.args][:1] != ["company"] and f.name not in exempt
    ]
    assert without == []


@pytest.mark.parametrize("path", rooms("queries"), ids=name)
def test_queries_use_the_company_they_take(path):
    unused = [
        f.name
        for f in public_functions(path)
        if [a.arg for a in f.args.args][:1] == ["company"]
        and not any(isinstance(n, ast.Name) and n.id == "company" for n in ast.walk(f) if n is not f)
    ]
    assert unused == []


@pytest.mark.parametrize("path", rooms("services"), ids=name)
def test_verbs_take_keywords_only(path):
    """A verb is what somebody does: it takes an actor."""
    # Tells several companies' trails what a verb has done.
    arguments = {f.name: f.args for f in public_functions(path) if f.name != "record_in"}
    verbs = {n: a for n, a in arguments.items() if "actor" in [arg.arg for arg in [*a.args, *a.kwonlyargs]]}
    assert [n for n, a in verbs.items() if a.args or a.posonlyargs] == []
