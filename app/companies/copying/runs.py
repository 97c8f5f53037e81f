"""Company by company: what a worker does for a copy to many, and the undoing of a whole copy (R5).

Each company is one transaction: its row of the copy is locked, the parameters are written in its own scope,
and the row says how it ended. A worker that is killed leaves the row as it was, and the next one takes it:
sent by the nudge after the commit, or by the sweep when that got lost. What happens twice is stopped by the
row's lock, and at last by the unique keys of `parameter_batch`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import structlog
from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from app.companies import queries
from app.companies.copying.copies import COPY, MOST_AT_ONCE, write_into
from app.companies.copying.errors import AlreadyUndone, CopyUnfinished, TargetInactive
from app.companies.copying.preview import Declared
from app.companies.copying.rights import administered, administered_by
from app.companies.copying.undo import undo_batch
from app.companies.models import Company, CopyState, ParameterCopy, ParameterCopyTarget
from app.database import company_scope, db, transaction
from app.errors import BusinessError
from app.jobs import enqueue_after_commit, publish

if TYPE_CHECKING:
    from app.users.models import User

log = structlog.get_logger(__name__)

SLICE = 20.0
"""Seconds that one message works at most, well below the task's time limit; the next message goes on."""
SWEEP = "companies.sweep_copies"
WAITING = [state for state in CopyState if state.is_waiting]


class Ending(NamedTuple):
    """How one company of a copy ended."""

    state: CopyState
    reason: str = ""
    kept_keys: tuple[str, ...] = ()


def company_of(copy_id: int) -> int | None:
    """The id of the company to which a copy belongs; None: there is no such copy."""
    return db.session.scalar(select(func.parameter_copy_company(copy_id)))


def undo_copy(*, company: Company, actor: User | None, copy: ParameterCopy) -> int:
    """Wish that a copy be undone in every company where it is in force and that the actor administers.

    In the caller's transaction; up to `MOST_AT_ONCE` companies the caller then calls `work`, more are left to
    a worker, who is told.

    Args:
        company: from which the copy was started; its scope is open.
        actor: None: the server's administrator, by command.

    Returns:
        How many companies it is to be undone in.

    Raises:
        CopyUnfinished: the copy isn't through yet.
        AlreadyUndone: it is in force nowhere.
    """
    actor_id = actor.id if actor is not None else None
    mine = None if actor_id is None else administered_by(actor_id).keys()
    rows = [
        row
        for row in queries.copy_targets(company, copy.id, lock=True)
        if mine is None or row.target_company_id in mine
    ]
    if any(row.state.is_waiting for row in rows):
        raise CopyUnfinished
    wanted = [row for row in rows if row.state.can_be_undone]
    if not wanted:
        raise AlreadyUndone
    for row in wanted:
        row.state, row.reason = CopyState.UNDOING, ""
    db.session.execute(
        update(ParameterCopy)
        .where(ParameterCopy.company_id == company.id, ParameterCopy.id == copy.id)
        .values(undone_by_id=actor_id)
    )
    if len(wanted) > MOST_AT_ONCE:
        enqueue_after_commit(COPY, copy_id=copy.id)
    return len(wanted)


def work(copy_id: int, *, declared: Declared, patience: float = SLICE) -> bool:
    """Do what is still to be done for a copy; return whether nothing is left that nobody else is doing.

    Commits by itself, a company at a time. The company comes from the copy's row, never from a message.

    Args:
        patience: seconds after which the rest is left to the next message.

    Raises:
        OperationalError, InterfaceError: the database is away; the sweep comes back to it.
    """
    with transaction():
        company_id = company_of(copy_id)
    if company_id is None:
        return True
    end = time.monotonic() + patience
    while _one_company(company_id, copy_id, declared):
        if time.monotonic() > end:
            publish(COPY, copy_id=copy_id)
            return False
    return True


def sweep() -> list[int]:
    """Nudge every copy that isn't through; return the ids that were nudged. Run by beat."""
    with transaction():
        unfinished = db.session.scalars(select(func.unfinished_parameter_copies().column_valued())).all()
    for copy_id in unfinished:
        if not publish(COPY, copy_id=copy_id):
            break
    return list(unfinished)


def _one_company(company_id: int, copy_id: int, declared: Declared) -> bool:
    with company_scope(company_id), transaction():
        found = db.session.execute(
            select(ParameterCopyTarget, ParameterCopy)
            .join(
                ParameterCopy,
                (ParameterCopy.company_id == ParameterCopyTarget.company_id)
                & (ParameterCopy.id == ParameterCopyTarget.copy_id),
            )
            .where(
                ParameterCopyTarget.company_id == company_id,
                ParameterCopyTarget.copy_id == copy_id,
                ParameterCopyTarget.state.in_(WAITING),
            )
            .order_by(ParameterCopyTarget.id)
            .limit(1)
            # Another worker's company is left to that worker.
            .with_for_update(of=ParameterCopyTarget, skip_locked=True)
        ).first()
        if found is None:
            return False
        row, copy = found
        ending = _ending(copy, row, declared)
        # By a statement: the row was let go when the target's scope was opened; its lock holds.
        db.session.execute(
            update(ParameterCopyTarget)
            .where(ParameterCopyTarget.company_id == company_id, ParameterCopyTarget.id == row.id)
            .values(state=ending.state, reason=ending.reason[:500], kept_keys=list(ending.kept_keys))
        )
    return True


def _ending(copy: ParameterCopy, row: ParameterCopyTarget, declared: Declared) -> Ending:
    is_copy = row.state is CopyState.PENDING
    refused = CopyState.REFUSED if is_copy else CopyState.KEPT
    try:
        # Of what was begun in the company nothing stays if it is refused; the row's lock does.
        with db.session.begin_nested():
            return _copied(copy, row, declared) if is_copy else _undone(copy, row, declared)
    except BusinessError as error:
        return Ending(refused, error.text)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("parameter_copy_failed", copy=row.copy_id, target=row.target_company_id)
        return Ending(refused, _("Unexpected error (%(kind)s)", kind=type(error).__name__))


def _copied(copy: ParameterCopy, row: ParameterCopyTarget, declared: Declared) -> Ending:
    companies = administered(copy.user_id, [copy.source_company_id, row.target_company_id])
    state = write_into(
        companies[row.target_company_id],
        actor_id=copy.user_id,
        values=copy.values,
        declared=declared,
        seen=row.seen,
        source_company_id=copy.source_company_id,
        copy_key=copy.key,
    )
    return Ending(state)


def _undone(copy: ParameterCopy, row: ParameterCopyTarget, declared: Declared) -> Ending:
    actor_id = copy.undone_by_id
    target = administered(actor_id, [row.target_company_id])[row.target_company_id]
    if not target.is_active:
        raise TargetInactive(company=target.name)
    with company_scope(target):
        batch_id = queries.batch_of_copy(target, copy.key)
    try:
        undone = undo_batch(company=target, actor_id=actor_id, batch_id=batch_id, declared=declared)
    except AlreadyUndone as error:
        # There, on the page of its parameters.
        return Ending(CopyState.UNDONE, error.text)
    return Ending(CopyState.UNDONE, kept_keys=undone.left)
