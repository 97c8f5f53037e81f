"""The files of a report: each writes the same sheet, with the same rows and the same totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from app.reports.definition import BACKGROUND_ROWS
from app.reports.outputs import csv_files, pdf_files, xlsx_files
from app.reports.outputs.writing import Write

if TYPE_CHECKING:
    from app.plugin_api.contract import Text


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Args:
        label: on the button.
        suffix: of its name, with the dot.
        write: writes a sheet from the file's place on, and leaves nothing else behind.
        rows_at_once: a file of more rows is made by a worker.
    """

    key: str
    label: Text
    suffix: str
    mimetype: str
    write: Write
    rows_at_once: int = BACKGROUND_ROWS


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        each.key: each
        for each in (
            # Typesetting takes five seconds for so many tickets with all that was said about them.
            Format("pdf", "PDF", ".pdf", "application/pdf", pdf_files.write, rows_at_once=1_000),
            Format("xlsx", _l("Spreadsheet (XLSX)"), ".xlsx", _XLSX, xlsx_files.write),
            Format("csv", "CSV", ".csv", "text/csv", csv_files.write),
        )
    }
)
