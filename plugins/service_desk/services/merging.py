"""What two people did to one ticket at the same time, put together; pure, without database and web (R24).

A document is the mapping that the ticket's form gives (`services.document`): the header's fields, and the
lists `interactions` and `forwardings`, whose rows are known by their `key`. The form carries the digests of
what it showed (`base_of`); by these it is told later who changed what, without keeping the old text.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

Values = Mapping[str, Any]
"""A document, or one of its rows."""

PARTS = ("interactions", "forwardings")
HEADER = "header"
TOGETHER = (
    {"opened_on", "opened_time"},
    {
        "party_kind",
        "customer_id",
        "prospect_id",
        "is_product_specific",
        "product_id",
        "customer_product_id",
    },
    {"closed_on", "closed_by_id"},
    {"occurred_on", "start_time", "end_time"},
    {"answered_on", "answered_by_id", "outcome_id", "answer"},
)
"""Fields that say something only together: half of one's hours and half of the other's would be nobody's."""

MINE, THEIRS, KEEP, REMOVE = "mine", "theirs", "keep", "remove"
"""What can be picked: a value of a conflict over a field; what becomes of the row of one over a row."""

_DIGITS = 8


class Place(NamedTuple):
    """A row of a document."""

    part: str
    key: UUID


@dataclass(frozen=True, slots=True)
class Conflict:
    """Where both sides did something different.

    Args:
        place: the row; None for the header.
        field: the field; None if it is about the row itself, which one removed and the other changed.
        mine, theirs: the values; of a row itself the row, None where it was removed.
    """

    place: Place | None
    field: str | None
    mine: Any
    theirs: Any

    @property
    def id(self) -> str:
        """What the form calls it: `customer_id`, `interactions.<key>.finding`, `interactions.<key>`."""
        return _id(self.place, self.field)


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of both.

    Args:
        document: what to save; what to show, if there are conflicts: mine where both changed a field, and
            the row where one removed what the other changed.
        conflicts: what only a person can decide.
        taken: ids, as a conflict's, of what was theirs only and is in the document now.
    """

    document: dict[str, Any]
    conflicts: tuple[Conflict, ...]
    taken: tuple[str, ...]

    @property
    def took_theirs(self) -> bool:
        """Whether the document holds anything that the other one did and this one has never seen."""
        return bool(self.taken)


def base_of(document: Values) -> str:
    """Digests of every field and every row's field: what `merge` needs to know of the document as shown."""
    digests: dict[str, Any] = {HEADER: _digests(document)}
    for part in PARTS:
        digests[part] = {str(row["key"]): _digests(row) for row in document[part]}
    return json.dumps(digests, separators=(",", ":"))


def merge(base: str, mine: Values, theirs: Values) -> Merged:
    """Both sides' changes in one document.

    A field that one side changed is that side's; fields of `TOGETHER` are one in this. Rows stand in their
    order, and mine that are new behind them. A base that can't be read makes everything that differs a
    conflict, and then no row goes.

    Args:
        base: `base_of` the document that both started from.
        mine: what was typed.
        theirs: what is stored.
    """
    merging = _Merging(_Base(base))
    document = merging.fields(None, mine, theirs)
    for part in PARTS:
        document[part] = merging.rows(part, _by_key(mine[part]), _by_key(theirs[part]))
    return Merged(document, tuple(merging.conflicts), tuple(merging.taken))


def answered(
    mine: Values, theirs: Values, picks: Mapping[str, str], *, base: str, shown: str
) -> dict[str, Any]:
    """What was typed, with what was picked where a page had shown conflicts.

    A pick counts for what it was made between: not if the stored value has changed again (then it is a
    conflict again), nor if something else has been typed into the field meanwhile, which is newer.

    Args:
        picks: a conflict's id → `theirs` for a field, `remove` for a row; all others change nothing.
        base: `base_of` what was stored when the page was made.
        shown: `base_of` what its form showed.
    """
    stored, offered = _Base(base), _Base(shown)

    def picked(place: Place | None, own: Values, other: Values) -> dict[str, Any]:
        return dict(own) | {
            name: other[name]
            for name in _field_names(own)
            if picks.get(_id(place, name)) == THEIRS
            and stored.is_unchanged(place, name, other)
            and offered.is_unchanged(place, name, own)
        }

    def is_removed(place: Place, row: Values) -> bool:
        return picks.get(_id(place)) == REMOVE and offered.row_is_unchanged(place, row)

    document = picked(None, mine, theirs)
    for part in PARTS:
        others = _by_key(theirs[part])
        document[part] = [
            picked(place, row, others[place.key]) if place.key in others else dict(row)
            for place, row in ((Place(part, row["key"]), row) for row in mine[part])
            if not is_removed(place, row)
        ]
    return document


def asked(ids: Collection[str], mine: Values, theirs: Values) -> tuple[Conflict, ...]:
    """The conflicts of these ids once more, for a form that comes back before it could be saved.

    Fields that agree by now are left out. A row about which was asked is in the form, whoever had removed it:
    if it is stored, it was removed here.
    """
    found = list(_differences(None, mine, theirs))
    for part in PARTS:
        own, others = _by_key(mine[part]), _by_key(theirs[part])
        for key in own | others:
            place, one, other = Place(part, key), own.get(key), others.get(key)
            found.append(Conflict(place, None, None if other else one, other))
            if one and other:
                found += _differences(place, one, other)
    return tuple(conflict for conflict in found if conflict.id in ids)


def changes(base: str, mine: Values, theirs: Values) -> tuple[Conflict, ...]:
    """All that was typed and isn't stored, for a document that can't be saved any more (R16)."""
    started = _Base(base)

    def changed(place: Place | None, own: Values, other: Values) -> Iterator[Conflict]:
        for difference in _differences(place, own, other):
            if not started.is_unchanged(place, difference.field or "", own):
                yield difference

    found = list(changed(None, mine, theirs))
    for part in PARTS:
        own, others = _by_key(mine[part]), _by_key(theirs[part])
        for key, row in own.items():
            place = Place(part, key)
            if key in others:
                found += changed(place, row, others[key])
            elif not started.row_is_unchanged(place, row):
                found.append(Conflict(place, None, row, None))
        found += [
            Conflict(Place(part, key), None, None, row)
            for key, row in others.items()
            if key not in own and started.knows(Place(part, key))
        ]
    return tuple(found)


def _differences(place: Place | None, mine: Values, theirs: Values) -> Iterator[Conflict]:
    for name in _field_names(theirs):
        if not _same(mine[name], theirs[name]):
            yield Conflict(place, name, mine[name], theirs[name])


class _Merging:
    """A merge under way: what it met with."""

    def __init__(self, base: _Base) -> None:
        self.base = base
        self.conflicts: list[Conflict] = []
        self.taken: list[str] = []

    def fields(self, place: Place | None, mine: Values, theirs: Values) -> dict[str, Any]:
        """The header, or a row that both have."""
        document = dict(theirs)
        for unit in _units(_field_names(theirs)):
            i_did = any(not self.base.is_unchanged(place, name, mine) for name in unit)
            they_did = any(not self.base.is_unchanged(place, name, theirs) for name in unit)
            for name in unit:
                if _same(mine[name], theirs[name]):
                    continue
                if not i_did:
                    self.taken.append(_id(place, name))
                    continue
                document[name] = mine[name]
                if they_did:
                    self.conflicts.append(Conflict(place, name, mine[name], theirs[name]))
        return document

    def rows(
        self, part: str, mine: Mapping[UUID, Values], theirs: Mapping[UUID, Values]
    ) -> list[dict[str, Any]]:
        """A part's rows, in the stored order; then mine that aren't stored."""
        merged = [self._row(Place(part, key), mine.get(key), row) for key, row in theirs.items()]
        merged += [self._row(Place(part, key), row, None) for key, row in mine.items() if key not in theirs]
        return [row for row in merged if row is not None]

    def _row(self, place: Place, mine: Values | None, theirs: Values | None) -> dict[str, Any] | None:
        if mine is not None and theirs is not None:
            return self.fields(place, mine, theirs)
        row = mine or theirs
        assert row is not None  # it came from one of them
        if not self.base.knows(place):
            if theirs is not None:
                self.taken.append(_id(place))
        elif not self.base.row_is_unchanged(place, row):
            self.conflicts.append(Conflict(place, None, mine, theirs))
        else:
            # Removed by one, untouched by the other.
            if mine is not None:
                self.taken.append(_id(place))
            return None
        return dict(row)


class _Base:
    """What is known of the document that both started from: nothing, where the text doesn't say it."""

    def __init__(self, text: str) -> None:
        read = _read(text)
        self._header = read.get(HEADER)
        self._rows = {part: rows if isinstance(rows := read.get(part), dict) else {} for part in PARTS}

    def knows(self, place: Place) -> bool:
        """Whether the row was there."""
        return str(place.key) in self._rows[place.part]

    def is_unchanged(self, place: Place | None, name: str, values: Values) -> bool:
        """Whether the header's or the row's field is as it was; not, if that isn't known."""
        digests = self._header if place is None else self._rows[place.part].get(str(place.key))
        names = _field_names(values)
        # Of other fields, or cut short: such digests say nothing.
        if not isinstance(digests, str) or len(digests) != len(names) * _DIGITS:
            return False
        start = names.index(name) * _DIGITS
        return digests[start : start + _DIGITS] == _digest(values[name])

    def row_is_unchanged(self, place: Place, row: Values) -> bool:
        """Whether the whole row is as it was."""
        return all(self.is_unchanged(place, name, row) for name in _field_names(row))


def _read(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _field_names(values: Values) -> list[str]:
    return sorted(name for name in values if name != "key" and name not in PARTS)


def _units(names: Sequence[str]) -> Iterator[list[str]]:
    """The fields, each by itself or with those that it says something with."""
    for group in TOGETHER:
        if unit := [name for name in names if name in group]:
            yield unit
    grouped = set[str]().union(*TOGETHER)
    yield from ([name] for name in names if name not in grouped)


def _by_key(rows: Iterable[Values]) -> dict[UUID, Values]:
    return {row["key"]: row for row in rows}


def _id(place: Place | None, field: str | None = None) -> str:
    parts = (*(place or ()), *([field] if field is not None else ()))
    return ".".join(map(str, parts))


def _digests(values: Values) -> str:
    return "".join(_digest(values[name]) for name in _field_names(values))


def _digest(value: Any) -> str:
    return blake2b(_plain(value).encode(), digest_size=_DIGITS // 2).hexdigest()


def _same(one: Any, other: Any) -> bool:
    return _plain(one) == _plain(other)


def _plain(value: Any) -> str:
    """A text that is the same for what a person takes for the same: nothing and an empty text."""
    return "" if value is None else str(value).replace("\r\n", "\n")
