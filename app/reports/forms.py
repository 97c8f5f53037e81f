"""The shape of what is typed and sent about reports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import DataRequired

from app.audit.labels import describe
from app.forms import BaseForm, RequestKeyField, TextField, VersionField
from app.reports.models import LONGEST_NAME, SavedReport


class FileForm(BaseForm):
    """What the buttons of a report's page send: which file is wanted of which question."""

    format = HiddenField()
    query = HiddenField()
    request_key = RequestKeyField()


class SavedReportForm(BaseForm):
    """A question under a name."""

    name = TextField(_l("Name"), [DataRequired()], longest=LONGEST_NAME)
    is_shared = BooleanField(_l("Shared within the company"))
    query = HiddenField(_l("Filters"))
    version = VersionField()


describe(
    SavedReport.__tablename__,
    _l("Saved report"),
    SavedReportForm,
    user_id=_l("User"),
    report_key=_l("Report"),
)
