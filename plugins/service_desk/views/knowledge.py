"""HTTP of the knowledge base: «Categorias de Problemas», «Problemas e Soluções» (R22b)."""

from __future__ import annotations

from flask import g
from flask_babel import lazy_gettext as _l

from app.plugin_api.web import ListColumn, Register, add_lookup, add_register
from plugins.service_desk.forms.knowledge import KnownProblemForm, ProblemCategoryForm
from plugins.service_desk.lookups import KNOWN_PROBLEMS, PROBLEM_CATEGORIES
from plugins.service_desk.models import KnownProblem, ProblemCategory
from plugins.service_desk.permissions import TABLES_EDIT, TABLES_VIEW
from plugins.service_desk.queries.knowledge import category_path
from plugins.service_desk.services import knowledge as services
from plugins.service_desk.views.blueprint import bp

for _lookup in (PROBLEM_CATEGORIES, KNOWN_PROBLEMS):
    add_lookup(bp, _lookup)

add_register(
    bp,
    Register(
        name="problem_category",
        path="problem-categories",
        model=ProblemCategory,
        form=ProblemCategoryForm,
        view=TABLES_VIEW,
        edit=TABLES_EDIT,
        label=_l("Problem category"),
        title=_l("Problem categories"),
        new_label=_l("New problem category"),
        columns=(ListColumn(_l("Path"), lambda row: category_path(g.company, row.id)),),
        template="service_desk/problem_category.html",
        update=services.update_category,
    ),
)
add_register(
    bp,
    Register(
        name="known_problem",
        path="known-problems",
        model=KnownProblem,
        form=KnownProblemForm,
        view=TABLES_VIEW,
        edit=TABLES_EDIT,
        label=_l("Known problem"),
        title=_l("Known problems"),
        new_label=_l("New known problem"),
        columns=(
            ListColumn(
                _l("Category"), lambda row: category_path(g.company, row.category_id), style="hide-narrow"
            ),
        ),
        template="service_desk/known_problem.html",
        create=services.create_known_problem,
        update=services.update_known_problem,
    ),
)
