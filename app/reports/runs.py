"""Files of reports: made at once in the request, or by a worker while its user does something else.

A wish for a long one is a row; Redis carries only hints, a nudge after the commit and a sweep every few
seconds. Both end in `make_file`:

    claim     T1: the waiting row, its attempt counted before the work, a lease token
    perform   T2: one state of the database is read and written to a temporary file that has no name;
              beside it short transactions tell how far it is, extend the lease, and see whether it is
              still wanted (`Progress`)
    store     T3: all pieces and «done» in one transaction, if token and status still hold

So there is never half a file. A worker that is killed leaves the row running until its lease ends; the sweep
makes it wait again, and it is made once more, not twice more.
"""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO, cast
from uuid import UUID, uuid4

import structlog
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from app.companies.models import Company
from app.database import acting_as, aside, company_scope, db, snapshot, transaction
from app.errors import BusinessError
from app.formats import in_language
from app.jobs import publish
from app.reports.definition import BACKGROUND_ROWS
from app.reports.models import LONGEST_STATED, PIECE_SIZE, FileStatus, ReportFile, ReportPiece
from app.reports.outputs import FORMATS
from app.reports.readers import reader_of
from app.reports.scratch import scratch_folder
from app.reports.services import KEPT, MAKE
from app.users.models import User

if TYPE_CHECKING:
    from app.plugin_api.registry import Registry
    from app.reports.definition import Reader, Report
    from app.reports.outputs import Format
    from app.reports.sheets import Sheet

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 2
"""A killed worker: the file is begun again, once."""
LEASE = timedelta(seconds=60)
"""How long nothing need be heard of a worker: longer than a statement may take or a writer keeps still."""
LONGEST_STATEMENT = "50s"
HEARD_EVERY = 0.5
"""Seconds between two signs of life."""
SWEEP = "reports.sweep"
FORGET = "reports.forget_files"
SWEEP_SIZE = 100
PAUSE = timedelta(seconds=30)
"""How long a waiting file's message may stand in the queue before the sweep sends another."""
AT_ONCE = 5.0
"""Seconds that a request takes for a file, before it leaves it to a worker: few rows can be many pages."""
IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a file made at once that don't need a disk."""
_DISK_FULL = "53100"


class RightLost(BusinessError):
    """R23: rights are looked up when the file is made, not when it was asked for."""

    rule = "R23"
    message = _l("You may no longer have this report in every company that it is about (R23).")


class DiskFull(BusinessError):
    """There is no room for the file, here or in the database."""

    message = _l("The server's disk is full: the file was not made. Tell an administrator.")


class WorkerDied(BusinessError):
    """Whatever kills a worker twice isn't tried a third time."""

    message = _l("The process ended in every attempt.")


class TakesLonger(Exception):
    """The request has spent `AT_ONCE` on a file."""


class Stopped(Exception):
    """The file isn't this worker's any more: cancelled, or another one's since the lease ended."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One file taken by T1: what is wanted, and the token that proves it afterwards."""

    file_id: int
    company_id: int
    token: UUID
    attempt: int
    user_id: int
    report_key: str
    format: str
    query: str
    company_ids: tuple[int, ...]
    language: str

    @property
    def holds(self) -> ColumnElement[bool]:
        """SQL: the row is still this claim's."""
        return (
            (ReportFile.company_id == self.company_id)
            & (ReportFile.id == self.file_id)
            & (ReportFile.lease_token == self.token)
        )


# ── At once ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made at once; at its beginning, and gone when it is closed."""

    content: BinaryIO
    name: str
    size: int


def make_now(report: Report, reader: Reader, query: str, file_format: Format) -> Made | int:
    """The whole file, or how many rows it has: too many for its format, or more than `AT_ONCE` is enough for.

    Nothing is sent before all of it is there, so that an error is an error page and never half a file.

    Raises:
        DiskFull: there is no room for it.
    """
    # Its type only says less than it does.
    content = cast("BinaryIO", SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115  the response closes it
    try:
        # Setting the type takes longer than PostgreSQL is patient with a silent transaction.
        with snapshot(idle_in_transaction_session_timeout=LONGEST_STATEMENT):
            rows = report.count(reader, query)
            if rows > min(file_format.rows_at_once, BACKGROUND_ROWS):
                content.close()
                return rows
            with report.sheet(reader, query) as sheet:
                file_format.write(sheet, content, progress=_until(time.monotonic() + AT_ONCE))
                name = file_name(sheet, file_format)
    except TakesLonger:
        content.close()
        return rows
    except Exception as error:
        content.close()
        if is_disk_full(error):
            raise DiskFull from error
        raise
    size = content.seek(0, 2)
    content.seek(0)
    return Made(content, name, size)


def _until(end: float) -> Callable[[int], None]:
    """Progress of what is made at once."""

    def look(_rows: int) -> None:
        if time.monotonic() > end:
            raise TakesLonger

    return look


def file_name(sheet: Sheet, file_format: Format) -> str:
    """«Relatório de Atendimentos e Encaminhamentos 2026-11-02 14h30.csv»: no name that a system refuses."""
    title = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', " ", sheet.title).strip(" .")
    title = re.sub(r"\s+", " ", title)[:120].strip(" .")
    return f"{title} {sheet.made_at:%Y-%m-%d %Hh%M}.{file_format.suffix.lstrip('.')}".strip()


# ── By a worker ──────────────────────────────────────────────────────────────────────────────────────


class Progress:
    """What a writer calls with the number of rows that it has written, as often as it likes.

    Now and then it tells the row, which is how its user sees it, extends the lease, and learns whether the
    file is still wanted. A file that is may take as long as it takes.

    Raises:
        Stopped: it isn't.
    """

    def __init__(self, claimed: Claim, alive: Callable[[], object]) -> None:
        self._claimed = claimed
        self._alive = alive
        self._rows = 0
        self._due = 0.0

    def __call__(self, rows: int | None = None) -> None:
        self._rows = self._rows if rows is None else rows
        at = time.monotonic()
        if at < self._due:
            return
        self.tell(rows_done=self._rows)
        self._due = time.monotonic() + HEARD_EVERY

    def tell(self, **values: object) -> None:
        """Write this to the file's row at once."""
        if not _write(self._claimed, available_at=func.now() + LEASE, **values):
            raise Stopped
        self._alive()


def company_of(file_id: int) -> int | None:
    """The id of the company to which a file belongs; None: there is no such file."""
    return db.session.scalar(select(func.report_file_company(file_id)))


def _nobody_asks() -> None:
    """A sign of life that nobody waits for."""


def make_file(file_id: int, *, registry: Registry, alive: Callable[[], object] = _nobody_asks) -> bool:
    """Make the file that waits under this id; return whether there was one to make.

    Commits by itself. What goes wrong is told at the row; an error of the database while telling is raised,
    and the lease brings the row back.

    Args:
        alive: called after each sign of life.
    """
    claimed = claim(file_id)
    if claimed is None:
        return False
    with company_scope(claimed.company_id), acting_as(claimed.user_id), in_language(claimed.language):
        try:
            with scratch_folder():
                perform(claimed, registry, alive)
        except Stopped:
            log.info("report_file_stopped", file=file_id, attempt=claimed.attempt)
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            log.warning("report_file_failed", file=file_id, attempt=claimed.attempt, exc_info=error)
            _end(claimed, FileStatus.FAILED, reason=_reason(error)[:500])
    return True


def claim(file_id: int) -> Claim | None:
    """T1: take a waiting file, counting the attempt before any work is done; bury one that has none left.

    The company comes from the row, never from a message. An inactive company's files wait (R22c).
    """
    with transaction():
        company_id = company_of(file_id)
        if company_id is None:
            return None
        with company_scope(company_id):
            file = db.session.scalar(
                select(ReportFile)
                .join(Company, Company.id == ReportFile.company_id)
                .where(
                    ReportFile.company_id == company_id,
                    ReportFile.id == file_id,
                    ReportFile.status == FileStatus.PENDING,
                    Company.is_active,
                )
                .with_for_update(of=ReportFile, skip_locked=True)
                .execution_options(populate_existing=True)
            )
            if file is None:
                return None
            if file.attempts >= MAX_ATTEMPTS:
                log.error("report_file_buried", file=file_id)
                with in_language(file.language):
                    file.reason = WorkerDied().text
                file.status, file.done_at, file.expires_at = FileStatus.FAILED, func.now(), func.now() + KEPT
                return None
            file.status, file.lease_token = FileStatus.RUNNING, uuid4()
            file.available_at = func.now() + LEASE
            file.attempts, file.rows_done = file.attempts + 1, 0
            return Claim(
                file_id=file.id,
                company_id=company_id,
                token=file.lease_token,
                attempt=file.attempts,
                user_id=file.user_id,
                report_key=file.report_key,
                format=file.format,
                query=file.query,
                company_ids=tuple(file.company_ids),
                language=file.language,
            )


def perform(claimed: Claim, registry: Registry, alive: Callable[[], object] = _nobody_asks) -> None:
    """T2 and T3: the whole file into a temporary one, then into the database, or nothing of it.

    Raises:
        Stopped: it was cancelled, or the lease was lost.
        RightLost: its user may not have it any more, or there is no such report where they asked for it.
    """
    progress = Progress(claimed, alive)
    file_format = FORMATS[claimed.format]
    with TemporaryFile() as content:
        limits = {"statement_timeout": LONGEST_STATEMENT, "idle_in_transaction_session_timeout": "0"}
        with snapshot(**limits):
            report, reader = _asked(claimed, registry)
            companies = [company.id for company in report.companies_in(reader, claimed.query)]
            if not set(companies) >= set(claimed.company_ids):
                raise RightLost
            with report.sheet(reader, claimed.query) as sheet:
                name, rows = file_name(sheet, file_format), sheet.count
                progress.tell(
                    title=sheet.title[:200],
                    stated="; ".join(f"{label}: {value}" for label, value in sheet.stated)[:LONGEST_STATED],
                    company_ids=companies,
                    rows_total=rows,
                )
                file_format.write(sheet, content, progress=progress)
        _store(claimed, content, name=name, rows=rows, progress=progress)


def _asked(claimed: Claim, registry: Registry) -> tuple[Report, Reader]:
    """The report and its reader, as they are at this instant."""
    user = db.session.scalars(
        select(User).where(User.id == claimed.user_id).execution_options(populate_existing=True)
    ).one()
    company = db.session.scalars(select(Company).where(Company.id == claimed.company_id)).one()
    _plugin, report = registry.reports.get(claimed.report_key, (None, None))
    reader = reader_of(user, company, report, registry) if report is not None else None
    if report is None or reader is None:
        raise RightLost
    return report, reader


def _store(claimed: Claim, content: IO[bytes], *, name: str, rows: int, progress: Progress) -> None:
    size = content.seek(0, 2)
    content.seek(0)
    with transaction():
        position = 0
        while piece := content.read(PIECE_SIZE):
            db.session.execute(
                insert(ReportPiece).values(
                    company_id=claimed.company_id, file_id=claimed.file_id, position=position, content=piece
                )
            )
            position += 1
            progress()
        done = db.session.scalar(
            update(ReportFile)
            .where(claimed.holds)
            .values(
                status=FileStatus.DONE,
                lease_token=None,
                done_at=func.now(),
                expires_at=func.now() + KEPT,
                file_name=name,
                size=size,
                rows_done=rows,
            )
            .returning(ReportFile.id)
        )
        if done is None:
            raise Stopped
    log.info("report_file_made", file=claimed.file_id, rows=rows, size=size)


def _end(claimed: Claim, status: FileStatus, *, reason: str) -> None:
    _write(
        claimed,
        status=status,
        reason=reason,
        lease_token=None,
        done_at=func.now(),
        expires_at=func.now() + KEPT,
    )


def _write(claimed: Claim, **values: object) -> bool:
    """Tell the file's row beside whatever goes on; return whether it was still this claim's.

    The report may be in the middle of another company's rows.
    """
    with aside(claimed.company_id) as session:
        statement = update(ReportFile).where(claimed.holds).values(**values).returning(ReportFile.id)
        return session.scalar(statement) is not None


def _reason(error: BaseException) -> str:
    """What the user may read of it: a rule in words; of anything else only its kind."""
    if is_disk_full(error):
        error = DiskFull()
    if isinstance(error, BusinessError):
        return error.text
    return str(_("Unexpected error (%(kind)s)", kind=type(error).__name__))


def is_disk_full(error: BaseException | None) -> bool:
    """Whether there was no room, here or in the database; also where a library has wrapped it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
            return True
        if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _DISK_FULL:
            return True
        error = error.__cause__ or error.__context__
    return False


# ── Sweeping ─────────────────────────────────────────────────────────────────────────────────────────


def sweep() -> Sequence[int]:
    """Let files wait again whose worker is dead, nudge all that wait; return their ids. Run by beat."""
    with transaction():
        due = sorted(db.session.scalars(select(func.due_report_files(SWEEP_SIZE, PAUSE).column_valued())))
    for file_id in due:
        if not publish(MAKE, file_id=file_id):
            break
    return due


def forget_files() -> int:
    """Delete the files whose time is over, of all companies; return how many there were."""
    forgotten = 0
    while True:
        with transaction():
            some = db.session.scalar(select(func.forget_report_files(SWEEP_SIZE))) or 0
        forgotten += some
        if some < SWEEP_SIZE:
            return forgotten
