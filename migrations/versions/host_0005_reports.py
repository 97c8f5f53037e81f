"""Files of reports, saved reports, and the columns that users chose last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.plugin_api.migrations import wall

revision = "host_0005"
down_revision = "host_0004"
branch_labels = None
depends_on = None

TABLES = ("report_file", "report_piece", "saved_report", "report_columns")


def upgrade() -> None:
    op.create_table(
        "report_file",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("report_key", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("stated", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("company_ids", postgresql.JSONB(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), server_default="pending", nullable=False),
        sa.Column("rows_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_total", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column(
            "available_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("file_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_report_file_status"),
        ),
        sa.CheckConstraint(
            "(status = 'running') = (lease_token IS NOT NULL)", name=op.f("ck_report_file_lease")
        ),
        sa.CheckConstraint(
            "(status IN ('pending', 'running')) = (expires_at IS NULL)", name=op.f("ck_report_file_expires")
        ),
        sa.CheckConstraint("length(query) <= 8000", name=op.f("ck_report_file_query")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_report_file_company_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_report_file_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_file")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_report_file_company_id_id")),
        sa.UniqueConstraint(
            "company_id", "user_id", "request_key", name=op.f("uq_report_file_company_id_user_id_request_key")
        ),
    )
    op.create_index(
        "ix_report_file_due",
        "report_file",
        ["available_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('pending', 'running')"),
    )
    op.create_index(
        "ix_report_file_expired",
        "report_file",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_report_file_company_id_user_id_id"),
        "report_file",
        ["company_id", "user_id", "id"],
        unique=False,
    )
    op.create_table(
        "report_piece",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(content) <= 1048576", name=op.f("ck_report_piece_content")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_report_piece_company_id")),
        sa.ForeignKeyConstraint(
            ["company_id", "file_id"],
            ["report_file.company_id", "report_file.id"],
            name=op.f("fk_report_piece_company_id_file_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_piece")),
        sa.UniqueConstraint(
            "company_id", "file_id", "position", name=op.f("uq_report_piece_company_id_file_id_position")
        ),
    )
    op.create_table(
        "saved_report",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("report_key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(query) <= 8000", name=op.f("ck_saved_report_query")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_saved_report_company_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_saved_report_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_report")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_saved_report_company_id_id")),
    )
    op.create_index(
        "uq_saved_report_own_name",
        "saved_report",
        ["company_id", "user_id", "report_key", sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("NOT is_shared"),
    )
    op.create_index(
        "uq_saved_report_shared_name",
        "saved_report",
        ["company_id", "report_key", sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("is_shared"),
    )
    op.create_table(
        "report_columns",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("report_key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_report_columns_company_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_report_columns_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_columns")),
        sa.UniqueConstraint(
            "company_id",
            "user_id",
            "report_key",
            "kind",
            name=op.f("uq_report_columns_company_id_user_id_report_key_kind"),
        ),
    )
    for table in TABLES:
        wall(table)
    # A worker gets an id and opens the company that the row belongs to; the sweep and the hourly deletion go
    # over all companies.
    op.execute(
        """
        CREATE FUNCTION report_file_company(wanted bigint) RETURNS int
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$ SELECT company_id FROM report_file WHERE id = wanted $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION due_report_files(most int, pause interval) RETURNS SETOF bigint
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$
            UPDATE report_file SET status = 'pending', lease_token = NULL, available_at = now() + pause
            WHERE id IN (
                SELECT due.id FROM report_file due
                JOIN company ON company.id = due.company_id AND company.is_active
                WHERE due.status IN ('pending', 'running') AND due.available_at <= now()
                ORDER BY due.available_at, due.id LIMIT most
                FOR UPDATE OF due SKIP LOCKED
            )
            RETURNING id
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION forget_report_files(most int) RETURNS int
        LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$
        DECLARE forgotten int;
        BEGIN
            DELETE FROM report_file WHERE id IN (
                SELECT id FROM report_file WHERE expires_at <= now()
                ORDER BY expires_at LIMIT most FOR UPDATE SKIP LOCKED
            );
            GET DIAGNOSTICS forgotten = ROW_COUNT;
            RETURN forgotten;
        END $$
        """
    )


def downgrade() -> None:
    for function in ("forget_report_files", "due_report_files", "report_file_company"):
        op.execute(f"DROP FUNCTION {function}")
    for table in reversed(TABLES):
        op.drop_table(table)
