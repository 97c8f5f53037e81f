"""What the rules about parties refuse (R22b)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.errors import BusinessError


class InvalidDocument(BusinessError):
    """R22b: a CPF or CNPJ has the right check digits."""

    rule = "R22b"
    field = "document"
    message = _l("This is not a valid CPF or CNPJ: check its digits.")


class DocumentMissing(BusinessError):
    """R22b: only a prospect may be without CPF or CNPJ."""

    rule = "R22b"
    field = "document"
    message = _l("A customer needs a CPF or CNPJ (R22b).")


class AlreadyCustomer(BusinessError):
    """R22b: a prospect that became a customer stays inactive."""

    rule = "R22b"
    field = "is_active"
    message = _l("This prospect has become a customer and stays inactive (R22b).")
