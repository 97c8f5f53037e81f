"""What every register's row has (R22b)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import Computed, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.database import CompanyOwned, RowId, own_key
from app.errors import BusinessError


class RegisterRow(CompanyOwned):
    """A row with code, name (or description) and an active flag.

    `name_key` orders and `search_key` finds, both without accents and case; PostgreSQL computes them, so
    that they are the same on every server (DESIGN 8).
    """

    __tablename__: Any
    search_expression: ClassVar[str] = "code || ' ' || name"
    """SQL over the row's own columns: what a search looks through."""
    refusals: ClassVar[Mapping[str, type[BusinessError]]] = {}
    """What breaking a constraint of the table's own means to the user: constraint name → refusal."""

    id: Mapped[RowId]
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True, server_default="true")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    def can_be_chosen(self, day: date) -> bool:
        """Whether a document of `day` may name this row for the first time: only while it is active (R10)."""
        return self.is_active

    def check(self) -> None:
        """Refuse what this row must not say; asked before it is written. Default: everything goes.

        Raises:
            BusinessError: a rule about one row says no.
        """

    @declared_attr
    def name_key(cls) -> Mapped[str]:  # noqa: N805  declared_attr is a class-level method
        return mapped_column(Text(collation="C"), Computed("name_key(name)", persisted=True))

    @declared_attr
    def search_key(cls) -> Mapped[str]:  # noqa: N805  as above
        return mapped_column(
            Text(collation="C"), Computed(f"name_key({cls.search_expression})", persisted=True)
        )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805  as above
        return {"version_id_col": cls.version}

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805  as above
        return register_constraints()


def register_constraints(*more: Any) -> tuple[Any, ...]:
    """The keys of every register, and `more` of the table's own."""
    return (
        own_key(),
        UniqueConstraint("company_id", "code"),
        Index(None, "company_id", "name_key", "id"),
        *more,
    )
