"""Folders that nobody else can look into."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

# sockaddr_un holds 108 bytes on Linux with the closing NUL, 104 on macOS.
LONGEST_SOCKET_PATH = 102


def private_folder(folder: Path) -> None:
    """Makes the folder, or sees that it is one of ours (or root's doing); others may not enter it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(f"{folder} is not a folder")
    if os.geteuid() not in (0, found.st_uid):
        raise PermissionError(f"{folder} belongs to another user")
    folder.chmod(0o700)


def socket_folder(folder: Path, socket_name: str) -> Path:
    """The folder for a unix socket: the one given, or a short one of its own where the path is too long."""
    folder = folder.resolve()
    if len(os.fsencode(folder / socket_name)) <= LONGEST_SOCKET_PATH:
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"balcao-{os.geteuid()}-{digest}"


def discard_socket_folder(sockets: Path, folder: Path) -> None:
    """Removes the folder for the socket if it was a short one of its own."""
    if sockets != folder.resolve():
        shutil.rmtree(sockets, ignore_errors=True)
