"""Two people's edits of one ticket, put together: nothing that anybody typed is lost (R24). No database."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Any

import pytest

from plugins.service_desk.services.document import Document, ForwardingTyped, InteractionTyped
from plugins.service_desk.services.merging import (
    TOGETHER,
    Place,
    answered,
    asked,
    base_of,
    changes,
    merge,
)
from tests.plugins.service_desk.merging_cases import (
    BASE,
    BEFORE,
    ONE,
    THREE,
    TWO,
    document,
    forwarding,
    ids,
    interaction,
    merged,
    pick,
)

# ── Fields ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_cases_have_the_fields_of_the_typed_document() -> None:
    """Otherwise a new field of the form would be merged by luck."""
    assert document().keys() == Document.__annotations__.keys()
    assert interaction(ONE).keys() == InteractionTyped.__annotations__.keys()
    assert forwarding(TWO).keys() == ForwardingTyped.__annotations__.keys()
    fields = set(document()) | set(interaction(ONE)) | set(forwarding(TWO))
    assert set().union(*TOGETHER) <= fields


def test_fields_changed_on_one_side_only_are_merged_unasked() -> None:
    both = merged(document(problem="Vaza."), document(technician_id=2, channel_id=3))

    assert both.document == document(problem="Vaza.", technician_id=2, channel_id=3)
    assert both.conflicts == ()
    assert both.taken == ("channel_id", "technician_id")
    assert both.took_theirs


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    both = merged(document(problem="Vaza."), document(problem="Vaza."))

    assert both.document == document(problem="Vaza.")
    assert both.conflicts == ()
    assert not both.took_theirs


def test_a_field_changed_by_both_is_asked_and_stays_mine_until_then() -> None:
    both = merged(document(problem="Vaza."), document(problem="Queimou."))

    assert both.document["problem"] == "Vaza."
    (conflict,) = both.conflicts
    assert (conflict.id, conflict.mine, conflict.theirs) == ("problem", "Vaza.", "Queimou.")


def test_rows_are_merged_field_by_field() -> None:
    mine = document(interactions=[interaction(ONE, finding="Fusível queimado.")])
    theirs = document(interactions=[interaction(ONE, guidance="Trocar o fusível.", finding="Não sei.")])
    both = merged(mine, theirs)

    assert both.document["interactions"] == [
        interaction(ONE, finding="Fusível queimado.", guidance="Trocar o fusível.")
    ]
    assert ids(both.conflicts) == [f"interactions.{ONE}.finding"]
    assert both.taken == (f"interactions.{ONE}.guidance",)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"opened_on": date(2026, 11, 18)}, {"opened_time": time(8)}),
        ({"customer_id": 2}, {"customer_product_id": 5}),
        ({"product_id": 3}, {"customer_product_id": 5}),
    ],
)
def test_fields_that_belong_together_are_not_mixed_unasked(
    mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    both = merged(document(**mine), document(**theirs))

    assert both.document == document(**mine)
    assert set(ids(both.conflicts)) == {*mine, *theirs}


def test_two_answers_to_one_forwarding_are_asked_as_a_whole() -> None:
    def answer(**fields: Any) -> dict[str, Any]:
        return document(forwardings=[forwarding(TWO, answered_on=date(2026, 11, 21), outcome_id=1, **fields)])

    both = merged(answer(answered_by_id=1, answer="Feito."), answer(answered_by_id=2, answer="Negado."))

    assert both.document == answer(answered_by_id=1, answer="Feito.")
    assert set(ids(both.conflicts)) == {
        f"forwardings.{TWO}.answered_by_id",
        f"forwardings.{TWO}.answer",
    }


def test_an_empty_text_is_as_good_as_none_and_line_ends_dont_count() -> None:
    before = document(problem="um\ndois")
    both = merge(
        base_of(before),
        document(problem="um\r\ndois", forwardings=[forwarding(TWO, answer="")]),
        document(problem="outro"),
    )

    assert both.document["problem"] == "outro"
    assert both.conflicts == ()


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_added_on_either_side_stay_the_stored_ones_first() -> None:
    mine = document(interactions=[interaction(THREE), interaction(ONE)])
    theirs = document(interactions=[interaction(ONE), interaction(TWO)])
    both = merged(mine, theirs)

    assert [row["key"] for row in both.document["interactions"]] == [ONE, TWO, THREE]
    assert both.conflicts == ()
    assert both.taken == (f"interactions.{TWO}",)


def test_a_row_removed_by_either_and_untouched_by_the_other_goes() -> None:
    assert merged(document(interactions=[]), document()).document["interactions"] == []
    theirs_gone = merged(document(), document(interactions=[]))
    assert theirs_gone.document["interactions"] == []
    assert theirs_gone.conflicts == ()
    assert theirs_gone.taken == (f"interactions.{ONE}",)
    assert merged(document(interactions=[]), document(interactions=[])).document["interactions"] == []


@pytest.mark.parametrize("i_removed", [True, False])
def test_a_row_removed_by_one_and_edited_by_the_other_is_kept_and_asked(i_removed: bool) -> None:
    gone, edited = (
        document(interactions=[]),
        document(interactions=[interaction(ONE, finding="Curto.")]),
    )
    both = merged(gone, edited) if i_removed else merged(edited, gone)

    assert both.document == edited
    (conflict,) = both.conflicts
    assert (conflict.id, conflict.place, conflict.field) == (
        f"interactions.{ONE}",
        Place("interactions", ONE),
        None,
    )
    removed, kept = (conflict.mine, conflict.theirs) if i_removed else (conflict.theirs, conflict.mine)
    assert removed is None
    assert kept == interaction(ONE, finding="Curto.")


def test_a_new_row_that_was_sent_twice_is_one_row() -> None:
    """The first save was lost on its way back; meanwhile the user went on typing."""
    mine = document(interactions=[interaction(ONE), interaction(THREE, finding="Curto na placa.")])
    theirs = document(interactions=[interaction(ONE), interaction(THREE, finding="Curto.")])
    both = merged(mine, theirs)

    assert both.document["interactions"] == mine["interactions"]
    assert ids(both.conflicts) == [f"interactions.{THREE}.finding"]


# ── A base that says nothing ─────────────────────────────────────────────────────────────────────────

TAMPERED = [
    "",
    "null",
    "[]",
    '{"header": 7, "interactions": []}',
    '{"header": "00", "interactions": {"x": null}}',
    "[" * 100_000,
    "1" * 5_000,
    "\x00",
    json.dumps(json.loads(BASE) | {"header": json.loads(BASE)["header"] + "00000000"}),
]


@pytest.mark.parametrize("base", TAMPERED, ids=range(len(TAMPERED)))
def test_without_a_base_whatever_differs_is_asked(base: str) -> None:
    both = merge(base, document(problem="Vaza.", technician_id=2), document(channel_id=3))

    assert both.document == document(problem="Vaza.", technician_id=2)
    assert set(ids(both.conflicts)) == {"problem", "technician_id", "channel_id"}


def test_without_a_base_no_row_goes() -> None:
    both = merge("", document(interactions=[]), document(forwardings=[]))

    assert both.document == BEFORE


# ── What was picked ──────────────────────────────────────────────────────────────────────────────────


MINE = document(problem="Vaza.", interactions=[interaction(ONE, finding="Curto.")])
THEIRS = document(problem="Queimou.", interactions=[interaction(ONE, finding="Fusível.")])
BOTH = merge(BASE, MINE, THEIRS)
FINDING = f"interactions.{ONE}.finding"


def test_what_isnt_picked_is_mine() -> None:
    saved = pick({}, typed=BOTH.document, shown=BOTH, theirs=THEIRS)

    assert saved.document == MINE
    assert saved.conflicts == ()


def test_picks_take_the_stored_values_field_by_field() -> None:
    picks = {FINDING: "theirs", "problem": "mine"}
    saved = pick(picks, typed=BOTH.document, shown=BOTH, theirs=THEIRS)

    assert saved.document == MINE | {"interactions": THEIRS["interactions"]}
    assert saved.conflicts == ()


def test_what_was_typed_after_the_question_is_not_lost_to_a_pick() -> None:
    typed = BOTH.document | {"problem": "Vaza pela tampa."}
    saved = pick({"problem": "theirs"}, typed=typed, shown=BOTH, theirs=THEIRS)

    assert saved.document["problem"] == "Vaza pela tampa."


def test_a_pick_is_asked_again_when_the_stored_value_changed_again() -> None:
    now = THEIRS | {"problem": "Roubaram."}
    saved = pick({"problem": "theirs"}, typed=BOTH.document, shown=BOTH, theirs=THEIRS, now=now)

    assert ids(saved.conflicts) == ["problem"]
    assert saved.document["problem"] == "Vaza."


@pytest.mark.parametrize("i_removed", [True, False])
@pytest.mark.parametrize("choice", ["keep", "remove"])
def test_a_row_in_conflict_stays_or_goes_as_picked(i_removed: bool, choice: str) -> None:
    gone = document(interactions=[])
    edited = document(interactions=[interaction(ONE, finding="Curto.")])
    mine, theirs = (gone, edited) if i_removed else (edited, gone)
    shown = merge(BASE, mine, theirs)
    saved = pick({f"interactions.{ONE}": choice}, typed=shown.document, shown=shown, theirs=theirs)

    assert saved.document == (edited if choice == "keep" else gone)
    assert saved.conflicts == ()


def test_a_row_that_was_typed_into_after_the_question_stays() -> None:
    theirs = document(interactions=[interaction(ONE, finding="Curto.")])
    shown = merge(BASE, document(interactions=[]), theirs)
    typed = document(interactions=[interaction(ONE, finding="Curto na placa.")])
    saved = pick({f"interactions.{ONE}": "remove"}, typed=typed, shown=shown, theirs=theirs)

    assert saved.document == typed


@pytest.mark.parametrize(
    "picks",
    [
        {"interactions": "theirs", "key": "theirs", "nothing": "theirs", "": "remove"},
        {f"interactions.{ONE}.key": "theirs", f"interactions.{THREE}": "remove", "problem": "both"},
    ],
)
def test_made_up_picks_change_nothing(picks: dict[str, str]) -> None:
    typed = BOTH.document
    assert answered(typed, THEIRS, picks, base=base_of(THEIRS), shown=base_of(BOTH.document)) == typed


@pytest.mark.parametrize("i_removed", [True, False])
def test_a_form_that_comes_back_unsaved_asks_the_same_again(i_removed: bool) -> None:
    gone = MINE | {"forwardings": []}
    edited = THEIRS | {"forwardings": [forwarding(TWO, department_id=2)]}
    mine, theirs = (gone, edited) if i_removed else (edited, gone)
    shown = merge(BASE, mine, theirs)

    assert asked(ids(shown.conflicts), shown.document, theirs) == shown.conflicts
    assert asked(["problem"], shown.document, theirs) == shown.conflicts[:1]
    assert asked(["", "key", "interactions", f"interactions.{THREE}", "a.b.c.d"], mine, theirs) == ()
    assert asked(ids(shown.conflicts), theirs, theirs)[:-1] == ()  # only the row's can still be asked


# ── A document that can't be saved any more ──────────────────────────────────────────────────────────


def test_all_that_was_typed_and_isnt_stored_is_told() -> None:
    mine = document(
        problem="Vaza.", channel_id=2, interactions=[interaction(THREE)], forwardings=[forwarding(TWO)]
    )
    theirs = document(channel_id=2, technician_id=2, closed_on=date(2026, 11, 21), closed_by_id=1)
    told = changes(BASE, mine, theirs)

    assert ids(told) == ["problem", f"interactions.{THREE}", f"interactions.{ONE}"]
    assert [(c.mine is None, c.theirs is None) for c in told[1:]] == [(False, True), (True, False)]


def test_what_only_the_other_did_is_not_told() -> None:
    theirs = document(interactions=[interaction(THREE)], forwardings=[], problem="Queimou.")

    assert changes(BASE, document(), theirs) == ()


def test_an_edit_in_a_row_is_told_with_its_field_or_as_a_whole_when_the_row_is_gone() -> None:
    mine = document(interactions=[interaction(ONE, finding="Curto.")])

    assert ids(changes(BASE, mine, document())) == [FINDING]
    assert ids(changes(BASE, mine, document(interactions=[]))) == [f"interactions.{ONE}"]
