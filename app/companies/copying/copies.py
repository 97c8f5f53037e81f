"""The copy itself: all companies or none up to 20, otherwise company by company in a worker (R5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from app.companies import queries
from app.companies.copying.errors import StalePreview, TargetInactive
from app.companies.copying.preview import (
    Declared,
    Preview,
    check_choice,
    check_keys,
    check_result,
    compare,
    snapshot_of,
)
from app.companies.copying.rights import administered
from app.companies.models import Company, CopyState, ParameterCopy, ParameterCopyTarget
from app.companies.services import store_changes
from app.database import company_scope, db
from app.jobs import enqueue_after_commit

if TYPE_CHECKING:
    from app.users.models import User

MOST_AT_ONCE = 20
"""Companies that one transaction writes at most."""
COPY = "companies.copy_parameters"
"""The task that carries out what a copy still has to do."""


def copy_parameters(
    *,
    company: Company,
    actor: User | None,
    source: Company,
    targets: Collection[Company],
    declared: Declared,
    keys: Collection[str],
    preview: str,
    key: UUID,
) -> ParameterCopy:
    """Copy the chosen parameters to every target, in the caller's transaction, or leave it to a worker (R5).

    Up to `MOST_AT_ONCE` targets are written here, all or none. More are recorded: the worker takes the values
    that were confirmed here, and refuses a target that was changed meanwhile.

    Args:
        company: where the copy is started; it keeps the record.
        actor: None: the server's administrator, by command.
        keys: the parameters to take.
        preview: the digest of the comparison that was confirmed.
        key: made with the form: the same form posted twice finds the first copy.

    Raises:
        NoTarget, CopyToItself, NothingTicked, NotCopied: the choice can't be.
        NotAdministered: the actor doesn't administer all of them (any more).
        StalePreview: something was changed after the comparison.
        TargetInactive, InvalidParameter, UnmetInTarget: the result can't be; up to `MOST_AT_ONCE` targets.
    """
    check_choice(source, targets)
    check_keys(keys, declared)
    at_once = len(targets) <= MOST_AT_ONCE
    now = compare(source, targets, declared, lock=at_once)
    with company_scope(company):
        # After the locks: whoever posted the same form at the same instant is through.
        copied = queries.copy_by_key(company, key)
    if copied is not None:
        return copied
    actor_id = actor.id if actor is not None else None
    # Also after the locks, and as they are stored now: rights, and whether a company is active.
    companies = administered(actor_id, [source.id, *(target.id for target in targets)])
    if now.digest != preview:
        raise StalePreview
    values = {p.key: p.parse(now.source.values[p.key]) for p in now.copyable if p.key in keys}
    states = dict.fromkeys((target.id for target in targets), CopyState.PENDING)
    if at_once:
        for target_id in states:
            states[target_id] = write_into(
                companies[target_id],
                actor_id=actor_id,
                values=values,
                declared=declared,
                source_company_id=source.id,
                copy_key=key,
            )
    return _record(company, actor_id, key, seen=now, values=values, states=states)


def write_into(
    target: Company,
    *,
    actor_id: int | None,
    values: Mapping[str, Any],
    declared: Declared,
    source_company_id: int,
    copy_key: UUID,
    seen: str | None = None,
) -> CopyState:
    """Write these values into one company, all or none, as one batch and one entry of its trail.

    Args:
        values: key → value, as confirmed.
        seen: the digest of the target's parameters that was confirmed; None: it was looked at under the lock.

    Raises:
        TargetInactive, NotCopied, InvalidParameter, StalePreview, UnmetInTarget: as in `copy_parameters`.
    """
    if not target.is_active:
        raise TargetInactive(company=target.name)
    check_keys(values, declared)
    known = {p.key: p for p in declared}
    chosen = {key: known[key].parse(value) for key, value in values.items()}
    with company_scope(target):
        stored = queries.lock_parameters(target)
        present = snapshot_of(target, declared, stored)
        if seen not in (None, present.digest):
            raise StalePreview
        changed = {key: value for key, value in chosen.items() if value != present.values[key]}
        if not changed:
            return CopyState.UNCHANGED
        check_result(present, {**present.values, **changed}, declared)
        store_changes(
            company=target,
            actor_id=actor_id,
            known=known,
            stored=stored,
            changed=changed,
            action="copied",
            source_company_id=source_company_id,
            copy_key=copy_key,
        )
    return CopyState.DONE


def _record(
    company: Company,
    actor_id: int | None,
    key: UUID,
    *,
    seen: Preview,
    values: Mapping[str, Any],
    states: Mapping[int, CopyState],
) -> ParameterCopy:
    """The copy's own rows, in the company from which it was started; a worker is told if one has to come."""
    statement = (
        insert(ParameterCopy)
        .values(
            company_id=company.id,
            key=key,
            user_id=actor_id,
            source_company_id=seen.source.company.id,
            values=dict(values),
        )
        .on_conflict_do_nothing(index_elements=[ParameterCopy.company_id, ParameterCopy.key])
        .returning(ParameterCopy)
    )
    with company_scope(company):
        copy = db.session.scalar(statement)
        if copy is None:
            # The same form twice at one instant, with more companies than are locked: the other one won.
            copy = queries.copy_by_key(company, key)
            assert copy is not None  # the database has just named it
            return copy
        db.session.add_all(
            ParameterCopyTarget(
                company_id=company.id,
                copy_id=copy.id,
                target_company_id=target.company.id,
                seen=target.digest,
                state=states[target.company.id],
            )
            for target in seen.targets
        )
    if CopyState.PENDING in states.values():
        enqueue_after_commit(COPY, copy_id=copy.id)
    return copy
