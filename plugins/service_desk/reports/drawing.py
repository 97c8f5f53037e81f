"""A summary as a chart: a bar for each line, closed and still open tickets on top of each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from flask_babel import gettext as _

from app.plugin_api.reports import Bar, Room, bar_chart
from plugins.service_desk.reports.question import Question, View
from plugins.service_desk.reports.summing import FIGURES, Figures, Group, Summary


def summary_chart(
    question: Question, answer: Summary, *, room: Room = Room.WIDE, is_for_paper: bool = False
) -> str:
    """The SVG; months stand in the order of time, all else lies, the most first. "" of nothing."""
    if not answer.groups:
        return ""
    is_by_month = question.view is View.BY_MONTH
    groups = sorted(
        answer.groups, key=lambda group: group.order if is_by_month else (-group.figures.count, group.order)
    )
    if is_by_month:
        groups = list(_without_gaps(groups))
    is_of_several = len({group.company for group in groups}) > 1
    labels = {column.key: str(column.label) for column in FIGURES}
    return bar_chart(
        question.view.label,
        _("How many tickets each line has, those that are closed and those that are still open."),
        [
            Bar(_name(group) if is_of_several else group.label, (group.figures.closed, group.figures.open))
            for group in groups
        ],
        series=(labels["closed"], labels["open"]),
        # A ticket may stand in several lines.
        totals=(answer.total.closed, answer.total.open),
        is_upright=is_by_month,
        room=room,
        is_for_paper=is_for_paper,
    )


def _without_gaps(groups: Sequence[Group]) -> Iterator[Group]:
    """All months from the first to the last one: what stands side by side is one month apart."""
    found = {group.order: group for group in groups}
    month, last = min(found), max(found)
    while month <= last:
        nothing = replace(groups[0], label=f"{month:%m/%Y}", order=month, figures=Figures())
        yield found.get(month, nothing)
        month = (month + timedelta(days=31)).replace(day=1)


def _name(group: Group) -> str:
    """The line's label with its company."""
    return f"{group.label} ({group.company.name})" if group.company else group.label
