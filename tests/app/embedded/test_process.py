"""Child processes: ready, failed, stopped, and gone with their parent."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from app.embedded import ManagedProcess, ProcessFailed

# Ignores SIGTERM, and has a child that does so too.
STUBBORN = "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"


def shell(script: str, folder: Path, **options: object) -> ManagedProcess:
    return ManagedProcess("thing", ["sh", "-c", script], log_path=folder / "thing.log", **options)


def wait_until(condition, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_dead(pids: Iterable[int]) -> None:
    """The lock of their folder is free an instant before: a process that ends closes its files first."""
    wait_until(lambda: not any(alive(pid) for pid in pids), 1.0)


def test_start_returns_when_ready(tmp_path):
    sign = tmp_path / "ready"
    process = shell(f"sleep 0.1; touch '{sign}'; exec sleep 60", tmp_path, ready=sign.exists)
    process.start()
    assert sign.exists()
    assert process.running
    assert process.stop() == -signal.SIGTERM


def test_failure_says_the_code_and_the_end_of_the_log(tmp_path):
    process = shell("echo the reason; exit 3", tmp_path, ready=lambda: False)
    with pytest.raises(ProcessFailed, match=r"thing ended with code 3:\nthe reason"):
        process.start()


def test_a_process_that_is_not_ready_in_time_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr("app.embedded.process.START_TIMEOUT", 0.1)
    process = shell("exec sleep 60", tmp_path, ready=lambda: False)
    with pytest.raises(ProcessFailed, match="was not ready"):
        process.start()
    assert not process.running


def test_a_command_that_fails_raises(tmp_path):
    shell("exit 0", tmp_path).run()
    with pytest.raises(ProcessFailed, match="code 4"):
        shell("exit 4", tmp_path).run()


def test_it_is_not_started_twice(tmp_path):
    process = shell("exec sleep 60", tmp_path)
    process.spawn()
    with pytest.raises(RuntimeError, match="running already"):
        process.spawn()
    process.kill()


def test_stop_kills_what_does_not_listen_and_its_children(tmp_path):
    process = shell(STUBBORN, tmp_path)
    process.spawn()
    wait_until(process.log_tail)
    child = int(process.log_tail())
    assert process.stop(timeout=0.2) == -signal.SIGKILL
    wait_until(lambda: not alive(child))


def test_nothing_to_stop_is_no_error(tmp_path):
    process = shell("true", tmp_path)
    assert process.stop() is None
    assert process.poll() is None
    with pytest.raises(RuntimeError, match="never started"):
        _ = process.pid


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_it_ends_with_its_parent_even_when_that_is_killed(tmp_path):
    parent = f"""
import pathlib, sys, time
from app.embedded import ManagedProcess
process = ManagedProcess("thing", ["sleep", "60"], log_path=pathlib.Path({str(tmp_path / "thing.log")!r}))
process.spawn()
print(process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as popen:
        child = int(popen.stdout.readline())
        wait_until(lambda: Path(f"/proc/{child}/comm").read_text().strip() == "sleep")
        popen.kill()
    wait_until(lambda: not alive(child))
