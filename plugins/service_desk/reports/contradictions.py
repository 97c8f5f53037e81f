"""What of a question excludes something else of it, so that it leaves nothing whatever there is.

Only what the database itself holds to be impossible: an open ticket has nobody who closed it, a closed one no
forwarding that waits (R15), an unanswered forwarding no answer, each ticket exactly one party.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from plugins.service_desk.queries import Situation
from plugins.service_desk.reports.question import DateKind, Forwarded, Only, Ordered, Question, View
from plugins.service_desk.reports.stating import reference_label

Demands = Iterator[str]


def contradictions(question: Question) -> list[tuple[str, str]]:
    """Pairs of what no row can be at once, in the words of the filters; one for each reason."""
    found = []
    for ones, others in (
        (_open(question), _closed(question)),
        (_unanswered(question), _answered(question)),
        (_not_forwarded(question), _forwarded(question)),
        (_not_ordered(question), _ordered(question)),
        (_row(question, "customer"), _row(question, "prospect")),
        (_only(question, Only.NO_PRODUCT), _of_product(question)),
        (_only(question, Only.NO_CATEGORY), _row(question, "category")),
    ):
        one, other = next(ones, None), next(others, None)
        if one is not None and other is not None:
            found.append((one, other))
    return found


def _open(question: Question) -> Demands:
    if question.status is Situation.OPEN:
        yield _status(question.status)
    if question.date_kind is DateKind.OPEN:
        yield question.date_kind.label
    if question.forwardings is Forwarded.UNANSWERED:
        yield question.forwardings.label
    yield from _waiting(question)


def _closed(question: Question) -> Demands:
    if question.status is Situation.CLOSED:
        yield _status(question.status)
    if question.date_kind is DateKind.CLOSED:
        yield question.date_kind.label
    yield from _row(question, "closed_by")


def _unanswered(question: Question) -> Demands:
    """Of the one forwarding that the question is about."""
    if question.forwardings is Forwarded.UNANSWERED:
        yield question.forwardings.label
    yield from _waiting(question)


def _answered(question: Question) -> Demands:
    """Of the same one."""
    if question.forwardings is Forwarded.ANSWERED:
        yield question.forwardings.label
    if question.date_kind is DateKind.ANSWERED:
        yield question.date_kind.label
    yield from _row(question, "answered_by")
    yield from _row(question, "outcome")


def _not_forwarded(question: Question) -> Demands:
    if question.forwardings is Forwarded.WITHOUT:
        yield question.forwardings.label


def _forwarded(question: Question) -> Demands:
    if question.date_kind is DateKind.FORWARDED:
        yield question.date_kind.label
    if question.view.is_of_forwardings:
        yield question.view.label
    yield from _row(question, "department")
    yield from _answered(question)


def _not_ordered(question: Question) -> Demands:
    if question.orders is Ordered.WITHOUT:
        yield question.orders.label


def _ordered(question: Question) -> Demands:
    if question.order_status is not None:
        yield f"{_('WO status')}: {question.order_status.label}"


def _of_product(question: Question) -> Demands:
    yield from _row(question, "product")
    yield from _row(question, "customer_product")
    if question.serial:
        yield _("Serial number")


def _waiting(question: Question) -> Demands:
    """The lines themselves are forwardings without an answer."""
    if question.view is View.WAITING:
        yield question.view.label


def _status(status: Situation) -> str:
    return f"{_('Status')}: {status.label}"


def _row(question: Question, name: str) -> Demands:
    if getattr(question, f"{name}_id") is not None:
        yield reference_label(name)


def _only(question: Question, word: Only) -> Demands:
    if word in question.only:
        yield word.label
