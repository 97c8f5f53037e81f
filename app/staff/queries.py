"""Reads about technicians and departments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from app.database import db
from app.staff.models import Technician

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User


def technician_of(company: Company, user: User) -> Technician | None:
    """The technician to whom this user is tied in this company; active or not."""
    return db.session.scalar(
        select(Technician).where(Technician.company_id == company.id, Technician.user_id == user.id)
    )
