"""A contact that was typed into a new ticket, taken into one that is open already (R11)."""

from __future__ import annotations

from typing import Any

from plugins.service_desk.forms.tickets import NewTicketForm, TicketForm


def take_contact(form: TicketForm, typed: NewTicketForm) -> None:
    """Show what was typed as new interactions of the form's ticket; nothing is saved.

    These are the typed interactions, or else one of today. The first of them is told the typed problem, so
    that no text is left behind. Taken twice it is one contact: the rows have the typed form's keys.
    """
    for key, values in _rows(typed):
        if form.row("interactions", str(key)) is None:
            form.offer_interaction(key, **values)


def _rows(typed: NewTicketForm) -> list[tuple[Any, dict[str, Any]]]:
    problem = typed.problem.data or ""
    rows: list[dict[str, Any]] = [{**row} for row in typed.document()["interactions"]]
    if rows:
        found = rows[0]["finding"] or ""
        if problem not in found:
            rows[0]["finding"] = f"{problem}\n\n{found}".strip()
    else:
        rows = [
            {
                "key": typed.request_key.data,
                "channel_id": typed.channel.data,
                "direction": typed.direction.data,
                "finding": problem,
            }
        ]
    return [
        (row.pop("key"), {name.removesuffix("_id"): value for name, value in row.items()}) for row in rows
    ]
