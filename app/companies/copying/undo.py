"""One batch taken back, by version: what was changed since is left as it is, and named (R5)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func
from werkzeug.exceptions import NotFound

from app.companies import queries
from app.companies.copying.errors import AlreadyUndone, NothingToUndo, UnmetInTarget
from app.companies.copying.preview import Declared, Snapshot, check_result, snapshot_of
from app.companies.models import Company, CompanyParameter, ParameterBatch
from app.companies.services import store_changes
from app.database import company_scope
from app.plugin_api.parameters import InvalidParameter, Parameter, Value


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undoing did.

    Args:
        left: keys of the parameters that were changed since and stay as they are.
    """

    batch: ParameterBatch
    left: tuple[str, ...]


def undo_batch(*, company: Company, actor_id: int | None, batch_id: int, declared: Declared) -> Undone:
    """Give every parameter of the batch its value from before, unless somebody has changed it since.

    All of these are written or none, as a batch of their own and one entry of the trail; so an undoing can
    be undone too. Opens the company's scope.

    Args:
        actor_id: None: the server's administrator, by command.

    Raises:
        NotFound: the company has no such batch.
        AlreadyUndone: it was undone before.
        NothingToUndo: everything was changed since.
        UnmetInTarget: the result lacks what one of its parameters needs (R2).
    """
    known = {p.key: p for p in declared}
    with company_scope(company):
        # The company's lock first, as everybody does; then nobody else undoes this batch.
        stored = queries.lock_parameters(company)
        batch = queries.locked_batch(company, batch_id)
        if batch is None:
            raise NotFound
        if batch.undone_at is not None:
            raise AlreadyUndone
        present = snapshot_of(company, declared, stored)
        changed: dict[str, Value] = {}
        for key in batch.after:
            if _is_untouched(batch, key, known.get(key), stored.get(key)):
                changed[key] = batch.before[key]["value"]
        left = tuple(sorted(batch.after.keys() - changed.keys(), key=[*known, *batch.after].index))
        if not changed:
            raise NothingToUndo(labels=", ".join(labels_of(left, declared)))
        _check(present, changed, declared)
        batch.undone_at = func.now()
        new = store_changes(
            company=company,
            actor_id=actor_id,
            known=known,
            stored=stored,
            changed=changed,
            action="undone",
            undoes_id=batch.id,
        )
    return Undone(new, left)


def labels_of(keys: tuple[str, ...] | list[str], declared: Declared) -> list[str]:
    """The parameters' names in quotes, in the reader's language; of those that are gone the key."""
    labels = {p.key: str(p.label) for p in declared}
    return [f"“{labels.get(key, key)}”" for key in keys]


def _is_untouched(
    batch: ParameterBatch, key: str, parameter: Parameter | None, row: CompanyParameter | None
) -> bool:
    """Whether the value is the batch's own, and the one from before is still of the declared type."""
    if parameter is None or row is None or row.version != batch.after[key]["version"]:
        return False
    try:
        parameter.parse(batch.before[key]["value"])
    except InvalidParameter:
        return False
    return True


def _check(present: Snapshot, changed: dict[str, Value], declared: Declared) -> None:
    try:
        check_result(present, {**present.values, **changed}, declared)
    except UnmetInTarget as error:
        error.field = None  # there is no form with that parameter
        raise
