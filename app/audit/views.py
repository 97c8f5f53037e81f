"""Empresa › Auditoria: everything that was done in the company, newest first."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g, render_template, request
from flask_babel import gettext as _

from app.audit import labels, queries
from app.audit.permissions import AUDIT_VIEW
from app.audit.presentation import present
from app.clock import EARLIEST, LATEST
from app.keyset import Place
from app.lists import ListLinks
from app.portal import company_blueprint, requires
from app.users.queries import accepted_members

bp = company_blueprint("audit", __name__)


@bp.get("/audit")
@requires(AUDIT_VIEW)
def entry_list() -> Any:
    """The company's trail, by user, kind of record and period."""
    args = request.args
    kinds = {key: str(label) for key, label in labels.described().items()}
    user, from_, to = (args.get(name, "") for name in ("user", "from", "to"))
    entity = args.get("entity", "")
    entity = entity if entity in kinds else ""
    page = queries.entry_page(
        g.company,
        place=Place.of(args),
        entity=entity,
        user_id=int(user) if user.isascii() and user.isdigit() and len(user) < 19 else None,
        first=_day(from_),
        last=_day(to),
    )
    members = [(m.user_id, m.user.name) for m in accepted_members(g.company)]
    return render_template(
        "audit/entry_list.html",
        rows=present(g.company, page.rows),
        links=ListLinks(page),
        filters_now={"entity": entity, "user": user, "from": from_, "to": to},
        kinds=[("", _("All kinds")), *sorted(kinds.items(), key=lambda kind: kind[1])],
        members=[("", _("Everybody")), *members],
    )


def _day(text: str) -> date | None:
    """The day of a filter; what isn't one filters nothing."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
