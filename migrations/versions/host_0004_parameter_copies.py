"""Copies of parameters to other companies, and what undoes what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.plugin_api.migrations import wall

revision = "host_0004"
down_revision = "host_0003"
branch_labels = None
depends_on = None

BATCH_KEYS = {
    "uq_parameter_batch_company_id_id": ["company_id", "id"],
    "uq_parameter_batch_company_id_copy_key": ["company_id", "copy_key"],
    "uq_parameter_batch_company_id_undoes_id": ["company_id", "undoes_id"],
}


def upgrade() -> None:
    op.add_column("parameter_batch", sa.Column("copy_key", sa.Uuid(), nullable=True))
    op.add_column("parameter_batch", sa.Column("undoes_id", sa.BigInteger(), nullable=True))
    for name, columns in BATCH_KEYS.items():
        op.create_unique_constraint(op.f(name), "parameter_batch", columns)
    op.create_foreign_key(
        op.f("fk_parameter_batch_company_id_undoes_id"),
        "parameter_batch",
        "parameter_batch",
        ["company_id", "undoes_id"],
        ["company_id", "id"],
    )
    op.create_table(
        "parameter_copy",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("source_company_id", sa.Integer(), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_parameter_copy_company_id")),
        sa.ForeignKeyConstraint(
            ["source_company_id"], ["company.id"], name=op.f("fk_parameter_copy_source_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["user_account.id"], name=op.f("fk_parameter_copy_undone_by_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_parameter_copy_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameter_copy")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_parameter_copy_company_id_id")),
        sa.UniqueConstraint("company_id", "key", name=op.f("uq_parameter_copy_company_id_key")),
    )
    op.create_table(
        "parameter_copy_target",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("copy_id", sa.BigInteger(), nullable=False),
        sa.Column("target_company_id", sa.Integer(), nullable=False),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="pending", nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("kept_keys", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'unchanged', 'refused', 'undoing', 'undone', 'kept')",
            name=op.f("ck_parameter_copy_target_state"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "copy_id"],
            ["parameter_copy.company_id", "parameter_copy.id"],
            name=op.f("fk_parameter_copy_target_company_id_copy_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_parameter_copy_target_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["target_company_id"], ["company.id"], name=op.f("fk_parameter_copy_target_target_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameter_copy_target")),
        sa.UniqueConstraint(
            "company_id",
            "copy_id",
            "target_company_id",
            name=op.f("uq_parameter_copy_target_company_id_copy_id_target_company_id"),
        ),
    )
    op.create_index(
        "ix_parameter_copy_target_waiting",
        "parameter_copy_target",
        ["copy_id", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'undoing')"),
    )
    for table in ("parameter_copy", "parameter_copy_target"):
        wall(table)
    # A worker gets an id and opens the company that the row belongs to; the sweep asks for all that wait.
    op.execute(
        """
        CREATE FUNCTION parameter_copy_company(wanted bigint) RETURNS int
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$ SELECT company_id FROM parameter_copy WHERE id = wanted $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION unfinished_parameter_copies() RETURNS SETOF bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$
            SELECT DISTINCT copy_id FROM parameter_copy_target
            WHERE state IN ('pending', 'undoing') ORDER BY copy_id
        $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION unfinished_parameter_copies")
    op.execute("DROP FUNCTION parameter_copy_company")
    op.drop_table("parameter_copy_target")
    op.drop_table("parameter_copy")
    op.drop_constraint(op.f("fk_parameter_batch_company_id_undoes_id"), "parameter_batch")
    for name in BATCH_KEYS:
        op.drop_constraint(op.f(name), "parameter_batch")
    op.drop_column("parameter_batch", "undoes_id")
    op.drop_column("parameter_batch", "copy_key")
