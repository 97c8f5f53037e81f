"""The Celery application of a worker that stands still at a shut gate, as soon as part of a file is written.

A fast machine would otherwise make the whole file between two looks at it. To be started in place of
`celery_worker`; importing it makes the application.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from app.reports import runs
from app.reports.outputs import FORMATS, Format
from app.reports.outputs.writing import Progress, silent
from app.reports.sheets import Sheet
from celery_worker import celery
from tests.chaos.reports import GATE

__all__ = ["celery"]


def gated(file_format: Format) -> Format:
    """The format whose writer tells how far it is each time, and then waits at the gate."""

    def write(sheet: Sheet, file: BinaryIO, *, progress: Progress = silent) -> None:
        def tell(rows: int) -> None:
            progress(rows)
            while rows and gate.exists():
                time.sleep(0.01)

        file_format.write(sheet, file, progress=tell)

    return replace(file_format, write=write)


gate = Path(os.environ[GATE])
runs.HEARD_EVERY = 0.0
runs.FORMATS = {key: gated(file_format) for key, file_format in FORMATS.items()}
