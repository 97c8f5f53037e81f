"""What refuses a copy or its undoing (R25)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.errors import BusinessError, ChangedMeanwhile, CompanyInactive


class CopyRefused(BusinessError):
    """R5: what a copy needs."""

    rule = "R5"


class NoSource(CopyRefused):
    """Where the values come from."""

    field = "source"
    message = _l("Choose the company to copy from (R5).")


class NoTarget(CopyRefused):
    """Where the values go."""

    field = "to"
    message = _l("Choose at least one company to copy to (R5).")


class CopyToItself(CopyRefused):
    """A company has its own parameters already."""

    field = "to"
    message = _l("A company's parameters aren't copied to itself (R5).")


class NotAdministered(CopyRefused):
    """Only an administrator of both; of another company not even that it exists is told."""

    message = _l("Choose among the companies that you administer (R5).")


class NothingTicked(CopyRefused):
    """Which values are taken."""

    field = "keys"
    message = _l("Tick at least one parameter to copy (R5).")


class NotCopied(CopyRefused):
    """Nobody declares it, or it is its company's alone."""

    message = _l("“%(label)s” isn't a parameter that can be copied (R5).")


class StalePreview(ChangedMeanwhile):
    """R5: what was compared isn't what is stored any more."""

    message = _l("The parameters were changed after the comparison. Look at the differences again (R5).")


class TargetInactive(CompanyInactive):
    """R22c: nothing is written in an inactive company."""

    field = "to"
    message = _l("“%(company)s” is inactive: nothing can be written there (R22c).")


class UnmetInTarget(BusinessError):
    """R2: the copy would leave a company with a parameter that lacks what it needs."""

    rule = "R2"
    message = _l("%(company)s: %(reason)s")


class AlreadyUndone(CopyRefused):
    """A change is undone once."""

    message = _l("This was undone already (R5).")


class NothingToUndo(CopyRefused):
    """Everything was changed by somebody since."""

    message = _l("Nothing was undone, because these were changed since: %(labels)s (R5).")


class CopyUnfinished(CopyRefused):
    """First the copy ends, then it is undone."""

    message = _l("This copy is still being carried out: wait for its end (R5).")
