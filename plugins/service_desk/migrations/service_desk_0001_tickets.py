"""Tickets and the tables they refer to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.plugin_api.migrations import document_search_function, search_function, wall

revision = "service_desk_0001"
down_revision = None
branch_labels = ("service_desk",)
depends_on = ("host_0003",)


def upgrade() -> None:
    op.create_table(
        "service_desk_channel",
        sa.Column("company_id", sa.Integer(), nullable=False),
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
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_channel_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_desk_channel")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_service_desk_channel_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_service_desk_channel_company_id_id")),
    )
    op.create_index(
        op.f("ix_service_desk_channel_company_id_name_key_id"),
        "service_desk_channel",
        ["company_id", "name_key", "id"],
        unique=False,
    )
    op.create_table(
        "service_desk_forwarding_outcome",
        sa.Column("company_id", sa.Integer(), nullable=False),
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
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_forwarding_outcome_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_desk_forwarding_outcome")),
        sa.UniqueConstraint(
            "company_id", "code", name=op.f("uq_service_desk_forwarding_outcome_company_id_code")
        ),
        sa.UniqueConstraint(
            "company_id", "id", name=op.f("uq_service_desk_forwarding_outcome_company_id_id")
        ),
    )
    op.create_index(
        op.f("ix_service_desk_forwarding_outcome_company_id_name_key_id"),
        "service_desk_forwarding_outcome",
        ["company_id", "name_key", "id"],
        unique=False,
    )
    op.create_table(
        "service_desk_ticket",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("inbound", "outbound", name="direction", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("is_product_specific", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("prospect_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_product_id", sa.BigInteger(), nullable=True),
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column(
            "search_key",
            sa.Text(collation="C"),
            sa.Computed("name_key(problem)", persisted=True),
            nullable=False,
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("is_open", sa.Boolean(), sa.Computed("closed_at IS NULL", persisted=True), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by_id IS NULL)", name=op.f("ck_service_desk_ticket_closed_by")
        ),
        sa.CheckConstraint(
            "NOT is_product_specific OR num_nonnulls(product_id, customer_product_id) = 1",
            name=op.f("ck_service_desk_ticket_specific_product"),
        ),
        sa.CheckConstraint(
            "closed_at >= opened_at", name=op.f("ck_service_desk_ticket_closed_after_opening")
        ),
        sa.CheckConstraint(
            "length(problem) BETWEEN 1 AND 100000", name=op.f("ck_service_desk_ticket_problem")
        ),
        sa.CheckConstraint(
            "num_nonnulls(customer_id, prospect_id) = 1", name=op.f("ck_service_desk_ticket_one_party")
        ),
        sa.CheckConstraint(
            "num_nonnulls(product_id, customer_product_id) <= 1",
            name=op.f("ck_service_desk_ticket_one_product"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "channel_id"],
            ["service_desk_channel.company_id", "service_desk_channel.id"],
            name=op.f("fk_service_desk_ticket_company_id_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "closed_by_id"],
            ["technician.company_id", "technician.id"],
            name=op.f("fk_service_desk_ticket_company_id_closed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "customer_id"],
            ["customer.company_id", "customer.id"],
            name=op.f("fk_service_desk_ticket_company_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "customer_product_id"],
            ["customer_product.company_id", "customer_product.id"],
            name=op.f("fk_service_desk_ticket_company_id_customer_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["product.company_id", "product.id"],
            name=op.f("fk_service_desk_ticket_company_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "prospect_id"],
            ["prospect.company_id", "prospect.id"],
            name=op.f("fk_service_desk_ticket_company_id_prospect_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "technician_id"],
            ["technician.company_id", "technician.id"],
            name=op.f("fk_service_desk_ticket_company_id_technician_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_ticket_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_service_desk_ticket_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_desk_ticket")),
        sa.UniqueConstraint(
            "company_id", "id", "is_open", name=op.f("uq_service_desk_ticket_company_id_id_is_open")
        ),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_service_desk_ticket_company_id_id")),
        sa.UniqueConstraint("company_id", "number", name=op.f("uq_service_desk_ticket_company_id_number")),
        sa.UniqueConstraint(
            "company_id", "request_key", name=op.f("uq_service_desk_ticket_company_id_request_key")
        ),
    )
    op.create_index(
        op.f("ix_service_desk_ticket_company_id_channel_id_number"),
        "service_desk_ticket",
        ["company_id", "channel_id", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_ticket_company_id_customer_id_number"),
        "service_desk_ticket",
        ["company_id", "customer_id", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_ticket_company_id_opened_at"),
        "service_desk_ticket",
        ["company_id", "opened_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_ticket_company_id_prospect_id_number"),
        "service_desk_ticket",
        ["company_id", "prospect_id", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_ticket_company_id_technician_id_number"),
        "service_desk_ticket",
        ["company_id", "technician_id", "number"],
        unique=False,
    )
    op.create_index(
        "ix_service_desk_ticket_open",
        "service_desk_ticket",
        ["company_id", "number"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    for table in ("service_desk_channel", "service_desk_forwarding_outcome"):
        wall(table)
        search_function(table)
    wall("service_desk_ticket")
    document_search_function("service_desk_ticket")


def downgrade() -> None:
    op.execute("DROP FUNCTION search_service_desk_ticket")
    for table in ("service_desk_channel", "service_desk_forwarding_outcome"):
        op.execute(f"DROP FUNCTION search_{table}")
    op.drop_table("service_desk_ticket")
    op.drop_table("service_desk_forwarding_outcome")
    op.drop_table("service_desk_channel")
