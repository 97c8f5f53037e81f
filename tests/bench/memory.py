"""What `./dev up` takes of memory: all its processes after 100 requests, a web worker after 1,000."""

from __future__ import annotations

import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine

from app import create_app
from app.embedded.instance import secret_key
from app.embedded.process import ManagedProcess
from app.embedded.servers import EmbeddedServers
from app.embedded.services import ROOT
from config import DevelopmentConfig
from tests.bench.portal import WORKERS, Portal

PAGES = ("/c/aurora/", "/c/aurora/service-desk/tickets", "/c/aurora/work-orders", "/c/aurora/customers")
MOST_TOGETHER = 650
MOST_PER_WORKER = 140
IDLE = 3.0
FIRST_START = 180.0


@dataclass(frozen=True)
class Memory:
    """Megabytes: PSS of all processes by name, and RSS of the bigger web worker."""

    processes: dict[str, float]
    worker: float

    @property
    def together(self) -> float:
        return sum(self.processes.values())


def measure(var: Path, *, port: int) -> Memory:
    """What a new portal takes: idle after 100 requests, and its web workers after 1,000 each."""
    with _portal(var, port=port) as (portal, root):
        visits = [portal.visit() for _ in range(2 * WORKERS)]
        requests = [[visit.get(path) for path in PAGES] for visit in visits]
        portal.load(requests, status=200, seconds=60, warmup=0, most=100)
        time.sleep(IDLE)
        tree = _tree(root)
        together: dict[str, float] = {}
        for pid in tree:
            name = _name(pid)
            together[name] = together.get(name, 0) + _megabytes(pid, "smaps_rollup", "Pss")
        portal.load(requests, status=200, seconds=60, warmup=0, most=1_000 * WORKERS)
        workers = [_megabytes(pid, "status", "VmRSS") for pid in tree if _name(pid) == "web"]
        return Memory(together, max(workers))


@contextmanager
def _portal(var: Path, *, port: int) -> Iterator[tuple[Portal, int]]:
    """`./dev up` as a person starts it, in a folder of its own."""
    up = ManagedProcess(
        "up",
        [sys.executable, "-m", "app.embedded", "up", "--port", str(port), "--var", str(var)],
        log_path=var.with_name("up.log"),
        cwd=ROOT,
        stop_signal=signal.SIGINT,
    )
    up.spawn()
    try:
        _wait_for_welcome(up)
        servers = EmbeddedServers(var)
        engine = create_engine(servers.owner_url)
        app = create_app(
            DevelopmentConfig,
            SQLALCHEMY_DATABASE_URI=servers.database_url(),
            REDIS_URL=servers.redis_url,
            SECRET_KEY=secret_key(var),
        )
        yield Portal(app, engine, port, workers=1), up.pid
        engine.dispose()
    finally:
        up.stop()


def _wait_for_welcome(up: ManagedProcess) -> None:
    # The first start makes the cluster and the demo: longer than a process may take to be ready.
    deadline = time.monotonic() + FIRST_START
    while "Balcão is running" not in up.log_tail(40):
        if not up.running or time.monotonic() > deadline:
            raise RuntimeError(f"./dev up didn't start:\n{up.log_tail(40)}")
        time.sleep(0.1)


def _tree(root: int) -> list[int]:
    """The process and all its descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _name(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    names = {
        "gunicorn": "web",
        " worker ": "worker",
        " beat ": "beat",
        "postgres": "database",
        "valkey": "queue",
        "redis": "queue",
    }
    return next((name for word, name in names.items() if word in command), "up")


def _megabytes(pid: int, file: str, name: str) -> float:
    text = Path(f"/proc/{pid}/{file}").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
