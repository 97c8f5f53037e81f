"""Changes and copies of parameters as people read them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.companies.copying.preview import Declared, Preview, Snapshot
from app.companies.models import Company, ParameterBatch
from app.database import company_scope
from app.plugin_api.parameters import Parameter, Value

Consequences = Callable[[Company, Mapping[str, Value], Mapping[str, Value]], list[str]]


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One parameter beside itself in the other companies."""

    key: str
    label: str
    source: str
    cells: list[tuple[str, bool]]
    """Per target: the value, and whether it differs from the source's."""
    is_ticked: bool
    reasons: list[str]
    """Why it can't be copied."""

    @property
    def differs(self) -> bool:
        """Whether there is something to copy."""
        return any(differs for _text, differs in self.cells)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the page of a copy shows once the companies are chosen."""

    digest: str
    source: Company
    targets: list[Company]
    rows: list[ComparedRow]
    """Those that are shown."""
    differing: int
    reasons: list[str]
    """Why nothing can be copied, where no row is to blame."""
    consequences: list[tuple[str, list[str]]]
    """Per target in which there are some: its name, and what is told."""


def compared(
    preview: Preview, keys: Collection[str], *, everything: bool, consequences: Consequences
) -> Comparison:
    """The comparison, with what taking these keys would mean.

    Args:
        everything: also the parameters that don't differ.
    """
    reasons: dict[str | None, list[str]] = {}
    for refusal in preview.refusals(keys):
        reasons.setdefault(refusal.field, []).append(refusal.text)
    rows = [_row(p, preview, keys, reasons.pop(p.key, [])) for p in preview.copyable]
    return Comparison(
        digest=preview.digest,
        source=preview.source.company,
        targets=[target.company for target in preview.targets],
        rows=[row for row in rows if everything or row.differs or row.reasons],
        differing=sum(row.differs for row in rows),
        reasons=[text for texts in reasons.values() for text in texts],
        consequences=[
            (target.company.name, texts)
            for target in preview.targets
            if (texts := _consequences(target, preview.result(target, keys), consequences))
        ],
    )


def _row(p: Parameter, preview: Preview, keys: Collection[str], reasons: list[str]) -> ComparedRow:
    value = preview.source.values[p.key]
    return ComparedRow(
        key=p.key,
        label=str(p.label),
        source=p.shown(value),
        cells=[(p.shown(t.values[p.key]), t.values[p.key] != value) for t in preview.targets],
        is_ticked=p.key in keys,
        reasons=reasons,
    )


def _consequences(target: Snapshot, result: Mapping[str, Value], tell: Consequences) -> list[str]:
    with company_scope(target.company):
        return tell(target.company, target.values, result)


def shown_batch(
    batch: ParameterBatch, declared: Declared, companies: Mapping[int, Company]
) -> dict[str, Any]:
    """A batch with labels and values in the reader's language; parameters that are gone by their key.

    Args:
        companies: those whose names the reader may see, by id.
    """
    known = {p.key: p for p in declared}

    def change(key: str) -> tuple[str, str, str]:
        parameter, old, new = known.get(key), batch.before[key]["value"], batch.after[key]["value"]
        if parameter is None:
            return key, str(old), str(new)
        return str(parameter.label), parameter.shown(old), parameter.shown(new)

    return {
        "id": batch.id,
        "at": batch.created_at,
        "user_name": batch.user.name if batch.user is not None else _("The system"),
        "what": _what(batch, companies),
        "is_undone": batch.undone_at is not None,
        "changes": [change(key) for key in sorted(batch.after, key=[*known, *batch.after].index)],
    }


def _what(batch: ParameterBatch, companies: Mapping[int, Company]) -> str:
    if batch.undoes_id is not None:
        return _("Undoing")
    if batch.source_company_id is None:
        return ""
    source = companies.get(batch.source_company_id)
    if source is None:
        # Whoever doesn't administer the source isn't told which company it is.
        return _("Copy of another company")
    return _("Copy of %(company)s", company=source.name)


def shown_values(values: Mapping[str, Any], declared: Declared) -> list[tuple[str, str]]:
    """(label, value) of each copied parameter, in the order of the modules."""
    known = {p.key: p for p in declared}
    return [
        (str(known[key].label), known[key].shown(values[key])) if key in known else (key, str(values[key]))
        for key in sorted(values, key=[*known, *values].index)
    ]
