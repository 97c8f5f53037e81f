"""The reports' half of the surface: what a plugin's report declares, and the sheets that it answers with."""

from app.reports.definition import BACKGROUND_ROWS, Reader, Report
from app.reports.readers import reader_of
from app.reports.sheets import Column, Kind, Line, LineKind, Sheet
from app.reports.texts import formatter, shown

__all__ = [
    "BACKGROUND_ROWS",
    "Column",
    "Kind",
    "Line",
    "LineKind",
    "Reader",
    "Report",
    "Sheet",
    "formatter",
    "reader_of",
    "shown",
]
