"""Compiled message catalogues: ``.mo`` files aren't committed, they are made where the portal runs."""

from __future__ import annotations

import os
from pathlib import Path


def compile_catalogues(root: Path) -> list[Path]:
    """Compiles each catalogue of host and plugins that is newer than its ``.mo``; returns those compiled."""
    sources = [*root.glob("app/translations/*/*/*.po"), *root.glob("plugins/*/translations/*/*/*.po")]
    stale = [source for source in sorted(sources) if _is_stale(source)]
    for source in stale:
        _compile(source)
    return stale


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> None:
    # Imported here: on most starts there is nothing to compile.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parts[-3])
    unfinished = source.with_suffix(f".mo.{os.getpid()}")
    with unfinished.open("wb") as file:
        write_mo(file, catalogue)
    # In one step: a running portal or a second process must never read half a file.
    unfinished.replace(source.with_suffix(".mo"))
