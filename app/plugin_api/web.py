"""The web half of the surface: forms, lookups, registers and keyset pages for a plugin's views.

Apart from the package itself, because forms and lookups import the contract, and a package can't be imported
by what it imports.
"""

from app.forms import (
    BaseForm,
    Chosen,
    DateField,
    LongTextField,
    LookupField,
    RequestKeyField,
    TextField,
    TimeField,
    VersionField,
)
from app.keyset import Page, Place, keyset_page
from app.lists import ListLinks
from app.lookups import Lookup, add_lookup
from app.portal import actor, company_blueprint, may, requires

__all__ = [
    "BaseForm",
    "Chosen",
    "DateField",
    "ListLinks",
    "LongTextField",
    "Lookup",
    "LookupField",
    "Page",
    "Place",
    "RequestKeyField",
    "TextField",
    "TimeField",
    "VersionField",
    "actor",
    "add_lookup",
    "company_blueprint",
    "keyset_page",
    "may",
    "requires",
]
