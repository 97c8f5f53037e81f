"""The knowledge base: categories of problems, known problems and their products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.plugin_api.migrations import search_function, wall

revision = "service_desk_0002"
down_revision = "service_desk_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_desk_problem_category",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "name_key", sa.Text(collation="C"), sa.Computed("name_key(name)", persisted=True), nullable=False
        ),
        sa.Column(
            "search_key",
            sa.Text(collation="C"),
            sa.Computed("name_key(code || ' ' || name)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_service_desk_problem_category_parent")),
        sa.ForeignKeyConstraint(
            ["company_id", "parent_id"],
            ["service_desk_problem_category.company_id", "service_desk_problem_category.id"],
            name=op.f("fk_service_desk_problem_category_company_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_problem_category_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_desk_problem_category")),
        sa.UniqueConstraint(
            "company_id", "code", name=op.f("uq_service_desk_problem_category_company_id_code")
        ),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_service_desk_problem_category_company_id_id")),
    )
    op.create_index(
        op.f("ix_service_desk_problem_category_company_id_name_key_id"),
        "service_desk_problem_category",
        ["company_id", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_problem_category_company_id_parent_id"),
        "service_desk_problem_category",
        ["company_id", "parent_id"],
        unique=False,
    )
    op.create_table(
        "service_desk_known_problem",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("keywords", sa.String(length=500), server_default="", nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "name_key", sa.Text(collation="C"), sa.Computed("name_key(name)", persisted=True), nullable=False
        ),
        sa.Column(
            "search_key",
            sa.Text(collation="C"),
            sa.Computed("name_key(code || ' ' || name || ' ' || keywords)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "length(solution) BETWEEN 1 AND 100000", name=op.f("ck_service_desk_known_problem_solution")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "category_id"],
            ["service_desk_problem_category.company_id", "service_desk_problem_category.id"],
            name=op.f("fk_service_desk_known_problem_company_id_category_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_known_problem_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_desk_known_problem")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_service_desk_known_problem_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_service_desk_known_problem_company_id_id")),
    )
    op.create_index(
        op.f("ix_service_desk_known_problem_company_id_category_id"),
        "service_desk_known_problem",
        ["company_id", "category_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_known_problem_company_id_name_key_id"),
        "service_desk_known_problem",
        ["company_id", "name_key", "id"],
        unique=False,
    )
    op.create_table(
        "service_desk_known_problem_product",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("known_problem_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "known_problem_id"],
            ["service_desk_known_problem.company_id", "service_desk_known_problem.id"],
            name=op.f("fk_service_desk_known_problem_product_company_id_known_problem_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["product.company_id", "product.id"],
            name=op.f("fk_service_desk_known_problem_product_company_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_known_problem_product_company_id")
        ),
        sa.PrimaryKeyConstraint(
            "company_id",
            "known_problem_id",
            "product_id",
            name=op.f("pk_service_desk_known_problem_product"),
        ),
    )
    op.create_index(
        op.f("ix_service_desk_known_problem_product_company_id_product_id"),
        "service_desk_known_problem_product",
        ["company_id", "product_id"],
        unique=False,
    )
    for table in ("service_desk_problem_category", "service_desk_known_problem"):
        wall(table)
        search_function(table)
    wall("service_desk_known_problem_product")


def downgrade() -> None:
    for table in ("service_desk_problem_category", "service_desk_known_problem"):
        op.execute(f"DROP FUNCTION search_{table}")
    op.drop_table("service_desk_known_problem_product")
    op.drop_table("service_desk_known_problem")
    op.drop_table("service_desk_problem_category")
