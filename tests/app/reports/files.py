"""What the tests of files of reports share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.companies.models import Company
from app.database import company_scope, db, transaction
from app.reports import runs, services
from app.reports.definition import Reader
from app.reports.models import ReportFile, ReportPiece
from app.reports.outputs import FORMATS
from app.users.models import User
from tests.rows_report import RowsReport


def order(
    company: Company, user: User, query: str = "rows=6", *, companies: Sequence[Company] = (), **instead: Any
) -> int:
    """Ask for a file as the view does; return its id."""
    asked = {
        "company": company,
        "actor": user,
        "report": RowsReport(),
        "query": query,
        "file_format": "csv",
        "companies": companies or [company],
        "rows": 6,
        "language": "pt_BR",
        "request_key": uuid4(),
    }
    with company_scope(company), transaction():
        return services.order_file(**asked | instead).id


def stored(company: Company, file_id: int) -> ReportFile | None:
    """The file's row as it is now."""
    with company_scope(company):
        return db.session.scalar(
            select(ReportFile).where(ReportFile.id == file_id).execution_options(populate_existing=True)
        )


def pieces(company: Company, file_id: int) -> list[bytes]:
    """The file's pieces in their order."""
    with company_scope(company):
        found = select(ReportPiece.content).where(ReportPiece.file_id == file_id)
        return list(db.session.scalars(found.order_by(ReportPiece.position)))


@contextmanager
def another_writer(write: Callable[..., object]) -> Iterator[None]:
    """CSV files are written by this function, for the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "FORMATS", {"csv": replace(FORMATS["csv"], write=write)})
        yield


def written(report: RowsReport, user: User, company: Company, query: str, *more: Company) -> bytes:
    """What the writer makes of the report: what every way to the file must give, byte by byte."""
    content = BytesIO()
    reader = Reader(user, company, (company, *more))
    with company_scope(company), report.sheet(reader, query) as sheet:
        FORMATS["csv"].write(sheet, content, progress=lambda rows: None)
    return content.getvalue()
