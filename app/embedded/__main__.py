"""``python -m app.embedded``: what ``./dev`` calls once the environment stands."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from .catalogues import compile_catalogues
from .instance import FolderLock, is_running, secret_key
from .servers import EmbeddedServers
from .services import APPLICATION, ROOT, process_environment
from .up import Addresses, up

DEFAULT_PORT = 5000


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="./dev", description="Balcão on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    up_parser = commands.add_parser("up", help="run the portal with servers of its own")
    up_parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port on 127.0.0.1 (default 5000)")
    flask_parser = commands.add_parser("flask", help="run a flask command on the portal's database")
    for subparser in (up_parser, flask_parser):
        subparser.add_argument(
            "--var", type=Path, default=ROOT / "var", help="folder for data, sockets and logs (default var/)"
        )
    flask_parser.add_argument("arguments", nargs=argparse.REMAINDER)
    commands.add_parser("catalogues", help="compile the message catalogues that changed")
    options = parser.parse_args(arguments)
    if options.command == "up":
        return up(var=options.var.resolve(), port=options.port)
    if options.command == "flask":
        return run_flask(options.arguments, var=options.var.resolve())
    compile_catalogues(ROOT)
    return 0


def run_flask(arguments: list[str], *, var: Path) -> int:
    """Runs a flask command as the owner, on the servers that run on ``var`` or on ones started for it."""
    if is_running(var) or "DATABASE_URL" in os.environ:
        return _flask(arguments, EmbeddedServers(var), var)
    with FolderLock(var) as lock, EmbeddedServers(var, pass_fds=(lock.fd,)) as servers:
        return _flask(arguments, servers, var)


def _flask(arguments: list[str], servers: EmbeddedServers, var: Path) -> int:
    addresses = Addresses.of(servers, os.environ)
    environment = process_environment(
        database_url=addresses.database,
        redis_url=addresses.redis,
        secret_key=secret_key(var),
        owner_url=addresses.owner,
    )
    command = [sys.executable, "-m", "flask", "--app", APPLICATION, *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
