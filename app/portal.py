"""The company portal: who may come in where, and what every page needs (DESIGN 5 and 7).

A request to `/c/<company>/…` passes, in this order: login (otherwise the login page, whether or not the
company exists), membership (otherwise 404), the plugin's switch (404), the permission (403).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast
from uuid import uuid4

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response as BaseResponse

from app.companies.models import Company
from app.database import acting_as, company_scope, end_session
from app.errors import CompanyInactive
from app.extensions import login_manager
from app.plugin_api.contract import MenuItem, Permission, Plugin, Section
from app.statics import asks_for_file
from app.users import queries as users
from app.users.models import Membership, User
from app.users.roles import Role

if TYPE_CHECKING:
    from app.plugin_api.registry import Registry

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}


def company_blueprint(name: str, import_name: str, **options: Any) -> Blueprint:
    """A blueprint under `/c/<company>/`; its views see `g.company` and don't take the code as an argument."""
    prefix = options.pop("url_prefix", "")
    return Blueprint(name, import_name, url_prefix=f"/c/<company_code>{prefix}", **options)


def init_portal(app: Flask) -> None:
    """Hook the portal into every request of `app`."""
    app.url_value_preprocessor(_take_company_code)
    app.url_defaults(_give_company_code)
    app.before_request(_name_request)
    app.before_request(_enter_company)
    app.teardown_request(_leave_company)
    app.after_request(_secure)
    app.context_processor(_page_context)


def requires(permission: Permission, *, write: Permission | None = None) -> Callable[[View], View]:
    """Let only members with the permission in; others get 403.

    Args:
        write: the permission for POST, when it is another one: a viewer sees a form but can't post it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            needed = permission if request.method in SAFE_METHODS else write or permission
            if not may(needed):
                is_read_only = needed.only_writes and not g.company.is_active
                abort(403, description=CompanyInactive().text if is_read_only else None)
            return view(*args, **kwargs)

        return cast("View", login_required(guarded))

    return decorate


def may(permission: Permission) -> bool:
    """Whether the present user may do this in the present company."""
    membership: Membership | None = g.get("membership")
    if membership is None or not membership.role.includes(permission.role):
        return False
    return not permission.only_writes or membership.company.is_active


def actor() -> User:
    """The account of the present user: what services take as `actor`."""
    user: User = current_user.account
    return user


# ── Before a request ─────────────────────────────────────────────────────────────────────────────────


def _take_company_code(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.company_code = values.pop("company_code", None) if values else None


def _give_company_code(endpoint: str, values: dict[str, Any]) -> None:
    if g.get("company_code") and current_app.url_map.is_endpoint_expecting(endpoint, "company_code"):
        values.setdefault("company_code", g.company_code)


def _name_request() -> None:
    g.request_id = str(uuid4())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    g.scopes = ExitStack()


def _enter_company() -> BaseResponse | str | None:
    if asks_for_file(request.endpoint) or request.path in ("/healthz", "/readyz"):
        return None
    if current_user.is_authenticated:
        g.language = current_user.language
        g.scopes.enter_context(acting_as(current_user.id))
        structlog.contextvars.bind_contextvars(user=current_user.login)
    elif request.path.startswith("/c/"):
        return login_manager.unauthorized()
    else:
        return None
    if current_user.must_change_password and request.endpoint not in {"users.password", "users.logout"}:
        return redirect(url_for("users.password"))
    g.memberships = users.accepted_memberships(current_user.account)
    if g.company_code is not None:
        _open_company(g.company_code)
    return None


def _open_company(code: str) -> None:
    membership = next((m for m in g.memberships if m.company.code == code), None)
    if membership is None or not (membership.company.is_active or membership.role is Role.ADMIN):
        abort(404)
    g.membership, g.company = membership, membership.company
    structlog.contextvars.bind_contextvars(company=code)
    # The scope first: the page of the refusal shows the company's menu.
    g.scopes.enter_context(company_scope(g.company))
    if not g.company.is_active and request.method not in SAFE_METHODS:
        abort(403, description=CompanyInactive().text)


def _leave_company(error: BaseException | None) -> None:
    # The session first: what wasn't committed is gone, and the scopes have nobody left to tell.
    end_session()
    scopes: ExitStack | None = g.pop("scopes", None)
    if scopes is not None:
        scopes.close()


# ── What every page needs ────────────────────────────────────────────────────────────────────────────


def _secure(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = "; ".join(
        f"{k} {v}" for k, v in CONTENT_SECURITY_POLICY.items()
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if not asks_for_file(request.endpoint):
        response.headers["Cache-Control"] = "no-store"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _page_context() -> dict[str, Any]:
    company: Company | None = g.get("company")
    registry = current_app.extensions["balcao"]
    return {
        "portal": Portal(),
        "may": may,
        "request_id": g.get("request_id", ""),
        "html_lang": str(get_locale() or "pt_BR").replace("_", "-"),
        "slot": lambda name, **context: registry.slot(name, company, **context),
    }


class _MenuEntry(NamedTuple):
    section: str
    group: str
    label: str
    url: str


class _MenuReader(NamedTuple):
    """All that a menu depends on, the request's own address left out."""

    active_plugins: frozenset[str]
    role: Role
    company_code: str
    language: str
    script_root: str


@lru_cache(maxsize=256)
def _menu_entries(registry: Registry, reader: _MenuReader) -> tuple[_MenuEntry, ...]:
    """The menu in its order, made once for all pages of such a reader."""
    return tuple(
        _MenuEntry(*Portal._place(plugin, item), str(item.label), url_for(item.endpoint))
        for plugin, item in registry.menu
        if (plugin is None or plugin.name in reader.active_plugins)
        and reader.role.includes(item.permission.role)
    )


class Portal:
    """What the frame of a page shows; each part is made only when the template asks for it."""

    @property
    def companies(self) -> list[dict[str, Any]]:
        """The switcher: every company the user may open."""
        return [
            {
                "code": m.company.code,
                "name": m.company.name,
                "url": url_for("companies.home", company_code=m.company.code),
                "current": m.company is g.get("company"),
            }
            for m in g.get("memberships", ())
            if m.company.is_active or m.role is Role.ADMIN
        ]

    @property
    def menu(self) -> list[dict[str, Any]]:
        """The side menu of the open company: by permission and active plugin (R1)."""
        company: Company | None = g.get("company")
        if company is None:
            return []
        registry: Registry = current_app.extensions["balcao"]
        active = frozenset(plugin.name for plugin in registry.active_plugins(company))
        role: Role = g.membership.role
        entries = _menu_entries(
            registry, _MenuReader(active, role, company.code, str(get_locale()), request.script_root)
        )
        # The forms below a list keep the list's entry marked; of two entries that fit, the nearer one.
        fitting = [entry.url for entry in entries if f"{request.path}/".startswith(f"{entry.url}/")]
        here = max(fitting, key=len, default=None)
        groups: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for entry in entries:
            shown = {"label": entry.label, "url": entry.url, "current": entry.url == here}
            groups.setdefault(entry.section, {}).setdefault(entry.group, []).append(shown)
        return [
            {
                "label": section,
                "groups": [{"label": name or None, "items": items} for name, items in by_name.items()],
            }
            for section, by_name in groups.items()
        ]

    @staticmethod
    def _place(plugin: Plugin | None, item: MenuItem) -> tuple[str, str]:
        return {
            Section.MOVEMENTS: (_("Movements"), ""),
            Section.REGISTERS: (_("Maintenance"), _("Registers")),
            Section.TABLES: (
                _("Maintenance"),
                _("Tables › %(plugin)s", plugin=plugin.title if plugin else ""),
            ),
            Section.REPORTS: (_("Reports"), ""),
            Section.COMPANY: (_("Company"), ""),
        }[item.section]

    @property
    def search_url(self) -> str | None:
        """Where the top bar's search goes, if anything in this company can be searched."""
        if g.get("company") is None:
            return None
        return str(current_app.extensions["balcao"].slot("search_url", g.company)) or None

    @property
    def home_url(self) -> str:
        """The open company's home, or the user's."""
        return url_for("companies.home") if g.get("company") else url_for("users.start")

    @property
    def profile_url(self) -> str:
        """The user's own profile."""
        return url_for("users.profile")

    @property
    def logout_url(self) -> str:
        """Where «Sair» posts."""
        return url_for("users.logout")
