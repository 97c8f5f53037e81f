"""A second plugin works without a change in the host (DESIGN 3)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_second_plugin_needs_no_change_in_the_host() -> None:
    """In a process and a database of its own; what the checks are is told in tests/plugins/tiny/checks.py."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/plugins/tiny/checks.py"]
    checks = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)

    assert checks.returncode == 0, checks.stdout + checks.stderr
    assert " passed" in checks.stdout
