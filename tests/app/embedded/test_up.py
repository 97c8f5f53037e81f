"""``up`` with everything real: database, queue, migrations, demo data, web, workers, beat."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.embedded.instance import FolderLock
from app.embedded.services import ROOT
from tests.app.embedded.test_process import alive, wait_until_dead


@contextmanager
def portal(var: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The running program, and what it wrote until the portal stood."""
    ours = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    command = [sys.executable, "-m", "app.embedded", "up", "--var", str(var), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as popen:
        try:
            lines = []
            for line in popen.stdout:
                lines.append(line)
                if "Ctrl-C stops everything" in line:
                    break
            yield popen, lines
        finally:
            popen.kill()


def descendants(pid: int) -> list[int]:
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += [int(child), *descendants(int(child))]
    return found


def environment_of(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; elsewhere a parent's death isn't told")
def test_up_keeps_its_data_ends_with_0_and_leaves_nothing_even_when_killed(tmp_path):
    var = tmp_path / "var"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with portal(var, port) as (popen, lines):
        assert f"http://127.0.0.1:{port}" in "".join(lines)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login") as answer:
            assert answer.status == 200
        started = descendants(popen.pid)
        # web master, two web workers, worker, beat, reports; PostgreSQL's processes and the queue
        assert len(started) >= 9
        assert any(b"--queues\0reports" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in started)
        assert not any("DATABASE_OWNER_URL" in environment_of(pid) for pid in started)
        popen.kill()
    with FolderLock(var):  # waits until the last one that inherited it has let go
        wait_until_dead(started)

    with portal(var, port) as (popen, lines):
        assert not any(line.startswith("prepare") for line in lines)
        started = descendants(popen.pid)
        popen.send_signal(signal.SIGINT)
        rest, _ = popen.communicate(timeout=60)
        assert popen.returncode == 0, rest
    assert not any(alive(pid) for pid in started)
