"""A company's home, and Empresa › Parâmetros Adicionais."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import login_required

from app.companies import queries, services
from app.companies.forms import ParametersForm
from app.companies.models import ParameterBatch
from app.companies.permissions import PARAMETERS_EDIT
from app.database import transaction
from app.errors import BusinessError, ChangedMeanwhile
from app.plugin_api.parameters import Parameter
from app.plugin_api.registry import Registry
from app.portal import actor, company_blueprint, requires

bp = company_blueprint("companies", __name__)


def _registry() -> Registry:
    registry: Registry = current_app.extensions["balcao"]
    return registry


@bp.get("/")
@login_required
def home() -> Any:
    """The first page of a company: what the user may do here, and what the plugins have to tell."""
    return render_template("companies/home.html")


@bp.route("/parameters", methods=["GET", "POST"])
@requires(PARAMETERS_EDIT)
def parameters() -> Any:
    """The company's parameters, and who changed what lately."""
    declared = _registry().parameters()
    form, status = ParametersForm.of(declared, queries.stored_parameters(g.company)), 200
    if form.validate_on_submit():
        try:
            with transaction():
                batch = services.change_parameters(
                    company=g.company,
                    actor=actor(),
                    declared=declared,
                    values=form.values(),
                    versions=form.versions(),
                )
        except ChangedMeanwhile:
            form.show_changed(queries.lock_parameters(g.company))
            status = 409
        except BusinessError as error:
            form.show(error)
        else:
            flash(_("The parameters were saved.") if batch else _("Nothing was changed."), "success")
            return redirect(url_for(".parameters"), code=303)
    status = 422 if form.errors and status == 200 else status
    batches = [_shown(batch, declared) for batch in queries.parameter_batches(g.company)]
    page = render_template(
        "companies/parameters.html", form=form, groups=_by_module(declared), batches=batches
    )
    return page, status


def _by_module(declared: tuple[Parameter, ...]) -> list[tuple[str, list[Parameter]]]:
    plugins = _registry().plugins
    return [
        (str(plugins[module].title) if module in plugins else _("Company"), list(group))
        for module, group in groupby(declared, key=lambda p: p.module)
    ]


def _shown(batch: ParameterBatch, declared: tuple[Parameter, ...]) -> dict[str, Any]:
    """A batch with labels and values in the reader's language; parameters that are gone by their key."""
    known = {p.key: p for p in declared}

    def change(key: str) -> tuple[str, str, str]:
        parameter, old, new = known.get(key), batch.before[key]["value"], batch.after[key]["value"]
        if parameter is None:
            return key, str(old), str(new)
        return str(parameter.label), parameter.shown(old), parameter.shown(new)

    return {
        "at": batch.created_at,
        "user_name": batch.user.name if batch.user is not None else _("The system"),
        "changes": [change(key) for key in sorted(batch.after, key=[*known, *batch.after].index)],
    }
