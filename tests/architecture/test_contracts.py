"""The import contracts of pyproject.toml hold, and are able to fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def lint(config: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--cache-dir", cache]
    return subprocess.run(
        [*command, "--config", config], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_contracts_are_kept_and_a_turned_one_is_broken(tmp_path):
    kept = lint(ROOT / "pyproject.toml", tmp_path / "cache")
    assert kept.returncode == 0, kept.stdout
    # The broken twin: with models on top and views at the bottom, everything is upside down.
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    turned = tmp_path / "pyproject.toml"
    turned.write_text(settings.replace('"(models)"', '"(views)"').replace("(views) |", "(models) |"))
    broken = lint(turned, tmp_path / "cache")
    assert broken.returncode == 1
    assert "app.work_orders.services is not allowed to import" in broken.stdout
