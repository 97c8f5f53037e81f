"""Who may read which report of which companies: looked up at every answer, also a worker's (R23)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from app.database import company_scope
from app.reports.definition import Reader, Report
from app.users import queries as users
from app.users.roles import Role

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.plugin_api.registry import Registry
    from app.users.models import User


def reader_of(
    user: User,
    company: Company,
    report: Report,
    registry: Registry,
    *,
    among: Collection[str] | None = None,
) -> Reader | None:
    """The user as a reader of the report, with every company where they may have it, by name.

    Those are where they are members with the report's permission, its plugin is on (R1), and the company is
    active or they administer it (R22c). The company's scope is open.

    Args:
        among: codes of the only other companies to look at: each costs statements; None: all.

    Returns:
        None if they may not have it in `company` itself, or may not log in.
    """
    plugin, _ = registry.reports[report.key]
    companies = []
    for membership in users.accepted_memberships(user) if user.is_active else ():
        theirs, role = membership.company, membership.role
        if among is not None and theirs.id != company.id and theirs.code not in among:
            continue
        if not role.includes(report.permission.role) or not (theirs.is_active or role is Role.ADMIN):
            continue
        if theirs.id == company.id:
            is_on = registry.is_active(plugin, theirs)
        else:
            with company_scope(theirs):
                is_on = registry.is_active(plugin, theirs)
        if is_on:
            companies.append(theirs)
    if not any(theirs.id == company.id for theirs in companies):
        return None
    return Reader(user, company, tuple(companies))
