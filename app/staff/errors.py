"""What the rules about technicians refuse (R22b)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.errors import BusinessError


class DismissedBeforeAdmission(BusinessError):
    """R22b: nobody is dismissed before being admitted."""

    rule = "R22b"
    field = "dismissed_on"
    message = _l("The dismissal can't be before the admission (R22b).")


class UserTaken(BusinessError):
    """R22b: a user is one technician of a company at most."""

    rule = "R22b"
    field = "user_id"
    message = _l("This user is already another technician (R22b).")


class NotAMember(BusinessError):
    """R23: a technician's user is a member of the company."""

    rule = "R23"
    field = "user_id"
    message = _l("This user isn't a member of the company any more.")
