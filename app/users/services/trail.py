"""What the companies' audit trails are told about users."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

from app.audit.services import record
from app.companies.models import Company
from app.database import company_scope, current_company_id
from app.users.models import User

ENTITY = "user_account"
"""What the trail calls users and their memberships alike: the login stays when a membership ends."""


def record_in(
    companies: Iterable[Company],
    *,
    actor: User | None,
    user: User,
    action: str,
    changes: dict[str, list[Any]] | None = None,
) -> None:
    """Tell the trail of each company what was done to a user.

    Args:
        actor: who did it; None: the system, or somebody whom the company doesn't know.
    """
    for company in companies:
        is_open = current_company_id() == company.id
        with nullcontext() if is_open else company_scope(company):
            record(
                company=company,
                actor_id=actor.id if actor is not None else None,
                entity=ENTITY,
                entity_id=user.id,
                action=action,
                changes=changes,
            )
