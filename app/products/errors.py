"""What the rules about products refuse (R22b)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.errors import BusinessError


class SerialNumberTaken(BusinessError):
    """R22b: a serial number is unique per company and product."""

    rule = "R22b"
    field = "serial_number"
    message = _l("Another entry of this product already has this serial number (R22b).")
