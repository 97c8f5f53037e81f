"""Brings the database up to date and, if asked, fills an empty one with the demo.

``python -m app.embedded.prepare [--demo]`` is ``flask db upgrade heads`` and ``flask demo load --if-empty``
in one process, because loading the application takes longer than either.
"""

from __future__ import annotations

import sys

from flask.cli import ScriptInfo

from app import create_app

MIGRATE = ["db", "upgrade", "heads"]
LOAD_DEMO = ["demo", "load", "--if-empty"]


def main(arguments: list[str]) -> None:
    """Runs the commands; the first that fails ends the process with its code."""
    app = create_app()
    for command in [MIGRATE, LOAD_DEMO] if "--demo" in arguments else [MIGRATE]:
        app.cli.main(
            command, prog_name="flask", obj=ScriptInfo(create_app=lambda: app), standalone_mode=False
        )


if __name__ == "__main__":
    main(sys.argv[1:])
