"""The script ``./dev``: which Python, what it installs and when, and the check of the locks."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

DEV = Path(__file__).parents[3] / "dev"


@pytest.fixture
def dev(tmp_path, monkeypatch) -> ModuleType:
    """The script as a module, for a project in a folder of the test's."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("dev", str(DEV))
    module = module_from_spec(spec_from_loader("dev", loader))
    loader.exec_module(module)
    module.STAMP = tmp_path / "stamp"
    module.PYTHON = Path(sys.executable)
    module.RUN_LOCK, module.DEV_LOCK = tmp_path / "requirements.txt", tmp_path / "requirements-dev.txt"
    module.LOCKS = {module.RUN_LOCK: [], module.DEV_LOCK: []}
    for lock in module.LOCKS:
        lock.write_text("flask==3.1.3 ; sys_platform == 'linux' \\\n    --hash=sha256:aa\nclick==8.3 \\\n")
    return module


@pytest.fixture
def installed(dev, monkeypatch) -> list[str]:
    """The names of the locks that were installed, instead of installing them."""
    names: list[str] = []
    monkeypatch.setattr(dev, "install_packages", lambda lock: not names.append(lock.name))
    return names


def test_an_old_python_gets_a_sentence_and_no_trace():
    ast.parse(DEV.read_text(), feature_version=(3, 6))  # what an old one must be able to read
    old = (
        f"import sys; sys.version_info = (3, 10, 9); exec(compile(open({str(DEV)!r}).read(), 'dev', 'exec'))"
    )
    done = subprocess.run([sys.executable, "-c", old], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Balcão needs Python 3.11 or newer")
    assert "Traceback" not in done.stderr


def test_without_a_command_it_explains_itself(dev, capsys):
    assert dev.main([]) == 0
    assert dev.main(["nonsense"]) == 2
    assert "./dev up" in capsys.readouterr().out


def test_a_lock_is_installed_once_and_again_when_it_changed(dev, installed):
    dev.install(dev.RUN_LOCK)
    dev.install(dev.RUN_LOCK)
    assert installed == ["requirements.txt"]
    dev.RUN_LOCK.write_text("flask==3.1.4\n")
    dev.install(dev.RUN_LOCK)
    assert installed == ["requirements.txt"] * 2


def test_the_development_lock_covers_the_other(dev, installed):
    dev.install(dev.DEV_LOCK)
    dev.install(dev.RUN_LOCK)
    assert installed == ["requirements-dev.txt"]


def test_a_failed_installation_is_tried_again_next_time(dev, installed, monkeypatch):
    dev.install(dev.DEV_LOCK)
    dev.DEV_LOCK.write_text("flask==3.1.4\n")
    monkeypatch.setattr(dev, "install_packages", lambda lock: False)
    with pytest.raises(SystemExit, match="could not be installed"):
        dev.install(dev.DEV_LOCK)
    assert not dev.STAMP.exists()


def test_a_python_that_cannot_make_environments_gets_the_way_out(dev, monkeypatch):
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(dev, "find_uv", lambda: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        dev.make_environment()


def test_more_files_for_a_version_make_no_lock_wrong(dev, monkeypatch):
    def with_a_new_hash(lock, output, arguments):
        output.write_text(output.read_text().replace("sha256:aa", "sha256:aa \\\n    --hash=sha256:bb"))
        return ""

    monkeypatch.setattr(dev, "compile_lock", with_a_new_hash)
    assert dev.lock_complaints() == []


def test_a_lock_out_of_step_is_told(dev, monkeypatch):
    def with_another_pin(lock, output, arguments):
        output.write_text(output.read_text().replace("3.1.3", "3.1.4"))
        return ""

    monkeypatch.setattr(dev, "compile_lock", with_another_pin)
    assert dev.lock_complaints() == [
        f"{name} is not in step with pyproject.toml: run ./dev lock"
        for name in ("requirements.txt", "requirements-dev.txt")
    ]


@pytest.mark.parametrize(
    "line",
    [
        *(f"--{option} x" for option in ("index-url", "extra-index-url", "find-links")),
        "# from https://a.example",
    ],
)
def test_a_lock_that_names_a_registry_is_told(dev, monkeypatch, line):
    monkeypatch.setattr(dev, "compile_lock", lambda lock, output, arguments: "")
    with dev.RUN_LOCK.open("a") as file:
        file.write(f"{line}\n")
    assert dev.lock_complaints() == [f"requirements.txt names a registry: {line}"]


def test_without_a_registry_the_comparison_is_left_out_and_said_so(dev, monkeypatch, capsys):
    monkeypatch.setattr(dev, "compile_lock", lambda lock, output, arguments: "error: Failed to fetch: `x`")
    assert dev.lock_complaints() == []
    assert "no registry in reach" in capsys.readouterr().out
