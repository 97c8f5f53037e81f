"""Order of start and stop, restarts, and no orphan: with tiny commands in place of the real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.embedded.instance import FolderInUse, FolderLock, is_running, secret_key
from tests.app.embedded.test_process import alive, wait_until, wait_until_dead

# Each journalist writes its name into the journal when it is told to end.
RUN = """
import pathlib, signal, sys
from app.embedded import supervisor as module
from app.embedded.console import Console
from app.embedded.instance import FolderLock
from app.embedded.process import ManagedProcess

module.RESTART_DELAY = 0.1
# Whoever runs the tests under nohup has us ignore it, and so would the supervisor.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
var = pathlib.Path(sys.argv[1])
console = Console(sys.stdout)
supervisor = module.Supervisor(console)

def command(name, script, **options):
    argv = ["sh", "-c", script]
    return ManagedProcess(name, argv, log_path=var / f"{name}.log", pass_fds=(lock.fd,), **options)

def journalist(name):
    trap = f"trap 'echo {name} >> {var}/journal; exit 0' TERM; touch {var}/{name}.up"
    return command(name, f"{trap}; while :; do sleep 0.02; done", ready=(var / f"{name}.up").exists)

with FolderLock(var, supervisor.pause) as lock:
    for name in ("first", "second", "third"):
        supervisor.start(journalist(name))
    supervisor.spawn(command("fragile", f"echo . >> {var}/starts; sleep 0.1; exit 7"))
    console.show("started")
    try:
        supervisor.watch()
    except module.StopRequested:
        clean = supervisor.stop()
sys.exit(0 if clean else 1)
"""


@contextmanager
def supervisor(var: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", RUN, str(var)], stdout=subprocess.PIPE, text=True) as popen:
        try:
            assert popen.stdout.readline() == "started\n"
            yield popen
        finally:
            popen.kill()


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_ends_all_in_reverse_order(tmp_path, signum):
    with supervisor(tmp_path) as popen:
        started = children(popen.pid)
        popen.send_signal(signum)
        popen.wait(10)
    assert (tmp_path / "journal").read_text().split() == ["third", "second", "first"]
    assert not any(alive(pid) for pid in started)
    assert not is_running(tmp_path)


def test_what_dies_is_restarted_and_its_code_told(tmp_path):
    with supervisor(tmp_path) as popen:
        wait_until(
            lambda: (tmp_path / "starts").exists() and (tmp_path / "starts").read_text().count(".") >= 3
        )
        assert popen.stdout.readline() == "fragile  | ended with code 7; again in 0 s\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_a_killed_supervisor_leaves_no_orphan(tmp_path):
    with supervisor(tmp_path) as popen:
        started = children(popen.pid)
        popen.kill()
        popen.wait()
        assert len(started) >= 3
        # The lock is inherited by everything it started: to get it means that nothing is left.
        with FolderLock(tmp_path):
            wait_until_dead(started)


def test_a_second_run_on_the_same_folder_is_refused_with_a_sentence(tmp_path):
    with FolderLock(tmp_path):
        assert is_running(tmp_path)
        command = [sys.executable, "-m", "app.embedded", "up", "--var", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == (
        f"Already running on {tmp_path} (process {os.getpid()}). "
        "Stop it first, or give another folder with --var.\n"
    )
    assert not is_running(tmp_path)


def test_leftovers_of_an_earlier_run_are_waited_for_and_then_told(tmp_path, monkeypatch):
    monkeypatch.setattr("app.embedded.instance.LEFTOVERS_TIMEOUT", 0.1)
    with FolderLock(tmp_path) as lock:
        leftover = subprocess.Popen(["sleep", "60"], pass_fds=(lock.fd,))
    try:
        with pytest.raises(FolderInUse, match="earlier run"), FolderLock(tmp_path):
            pass
    finally:
        leftover.kill()
        leftover.wait()
    with FolderLock(tmp_path):
        pass


def test_a_taken_port_is_refused_with_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "app.embedded", "up", "--var", str(tmp_path), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == f"Port {port} is taken. Give another one: ./dev up --port {port + 1}\n"
    assert not (tmp_path / "postgres").exists()


def test_a_database_without_its_owners_address_is_refused_with_a_sentence(tmp_path):
    environment = os.environ | {"DATABASE_URL": "postgresql+psycopg:///x"}
    environment.pop("DATABASE_OWNER_URL", None)
    command = [sys.executable, "-m", "app.embedded", "up", "--var", str(tmp_path), "--port", "5199"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert "DATABASE_OWNER_URL is not" in done.stdout


def test_the_secret_is_made_once_and_private(tmp_path):
    key = secret_key(tmp_path)
    assert len(key) == 64
    assert secret_key(tmp_path) == key
    assert oct((tmp_path / "secret_key").stat().st_mode)[-3:] == "600"
