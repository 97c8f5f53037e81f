"""Empresa › Usuários: who belongs to the company."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from app.audit.presentation import panel
from app.database import BIGINT_MAX, transaction
from app.errors import BusinessError, ChangedMeanwhile
from app.forms import unstorable
from app.keyset import Place
from app.lists import ListLinks
from app.portal import actor, requires
from app.users import queries
from app.users.forms import AccountForm, InvitationForm, RoleForm
from app.users.models import Membership
from app.users.permissions import USERS_EDIT
from app.users.services import members as services
from app.users.services.trail import ENTITY
from app.users.views.blueprints import members as bp


def _member_or_404(member_id: int) -> Membership:
    member = queries.member(g.company, member_id) if member_id <= BIGINT_MAX else None
    if member is None:
        abort(404)
    return member


@bp.get("")
@requires(USERS_EDIT)
def member_list() -> Any:
    """The company's members and invitations."""
    query = request.args.get("q", "").strip()[:100]
    page = queries.member_page(
        g.company, query="" if unstorable(query) else query, place=Place.of(request.args)
    )
    return render_template("users/member_list.html", rows=page.rows, links=ListLinks(page), query=query)


@bp.route("/new", methods=["GET", "POST"])
@requires(USERS_EDIT)
def member_new() -> Any:
    """Invite a user; the answer shows the one-time password, and only once."""
    form = InvitationForm()
    if form.validate_on_submit():
        typed = form.payload()
        try:
            with transaction():
                password = services.add_member(company=g.company, actor=actor(), **typed)
        except BusinessError as error:
            form.show(error)
        else:
            return render_template(
                "users/member_password.html", login=typed["login"].lower(), password=password, is_new=True
            )
    return render_template("users/member_new.html", form=form), 422 if form.errors else 200


@bp.route("/<int:member_id>", methods=["GET", "POST"])
@requires(USERS_EDIT)
def member_detail(member_id: int) -> Any:
    """A member's role."""
    member = _member_or_404(member_id)
    form, status = RoleForm(obj=member), 200
    if form.validate_on_submit():
        try:
            with transaction():
                services.change_role(company=g.company, actor=actor(), member=member, **form.payload())
        except StaleDataError:
            form.show_conflict(member, ChangedMeanwhile())
            status = 409
        except BusinessError as error:
            form.show(error)
        else:
            flash(_("The role was saved."), "success")
            return redirect(url_for(".member_list"), code=303)
    status = 422 if form.errors and status == 200 else status
    return _detail(member, form), status


def _detail(member: Membership, form: RoleForm) -> str:
    return render_template(
        "users/member_detail.html",
        member=member,
        form=form,
        may_change_account=member.accepted_at is not None
        and queries.may_change_account(actor(), member.user),
        audit=panel(g.company, ENTITY, member.user_id),
    )


@bp.post("/<int:member_id>/remove")
@requires(USERS_EDIT)
def member_remove(member_id: int) -> Any:
    """End the membership, or take the invitation back."""
    member = _member_or_404(member_id)
    try:
        with transaction():
            services.remove_member(company=g.company, actor=actor(), member=member)
    except BusinessError as error:
        flash(error.text, "error")
        return redirect(url_for(".member_detail", member_id=member_id), code=303)
    flash(_("%(login)s no longer belongs to the company.", login=member.user.login), "success")
    return redirect(url_for(".member_list"), code=303)


@bp.post("/<int:member_id>/password")
@requires(USERS_EDIT)
def member_password(member_id: int) -> Any:
    """Another one-time password, for a lost invitation or a forgotten password."""
    member = _member_or_404(member_id)
    try:
        with transaction():
            if member.accepted_at is None:
                password = services.renew_invitation(company=g.company, actor=actor(), member=member)
            else:
                password = services.reset_password(actor=actor(), member=member)
    except BusinessError as error:
        flash(error.text, "error")
        return redirect(url_for(".member_detail", member_id=member_id), code=303)
    return render_template("users/member_password.html", login=member.user.login, password=password)


@bp.route("/<int:member_id>/account", methods=["GET", "POST"])
@requires(USERS_EDIT)
def member_account(member_id: int) -> Any:
    """A member's name and active flag, for administrators of all their companies."""
    member = _member_or_404(member_id)
    if member.accepted_at is None or not queries.may_change_account(actor(), member.user):
        abort(403, description=services.NotYourUser().text)
    form, status = AccountForm(obj=member.user), 200
    if form.validate_on_submit():
        try:
            with transaction():
                services.change_account(actor=actor(), member=member, **form.payload())
        except StaleDataError:
            form.show_conflict(member.user, ChangedMeanwhile())
            status = 409
        except BusinessError as error:
            form.show(error)
        else:
            flash(_("The account was saved."), "success")
            return redirect(url_for(".member_detail", member_id=member_id), code=303)
    status = 422 if form.errors and status == 200 else status
    return render_template("users/member_account.html", member=member, form=form), status
