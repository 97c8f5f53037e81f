"""Reads about files of reports, saved reports and remembered columns: always one user's in one company."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from app.database import BIGINT_MAX, db
from app.keyset import Page, Place, keyset_page
from app.reports.models import UNDER_WAY, ReportColumns, ReportFile, ReportPiece, SavedReport

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User


def _theirs(company: Company, user: User) -> tuple[ColumnElement[bool], ...]:
    """The user's files in the company that aren't over yet, deleted or not."""
    return (
        ReportFile.company_id == company.id,
        ReportFile.user_id == user.id,
        or_(ReportFile.expires_at.is_(None), ReportFile.expires_at > func.now()),
    )


def own_file(company: Company, user: User, file_id: int) -> ReportFile | None:
    """The user's file with this id, as it stands now; another's looks the same as none."""
    if file_id > BIGINT_MAX:
        return None
    return db.session.scalar(
        select(ReportFile)
        .where(*_theirs(company, user), ReportFile.id == file_id)
        .execution_options(populate_existing=True)
    )


def file_by_key(company: Company, user: User, request_key: UUID) -> ReportFile | None:
    """The file that the user's form with this key has already asked for."""
    return db.session.scalar(
        select(ReportFile)
        .where(
            ReportFile.company_id == company.id,
            ReportFile.user_id == user.id,
            ReportFile.request_key == request_key,
        )
        .execution_options(populate_existing=True)
    )


def file_page(company: Company, user: User, *, place: Place) -> Page:
    """A page of the user's files in the company, the latest first."""
    files = select(ReportFile).where(*_theirs(company, user)).execution_options(populate_existing=True)
    return keyset_page(
        files, key=ReportFile.id, sorts={"asked": ReportFile.created_at}, default="-asked", place=place
    )


def count_under_way(company: Company, user: User) -> int:
    """How many of the user's files in the company are waiting or being made."""
    found = select(func.count()).where(*_theirs(company, user), ReportFile.status.in_(UNDER_WAY))
    return db.session.scalar(found) or 0


def piece(company: Company, file_id: int, position: int) -> bytes:
    """A piece of a file that is done.

    Raises:
        NoResultFound: the file was deleted meanwhile.
    """
    return db.session.scalars(
        select(ReportPiece.content).where(
            ReportPiece.company_id == company.id,
            ReportPiece.file_id == file_id,
            ReportPiece.position == position,
        )
    ).one()


def saved_reports(company: Company, user: User, report_key: str) -> Sequence[SavedReport]:
    """What the user can open of a report by its name: their own and the shared ones, by name."""
    return db.session.scalars(
        select(SavedReport)
        .where(
            SavedReport.company_id == company.id,
            SavedReport.report_key == report_key,
            or_(SavedReport.user_id == user.id, SavedReport.is_shared),
        )
        .options(joinedload(SavedReport.user))
        .order_by(func.lower(SavedReport.name), SavedReport.id)
    ).all()


def saved_report(company: Company, user: User, saved_report_id: int) -> SavedReport | None:
    """A saved report that the user can open."""
    if saved_report_id > BIGINT_MAX:
        return None
    return db.session.scalar(
        select(SavedReport).where(
            SavedReport.company_id == company.id,
            SavedReport.id == saved_report_id,
            or_(SavedReport.user_id == user.id, SavedReport.is_shared),
        )
    )


def saved_report_named(
    company: Company, user: User, *, report_key: str, name: str, is_shared: bool
) -> SavedReport | None:
    """The saved report that has taken this name: of the shared ones, or of the user's own."""
    whose = SavedReport.is_shared if is_shared else ~SavedReport.is_shared & (SavedReport.user_id == user.id)
    return db.session.scalar(
        select(SavedReport).where(
            SavedReport.company_id == company.id,
            SavedReport.report_key == report_key,
            func.lower(SavedReport.name) == func.lower(name),
            whose,
        )
    )


def remembered_columns(company: Company, user: User, report_key: str, kind: str) -> list[str] | None:
    """The keys of the columns that the user chose last for this kind of the report; None: never yet."""
    return db.session.scalar(
        select(ReportColumns.columns).where(
            ReportColumns.company_id == company.id,
            ReportColumns.user_id == user.id,
            ReportColumns.report_key == report_key,
            ReportColumns.kind == kind,
        )
    )
