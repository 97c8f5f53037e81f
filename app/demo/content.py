"""The shape of a demo company's content; `aurora.py` and `boreal.py` hold the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.users.roles import Role


@dataclass(frozen=True)
class TechnicianContent:
    """One technician; `department` is a department's code, `login` ties them to a user."""

    name: str
    department: str
    shift: str
    is_controller: bool = False
    login: str | None = None
    dismissed: bool = False


@dataclass(frozen=True)
class Content:
    """The words of one demo company; everything else is counted, drawn or derived by `loading.py`.

    Args:
        address, phone: the company's own; its e-mail follows from its code.
        customers, prospects: names; what begins with a word of `PERSONAL` gets a CPF, the others a CNPJ.
        products: code → (description, unit). The letters before the dash are the product's family.
        installed: families of which customers own products.
        places: where an installed product stands.
        departments: code → name.
    """

    code: str
    name: str
    members: Mapping[str, Role]
    address: str = ""
    phone: str = ""
    parameters: Mapping[str, bool | str] = field(default_factory=dict)
    customers: tuple[str, ...] = ()
    prospects: tuple[str, ...] = ()
    products: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    installed: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    departments: Mapping[str, str] = field(default_factory=dict)
    technicians: tuple[TechnicianContent, ...] = ()
    streets: tuple[str, ...] = ()
    city: str = ""


COMETA = Content(
    code="cometa",
    name="Cometa Comércio",
    members={"dora": Role.ADMIN},
    address="Rua da Feira, 7 – Centro – 30000-000 Belo Horizonte – MG",
    phone="(31) 5550-0100",
)
"""A company that uses no plugin: every switch is off."""
