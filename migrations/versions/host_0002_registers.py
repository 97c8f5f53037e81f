"""Parties, products and staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.plugin_api.migrations import search_function, wall

REGISTERS = ("customer", "prospect", "product", "customer_product", "department", "technician")

revision = "host_0002"
down_revision = "host_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=18), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=40), server_default="", nullable=False),
        sa.Column("address", sa.String(length=300), server_default="", nullable=False),
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
            sa.Computed("name_key(code || ' ' || name || ' ' || document)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_customer_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_customer_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_customer_company_id_id")),
    )
    op.create_index(
        op.f("ix_customer_company_id_name_key_id"), "customer", ["company_id", "name_key", "id"], unique=False
    )
    op.create_index(
        op.f("ix_customer_company_id_document"),
        "customer",
        ["company_id", "document"],
        unique=False,
        postgresql_where=sa.text("document <> ''"),
    )
    op.create_table(
        "prospect",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("document", sa.String(length=18), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=40), server_default="", nullable=False),
        sa.Column("address", sa.String(length=300), server_default="", nullable=False),
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
            sa.Computed("name_key(code || ' ' || name || ' ' || document)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "customer_id"],
            ["customer.company_id", "customer.id"],
            name=op.f("fk_prospect_company_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_prospect_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prospect")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_prospect_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_prospect_company_id_id")),
    )
    op.create_index(
        op.f("ix_prospect_company_id_name_key_id"), "prospect", ["company_id", "name_key", "id"], unique=False
    )
    op.create_index(
        op.f("ix_prospect_company_id_document"),
        "prospect",
        ["company_id", "document"],
        unique=False,
        postgresql_where=sa.text("document <> ''"),
    )
    op.create_table(
        "product",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=10), server_default="UN", nullable=False),
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
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_product_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_product_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_product_company_id_id")),
    )
    op.create_index(
        op.f("ix_product_company_id_name_key_id"), "product", ["company_id", "name_key", "id"], unique=False
    )
    op.create_table(
        "customer_product",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("serial_number", sa.String(length=60), server_default="", nullable=False),
        sa.Column("purchased_on", sa.Date(), nullable=True),
        sa.Column("warranty_until", sa.Date(), nullable=True),
        sa.Column("location", sa.String(length=200), server_default="", nullable=False),
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
            sa.Computed("name_key(code || ' ' || name || ' ' || serial_number)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "customer_id"],
            ["customer.company_id", "customer.id"],
            name=op.f("fk_customer_product_company_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["product.company_id", "product.id"],
            name=op.f("fk_customer_product_company_id_product_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_customer_product_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_product")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_customer_product_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_customer_product_company_id_id")),
    )
    op.create_index(
        op.f("ix_customer_product_company_id_customer_id_name_key"),
        "customer_product",
        ["company_id", "customer_id", "name_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_customer_product_company_id_name_key_id"),
        "customer_product",
        ["company_id", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        "uq_customer_product_serial_number",
        "customer_product",
        ["company_id", "product_id", "serial_number"],
        unique=True,
        postgresql_where=sa.text("serial_number <> ''"),
    )
    op.create_table(
        "department",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("supervisor_id", sa.BigInteger(), nullable=True),
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
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_department_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_department_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_department_company_id_id")),
    )
    op.create_index(
        op.f("ix_department_company_id_name_key_id"),
        "department",
        ["company_id", "name_key", "id"],
        unique=False,
    )
    op.create_table(
        "technician",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("is_controller", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("shift", sa.String(length=40), server_default="", nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("admitted_on", sa.Date(), nullable=True),
        sa.Column("dismissed_on", sa.Date(), nullable=True),
        sa.Column("hourly_cost", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("hourly_rate", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
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
        sa.ForeignKeyConstraint(
            ["company_id", "department_id"],
            ["department.company_id", "department.id"],
            name=op.f("fk_technician_company_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"],
            ["membership.company_id", "membership.user_id"],
            name=op.f("fk_technician_company_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_technician_company_id")),
        sa.CheckConstraint("dismissed_on >= admitted_on", name=op.f("ck_technician_employment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technician")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_technician_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_technician_company_id_id")),
        sa.UniqueConstraint("company_id", "user_id", name=op.f("uq_technician_company_id_user_id")),
    )
    op.create_index(
        op.f("ix_technician_company_id_name_key_id"),
        "technician",
        ["company_id", "name_key", "id"],
        unique=False,
    )
    # Technician and department point at each other.
    op.create_foreign_key(
        "fk_department_company_id_supervisor_id",
        "department",
        "technician",
        ["company_id", "supervisor_id"],
        ["company_id", "id"],
    )
    for table in REGISTERS:
        wall(table)
        search_function(table)


def downgrade() -> None:
    op.drop_constraint("fk_department_company_id_supervisor_id", "department")
    for table in REGISTERS:
        op.execute(f"DROP FUNCTION search_{table}")
    op.drop_table("technician")
    op.drop_table("department")
    op.drop_table("customer_product")
    op.drop_table("product")
    op.drop_table("prospect")
    op.drop_table("customer")
