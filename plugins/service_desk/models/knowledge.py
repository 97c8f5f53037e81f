"""The knowledge base: categories of problems, and known problems with their solutions (R13, R22b)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.plugin_api import CompanyOwned, Model, RegisterRow, company_fk, reference, register_constraints
from app.products.models import Product


class ProblemCategory(RegisterRow, Model):
    """Categoria de Problema: a node of the company's tree; no category is among its own ancestors (R22b)."""

    __tablename__ = "service_desk_problem_category"
    __table_args__ = register_constraints(
        company_fk("parent_id", "service_desk_problem_category"),
        # The shortest circle; longer ones are the service's to refuse, under a lock.
        CheckConstraint("parent_id <> id", name="parent"),
        Index(None, "company_id", "parent_id"),
    )

    parent_id: Mapped[int | None] = mapped_column(BigInteger)

    parent: Mapped[ProblemCategory | None] = reference(
        "ProblemCategory", "ProblemCategory.parent_id == ProblemCategory.id"
    )


class KnownProblem(RegisterRow, Model):
    """Problema e Solução: its description and solution are copied into tickets, never referred to (R13)."""

    __tablename__ = "service_desk_known_problem"
    __table_args__ = register_constraints(
        company_fk("category_id", "service_desk_problem_category"),
        CheckConstraint("length(solution) BETWEEN 1 AND 100000", name="solution"),
        Index(None, "company_id", "category_id"),
    )
    search_expression = "code || ' ' || name || ' ' || keywords"

    category_id: Mapped[int | None] = mapped_column(BigInteger)
    keywords: Mapped[str] = mapped_column(String(500), default="", server_default="")
    solution: Mapped[str] = mapped_column(Text)

    category: Mapped[ProblemCategory | None] = reference(
        "ProblemCategory", "KnownProblem.category_id == ProblemCategory.id"
    )
    products: Mapped[list[Product]] = relationship(
        Product,
        secondary="service_desk_known_problem_product",
        primaryjoin="KnownProblem.id == KnownProblemProduct.known_problem_id",
        secondaryjoin="KnownProblemProduct.product_id == foreign(Product.id)",
        order_by=Product.name_key,
        viewonly=True,
    )


class KnownProblemProduct(CompanyOwned, Model):
    """A product that a known problem applies to; a problem without any applies to all (R22b)."""

    __tablename__ = "service_desk_known_problem_product"
    __table_args__ = (
        PrimaryKeyConstraint("company_id", "known_problem_id", "product_id"),
        ForeignKeyConstraint(
            ["company_id", "known_problem_id"],
            ["service_desk_known_problem.company_id", "service_desk_known_problem.id"],
            ondelete="CASCADE",
        ),
        company_fk("product_id", "product"),
        Index(None, "company_id", "product_id"),
    )

    known_problem_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
