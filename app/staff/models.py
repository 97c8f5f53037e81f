"""Technicians and departments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKeyConstraint,
    Numeric,
    String,
    UniqueConstraint,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Model, company_fk, reference
from app.registers.models import RegisterRow, register_constraints
from app.staff.errors import DismissedBeforeAdmission, NotAMember, UserTaken
from app.users.models import User


class Department(RegisterRow, Model):
    """Departamento: where forwardings go."""

    __tablename__ = "department"
    # Technician and department point at each other; this key is added after both tables stand.
    __table_args__ = register_constraints(company_fk("supervisor_id", "technician", use_alter=True))

    email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    supervisor_id: Mapped[int | None] = mapped_column(BigInteger)

    supervisor: Mapped[Technician | None] = reference(
        "Technician", "Department.supervisor_id == Technician.id"
    )


class Technician(RegisterRow, Model):
    """Técnico/Operador: answers, closes, responds; may be tied to a user, who is then a member here."""

    __tablename__ = "technician"
    __table_args__ = register_constraints(
        company_fk("department_id", "department"),
        ForeignKeyConstraint(["company_id", "user_id"], ["membership.company_id", "membership.user_id"]),
        UniqueConstraint("company_id", "user_id"),
        CheckConstraint("dismissed_on >= admitted_on", name="employment"),
    )
    refusals = {
        "uq_technician_company_id_user_id": UserTaken,
        "fk_technician_company_id_user_id": NotAMember,
    }

    is_controller: Mapped[bool] = mapped_column(default=False, server_default="false")
    shift: Mapped[str] = mapped_column(String(40), default="", server_default="")
    department_id: Mapped[int | None] = mapped_column(BigInteger)
    admitted_on: Mapped[date | None]
    dismissed_on: Mapped[date | None]
    hourly_cost: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    hourly_rate: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    user_id: Mapped[int | None] = mapped_column(BigInteger)

    department: Mapped[Department | None] = reference(
        "Department", "Technician.department_id == Department.id"
    )
    user: Mapped[User | None] = reference("User", "Technician.user_id == User.id")

    def check(self) -> None:
        """Refuse a dismissal before the admission (R22b)."""
        if self.admitted_on and self.dismissed_on and self.dismissed_on < self.admitted_on:
            raise DismissedBeforeAdmission

    def can_be_chosen(self, day: date) -> bool:
        """Whether they may be put on anything new on `day`: active, and not dismissed before it (R22b)."""
        return self.is_active and (self.dismissed_on is None or day <= self.dismissed_on)

    @classmethod
    def choosable(cls, day: date) -> list[ColumnElement[bool]]:
        """The SQL twin of `can_be_chosen`: conditions that both hold for whoever may be chosen on `day`."""
        return [cls.is_active.is_(True), or_(cls.dismissed_on.is_(None), cls.dismissed_on >= day)]
