"""`./dev bench --reports`: the report of tickets at 1,000,000 tickets, each figure beside that at 10,000."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import RawIOBase
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from app.embedded.services import ROOT
from plugins.service_desk.demo.seeding import COMMON_WORD, RARE_WORD
from plugins.service_desk.reports.question import DateKind, View
from tests.bench.portal import COMPANY, Portal, running_portal, seeding_time

PAGE = f"/c/{COMPANY}/service-desk/reports/tickets"
BUFFERS = "1GB"
SIZES: Mapping[int, tuple[int, int]] = {10_000: (500, 200), 1_000_000: (50_000, 200)}
"""Tickets in all → those of the company that is looked at, and how many companies there are."""
COMBINATIONS = 100
COLUMNS = (
    *("number", "opened", "closed", "status", "party", "party_kind", "product", "serial", "technician"),
    *("closed_by", "channel", "direction", "known_problem", "category", "problem", "contacts"),
    *("contact_time", "forwardings", "waiting", "waits_for", "close_time", "reopenings", "order"),
    *("order_status", "cost", "sale", "department", "forwarded", "answered", "answer_time", "days"),
)
"""All that any list shows; to sort or break by another list's is as by none."""
ROUNDS = 3
SUMMARIES = [view for view in View if view.is_summary]


@dataclass
class Figures:
    """What was measured at one size, by its caption."""

    found: dict[str, float] = field(default_factory=dict)


AIMS = {
    "first page, any filters: p95 ms": 300,
    **{f"{view}: ms": 1000 for view in SUMMARIES},
    "CSV: rows a second": 30_000,
    "CSV: MB resident": 150,
    "XLSX: seconds": 60,
    "XLSX: MB resident": 200,
    "PDF: rows a second": 500,
    "PDF: MB resident": 350,
}


def measure(var: Path, *, port: int) -> dict[str, Any]:
    """Both sizes, one after the other; prints a line for each figure."""
    figures = {size: _at(var / str(size), size, port=port) for size in SIZES}
    click.echo(f"{'':36}" + "".join(f"{size:>12,}" for size in SIZES) + f"{'growth':>9}{'aim':>9}")
    for caption, aim in AIMS.items():
        values = [figures[size].get(caption) for size in SIZES]
        growth = f"{values[1] / values[0]:.1f}×" if all(values) else ""
        shown = "".join(f"{value:>12,.1f}" if value is not None else f"{'':>12}" for value in values)
        click.echo(f"{caption:36}{shown}{growth:>9}{aim:>9,}")
    return {str(size): found for size, found in figures.items()}


def _at(var: Path, size: int, *, port: int) -> dict[str, float]:
    first, companies = SIZES[size]
    more = ("--companies", str(companies), "--total", str(size))
    found: dict[str, float] = {}
    with running_portal(var, port=port, tickets=first, more=more, buffers=BUFFERS) as portal:
        click.echo(f"{size:,} tickets in {companies} companies: {seeding_time(var)}")
        visit = portal.visit()
        pages = [visit.get(path) for path in combinations(portal)]
        latencies: list[float] = []
        for _ in range(ROUNDS):
            result = portal.load([pages], status=200, seconds=600, warmup=0, most=COMBINATIONS)
            if result.failures:
                click.echo(f"failures: {result.failures}")
            latencies = latencies or result.latencies[:0]
            latencies += result.latencies
        latencies.sort()
        found["first page, any filters: p95 ms"] = 1000 * latencies[int(len(latencies) * 0.95)]
        for view in SUMMARIES:
            page = [visit.get(f"{PAGE}?view={view}")]
            result = portal.load([page], status=200, seconds=600, warmup=0, most=5)
            found[f"{view}: ms"] = 1000 * sorted(result.latencies)[len(result.latencies) // 2]
        found |= _files(portal, size)
    return found


def combinations(portal: Portal) -> Iterator[str]:
    """Pages of random filters, the same each time; each register filter names a row that there is."""
    chance = random.Random("combinations")
    company = portal.scalar("SELECT id FROM company WHERE code = :code", code=COMPANY)
    references = {
        "customer_id": "customer",
        "product_id": "product",
        "technician_id": "technician",
        "closed_by_id": "technician",
        "answered_by_id": "technician",
        "department_id": "department",
        "channel_id": "service_desk_channel",
        "category_id": "service_desk_problem_category",
        "known_problem_id": "service_desk_known_problem",
        "outcome_id": "service_desk_forwarding_outcome",
    }
    ids = {
        name: portal.column(f"SELECT id FROM {table} WHERE company_id = :id ORDER BY id LIMIT 40", id=company)
        for name, table in references.items()
    }
    words: dict[str, tuple[str, ...]] = {
        "view": ("tickets", "tickets", "details", "forwardings", "waiting"),
        "date": tuple(DateKind),
        "period": ("month", "last_month", "quarter", "year"),
        "status": ("open", "closed"),
        "direction": ("inbound", "outbound"),
        "since": ("2025-03-10",),
        "until": ("2026-06-30",),
        "only": ("no_product", "no_category"),
        "forwardings": ("with", "without", "unanswered", "answered"),
        "orders": ("with", "without"),
        "order_status": ("open", "done", "cancelled"),
        "serial": ("SN00001", "77"),
        "q": (RARE_WORD, COMMON_WORD, "padaria"),
        "sort": tuple(f"{way}{column}" for column in COLUMNS for way in ("", "-")),
        "break": COLUMNS,
    }
    for _ in range(COMBINATIONS):
        chosen = {
            name: chance.choice(words[name]) for name in chance.sample(sorted(words), chance.randrange(5))
        }
        for name in chance.sample(sorted(ids), chance.choice((0, 0, 1, 1, 2))):
            chosen[name] = str(chance.choice(ids[name]))
        yield PAGE + "?" + "&".join(f"{name}={value}" for name, value in chosen.items())


def _files(portal: Portal, size: int) -> dict[str, float]:
    """Each in a process of its own, whose memory is its own, too."""
    found: dict[str, float] = {}
    for output, most in (("csv", 500_000), ("xlsx", 100_000), ("pdf", 50_000)):
        job = {
            "url": portal.app.config["SQLALCHEMY_DATABASE_URI"],
            "redis": portal.app.config["REDIS_URL"],
            "secret": portal.app.config["SECRET_KEY"],
            "format": output,
            "rows": min(most, size // 2),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.reports"],
            input=json.dumps(job),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=ROOT,
        )
        result = json.loads(done.stdout)
        name = output.upper()
        click.echo(f"  {name}: {result['rows']:,} rows in {result['seconds']:.1f} s")
        if output == "xlsx":
            found["XLSX: seconds"] = result["seconds"]
        else:
            found[f"{name}: rows a second"] = result["rows"] / result["seconds"]
        found[f"{name}: MB resident"] = result["megabytes"]
    return found


class _Nowhere(RawIOBase):
    """A file that forgets: streaming needs no more of one."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return len(data)


def _write(job: Mapping[str, Any]) -> dict[str, float]:
    """One file of at least so many rows, of as many companies as that takes.

    CSV as it streams, into nowhere; the others as the queue's task makes them, told of and stored.
    """
    from app import create_app
    from app.database import acting_as, company_scope, db, transaction
    from app.plugin_api.reports import reader_of
    from app.reports import runs
    from app.reports.models import FileStatus, ReportFile
    from app.reports.outputs import FORMATS
    from app.users.queries import accepted_memberships, user_by_login
    from config import DevelopmentConfig

    app = create_app(
        DevelopmentConfig,
        SQLALCHEMY_DATABASE_URI=job["url"],
        REDIS_URL=job["redis"],
        SECRET_KEY=job["secret"],
        LOG_LEVEL="WARNING",
    )
    registry = app.extensions["balcao"]
    _, report = registry.reports["service_desk.tickets"]
    with app.app_context():
        user = user_by_login("ana")
        assert user is not None
        with acting_as(user.id):
            companies = [membership.company for membership in accepted_memberships(user)]
            home = next(company for company in companies if company.code == COMPANY)
            with company_scope(home):
                reader = reader_of(user, home, report, registry)
                assert reader is not None
                asked, rows = [], 0
                for company in sorted(reader.companies, key=lambda c: c is not home):
                    asked.append(company)
                    rows += report.count(reader, f"company={company.code}")
                    if rows >= job["rows"]:
                        break
                query = "&".join(f"company={company.code}" for company in asked)
                started = time.perf_counter()
                if job["format"] == "csv":
                    with report.sheet(reader, query) as sheet:
                        FORMATS["csv"].write(sheet, _Nowhere())
                else:
                    with transaction():
                        file = ReportFile(
                            company_id=home.id,
                            user_id=user.id,
                            report_key=report.key,
                            title=str(report.title),
                            format=job["format"],
                            query=query,
                            company_ids=[company.id for company in asked],
                            language="pt_BR",
                            rows_total=rows,
                            request_key=uuid4(),
                        )
                        db.session.add(file)
                    file_id = file.id
                    assert runs.make_file(file_id, registry=registry)
                    found = db.session.get_one(ReportFile, file_id, populate_existing=True)
                    assert found.status is FileStatus.DONE, found.reason
                seconds = time.perf_counter() - started
        db.session.rollback()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": rows, "seconds": seconds, "megabytes": peak}


if __name__ == "__main__":
    json.dump(_write(json.load(sys.stdin)), sys.stdout)
