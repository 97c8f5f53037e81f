"""What was typed into a new ticket, taken into one that is open already (R11)."""

from __future__ import annotations

from typing import Any

from app.plugin_api.web import LookupField
from plugins.service_desk.forms.tickets import NewTicketForm, TicketForm


def take_contact(form: TicketForm, typed: NewTicketForm) -> None:
    """Show what was typed as new rows of the form's ticket; nothing is saved.

    These are the typed interactions, or else one of today, and the typed forwardings, each as it was typed,
    also what can't be read. The first interaction is told the typed problem, so that no text is left behind.
    Taken twice it is one contact: the rows have the typed form's keys, and a timer that runs in one goes on.
    """
    begun = typed.begun_interactions()
    taken = [_take(form, "interactions", row) for row in begun]
    for entry in typed.forwardings.entries:
        _take(form, "forwardings", entry.form)
    problem = typed.problem.data or ""
    if not begun:
        # The key of the row that was only offered there: its timer may run.
        offered = typed.interactions.entries
        key = offered[0].form.key.data if offered else typed.request_key.data
        if form.row("interactions", str(key)) is None:
            known = {"channel": typed.channel.data, "direction": typed.direction.data}
            form.offer_interaction(key, finding=problem, **known)
    elif (first := taken[0]) is not None and problem not in (found := first.finding.data or ""):
        first.finding.data, first.finding.raw_data = f"{problem}\n\n{found}".strip(), None


def _take(form: TicketForm, tab: str, typed: Any) -> Any | None:
    """Add a row that says what was typed, also where that names nothing; None where it was taken before."""
    key = typed.key.data
    if form.row(tab, str(key)) is not None:
        return None
    offer = form.offer_interaction if tab == "interactions" else form.offer_forwarding
    offer(key)
    row: Any = form.row(tab, str(key))
    for name in typed._fields:
        field, source = row[name], typed[name]
        field.data, field.raw_data = source.data, source.raw_data
        if isinstance(source, LookupField):
            field.row, field.typed, field.chosen_id = source.row, source.typed, source.chosen_id
            field.chosen_hint = source.chosen_hint
    return row
