"""HTTP of R24: the page that stands in the form's place when two people edited one ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import flash, g, request
from flask_babel import gettext as _

from app.plugin_api import to_local
from app.plugin_api.web import actor, day
from plugins.service_desk.forms.conflicts import Naming, clash, lost, picks_of
from plugins.service_desk.services.merging import answered, base_of, merge
from plugins.service_desk.services.together import Saved, Shown
from plugins.service_desk.views.ticket_page import stored_ticket, ticket_page

if TYPE_CHECKING:
    from app.plugin_api import BusinessError
    from plugins.service_desk.forms.tickets import EditTicketForm
    from plugins.service_desk.models import Ticket
    from plugins.service_desk.services.document import Document


def shown_by(form: EditTicketForm) -> Shown:
    """What the posted form had shown, and what was picked in it."""
    return Shown(form.version.data, form.base.data or "", form.offered.data or "", picks_of(request.form))


def conflict_page(ticket_id: int, typed: EditTicketForm, refusal: BusinessError | None = None) -> str:
    """Instead of the form: what both changed, to choose from; the rest is merged in the form already.

    The next save starts from what is stored now.

    Args:
        refusal: of what was merged; its field may be in a row that the typed form doesn't have.
    """
    stored, shown = stored_ticket(ticket_id), shown_by(typed)
    mine = cast(
        "Document",
        answered(typed.document(), stored.document, shown.picks, base=shown.base, shown=shown.offered),
    )
    if not stored.ticket.is_open:
        form = stored.form()
        form.form_errors.append(_who_saved(stored.ticket))
        return ticket_page(stored, form, conflict=lost(typed, mine, stored.document))
    merged = merge(shown.base, mine, stored.document)
    document = cast("Document", merged.document)
    form = stored.form(document=document, offered=base_of(document), asked_party=typed.asked_party.data)
    form.form_errors.append(_who_saved(stored.ticket))
    if refusal is not None:
        form.show(refusal)
    return ticket_page(stored, form, conflict=clash(form, merged, mine))


def _who_saved(ticket: Ticket) -> str:
    local = to_local(ticket.saved_at, g.company.timezone)
    at = {"day": day(ticket.saved_at), "hour": f"{local:%H:%M}"}
    name = ticket.saved_by.name if ticket.saved_by else _("Somebody")
    if not ticket.is_open:
        return _(
            "%(who)s closed this ticket on %(day)s at %(hour)s, while you were editing it.", who=name, **at
        )
    if ticket.saved_by_id == actor().id:
        return _("You saved this ticket on %(day)s at %(hour)s yourself, from another page.", **at)
    return _("%(who)s saved this ticket on %(day)s at %(hour)s, while you were editing it.", who=name, **at)


def tell_saved(saved: Saved, form: EditTicketForm) -> None:
    """«Atendimento nº 12 salvo.», and what of others' changes was saved with it."""
    number = saved.ticket.number
    if saved.merged is None or not saved.merged.took_theirs:
        flash(_("Ticket %(number)s was saved.", number=number), "success")
        return
    naming = Naming(form, cast("Document", saved.merged.document), form.document())
    flash(
        _(
            "Ticket %(number)s was saved, together with what %(who)s changed meanwhile: %(what)s.",
            number=number,
            who=saved.others_name or _("somebody else"),
            what=", ".join(naming.names(saved.merged.taken)),
        ),
        "success",
    )
