"""The reports' half of the surface: what a plugin's report declares, and the sheets that it answers with."""

from app.reports.charts import Bar, Room, bar_chart
from app.reports.definition import BACKGROUND_ROWS, QuestionRefused, Reader, Report, query_pairs
from app.reports.readers import reader_of
from app.reports.sheets import Column, Kind, Line, LineKind, Sheet
from app.reports.texts import formatter, shown

__all__ = [
    "BACKGROUND_ROWS",
    "Bar",
    "Column",
    "Kind",
    "Line",
    "LineKind",
    "QuestionRefused",
    "Reader",
    "Report",
    "Room",
    "Sheet",
    "bar_chart",
    "formatter",
    "query_pairs",
    "reader_of",
    "shown",
]
