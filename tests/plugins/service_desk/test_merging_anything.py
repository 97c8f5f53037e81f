"""Whatever two people do to one ticket: nothing that either did is lost (R24). No database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugins.service_desk.models import Direction, PartyKind
from plugins.service_desk.services.merging import PARTS, base_of, merge
from tests.plugins.service_desk.merging_cases import BEFORE, ONE, TWO, document, forwarding, interaction, pick

History = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
"""Before, mine, theirs."""
ID = st.integers(1, 3)
MAYBE = st.none() | ID
TEXT = st.sampled_from(["", "Não liga.", "Não liga.\nNem apita.", "Vaza."])
DAY = st.dates(date(2026, 11, 20), date(2026, 11, 22))
HOUR = st.sampled_from([time(9), time(9, 15), time(10)])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "opened_on": DAY,
    "opened_time": HOUR,
    "direction": st.sampled_from(Direction),
    "is_product_specific": st.booleans(),
    "party_kind": st.sampled_from(PartyKind),
    "problem": TEXT,
    "closed_on": st.none() | DAY,
    "occurred_on": DAY,
    "start_time": HOUR,
    "end_time": HOUR,
    "contact_name": TEXT,
    "finding": TEXT,
    "guidance": TEXT,
    "forwarded_on": DAY,
    "answered_on": st.none() | DAY,
    "answer": st.none() | TEXT,
    "technician_id": ID,
    "channel_id": ID,
    "department_id": ID,
}


def fields(names: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {name: VALUES.get(name, MAYBE) for name in names if name not in ("key", *PARTS)}
    )


def rows(names: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    keys = st.lists(st.integers(1, 5).map(lambda n: UUID(int=n)), unique=True, max_size=4)
    row = fields(names)
    return keys.flatmap(
        lambda chosen: st.tuples(*(row.map(lambda values, key=key: {"key": key, **values}) for key in chosen))
    ).map(list)


DOCUMENTS = st.builds(
    lambda header, interactions, forwardings: {
        **header,
        "interactions": interactions,
        "forwardings": forwardings,
    },
    fields(document()),
    rows(interaction(ONE)),
    rows(forwarding(TWO)),
)


@st.composite
def edits(draw: st.DrawFn, before: dict[str, Any]) -> dict[str, Any]:
    """The document after somebody changed a few fields, and added, edited or removed a few rows."""
    other = draw(DOCUMENTS)
    header = [name for name in before if name not in PARTS]
    changed = draw(st.lists(st.sampled_from(header), max_size=3))
    after = before | {name: other[name] for name in changed}
    for part in PARTS:
        new = {row["key"]: row for row in other[part]}
        kept = []
        for row in before[part]:
            what = draw(st.sampled_from(["leave", "leave", "edit", "remove"]))
            if what == "edit" and row["key"] in new:
                name = draw(st.sampled_from(sorted(row)))
                kept.append(row | {name: new[row["key"]][name]})
            elif what != "remove":
                kept.append(row)
        known = {row["key"] for row in before[part]}
        after[part] = kept + [row for key, row in new.items() if key not in known and draw(st.booleans())]
    return after


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A document, and what two people made of it: anything at all, or a few edits each."""
    before = draw(DOCUMENTS)
    side = DOCUMENTS | edits(before)
    return before, draw(side), draw(side)


HISTORIES = histories()
RUNS = settings(max_examples=150, deadline=None, database=None)


def plain(value: Any) -> Any:
    return "" if value is None else value


def cells(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of the document by its conflict's id; a row's id says that the row is there."""
    found = {name: plain(value) for name, value in whole.items() if name not in PARTS}
    for part in PARTS:
        for row in whole[part]:
            place = f"{part}.{row['key']}"
            found[place] = True
            found |= {f"{place}.{name}": plain(value) for name, value in row.items() if name != "key"}
    return found


@RUNS
@given(before=DOCUMENTS, after=DOCUMENTS)
def test_who_changed_nothing_gets_the_others(before: dict[str, Any], after: dict[str, Any]) -> None:
    base = base_of(before)
    quiet = merge(base, before, after)
    alone = merge(base, after, before)

    assert cells(quiet.document) == cells(after)
    assert cells(alone.document) == cells(after)
    assert quiet.conflicts == alone.conflicts == ()
    assert alone.taken == ()
    assert quiet.took_theirs == (cells(before) != cells(after))


@RUNS
@given(HISTORIES)
@example((BEFORE, document(interactions=[]), document(interactions=[interaction(ONE, finding="")])))
def test_nothing_that_either_did_is_lost(history: History) -> None:
    """Each change of a field, each added and each removed row is in the document, or it is asked about."""
    before, mine, theirs = history
    both = merge(base_of(before), mine, theirs)
    was, has = cells(before), cells(both.document)
    asked = {conflict.id for conflict in both.conflicts}
    for side in (cells(mine), cells(theirs)):
        for cell in was.keys() | side.keys():
            if was.get(cell) == side.get(cell):
                continue
            row = cell.rpartition(".")[0]
            assert has.get(cell) == side.get(cell) or asked & {cell, row}, cell


@RUNS
@given(HISTORIES)
def test_what_is_asked_shows_both_sides_and_what_was_taken_is_theirs(history: History) -> None:
    before, mine, theirs = history
    both = merge(base_of(before), mine, theirs)
    own, other, has = cells(mine), cells(theirs), cells(both.document)
    for conflict in both.conflicts:
        if conflict.field is None:
            assert (conflict.mine is not None) == (conflict.id in own)
            assert (conflict.theirs is not None) == (conflict.id in other)
            assert conflict.id in has
        else:
            assert plain(conflict.mine) == own[conflict.id] == has[conflict.id]
            assert plain(conflict.theirs) == other[conflict.id]
            assert plain(conflict.mine) != plain(conflict.theirs)
    for cell in both.taken:
        assert has.get(cell) == other.get(cell) != own.get(cell)
    assert len({*both.taken, *(c.id for c in both.conflicts)}) == len(both.taken) + len(both.conflicts)


@RUNS
@given(HISTORIES, st.data())
def test_after_the_question_one_save_is_enough_and_says_what_was_picked(
    history: History, data: st.DataObject
) -> None:
    before, mine, theirs = history
    shown = merge(base_of(before), mine, theirs)
    picks = {
        conflict.id: data.draw(
            st.sampled_from(["keep", "remove"] if conflict.field is None else ["mine", "theirs"])
        )
        for conflict in shown.conflicts
    }
    saved = pick(picks, typed=shown.document, shown=shown, theirs=theirs)
    own, other, has = cells(mine), cells(theirs), cells(saved.document)

    assert saved.conflicts == ()
    assert saved.taken == ()
    for cell, choice in picks.items():
        if choice in ("keep", "remove"):
            assert (cell in has) == (choice == "keep")
        else:
            assert has[cell] == {"mine": own, "theirs": other}[choice][cell]
    again = merge(base_of(theirs), saved.document, saved.document)
    assert cells(again.document) == cells(saved.document)
    assert again.conflicts == ()


@RUNS
@given(HISTORIES)
def test_merging_is_the_same_from_both_sides_where_nobody_need_be_asked(history: History) -> None:
    before, mine, theirs = history
    base = base_of(before)
    here, there = merge(base, mine, theirs), merge(base, theirs, mine)
    asked = {conflict.id for conflict in here.conflicts}

    assert asked == {conflict.id for conflict in there.conflicts}
    one, other = cells(here.document), cells(there.document)
    assert {cell for cell in one.keys() | other.keys() if one.get(cell) != other.get(cell)} <= asked
