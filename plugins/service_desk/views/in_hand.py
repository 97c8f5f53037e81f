"""HTTP of what a user has in hand: the timer of a contact, and drafts of new tickets (R18).

A button works without JavaScript: it posts and is sent on to the document. The script asks the same addresses
for JSON, and gets what the page has to show now.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app.plugin_api import BusinessError, get_or_404, to_local, transaction
from app.plugin_api.web import actor, requires
from plugins.service_desk.forms.in_hand import TimerEndForm
from plugins.service_desk.models import Ticket, Timer
from plugins.service_desk.permissions import TICKETS_EDIT
from plugins.service_desk.queries import in_hand as queries
from plugins.service_desk.services import drafts, timers
from plugins.service_desk.views.blueprint import bp
from plugins.service_desk.views.timing import (
    NOT_TYPED,
    answer_of,
    document_url,
    keep_if_possible,
    refusal,
    state,
    ticket_of,
)

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _uuid(name: str) -> UUID:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        abort(400)


# ── Timers ───────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/timers")
@requires(TICKETS_EDIT)
def timer_list() -> Any:
    """What the user has in hand now: a page that was left for a while asks; answers JSON."""
    found = queries.timers_in_hand(g.company, actor())
    running = next((timer for timer in found if timer.stopped_at is None), None)
    return state(running, *(timer for timer in found if timer.stopped_at is not None))


@bp.post("/tickets/<int:ticket_id>/timers")
@requires(TICKETS_EDIT)
def timer_start(ticket_id: int) -> Any:
    """Start the timer of a row of a ticket; answers JSON."""
    try:
        with transaction():
            started = timers.start(
                company=g.company,
                actor=actor(),
                row_key=_uuid("row_key"),
                ticket_id=ticket_id,
                **answer_of(request.form.get("first"), request.form.get("first_id")),
            )
    except BusinessError as error:
        return refusal(error)
    return state(*started)


@bp.post("/tickets/new/timers")
@requires(TICKETS_EDIT)
def timer_start_new() -> Any:
    """Start the timer of a row of a new ticket's form, and keep the form as a draft; answers JSON."""
    request_key, inputs = _uuid("request_key"), _inputs()
    try:
        with transaction():
            # First: what the row gets from a timer that is stopped for this one is newer than this draft.
            kept_at = keep_if_possible(request_key, inputs)
            started = timers.start(
                company=g.company,
                actor=actor(),
                row_key=_uuid("row_key"),
                request_key=request_key,
                **answer_of(request.form.get("first"), request.form.get("first_id")),
            )
    except BusinessError as error:
        return refusal(error)
    return state(*started, kept=_kept_text(kept_at))


@bp.route("/timers/<int:timer_id>/stop", methods=["GET", "POST"])
@requires(TICKETS_EDIT)
def timer_stop(timer_id: int) -> Any:
    """«Parar»: the row of the document is filled. By GET, and after a refused hour: ask when it ended."""
    form = TimerEndForm()
    # The button of the top bar sends no hour: it stops now. An hour that was asked for must be given.
    if form.is_submitted() and (form.end_time.name not in request.form or form.validate()):
        try:
            with transaction():
                timer = timers.stop(
                    company=g.company, actor=actor(), timer_id=timer_id, end=form.end_time.data
                )
        except BusinessError as error:
            form.show(error)
        else:
            return _now(timer) if _wants_json() else _to_document(timer)
    return _end_page(timer_id, form)


def _now(*stopped: Timer) -> dict[str, Any]:
    # Another timer may run: what was stopped or discarded wasn't necessarily the running one.
    return state(queries.running_timer(g.company, actor()), *stopped)


def _end_page(timer_id: int, form: TimerEndForm) -> Any:
    timer = get_or_404(g.company, Timer, timer_id)
    if timer.user_id != actor().id:
        abort(404)
    if form.errors and _wants_json():
        return {"refused": " ".join(str(error) for error in form.end_time.errors)}, 422
    page = render_template(
        "service_desk/timer_end.html", timer=timer, form=form, document_url=document_url(timer)
    )
    return page, 422 if form.errors else 200


def _to_document(timer: Timer) -> Response:
    ticket_id = ticket_of(timer)
    if ticket_id is not None and not get_or_404(g.company, Ticket, ticket_id).is_open:
        flash(_("The ticket is closed: what was measured is kept until it is reopened (R16)."), "warning")
    return redirect(document_url(timer), 303)


@bp.post("/timers/<int:timer_id>/discard")
@requires(TICKETS_EDIT)
def timer_discard(timer_id: int) -> Any:
    """«Descartar»: nothing was measured; the row stays as it is."""
    with transaction():
        timer = timers.discard(company=g.company, actor=actor(), timer_id=timer_id)
    if _wants_json():
        return _now()
    flash(_("The timer was discarded."), "success")
    return redirect(document_url(timer), 303)


# ── Drafts ───────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/drafts")
@requires(TICKETS_EDIT)
def draft_keep() -> Any:
    """Keep what a new ticket's form holds (the script sends it by itself); answers JSON.

    `kept` is the hour of the company's time zone; null if the form is a ticket already.
    """
    try:
        with transaction():
            kept_at = drafts.keep(
                company=g.company, actor=actor(), request_key=_uuid("request_key"), inputs=_inputs()
            )
    except BusinessError as error:
        return {"refused": error.text}, 422
    return {"kept": _kept_text(kept_at)}


@bp.post("/drafts/<int:draft_id>/discard")
@requires(TICKETS_EDIT)
def draft_discard(draft_id: int) -> Response:
    """«Descartar»: throw a draft away, with the timers that were started in it."""
    with transaction():
        drafts.discard(company=g.company, actor=actor(), draft_id=draft_id)
    flash(_("The draft was discarded."), "success")
    return redirect(url_for("service_desk.ticket_new"), 303)


def _kept_text(kept_at: datetime | None) -> str | None:
    return None if kept_at is None else f"{to_local(kept_at, g.company.timezone):%H:%M}"


def _inputs() -> list[tuple[str, str]]:
    """The form's inputs: JSON, [name, value] of each."""
    try:
        pairs = json.loads(request.form.get("inputs", ""))
    except (ValueError, RecursionError):
        abort(400)
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        abort(400)
    return [(name, value) for name, value in pairs if name not in NOT_TYPED]


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)
