"""The screens of a register: list, form, deletion (R22b).

A module declares `Register(…)` and mounts it with `add_register(bp, …)`; that gives the endpoints
`<name>_list`, `<name>_new`, `<name>_detail`, `<name>_delete`. What one register does beyond that is a view of
its module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import InstrumentedAttribute

from app.audit.labels import describe
from app.audit.presentation import panel
from app.database import get_or_404, transaction
from app.errors import BusinessError, ChangedMeanwhile
from app.keyset import Column, Place
from app.lists import ListLinks, search_term
from app.plugin_api.contract import Permission, Text
from app.portal import actor, may, requires
from app.registers import services
from app.registers.forms import ActionForm, RegisterForm
from app.registers.models import RegisterRow
from app.registers.queries import register_page, suggested_code

if TYPE_CHECKING:
    from app.companies.models import Company

DESCRIPTION = _l("Description")
Answer = Any
"""What Flask takes from a view."""


@dataclass(frozen=True)
class ListColumn:
    """A column of a register's list.

    Args:
        value: what stands in the cell.
        sort: name of its order in the URL, one of the register's `sorts`; None: not sortable.
        style: CSS classes of head and cells (`num`, `text-nowrap`, `hide-narrow`).
    """

    label: Text
    value: Callable[[Any], Any]
    sort: str | None = None
    style: str = ""


@dataclass(frozen=True)
class Register:
    """One register's screens.

    Args:
        name: `customer`: prefix of the endpoints and of the URL's argument.
        path: `customers`: the URL's plural.
        form: its fields are named as the model's columns; a lookup as the reference.
        label: what one row is called in the audit trail.
        title: heading of the list, as in the menu.
        new_label: the button that opens an empty form.
        name_label: «Nome» or «Descrição», the head of the list's second column.
        columns: of the list, besides code and name.
        joined: references that the columns show.
        sorts: orders besides code and name.
        warnings: what the user is told after a save that was let through.
        template: of the form; it extends `registers/form.html`.
        create, update: the verbs behind «Salvar». A register with a rule over several rows gives verbs of its
            module's services, which take the same arguments and end in the ones that all registers share.
    """

    name: str
    path: str
    model: type[RegisterRow]
    form: type[RegisterForm]
    view: Permission
    edit: Permission
    label: Text
    title: Text
    new_label: Text
    name_label: Text = DESCRIPTION
    columns: Sequence[ListColumn] = ()
    joined: Sequence[InstrumentedAttribute[Any]] = ()
    sorts: Mapping[str, Column] = field(default_factory=dict)
    warnings: Callable[[Company, Any], Iterable[str]] = lambda company, row: ()
    template: str = "registers/form.html"
    create: Callable[..., Any] = services.create_row
    update: Callable[..., None] = services.update_row

    def url(self, view: str, row: RegisterRow | None = None) -> str:
        """The address of one of its views: `list`, `new`, `detail`, `delete`."""
        ids: dict[str, Any] = {} if row is None else {f"{self.name}_id": row.id}
        return url_for(f".{self.name}_{view}", **ids)


def add_register(bp: Blueprint, register: Register) -> None:
    """Mount a register's screens on its module's company blueprint, and name its rows for the audit trail."""
    describe(register.model.__tablename__, register.label, register.form)
    base, one = f"/{register.path}", f"/{register.path}/<int:{register.name}_id>"
    see, save = requires(register.view, write=register.edit), requires(register.edit)
    for suffix, rule, guard, view, methods in (
        ("list", base, see, _list, ["GET"]),
        ("new", f"{base}/new", save, _new, ["GET", "POST"]),
        ("detail", one, see, _detail, ["GET", "POST"]),
        ("delete", f"{one}/delete", save, _delete, ["POST"]),
    ):
        bp.add_url_rule(rule, f"{register.name}_{suffix}", guard(partial(view, register)), methods=methods)


def _list(register: Register) -> Answer:
    term, only_active = search_term(), request.args.get("status") != "all"
    page = register_page(
        g.company,
        register.model,
        place=Place.of(request.args),
        term=term,
        only_active=only_active,
        joined=register.joined,
        sorts=register.sorts,
    )
    return render_template(
        "registers/list.html",
        register=register,
        rows=page.rows,
        links=ListLinks(page),
        term=term,
        only_active=only_active,
    )


def _new(register: Register) -> Answer:
    form = register.form()
    if request.method == "GET":
        form.code.data = suggested_code(g.company, register.model)
    elif form.validate_on_submit():
        try:
            with transaction():
                row = register.create(company=g.company, actor=actor(), model=register.model, **_values(form))
            return _saved(register, row)
        except BusinessError as error:
            form.show(error)
    return _form_page(register, form)


def _detail(register: Register, **ids: int) -> Answer:
    row = _row(register, ids)
    form = register.form(obj=row)
    if form.validate_on_submit():
        try:
            with transaction():
                register.update(
                    company=g.company, actor=actor(), row=row, version=form.version.data, **_values(form)
                )
            return _saved(register, row)
        except ChangedMeanwhile as error:
            form.show_conflict(_row(register, ids), error)
            return _form_page(register, form, row, refused=409)
        except BusinessError as error:
            form.show(error)
    # Read again, after a refusal: the row may be gone by now.
    return _form_page(register, form, _row(register, ids))


def _delete(register: Register, **ids: int) -> Answer:
    row = _row(register, ids)
    form, name, detail = ActionForm(), row.name, register.url("detail", row)
    try:
        with transaction():
            services.delete_row(company=g.company, actor=actor(), row=row, version=form.version.data)
    except BusinessError as error:
        flash(error.text, "danger")
        return redirect(detail, 303)
    flash(_("“%(name)s” was deleted.", name=name), "success")
    return redirect(register.url("list"), 303)


def _row(register: Register, ids: dict[str, int]) -> RegisterRow:
    (row_id,) = ids.values()
    return get_or_404(g.company, register.model, row_id)


def _values(form: RegisterForm) -> dict[str, Any]:
    values = form.payload()
    del values["version"]
    return values


def _saved(register: Register, row: RegisterRow) -> Answer:
    flash(_("Saved."), "success")
    for warning in register.warnings(g.company, row):
        flash(warning, "warning")
    return redirect(register.url("detail", row), 303)


def _form_page(
    register: Register, form: RegisterForm, row: RegisterRow | None = None, refused: int = 422
) -> Answer:
    page = render_template(
        register.template,
        register=register,
        form=form,
        row=row,
        may_edit=may(register.edit),
        action_form=ActionForm(obj=row) if row is not None and may(register.edit) else None,
        history=panel(g.company, register.model.__tablename__, row.id) if row is not None else None,
    )
    return page, refused if form.errors else 200
