"""HTTP of the service desk's tables: «Meios de Comunicação», «Conclusões de Encaminhamentos»."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.plugin_api.web import DescribedForm, Register, add_lookup, add_register
from plugins.service_desk.lookups import CHANNELS, FORWARDING_OUTCOMES
from plugins.service_desk.models import Channel, ForwardingOutcome
from plugins.service_desk.permissions import TABLES_EDIT, TABLES_VIEW
from plugins.service_desk.views.blueprint import bp

for _lookup in (CHANNELS, FORWARDING_OUTCOMES):
    add_lookup(bp, _lookup)

add_register(
    bp,
    Register(
        name="channel",
        path="channels",
        model=Channel,
        form=DescribedForm,
        view=TABLES_VIEW,
        edit=TABLES_EDIT,
        label=_l("Channel"),
        title=_l("Channels"),
        new_label=_l("New channel"),
    ),
)
add_register(
    bp,
    Register(
        name="forwarding_outcome",
        path="forwarding-outcomes",
        model=ForwardingOutcome,
        form=DescribedForm,
        view=TABLES_VIEW,
        edit=TABLES_EDIT,
        label=_l("Forwarding outcome"),
        title=_l("Forwarding outcomes"),
        new_label=_l("New forwarding outcome"),
    ),
)
