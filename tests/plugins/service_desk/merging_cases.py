"""Tickets for the tests of putting two edits together: documents as they are typed, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any
from uuid import UUID

from plugins.service_desk.models import Direction, PartyKind
from plugins.service_desk.services.merging import Merged, answered, base_of, merge

ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))


def interaction(key: UUID, **fields: Any) -> dict[str, Any]:
    return {
        "key": key,
        "occurred_on": date(2026, 11, 20),
        "start_time": time(10),
        "end_time": time(10, 30),
        "channel_id": 1,
        "direction": Direction.INBOUND,
        "contact_name": "Marta",
        "finding": "Não liga.",
        "guidance": "Trocar a fonte.",
    } | fields


def forwarding(key: UUID, **fields: Any) -> dict[str, Any]:
    return {
        "key": key,
        "department_id": 1,
        "forwarded_on": date(2026, 11, 20),
        "answered_on": None,
        "answered_by_id": None,
        "outcome_id": None,
        "answer": None,
    } | fields


def document(**fields: Any) -> dict[str, Any]:
    return {
        "opened_on": date(2026, 11, 20),
        "opened_time": time(9, 15),
        "direction": Direction.INBOUND,
        "is_product_specific": False,
        "party_kind": PartyKind.CUSTOMER,
        "customer_id": 1,
        "prospect_id": None,
        "product_id": None,
        "customer_product_id": None,
        "technician_id": 1,
        "channel_id": 1,
        "problem": "A bomba não liga.",
        "known_problem_id": None,
        "closed_on": None,
        "closed_by_id": None,
        "interactions": [interaction(ONE)],
        "forwardings": [forwarding(TWO)],
    } | fields


BEFORE = document()
BASE = base_of(BEFORE)


def merged(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merged:
    return merge(BASE, mine, theirs)


def ids(found: Any) -> list[str]:
    return [conflict.id for conflict in found]


def pick(
    picks: dict[str, str],
    *,
    typed: dict[str, Any],
    shown: Merged,
    theirs: dict[str, Any],
    now: Any = None,
) -> Merged:
    """The save after a page with conflicts: its form showed `shown`, and `typed` came back."""
    base = base_of(theirs)
    stored = now or theirs
    mine = answered(typed, stored, picks, base=base, shown=base_of(shown.document))
    return merge(base, mine, stored)
