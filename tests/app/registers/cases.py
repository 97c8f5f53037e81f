"""The registers, for tests that go over all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from app.parties.models import Customer, Prospect
from app.products.models import CustomerProduct, Product
from app.registers.models import RegisterRow
from app.staff.models import Department, Technician
from plugins.service_desk.models import Channel, ForwardingOutcome, KnownProblem, ProblemCategory


@dataclass(frozen=True)
class Case:
    """One register.

    Args:
        kind: the row of the tests' world.
        editor: the least of aurora's members who may edit it; `too_little` is the greatest who may not.
        more: what its form needs besides code and name.
    """

    kind: str
    path: str
    model: type[RegisterRow]
    editor: str = "sofia"
    too_little: str = "bruno"
    more: dict[str, str] = field(default_factory=dict)

    def form(self, **values: str) -> dict[str, str]:
        """A valid form of a new row."""
        return {"code": "N-1", "name": "Nova linha", "is_active": "y", **self.more, **values}

    def url(self, company: str = "aurora", *more: object) -> str:
        """The list's address, or one below it."""
        return "/".join((f"/c/{company}/{self.path}", *map(str, more)))


PARTY = {"editor": "bruno", "too_little": "vera", "more": {"document": "529.982.247-25"}}

CASES = (
    Case("customer", "customers", Customer, **PARTY),
    Case("prospect", "prospects", Prospect, **PARTY),
    Case("product", "products", Product, more={"unit": "UN"}),
    Case("customer_product", "customer-products", CustomerProduct, more={"customer": "C1", "product": "P1"}),
    Case("technician", "technicians", Technician),
    Case("department", "departments", Department),
    Case("channel", "service-desk/channels", Channel),
    Case("forwarding_outcome", "service-desk/forwarding-outcomes", ForwardingOutcome),
    Case("problem_category", "service-desk/problem-categories", ProblemCategory),
    Case("known_problem", "service-desk/known-problems", KnownProblem, more={"solution": "Trocar a peça."}),
)

each_register = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
