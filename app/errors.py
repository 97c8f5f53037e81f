"""What a refusal is, and what the browser gets for it.

A service refuses by raising a `BusinessError`: it carries the rule and, if there is one, the form field.
The view shows it on the form; nothing else of an error ever reaches the page.
"""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l


class BusinessError(Exception):
    """A rule said no. Shown to the user at its field, never retried by a worker.

    Args:
        field: name of the form field that the message belongs to; None: the whole form.
        values: what the message's named placeholders stand for.
    """

    rule: ClassVar[str] = ""
    message: ClassVar[Any] = _l("This can't be done.")
    field: str | None = None

    def __init__(self, field: str | None = None, **values: Any) -> None:
        self.field = field or type(self).field
        self.values = values
        super().__init__(str(type(self).__name__))

    @property
    def text(self) -> str:
        """The message in the reader's language."""
        message = str(self.message)
        return message % self.values if self.values else message


class RowInUse(BusinessError):
    """R22b: a row in use can be made inactive, never deleted."""

    rule = "R22b"
    message = _l("This entry is in use: it can be made inactive, not deleted (R22b).")


class CodeTaken(BusinessError):
    """R22b: a code is unique within its company."""

    rule = "R22b"
    field = "code"
    message = _l("This code is already used by another entry.")


class NotAvailable(BusinessError):
    """R10, R23: only active rows of this company can be chosen for anything new."""

    rule = "R10"
    message = _l("Choose an active entry from the list.")


class ChangedMeanwhile(BusinessError):
    """R24: somebody saved this record after the form was opened."""

    rule = "R24"
    message = _l("Somebody else changed this record while you were typing. Compare before you save again.")


class CompanyInactive(BusinessError):
    """R22c: an inactive company can be read by its admins, and nothing can be written."""

    rule = "R22c"
    message = _l("This company is inactive: it can be read, nothing can be written (R22c).")
