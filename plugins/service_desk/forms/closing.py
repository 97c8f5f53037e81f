"""«Reabrir» asks «Motivo da reabertura» (R16)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from app.plugin_api.web import BaseForm, LongTextField, VersionField
from plugins.service_desk.services.closing import LONGEST_REASON


class ReopenForm(BaseForm):
    """Why a closed ticket is opened again."""

    reason = LongTextField(
        _l("Reason for the reopening"),
        [DataRequired(_l("Give the reason for the reopening (R16)."))],
        longest=LONGEST_REASON,
        too_long=_l("Give the reason for the reopening, in at most 2,000 characters (R16)."),
    )
    version = VersionField()
