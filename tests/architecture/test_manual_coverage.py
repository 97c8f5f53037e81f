"""`docs/manual-coverage.md` is true: what it names exists, and no rule is without a walk and another test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "manual-coverage.md").read_text()
RULES = {f"R{number}" for number in range(1, 27)} | {"R22a", "R22b", "R22c"}


def walks() -> set[str]:
    """Every test under `tests/e2e/` as `file::name`."""
    return {
        f"{path.name}::{node.name}"
        for path in (ROOT / "tests" / "e2e").glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_walk_that_is_named_exists():
    named = set(re.findall(r"`(test_\w+\.py::test_\w+)`", TEXT))
    assert len(named) > 40
    assert named - walks() == set()


def test_every_other_test_that_is_named_exists():
    named = set(re.findall(r"`((?:app|architecture|chaos|plugins)/[\w/]+\.py)`", TEXT))
    assert len(named) > 30
    assert [path for path in named if not (ROOT / "tests" / path).is_file()] == []


def test_no_rule_is_without_a_walk():
    rows = re.findall(r"^\| (R\d+[abc]?) \| (.+) \| (.+) \|$", TEXT, re.MULTILINE)
    assert {rule for rule, named, others in rows if "::" in named and ".py" in others} == RULES
