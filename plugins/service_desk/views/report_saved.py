"""Saved reports on the report's page: links to them, and the one that the page began from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import g, url_for

from app.plugin_api.web import actor, may
from app.reports.permissions import REPORTS_SHARE
from plugins.service_desk.reports.listing import COLUMNS
from plugins.service_desk.reports.question import Question
from plugins.service_desk.reports.stating import usual_order

if TYPE_CHECKING:
    from app.reports.models import SavedReport

SAVED = "saved"
"""In an address, beside the question: the id of the saved report that the page began from. Only whoever may
open that one gets anything of it."""


@dataclass(frozen=True, slots=True)
class SavedLink:
    """A saved report as a link; `is_open` where the page began from it, or else shows the same."""

    name: str
    url: str
    is_shared: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """The saved report that the page began from.

    Args:
        is_changed: whether the page asks something else meanwhile, or shows it in another way.
        may_change: whether the reader may save it anew.
    """

    row: SavedReport
    is_changed: bool
    may_change: bool


def opened_of(known: Sequence[SavedReport], args: Mapping[str, str]) -> SavedReport | None:
    """The saved report that the address names, of those that the reader may open."""
    return next((row for row in known if str(row.id) == args.get(SAVED)), None)


def saved_columns(row: SavedReport | None, question: Question) -> tuple[str, ...]:
    """What its saver saw where the address names no columns; none if the question is of another kind."""
    if row is None:
        return ()
    asked = Question.unchecked(row.query)
    return (asked.columns or COLUMNS.get(asked.view, ())) if asked.view is question.view else ()


def opened(row: SavedReport, shown: Question) -> Opened:
    """The report that the page began from, beside what the page shows.

    Args:
        shown: with the columns that are on the page.
    """
    may_change = row.can_be_changed_by(actor(), may_share=may(REPORTS_SHARE))
    return Opened(row, not _is_same(row, shown), may_change)


def saved_links(
    known: Sequence[SavedReport], present: SavedReport | None, shown: Question
) -> list[SavedLink]:
    """All that the reader may open.

    Args:
        present: what the page began from.
        shown: as in `opened`.
    """
    page = url_for(".ticket_report")
    return [
        SavedLink(
            name=row.name,
            url=f"{page}?{row.query}&{SAVED}={row.id}" if row.query else f"{page}?{SAVED}={row.id}",
            is_shared=row.is_shared,
            is_open=row is present if present else _is_same(row, shown),
        )
        for row in known
    ]


def _is_same(row: SavedReport, shown: Question) -> bool:
    return _plain(Question.unchecked(row.query)) == _plain(shown)


def _plain(question: Question) -> Question:
    """The question with all in one spelling that may be said, or left unsaid, in several."""
    codes = sorted(set(question.companies))
    return replace(
        question,
        companies=() if codes == [g.company.code] else tuple(codes),
        sort="" if question.sort == usual_order(question.view) else question.sort,
        columns=question.columns or COLUMNS.get(question.view, ()),
    )
