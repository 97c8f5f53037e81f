"""A new ticket's form and its draft: what it opens with, and what its page offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import g, request
from werkzeug.datastructures import MultiDict

from app.plugin_api import now
from app.plugin_api.web import actor
from plugins.service_desk.forms.tickets import NewTicketForm
from plugins.service_desk.queries import in_hand as queries
from plugins.service_desk.views.timing import Timing

if TYPE_CHECKING:
    from app.staff.models import Technician


def new_form(technician: Callable[[], Technician | None]) -> NewTicketForm:
    """The form: what was posted, the draft that the address names, or an empty one.

    Args:
        technician: who stands in an empty one.
    """
    if request.method == "POST":
        return NewTicketForm(inputs=request.form)
    key = _wanted_key()
    draft = queries.draft(g.company, actor(), key) if key is not None else None
    if draft is not None:
        form = NewTicketForm(inputs=MultiDict(draft.inputs))
        form.request_key.data, form.kept_at = draft.request_key, draft.saved_at
        return form
    form = NewTicketForm(technician=technician())
    # A draft that gave way to newer ones leaves its timer, which leads here. Not where the form is a ticket
    # by now: what is typed under its key would be taken for that ticket's, sent a second time.
    if (
        key is not None
        and queries.timers_of(g.company, actor(), request_key=key)
        and queries.timed_ticket(g.company, request_key=key) is None
    ):
        form.request_key.data = key
    return form


def _wanted_key() -> UUID | None:
    try:
        return UUID(request.args.get("draft", ""))
    except ValueError:
        return None


def shown_in_hand(form: NewTicketForm, timing: Timing | None) -> dict[str, Any]:
    """What the page shows besides the form: the timers of its rows, the drafts that wait to be continued.

    Args:
        timing: after «Cronômetro» was pressed without script.
    """
    if request.method == "POST":
        timing = timing or Timing.of(request_key=form.request_key.data)
        timing.show_in(form, typed_at=now())
        return {"timing": timing, "drafts": ()}
    timing = Timing.of(request_key=form.request_key.data) if _wanted_key() is not None else Timing({}, {})
    timing.show_in(form, typed_at=form.kept_at)
    return {
        "timing": timing,
        "drafts": queries.drafts_of(g.company, actor(), leave_out=form.request_key.data),
    }
