"""What a copy would change: read company by company, each in its own scope (R5)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.companies import queries
from app.companies.copying.errors import (
    CopyToItself,
    NoSource,
    NoTarget,
    NotCopied,
    NothingTicked,
    TargetInactive,
    UnmetInTarget,
)
from app.companies.models import Company, CompanyParameter
from app.companies.services import field_to_mend
from app.database import company_scope
from app.errors import BusinessError
from app.plugin_api.parameters import InvalidParameter, Parameter, Value, unmet_dependency

Declared = Sequence[Parameter]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One company's parameters at one instant.

    Args:
        values: key → value for all that are declared; the default where nothing is stored.
        digest: changes whenever one of them is stored anew.
    """

    company: Company
    values: Mapping[str, Value]
    digest: str


def snapshot_of(company: Company, declared: Declared, stored: Mapping[str, CompanyParameter]) -> Snapshot:
    """What these rows mean for the parameters that are declared."""
    values = {p.key: stored[p.key].value if p.key in stored else p.default for p in declared}
    versions = {p.key: stored[p.key].version if p.key in stored else 0 for p in declared}
    # Of what isn't copied only the version: two values are soon guessed from a digest.
    content = [[p.key, versions[p.key], values[p.key] if p.copied else None] for p in declared]
    return Snapshot(company, values, _digest(content))


@dataclass(frozen=True, slots=True)
class Preview:
    """The source's parameters beside each target's."""

    declared: Declared
    source: Snapshot
    targets: tuple[Snapshot, ...]

    @property
    def digest(self) -> str:
        """What the confirmation posts back: another one means that something was changed since."""
        targets = sorted((target.company.id, target.digest) for target in self.targets)
        return _digest([self.source.company.id, self.source.digest, targets])

    @property
    def copyable(self) -> list[Parameter]:
        """What a copy may take, in the order of the modules."""
        return [p for p in self.declared if p.copied]

    @property
    def differing(self) -> list[Parameter]:
        """What differs in at least one target."""
        return [
            p
            for p in self.copyable
            if any(target.values[p.key] != self.source.values[p.key] for target in self.targets)
        ]

    def result(self, target: Snapshot, keys: Collection[str]) -> dict[str, Value]:
        """The target's values once these were copied."""
        taken = {p.key: self.source.values[p.key] for p in self.copyable if p.key in keys}
        return {**target.values, **taken}

    def refusals(self, keys: Collection[str]) -> Iterator[BusinessError]:
        """Why these can't be copied, a reason per company at most; its field is the parameter to look at."""
        for p in self.copyable:
            if p.key in keys:
                try:
                    p.parse(self.source.values[p.key])
                except InvalidParameter as error:
                    # Nothing that hangs on it could be judged.
                    yield error
                    return
        for target in self.targets:
            if not target.company.is_active:
                yield TargetInactive(company=target.company.name)
                continue
            try:
                check_result(target, self.result(target, keys), self.declared)
            except UnmetInTarget as error:
                yield error


def check_result(target: Snapshot, result: Mapping[str, Value], declared: Declared) -> None:
    """Refuse a result whose dependencies aren't met; tested on the whole, not step by step (R2).

    Raises:
        UnmetInTarget: at the parameter that was switched on, or at what was taken away from under it.
    """
    if (unmet := unmet_dependency(declared, result)) is None:
        return
    changed = [key for key, value in result.items() if value != target.values[key]]
    field = field_to_mend(unmet, {p.key: p for p in declared}, changed)
    raise UnmetInTarget(field=field, company=target.company.name, reason=unmet.text)


def check_choice(source: Company | None, targets: Collection[Company]) -> None:
    """Refuse a choice of companies that nothing can be copied between.

    Raises:
        NoSource, NoTarget, CopyToItself: one is missing, or both are one.
    """
    if source is None:
        raise NoSource
    if not targets:
        raise NoTarget
    if any(target.id == source.id for target in targets):
        raise CopyToItself


def check_keys(keys: Iterable[str], declared: Declared) -> None:
    """Refuse keys that nobody declares, or that a copy leaves out.

    Raises:
        NothingTicked, NotCopied: nothing is to be copied, or not this.
    """
    keys = list(keys)
    if not keys:
        raise NothingTicked
    known = {p.key: p for p in declared}
    for key in keys:
        if key not in known:
            raise NotCopied(field="keys", label=key)
        if not known[key].copied:
            raise NotCopied(field="keys", label=str(known[key].label))


def compare(
    source: Company, targets: Collection[Company], declared: Declared, *, lock: bool = False
) -> Preview:
    """The parameters of all these companies.

    Args:
        lock: nobody else changes them until the transaction ends.
    """
    snapshots = {}
    for company in lock_order([source, *targets]):
        with company_scope(company):
            stored = queries.lock_parameters(company) if lock else queries.stored_parameters(company)
            snapshots[company.id] = snapshot_of(company, declared, stored)
    return Preview(declared, snapshots[source.id], tuple(snapshots[target.id] for target in targets))


def lock_order(companies: Iterable[Company]) -> list[Company]:
    """By ascending id, whatever is source and target: two copies in opposite directions never deadlock."""
    return sorted(companies, key=lambda company: company.id)


def _digest(content: object) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
