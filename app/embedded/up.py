"""``./dev up``: the whole portal on this machine, from an empty folder to the login page."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .binaries import ServerUnavailable
from .catalogues import compile_catalogues
from .console import Console
from .instance import FolderInUse, FolderLock, secret_key
from .process import ProcessFailed
from .servers import EmbeddedServers
from .services import (
    HOST,
    ROOT,
    beat_process,
    port_is_free,
    prepare_process,
    process_environment,
    reports_process,
    web_process,
    worker_process,
)
from .supervisor import StopRequested, Supervisor

WELCOME = """
  Balcão is running: http://{host}:{port}

    ana      admin of aurora and boreal      sofia    supervisor of aurora
    bruno    operator of aurora              carla    operator of boreal
    dora     admin of cometa                 vera     viewer of aurora

    password of all six: balcao-demo-2026

  Ctrl-C stops everything. Data and logs stay in {var}
"""


@dataclass(frozen=True)
class Addresses:
    """Where the servers are, ours or those that the environment names."""

    database: str
    owner: str
    redis: str

    @classmethod
    def of(cls, servers: EmbeddedServers, environment: Mapping[str, str]) -> Addresses:
        """The addresses to use; raises ServerUnavailable for a database without its owner's address."""
        if "DATABASE_URL" in environment and "DATABASE_OWNER_URL" not in environment:
            raise ServerUnavailable(
                "DATABASE_URL is set, and DATABASE_OWNER_URL is not: migrations need the owner's address."
            )
        return cls(
            database=environment.get("DATABASE_URL") or servers.database_url(),
            owner=environment.get("DATABASE_OWNER_URL") or servers.owner_url,
            redis=environment.get("REDIS_URL") or servers.redis_url,
        )


def up(*, var: Path, port: int) -> int:
    """Runs the portal until Ctrl-C or SIGTERM; returns 0 when every process ended cleanly, otherwise 1."""
    console = Console(sys.stdout)
    supervisor = Supervisor(console)
    try:
        with FolderLock(var, supervisor.pause) as lock:
            failed = _run(supervisor, console, var=var, port=port, lock=lock.fd)
            clean = supervisor.stop()
        return int(failed or not clean)
    except StopRequested:
        return 0
    except FolderInUse as refusal:
        console.show(str(refusal))
        return 1


def _run(supervisor: Supervisor, console: Console, *, var: Path, port: int, lock: int) -> bool:
    """Starts all and watches until a stop is asked for; returns whether the start failed."""
    try:
        _start(supervisor, console, var=var, port=port, lock=lock)
        supervisor.watch()
    except StopRequested:
        console.say("up", "stopping")
    except ProcessFailed as failure:
        console.show_new_lines()
        console.show(f"\n{failure.summary}")
        return True
    except ServerUnavailable as failure:
        console.show(str(failure))
        return True
    return False


def _start(supervisor: Supervisor, console: Console, *, var: Path, port: int, lock: int) -> None:
    if not port_is_free(port):
        raise ServerUnavailable(f"Port {port} is taken. Give another one: ./dev up --port {port + 1}")
    logs = var / "log"
    _put_aside(logs)
    servers = EmbeddedServers(var, pass_fds=(lock,))
    addresses = Addresses.of(servers, os.environ)
    for name, server in (("DATABASE_URL", servers.postgres), ("REDIS_URL", servers.queue)):
        if name not in os.environ:
            supervisor.start(server)
    compile_catalogues(ROOT)
    serving = process_environment(
        database_url=addresses.database, redis_url=addresses.redis, secret_key=secret_key(var)
    )
    owning = serving | {"DATABASE_OWNER_URL": addresses.owner}
    _prepare_database(supervisor, var=var, env=owning, lock=lock)
    # The page first: processes that load the application at once would make each wait for the others.
    supervisor.start(web_process(port=port, env=serving, log_folder=logs, pass_fds=(lock,)))
    supervisor.spawn(worker_process(env=serving, log_folder=logs, pass_fds=(lock,)))
    supervisor.spawn(
        beat_process(env=serving, log_folder=logs, schedule=var / "beat-schedule", pass_fds=(lock,))
    )
    # Last: nobody needs it in the first seconds.
    supervisor.spawn(reports_process(env=serving, log_folder=logs, pass_fds=(lock,)))
    console.show(WELCOME.format(host=HOST, port=port, var=var))


def _prepare_database(supervisor: Supervisor, *, var: Path, env: Mapping[str, str], lock: int) -> None:
    filled = var / "demo-loaded"
    arguments = [] if filled.exists() else ["--demo"]
    supervisor.run(prepare_process(arguments, env=env, log_folder=var / "log", pass_fds=(lock,)))
    filled.touch()


def _put_aside(logs: Path) -> None:
    """Keeps the last run's logs beside the new ones, and no older ones."""
    previous = logs.with_name("log.previous")
    shutil.rmtree(previous, ignore_errors=True)
    if logs.exists():
        logs.rename(previous)
