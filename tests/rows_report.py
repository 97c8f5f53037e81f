"""The smallest report: as many rows as its question says, of the companies that it names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count, islice
from urllib.parse import parse_qs

from sqlalchemy import select

from app.database import company_scope, db
from app.parties.models import Customer
from app.reports.definition import Reader, Report
from app.reports.sheets import Column, Line, LineKind, Sheet
from app.work_orders.permissions import WORK_ORDERS_VIEW


class RowsReport(Report):
    """`rows=7&company=aurora&company=boreal`; `rows=endless` for one that only a cancellation ends.

    `at_row` is called with each row's number, before the row is there.
    """

    key = "service_desk.rows"
    title = "Linhas"
    permission = WORK_ORDERS_VIEW
    endpoint = "service_desk.ticket_list"

    def __init__(self) -> None:
        self.at_row: Callable[[int], object] = lambda number: None

    def companies_in(self, reader: Reader, query: str):
        codes = parse_qs(query).get("company", [reader.company.code])
        return tuple(company for company in reader.companies if company.code in codes)

    def count(self, reader: Reader, query: str) -> int:
        rows = parse_qs(query).get("rows", ["3"])[0]
        return 1_000_000 if rows == "endless" else int(rows)

    @contextmanager
    def sheet(self, reader: Reader, query: str) -> Iterator[Sheet]:
        companies = self.companies_in(reader, query)
        endless = parse_qs(query).get("rows") == ["endless"]
        lines = self._lines(companies, None if endless else self.count(reader, query))
        with closing(lines):
            yield Sheet(
                title="Relatório de linhas: Sintético",
                company=", ".join(company.name for company in companies),
                stated=(("Linhas", str(self.count(reader, query))),),
                columns=(Column("name", "Nome"),),
                details=(),
                count=self.count(reader, query),
                made_by=reader.user.name,
                made_at=datetime(2026, 11, 2, 14, 30, tzinfo=UTC),
                lines=lines,
            )

    def _lines(self, companies, rows: int | None) -> Iterator[Line]:
        end = time.monotonic() + 10
        numbers = count(1)
        for place, company in enumerate(companies):
            share = rows if rows is None else (rows + place) // len(companies)
            # Rows come out of their company's own scope, as those of real reports do.
            with company_scope(company):
                name = db.session.scalar(select(Customer.name).order_by(Customer.id).limit(1))
                for number in islice(numbers, share):
                    assert time.monotonic() < end, "nobody has ended it"
                    self.at_row(number)
                    yield Line(LineKind.ROW, [f"{company.code} {name} {number}"])
        yield Line(LineKind.TOTAL, [None], label="Total")
