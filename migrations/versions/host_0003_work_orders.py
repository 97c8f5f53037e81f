"""Work orders, and the requests from which workers make them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.plugin_api.migrations import document_search_function, wall

revision = "host_0003"
down_revision = "host_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work_order",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "in_progress",
                "done",
                "cancelled",
                name="workorderstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("controller_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("work_done", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("request_key", sa.Uuid(), nullable=True),
        sa.Column(
            "search_key",
            sa.Text(collation="C"),
            sa.Computed("name_key(problem)", persisted=True),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("prospect_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_product_id", sa.BigInteger(), nullable=True),
        sa.Column("technician_id", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.CheckConstraint("(source IS NULL) = (source_id IS NULL)", name=op.f("ck_work_order_source")),
        sa.CheckConstraint("length(problem) BETWEEN 1 AND 100000", name=op.f("ck_work_order_problem")),
        sa.CheckConstraint("length(work_done) <= 100000", name=op.f("ck_work_order_work_done")),
        sa.CheckConstraint(
            "num_nonnulls(customer_id, prospect_id) = 1", name=op.f("ck_work_order_one_party")
        ),
        sa.CheckConstraint(
            "num_nonnulls(product_id, customer_product_id) <= 1", name=op.f("ck_work_order_one_product")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "controller_id"],
            ["technician.company_id", "technician.id"],
            name=op.f("fk_work_order_company_id_controller_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "customer_id"],
            ["customer.company_id", "customer.id"],
            name=op.f("fk_work_order_company_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "customer_product_id"],
            ["customer_product.company_id", "customer_product.id"],
            name=op.f("fk_work_order_company_id_customer_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["product.company_id", "product.id"],
            name=op.f("fk_work_order_company_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "prospect_id"],
            ["prospect.company_id", "prospect.id"],
            name=op.f("fk_work_order_company_id_prospect_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "technician_id"],
            ["technician.company_id", "technician.id"],
            name=op.f("fk_work_order_company_id_technician_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_work_order_company_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_work_order_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_work_order_company_id_id")),
        sa.UniqueConstraint("company_id", "number", name=op.f("uq_work_order_company_id_number")),
        sa.UniqueConstraint("company_id", "request_key", name=op.f("uq_work_order_company_id_request_key")),
    )
    op.create_index(
        op.f("ix_work_order_company_id_customer_id_number"),
        "work_order",
        ["company_id", "customer_id", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_work_order_company_id_created_by_id_number"),
        "work_order",
        ["company_id", "created_by_id", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_work_order_company_id_opened_at_id"),
        "work_order",
        ["company_id", "opened_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_work_order_due",
        "work_order",
        ["company_id", sa.text("coalesce(scheduled_at, '2199-12-30 00:00:00+00'::timestamptz)"), "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_work_order_company_id_prospect_id_number"),
        "work_order",
        ["company_id", "prospect_id", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_work_order_company_id_status_number"),
        "work_order",
        ["company_id", "status", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_work_order_company_id_technician_id_number"),
        "work_order",
        ["company_id", "technician_id", "number"],
        unique=False,
    )
    op.create_index(
        "uq_work_order_source",
        "work_order",
        ["company_id", "source", "source_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'cancelled' AND source IS NOT NULL"),
    )
    op.create_table(
        "work_order_request",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("pending", "running", "done", "dead", name="requeststatus", native_enum=False, length=20),
            server_default="pending",
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "available_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("work_order_id", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(length=500), server_default="", nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.String(length=36), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("prospect_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_product_id", sa.BigInteger(), nullable=True),
        sa.Column("technician_id", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'done') = (work_order_id IS NOT NULL)", name=op.f("ck_work_order_request_done")
        ),
        sa.CheckConstraint(
            "(status = 'running') = (lease_token IS NOT NULL)", name=op.f("ck_work_order_request_lease")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'running', 'done', 'dead')", name=op.f("ck_work_order_request_status")
        ),
        sa.CheckConstraint(
            "num_nonnulls(customer_id, prospect_id) = 1", name=op.f("ck_work_order_request_one_party")
        ),
        sa.CheckConstraint(
            "num_nonnulls(product_id, customer_product_id) <= 1",
            name=op.f("ck_work_order_request_one_product"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "customer_id"],
            ["customer.company_id", "customer.id"],
            name=op.f("fk_work_order_request_company_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "customer_product_id"],
            ["customer_product.company_id", "customer_product.id"],
            name=op.f("fk_work_order_request_company_id_customer_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["product.company_id", "product.id"],
            name=op.f("fk_work_order_request_company_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "prospect_id"],
            ["prospect.company_id", "prospect.id"],
            name=op.f("fk_work_order_request_company_id_prospect_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "technician_id"],
            ["technician.company_id", "technician.id"],
            name=op.f("fk_work_order_request_company_id_technician_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "work_order_id"],
            ["work_order.company_id", "work_order.id"],
            name=op.f("fk_work_order_request_company_id_work_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_work_order_request_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user_account.id"], name=op.f("fk_work_order_request_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order_request")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_work_order_request_company_id_id")),
        sa.UniqueConstraint(
            "company_id",
            "source",
            "source_id",
            "sequence",
            name=op.f("uq_work_order_request_company_id_source_source_id_sequence"),
        ),
    )
    op.create_index(
        op.f("ix_work_order_request_company_id_status_id"),
        "work_order_request",
        ["company_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_work_order_request_company_id_work_order_id"),
        "work_order_request",
        ["company_id", "work_order_id"],
        unique=False,
    )
    op.create_index(
        "ix_work_order_request_due",
        "work_order_request",
        ["available_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('pending', 'running')"),
    )
    op.create_index(
        "ix_work_order_request_unfinished",
        "work_order_request",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status <> 'done'"),
    )
    for table in ("work_order", "work_order_request"):
        wall(table)
    document_search_function("work_order")
    # The queue is worked across companies, before any scope is open: by these functions of the owner alone.
    # An inactive company's wishes wait until it is active again (R22c).
    op.execute(
        """
        CREATE FUNCTION claim_work_order_request(wanted bigint, lease interval, most_attempts int)
        RETURNS TABLE (id bigint, company_id int, lease_token uuid, attempts int)
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$
            UPDATE work_order_request r
            SET status = 'running', attempts = r.attempts + 1,
                lease_token = gen_random_uuid(), available_at = now() + lease
            WHERE r.id = (
                SELECT due.id FROM work_order_request due
                JOIN company ON company.id = due.company_id AND company.is_active
                WHERE due.status IN ('pending', 'running') AND due.available_at <= now()
                  AND due.attempts < most_attempts AND (wanted IS NULL OR due.id = wanted)
                ORDER BY due.available_at, due.id LIMIT 1
                FOR UPDATE OF due SKIP LOCKED
            )
            RETURNING r.id, r.company_id, r.lease_token, r.attempts
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION due_work_order_requests(most int, most_attempts int) RETURNS SETOF bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$
            SELECT due.id FROM work_order_request due
            JOIN company ON company.id = due.company_id AND company.is_active
            WHERE due.status IN ('pending', 'running') AND due.available_at <= now()
              AND due.attempts < most_attempts
            ORDER BY due.available_at, due.id LIMIT most
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION bury_work_order_requests(most_attempts int, reason text) RETURNS SETOF bigint
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$
            UPDATE work_order_request SET status = 'dead', lease_token = NULL, last_error = reason
            WHERE id IN (
                SELECT id FROM work_order_request
                WHERE status = 'running' AND available_at <= now() AND attempts >= most_attempts
                FOR UPDATE SKIP LOCKED
            )
            RETURNING id
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION work_order_queue()
        RETURNS TABLE (id bigint, company_code text, company_is_active boolean, status text, attempts int,
                       last_error text, waiting_seconds double precision)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$
            SELECT r.id, company.code, company.is_active, r.status, r.attempts, r.last_error,
                   extract(epoch FROM now() - r.created_at)
            FROM work_order_request r JOIN company ON company.id = r.company_id
            WHERE r.status <> 'done' ORDER BY r.id
        $$
        """
    )


def downgrade() -> None:
    for function in (
        "search_work_order",
        "work_order_queue",
        "bury_work_order_requests",
        "due_work_order_requests",
        "claim_work_order_request",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("work_order_request")
    op.drop_table("work_order")
