"""The web half of the surface: forms, lookups, registers and keyset pages for a plugin's views.

Apart from the package itself, because forms and lookups import the contract, and a package can't be imported
by what it imports.
"""

from app.audit.presentation import panel
from app.fields import LookupsField
from app.formats import day, hour, instant
from app.forms import (
    BaseForm,
    Chosen,
    DateField,
    FilterForm,
    LongTextField,
    LookupField,
    RequestKeyField,
    RowForm,
    RowList,
    TextField,
    TimeField,
    VersionField,
    unstorable,
)
from app.keyset import Page, Place, keyset_page
from app.lists import LONGEST_TERM, ListLinks
from app.lookups import Lookup, add_lookup
from app.portal import actor, company_blueprint, may, requires
from app.registers.forms import DescribedForm, RegisterForm
from app.registers.views import ListColumn, Register, add_register

__all__ = [
    "LONGEST_TERM",
    "BaseForm",
    "Chosen",
    "DateField",
    "DescribedForm",
    "FilterForm",
    "ListColumn",
    "ListLinks",
    "LongTextField",
    "Lookup",
    "LookupField",
    "LookupsField",
    "Page",
    "Place",
    "Register",
    "RegisterForm",
    "RequestKeyField",
    "RowForm",
    "RowList",
    "TextField",
    "TimeField",
    "VersionField",
    "actor",
    "add_lookup",
    "add_register",
    "company_blueprint",
    "day",
    "hour",
    "instant",
    "keyset_page",
    "may",
    "panel",
    "requires",
    "unstorable",
]
