"""Reads about technicians and departments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from app.database import db
from app.staff.models import Technician
from app.users.models import Membership, User

if TYPE_CHECKING:
    from app.companies.models import Company


def technician_of(company: Company, user: User) -> Technician | None:
    """The technician to whom this user is tied in this company; active or not."""
    return db.session.scalar(
        select(Technician).where(Technician.company_id == company.id, Technician.user_id == user.id)
    )


def users_to_tie(company: Company, kept_id: int | None = None) -> Sequence[User]:
    """The members in force who are no technician yet, by name; and the one with `kept_id`."""
    tied = select(Technician.user_id).where(
        Technician.company_id == company.id, Technician.user_id.is_not(None)
    )
    free = Membership.accepted_at.is_not(None) & Membership.user_id.not_in(tied)
    return db.session.scalars(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.company_id == company.id, or_(free, Membership.user_id == kept_id))
        .order_by(User.name, User.id)
    ).all()
