"""What a change of the parameters would mean for a company's tickets, told before it is made (R1, R5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

from plugins.service_desk import queries
from plugins.service_desk.parameters import ServiceDeskParameters

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.plugin_api.parameters import Value

SWITCH = ServiceDeskParameters.declared()[0]


def of_switching(company: Company, before: Mapping[str, Value], after: Mapping[str, Value]) -> Iterator[str]:
    """How many tickets the switch R1 hides or shows again; nothing where it stays or there are none.

    Args:
        before, after: key → value.
    """
    if before[SWITCH.key] == after[SWITCH.key]:
        return
    count, still_open = queries.ticket_counts(company)
    if not count:
        return
    tickets = ngettext("%(num)s ticket", "%(num)s tickets", count)
    texts = {"label": str(SWITCH.label), "tickets": tickets, "open": still_open}
    if after[SWITCH.key]:
        yield _("switching “%(label)s” on shows %(tickets)s again, %(open)s still open", **texts)
    else:
        yield _("switching “%(label)s” off hides %(tickets)s, %(open)s still open", **texts)
