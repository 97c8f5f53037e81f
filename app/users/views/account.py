"""Login, one's own profile, and the companies that one may enter."""

from __future__ import annotations

from typing import Any

import structlog
from flask import abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user, login_required
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from app.clock import now
from app.database import transaction
from app.errors import BusinessError, ChangedMeanwhile
from app.portal import Portal, actor
from app.users import queries
from app.users.forms import LoginForm, PasswordForm, ProfileForm
from app.users.login import forget_cookie, let_in, login_page, remote_address, safe_path, waiting_fields
from app.users.models import Membership, User
from app.users.services import accounts, logins, members
from app.users.views.blueprints import account as bp

log = structlog.get_logger(__name__)


@bp.route("/login", methods=["GET", "POST"])
def login() -> Any:
    """The login page; a right password leads to where the user was going."""
    if current_user.is_authenticated and request.method == "GET":
        return redirect(url_for("users.start"))
    form = LoginForm(next=safe_path(request.args.get("next")))
    waiting = waiting_fields()
    if not form.validate_on_submit():
        return login_page(form, waiting, status=422 if form.errors else 200)
    typed = form.payload()
    try:
        with transaction():
            user = logins.authenticate(
                login=typed["login"], password=typed["password"], address=remote_address()
            )
            if user is not None:
                let_in(user)
    except logins.TooSoon as error:
        form.show(error)
        response = login_page(form, waiting, status=429)
        response.headers["Retry-After"] = str(error.seconds)
        return response
    if user is None:
        # Not the login: people type their password there.
        log.warning("login_failed", address=remote_address())
        form.show(logins.WrongCredentials())
        return login_page(form, waiting, status=422)
    return _go_on(user, safe_path(typed["next"]), waiting)


def _go_on(user: User, target: str, waiting: list[tuple[str, str]]) -> Any:
    if not (target and waiting):
        return redirect(target or url_for("users.start"), code=303)
    g.language = user.language
    refresh()
    return render_template("users/resume.html", kept=waiting, target=target)


@bp.post("/logout")
def logout() -> Response:
    """End this browser's session."""
    if current_user.is_authenticated:
        with transaction():
            logins.end_session(token=current_user.token)
    forget_cookie()
    return redirect(url_for("users.login"), code=303)


@bp.get("/")
def start() -> Any:
    """The only company's home; with several, or with an invitation, what there is to choose."""
    if not current_user.is_authenticated:
        return redirect(url_for("users.login"))
    companies = Portal().companies
    invitations = queries.invitations(actor())
    if len(companies) == 1 and not invitations:
        return redirect(companies[0]["url"])
    return render_template("users/start.html", companies=companies, invitations=invitations)


@bp.post("/invitations/<int:member_id>/accept")
@login_required
def accept_invitation(member_id: int) -> Response:
    """Join the company that invited."""
    membership = _invitation_or_404(member_id)
    with transaction():
        members.accept_invitation(membership=membership, user=actor())
    flash(_("You now belong to %(company)s.", company=membership.company.name), "success")
    return redirect(url_for("companies.home", company_code=membership.company.code), code=303)


@bp.post("/invitations/<int:member_id>/decline")
@login_required
def decline_invitation(member_id: int) -> Response:
    """Don't join the company that invited."""
    membership = _invitation_or_404(member_id)
    with transaction():
        members.decline_invitation(membership=membership, user=actor())
    flash(_("The invitation from %(company)s was refused.", company=membership.company.name), "info")
    return redirect(url_for("users.start"), code=303)


def _invitation_or_404(member_id: int) -> Membership:
    membership = next((m for m in queries.invitations(actor()) if m.id == member_id), None)
    if membership is None:
        abort(404)
    return membership


@bp.route("/profile", methods=["GET", "POST"])
@login_required
def profile() -> Any:
    """One's name and language, and the sessions that are open."""
    form, status = ProfileForm(obj=actor()), 200
    if form.validate_on_submit():
        try:
            with transaction():
                accounts.change_profile(user=actor(), **form.payload())
        except StaleDataError:
            form.show_conflict(actor(), ChangedMeanwhile())
            status = 409
        else:
            g.language = form.language.data
            refresh()
            flash(_("Your profile was saved."), "success")
            return redirect(url_for("users.profile"), code=303)
    config = current_app.config
    sessions = queries.sessions_of(
        actor(), idle=config["SESSION_IDLE"], lifetime=config["SESSION_LIFETIME"], at=now()
    )
    status = 422 if form.errors and status == 200 else status
    return render_template("users/profile.html", form=form, sessions=sessions), status


@bp.route("/profile/password", methods=["GET", "POST"])
@login_required
def password() -> Any:
    """One's password; the first one that was handed over must be changed here before anything else."""
    form, user = PasswordForm(), actor()
    if form.validate_on_submit():
        typed = form.payload()
        current, new = typed["current_password"], typed["new_password"]
        try:
            with transaction():
                known = logins.authenticate(login=user.login, password=current, address=remote_address())
            if known is None:
                raise accounts.WrongPassword
            with transaction():
                accounts.change_password(user=user, current=current, new=new)
                let_in(user)
        except BusinessError as error:
            form.show(error)
        else:
            flash(_("Your password was changed. Other sessions have ended."), "success")
            return redirect(url_for("users.start"), code=303)
    return render_template("users/password.html", form=form), 422 if form.errors else 200


@bp.post("/profile/sessions/end")
@login_required
def end_other_sessions() -> Response:
    """End all of one's sessions but this browser's."""
    with transaction():
        logins.end_sessions(user=actor(), but=current_user.session)
    flash(_("Your other sessions have ended."), "success")
    return redirect(url_for("users.profile"), code=303)
