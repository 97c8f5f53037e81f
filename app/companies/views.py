"""A company's home, and Empresa › Parâmetros Adicionais and their copy."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import login_required

from app.companies import queries, services
from app.companies.copying import copies, runs, undo
from app.companies.copying.preview import compare
from app.companies.forms import CopyForm, ParametersForm
from app.companies.models import Company, ParameterCopy, ParameterCopyTarget
from app.companies.permissions import PARAMETERS_EDIT
from app.companies.presentation import Comparison, compared, shown_batch, shown_values
from app.database import get_or_404, transaction
from app.errors import BusinessError, ChangedMeanwhile
from app.plugin_api.parameters import Parameter
from app.plugin_api.registry import Registry
from app.portal import actor, company_blueprint, requires
from app.users.roles import Role

bp = company_blueprint("companies", __name__)


def _registry() -> Registry:
    registry: Registry = current_app.extensions["balcao"]
    return registry


def _administered() -> dict[int, Company]:
    """The companies that the user administers, by id, in the order of their names."""
    return {m.company_id: m.company for m in g.memberships if m.role is Role.ADMIN}


@bp.get("/")
@login_required
def home() -> Any:
    """The first page of a company: what the user may do here, and what the plugins have to tell."""
    return render_template("companies/home.html")


# ── Parameters ───────────────────────────────────────────────────────────────────────────────────────


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
    mine = _administered()
    batches = [shown_batch(batch, declared, mine) for batch in queries.parameter_batches(g.company)]
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


@bp.post("/parameters/batches/<int:batch_id>/undo")
@requires(PARAMETERS_EDIT)
def parameter_batch_undo(batch_id: int) -> Any:
    """«Desfazer» one change: by version; what was changed since is left, and named (R5)."""
    declared = _registry().parameters()
    try:
        with transaction():
            undone = undo.undo_batch(
                company=g.company, actor_id=actor().id, batch_id=batch_id, declared=declared
            )
    except BusinessError as error:
        flash(error.text, "danger")
    else:
        flash(_("The change was undone."), "success")
        if undone.left:
            flash(_left(undone.left), "warning")
    return redirect(url_for(".parameters"), code=303)


def _left(keys: tuple[str, ...] | list[str]) -> str:
    labels = ", ".join(undo.labels_of(keys, _registry().parameters()))
    return _("Left as they are, because they were changed since: %(labels)s.", labels=labels)


# ── Copy ─────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/parameters/copy", methods=["GET", "POST"])
@requires(PARAMETERS_EDIT)
def parameter_copy() -> Any:
    """«Cópia dos Parâmetros Adicionais de Outra Empresa»: compare, tick, confirm (R5)."""
    form, status = CopyForm.of(_administered().values(), g.company), 200
    try:
        source, targets = form.chosen()
        if form.validate_on_submit():
            with transaction():
                copy = copies.copy_parameters(
                    company=g.company,
                    actor=actor(),
                    source=source,
                    targets=targets,
                    declared=_registry().parameters(),
                    keys=form.ticked(()),
                    preview=form.preview.data or "",
                    key=form.request_key.data,
                )
            return redirect(url_for(".parameter_copy_detail", copy_id=copy.id), code=303)
    except BusinessError as error:
        if form.is_asked:
            form.show(error)
            status = 409 if isinstance(error, ChangedMeanwhile) else 422
    mine = _administered()
    recent = [copy for copy in queries.parameter_copies(g.company) if copy.source_company_id in mine]
    page = render_template(
        "companies/copy.html", form=form, comparison=_comparison(form), recent=recent, companies=mine
    )
    return page, status


def _comparison(form: CopyForm) -> Comparison | None:
    """What the chosen companies' parameters are now; None as long as they can't be compared."""
    try:
        source, targets = form.chosen()
    except BusinessError:
        return None
    preview = compare(source, targets, _registry().parameters())
    return compared(
        preview,
        form.ticked(preview.differing),
        everything=form.shows_everything,
        consequences=_registry().consequences,
    )


@bp.get("/parameters/copy/<int:copy_id>")
@requires(PARAMETERS_EDIT)
def parameter_copy_detail(copy_id: int) -> Any:
    """How a copy ended in each company, or how far it is."""
    copy, targets = _visible_copy(copy_id)
    state = "-".join(f"{count}{name}" for name, count in sorted(Counter(t.state for t in targets).items()))
    if "HX-Request" in request.headers and request.args.get("seen") == state:
        # Nothing to swap: the page shows this already.
        return "", 204
    return render_template(
        "companies/copy_detail.html",
        copy=copy,
        targets=targets,
        state=state,
        waiting=sum(t.state.is_waiting for t in targets),
        may_undo=g.company.is_active and any(t.state.can_be_undone for t in targets),
        values=shown_values(copy.values, _registry().parameters()),
        companies=_administered(),
        left=_left,
    )


@bp.post("/parameters/copy/<int:copy_id>/undo")
@requires(PARAMETERS_EDIT)
def parameter_copy_undo(copy_id: int) -> Any:
    """«Desfazer» a copy in every company in which it is in force; each of them reports by itself."""
    copy, _targets = _visible_copy(copy_id)
    try:
        with transaction():
            companies = runs.undo_copy(company=g.company, actor=actor(), copy=copy)
    except BusinessError as error:
        flash(error.text, "danger")
    else:
        if companies <= copies.MOST_AT_ONCE:
            runs.work(copy.id, declared=_registry().parameters())
    return redirect(url_for(".parameter_copy_detail", copy_id=copy_id), code=303)


def _visible_copy(copy_id: int) -> tuple[ParameterCopy, list[ParameterCopyTarget]]:
    """The copy and those of its targets that the user administers; 404 without the source or any target."""
    copy, mine = get_or_404(g.company, ParameterCopy, copy_id), _administered()
    targets = [t for t in queries.copy_targets(g.company, copy.id) if t.target_company_id in mine]
    if copy.source_company_id not in mine or not targets:
        abort(404)
    return copy, targets
