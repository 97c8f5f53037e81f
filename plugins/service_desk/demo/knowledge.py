"""Categories and known problems of the demo companies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.plugin_api import db
from app.plugin_api.demo import DemoCompany
from plugins.service_desk.demo.content import Knowledge, KnownProblemContent
from plugins.service_desk.models import KnownProblem, KnownProblemProduct, ProblemCategory


@dataclass(frozen=True)
class Loaded:
    """A known problem that was written, and what it was made from."""

    row: KnownProblem
    content: KnownProblemContent

    def fits(self, problem: str, product_code: str | None) -> int:
        """How many of its keywords the text of a ticket says; none when it is for other products."""
        codes = self.content.products.split()
        if codes and product_code is not None and product_code not in codes:
            return 0
        text = problem.lower()
        return sum(word.lower() in text for word in self.content.keywords.split(", "))


def add_knowledge(demo: DemoCompany, knowledge: Knowledge) -> list[Loaded]:
    """Write the company's knowledge base."""
    own = {"company_id": demo.company.id}
    categories: dict[str, ProblemCategory] = {}
    for code, (name, parent) in knowledge.categories.items():
        parent_id = categories[parent].id if parent else None
        categories[code] = ProblemCategory(**own, code=code, name=name, parent_id=parent_id)
        db.session.add(categories[code])
        db.session.flush()
    loaded = [
        Loaded(
            KnownProblem(
                **own,
                code=f"{number:04d}",
                name=content.name,
                category_id=categories[content.category].id,
                keywords=content.keywords,
                solution=content.solution,
            ),
            content,
        )
        for number, content in enumerate(knowledge.problems, 1)
    ]
    db.session.add_all(one.row for one in loaded)
    db.session.flush()
    products = {product.code: product.id for product in demo.products}
    db.session.add_all(
        KnownProblemProduct(**own, known_problem_id=one.row.id, product_id=products[code])
        for one in loaded
        for code in one.content.products.split()
    )
    db.session.flush()
    return loaded


def best_fit(loaded: Sequence[Loaded], problem: str, product_code: str | None) -> KnownProblem | None:
    """The known problem that a ticket is most likely about, if there is one."""
    best = max(loaded, key=lambda one: one.fits(problem, product_code))
    return best.row if best.fits(problem, product_code) else None
