"""Verbs of files of reports, saved reports and remembered columns. Who may do it is the caller's question.

What somebody asks for as a file is theirs alone. A saved report is only a question: whoever opens it gets the
rows that they may see themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from app.audit.services import changes_of, record, removal_of
from app.database import db
from app.errors import BusinessError, ChangedMeanwhile
from app.jobs import enqueue_after_commit
from app.registers.services import constraint_of
from app.reports import queries
from app.reports.definition import query_pairs
from app.reports.models import LONGEST_QUERY, UNDER_WAY, FileStatus, ReportColumns, ReportFile, SavedReport

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.reports.definition import Report
    from app.users.models import User

MAKE = "reports.make_file"
KEPT = timedelta(days=7)
"""How long a file is there after it has ended, however it has."""
MOST_UNDER_WAY = 5
"""Files that a user may have waiting or being made in one company: nobody's crowd the others' out."""
_NAMES_TAKEN = ("uq_saved_report_own_name", "uq_saved_report_shared_name")


class QuestionTooLong(BusinessError):
    """No browser carries a longer address."""

    message = _l("This report names too much to be kept: choose fewer filters.")


class TooManyUnderWay(BusinessError):
    """One user's files must not keep everybody else's waiting."""

    message = _l("%(most)s reports of yours are still being made: wait for one of them, or cancel it.")


class NotUnderWay(BusinessError):
    """Only what isn't done yet can be cancelled."""

    message = _l("This report isn't being made any more: there is nothing to cancel.")


class StillUnderWay(BusinessError):
    """A file is deleted once it has ended."""

    message = _l("This report is being made: cancel it first.")


class NameTaken(BusinessError):
    """A saved report's name is unique: among the shared ones, and among the user's own."""

    field = "name"
    message = _l("There is a saved report of this name already: choose another one, or change that one.")


def plain_query(query: str) -> str:
    """The query string as it is kept: without `?`, whatever stands in it percent-encoded.

    Raises:
        QuestionTooLong: it has more than `LONGEST_QUERY` characters.
    """
    plain = urlencode(query_pairs(query.lstrip("?")), errors="replace")
    if len(plain) > LONGEST_QUERY:
        raise QuestionTooLong
    return plain


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────


def order_file(
    *,
    company: Company,
    actor: User,
    report: Report,
    query: str,
    file_format: str,
    companies: Iterable[Company],
    rows: int,
    language: str,
    request_key: UUID,
) -> ReportFile:
    """Ask a worker for a file, in the caller's transaction; the same key twice is one file, until that ended.

    Args:
        query: from `plain_query`.
        companies: those that the question is about (`Report.companies_in`).
        rows: how many the answer would have now.
        language: the reader's, `pt_BR`; the file is in it.

    Raises:
        TooManyUnderWay: the user has `MOST_UNDER_WAY` waiting or being made.
    """
    asked = queries.file_by_key(company, actor, request_key)
    if asked is not None:
        if asked.status.is_under_way or asked.can_be_downloaded:
            return asked
        # It failed, was cancelled or is over, and its page still stands there: pressed again, it is new.
        request_key = uuid4()
    if queries.count_under_way(company, actor) >= MOST_UNDER_WAY:
        raise TooManyUnderWay(most=MOST_UNDER_WAY)
    file: ReportFile | None = db.session.scalar(
        insert(ReportFile)
        .values(
            company_id=company.id,
            user_id=actor.id,
            report_key=report.key,
            title=str(report.title)[:200],
            format=file_format,
            query=query,
            company_ids=[theirs.id for theirs in companies],
            language=language,
            rows_total=rows,
            request_key=request_key,
        )
        .on_conflict_do_nothing(index_elements=["company_id", "user_id", "request_key"])
        .returning(ReportFile)
    )
    if file is None:
        # The other one of two at the same instant; its own commit sends the message.
        asked = queries.file_by_key(company, actor, request_key)
        assert asked is not None  # the database has just named it
        return asked
    enqueue_after_commit(MAKE, file_id=file.id)
    return file


def cancel_file(*, company: Company, actor: User, file: ReportFile) -> None:
    """«Cancelar»: nobody makes the actor's file any more; a worker that is at it stops within a second.

    Raises:
        NotUnderWay: it has ended.
    """
    cancelled = db.session.scalar(
        update(ReportFile)
        .where(
            ReportFile.company_id == company.id,
            ReportFile.id == file.id,
            ReportFile.user_id == actor.id,
            ReportFile.status.in_(UNDER_WAY),
        )
        .values(
            status=FileStatus.CANCELLED,
            lease_token=None,
            done_at=func.now(),
            expires_at=func.now() + KEPT,
        )
        .returning(ReportFile.id)
    )
    if cancelled is None:
        raise NotUnderWay


def delete_file(*, company: Company, actor: User, file: ReportFile) -> None:
    """«Excluir» a file of the actor's that has ended, with all its pieces.

    Raises:
        StillUnderWay: it is waiting or being made.
    """
    deleted = db.session.scalar(
        delete(ReportFile)
        .where(
            ReportFile.company_id == company.id,
            ReportFile.id == file.id,
            ReportFile.user_id == actor.id,
            ReportFile.status.not_in(UNDER_WAY),
        )
        .returning(ReportFile.id)
    )
    if deleted is None:
        raise StillUnderWay


# ── Saved reports ────────────────────────────────────────────────────────────────────────────────────


def save_report(
    *, company: Company, actor: User, report: Report, name: str, query: str, is_shared: bool
) -> SavedReport:
    """Keep a question under a name; the same one twice is one. A shared one is in the audit trail.

    Args:
        query: from `plain_query`.

    Raises:
        NameTaken: another question has this name.
    """
    taken = queries.saved_report_named(company, actor, report_key=report.key, name=name, is_shared=is_shared)
    if taken is not None:
        if taken.query == query and taken.user_id == actor.id:
            return taken
        raise NameTaken
    saved = SavedReport(
        company_id=company.id,
        user_id=actor.id,
        report_key=report.key,
        name=name,
        query=query,
        is_shared=is_shared,
    )
    db.session.add(saved)
    changes = changes_of(saved)
    _flush()
    if is_shared:
        _record(company, actor, saved, "created", changes)
    return saved


def change_saved_report(
    *,
    company: Company,
    actor: User,
    saved: SavedReport,
    name: str,
    query: str,
    is_shared: bool,
    version: int | None,
) -> SavedReport:
    """Give a saved report another name, another question, or share it; audited if it is or was shared.

    It stays its first user's: no longer shared, it is theirs alone.

    Args:
        query: from `plain_query`.
        version: of the row that the form showed.

    Raises:
        NameTaken: another one has this name.
        ChangedMeanwhile: somebody changed it since (R24).
    """
    if version is None:
        raise ChangedMeanwhile
    was_shared = saved.is_shared
    set_committed_value(saved, "version", version)
    saved.name, saved.query, saved.is_shared = name, query, is_shared
    changes = changes_of(saved)
    _flush()
    if changes and (was_shared or is_shared):
        _record(company, actor, saved, "changed", changes)
    return saved


def delete_saved_report(*, company: Company, actor: User, saved: SavedReport) -> None:
    """Forget a saved report; audited if it was shared."""
    held = removal_of(saved, ("name", "query", "is_shared"))
    if saved.is_shared:
        _record(company, actor, saved, "deleted", held)
    db.session.delete(saved)
    db.session.flush()


def _record(
    company: Company, actor: User, saved: SavedReport, action: str, changes: dict[str, list[object]]
) -> None:
    record(
        company=company,
        actor_id=actor.id,
        entity=SavedReport.__tablename__,
        entity_id=saved.id,
        action=action,
        changes=changes,
    )


def _flush() -> None:
    try:
        db.session.flush()
    except StaleDataError as error:
        raise ChangedMeanwhile from error
    except IntegrityError as error:
        if constraint_of(error) not in _NAMES_TAKEN:
            raise
        raise NameTaken from error


# ── Remembered columns ───────────────────────────────────────────────────────────────────────────────


def remember_columns(
    *, company: Company, actor: User, report_key: str, kind: str, columns: Sequence[str]
) -> None:
    """Offer these columns, in this order, the next time that the actor asks for this kind of the report."""
    statement = insert(ReportColumns).values(
        company_id=company.id,
        user_id=actor.id,
        report_key=report_key,
        kind=kind,
        columns=list(columns),
    )
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["company_id", "user_id", "report_key", "kind"],
            set_={"columns": statement.excluded.columns},
        )
    )
