"""The shape of what is asked about a timer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from app.plugin_api.web import BaseForm, TimeField


class TimerEndForm(BaseForm):
    """When the contact of a forgotten timer really ended (R18)."""

    end_time = TimeField(_l("End time"), [InputRequired(_l("Give the end time (R18)."))])
