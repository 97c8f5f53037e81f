"""The rows of a ticket's second and third tab. Their rules are in `services`."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import DataRequired, InputRequired, Optional

from app.plugin_api.web import (
    Chosen,
    DateField,
    LongTextField,
    LookupField,
    RequestKeyField,
    RowForm,
    TextField,
    TimeField,
)
from app.staff.lookups import DEPARTMENTS, TECHNICIANS
from plugins.service_desk.lookups import CHANNELS, FORWARDING_OUTCOMES
from plugins.service_desk.models import Direction
from plugins.service_desk.services.identification import LONGEST_TEXT
from plugins.service_desk.services.interactions import LONGEST_CONTACT_NAME


def directions() -> list[tuple[str, str]]:
    """«Cliente» and «Empresa», to choose from."""
    return [(member.value, member.label) for member in Direction]


class InteractionForm(RowForm):
    """«Atendimento 1», «Atendimento 2»… of the second tab (R17)."""

    key = RequestKeyField()
    occurred_on = DateField(
        _l("Date of occurrence"), [InputRequired(_l("Give the date of the contact (R17)."))]
    )
    start_time = TimeField(_l("Start time"), [InputRequired(_l("Give the start time (R17)."))])
    end_time = TimeField(_l("End time"), [InputRequired(_l("Give the end time (R17)."))])
    channel = LookupField(_l("Channel"), CHANNELS, [Chosen(_l("Choose how the contact was made (R17)."))])
    direction = RadioField(
        _l("Origin of the contact"),
        [InputRequired(_l("Say who made the contact (R17)."))],
        coerce=Direction,
        choices=directions,
    )
    contact_name = TextField(
        _l("Name of the contact"),
        [DataRequired(_l("Give the name of the contact (R17)."))],
        longest=LONGEST_CONTACT_NAME,
        too_long=_l("At most 200 characters (R17)."),
    )
    finding = LongTextField(
        _l("Problem found"),
        [DataRequired(_l("Tell what was found (R17)."))],
        longest=LONGEST_TEXT,
        too_long=_l("At most 100,000 characters (R17)."),
    )
    guidance = LongTextField(
        _l("Guidance"),
        [DataRequired(_l("Tell what was advised (R17)."))],
        longest=LONGEST_TEXT,
        too_long=_l("At most 100,000 characters (R17)."),
    )


class ForwardingForm(RowForm):
    """«Encaminhamento 1», «Encaminhamento 2»… of the third tab (R19)."""

    key = RequestKeyField()
    department = LookupField(
        _l("Department"), DEPARTMENTS, [Chosen(_l("Choose where the ticket is forwarded to (R19)."))]
    )
    forwarded_on = DateField(
        _l("Date of forwarding"), [InputRequired(_l("Give the date of the forwarding (R19)."))]
    )
    answered_on = DateField(_l("Date of answer"), [Optional()])
    answered_by = LookupField(_l("Technician who answered"), TECHNICIANS)
    outcome = LookupField(_l("Forwarding outcome"), FORWARDING_OUTCOMES)
    answer = LongTextField(
        _l("Answer to the forwarding"),
        longest=LONGEST_TEXT,
        too_long=_l("At most 100,000 characters (R19)."),
    )
