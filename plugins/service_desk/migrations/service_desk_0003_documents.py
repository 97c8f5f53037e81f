"""What a ticket gathers (interactions, forwardings, reopenings), and what a user has in hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.plugin_api.migrations import wall

revision = "service_desk_0003"
down_revision = "service_desk_0002"
branch_labels = None
depends_on = None

TABLES = (
    "service_desk_interaction",
    "service_desk_forwarding",
    "service_desk_reopening",
    "service_desk_timer",
    "service_desk_draft",
)


def upgrade() -> None:
    op.create_table(
        "service_desk_draft",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_draft_company_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_service_desk_draft_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_desk_draft")),
        sa.UniqueConstraint(
            "company_id",
            "user_id",
            "request_key",
            name=op.f("uq_service_desk_draft_company_id_user_id_request_key"),
        ),
    )
    op.create_index(
        op.f("ix_service_desk_draft_company_id_user_id_saved_at"),
        "service_desk_draft",
        ["company_id", "user_id", "saved_at"],
        unique=False,
    )
    op.create_table(
        "service_desk_forwarding",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("forwarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column(
            "pending",
            sa.Boolean(),
            sa.Computed("CASE WHEN answered_at IS NULL THEN true END", persisted=True),
            nullable=True,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "answered_at >= forwarded_at", name=op.f("ck_service_desk_forwarding_answered_after_forwarding")
        ),
        sa.CheckConstraint(
            "length(answer) BETWEEN 1 AND 100000", name=op.f("ck_service_desk_forwarding_answer_length")
        ),
        sa.CheckConstraint(
            "num_nonnulls(answered_at, answered_by_id, outcome_id, answer) IN (0, 4)",
            name=op.f("ck_service_desk_forwarding_answer"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "answered_by_id"],
            ["technician.company_id", "technician.id"],
            name=op.f("fk_service_desk_forwarding_company_id_answered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "department_id"],
            ["department.company_id", "department.id"],
            name=op.f("fk_service_desk_forwarding_company_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "outcome_id"],
            ["service_desk_forwarding_outcome.company_id", "service_desk_forwarding_outcome.id"],
            name=op.f("fk_service_desk_forwarding_company_id_outcome_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "ticket_id", "pending"],
            ["service_desk_ticket.company_id", "service_desk_ticket.id", "service_desk_ticket.is_open"],
            name="fk_service_desk_forwarding_pending",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "ticket_id"],
            ["service_desk_ticket.company_id", "service_desk_ticket.id"],
            name=op.f("fk_service_desk_forwarding_company_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_forwarding_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_service_desk_forwarding_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_desk_forwarding")),
        sa.UniqueConstraint(
            "company_id", "ticket_id", "key", name=op.f("uq_service_desk_forwarding_company_id_ticket_id_key")
        ),
    )
    op.create_index(
        op.f("ix_service_desk_forwarding_company_id_answered_by_id"),
        "service_desk_forwarding",
        ["company_id", "answered_by_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_forwarding_company_id_department_id"),
        "service_desk_forwarding",
        ["company_id", "department_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_forwarding_company_id_outcome_id"),
        "service_desk_forwarding",
        ["company_id", "outcome_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_forwarding_company_id_ticket_id_id"),
        "service_desk_forwarding",
        ["company_id", "ticket_id", "id"],
        unique=False,
    )
    op.create_table(
        "service_desk_interaction",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("inbound", "outbound", name="direction", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("contact_name", sa.String(length=200), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("guidance", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "ended_at > started_at", name=op.f("ck_service_desk_interaction_ends_after_start")
        ),
        sa.CheckConstraint(
            "length(contact_name) BETWEEN 1 AND 200", name=op.f("ck_service_desk_interaction_contact_name")
        ),
        sa.CheckConstraint(
            "length(finding) BETWEEN 1 AND 100000", name=op.f("ck_service_desk_interaction_finding")
        ),
        sa.CheckConstraint(
            "length(guidance) BETWEEN 1 AND 100000", name=op.f("ck_service_desk_interaction_guidance")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "channel_id"],
            ["service_desk_channel.company_id", "service_desk_channel.id"],
            name=op.f("fk_service_desk_interaction_company_id_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "ticket_id"],
            ["service_desk_ticket.company_id", "service_desk_ticket.id"],
            name=op.f("fk_service_desk_interaction_company_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_interaction_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_service_desk_interaction_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_desk_interaction")),
        sa.UniqueConstraint(
            "company_id",
            "ticket_id",
            "key",
            name=op.f("uq_service_desk_interaction_company_id_ticket_id_key"),
        ),
    )
    op.create_index(
        op.f("ix_service_desk_interaction_company_id_channel_id"),
        "service_desk_interaction",
        ["company_id", "channel_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_interaction_company_id_ticket_id_id"),
        "service_desk_interaction",
        ["company_id", "ticket_id", "id"],
        unique=False,
    )
    op.create_table(
        "service_desk_reopening",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reopened_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 2000", name=op.f("ck_service_desk_reopening_reason")
        ),
        sa.CheckConstraint(
            "reopened_at >= closed_at", name=op.f("ck_service_desk_reopening_reopened_after_closing")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "closed_by_id"],
            ["technician.company_id", "technician.id"],
            name=op.f("fk_service_desk_reopening_company_id_closed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "ticket_id"],
            ["service_desk_ticket.company_id", "service_desk_ticket.id"],
            name=op.f("fk_service_desk_reopening_company_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_reopening_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["reopened_by_id"], ["user_account.id"], name=op.f("fk_service_desk_reopening_reopened_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_desk_reopening")),
    )
    op.create_index(
        op.f("ix_service_desk_reopening_company_id_closed_by_id"),
        "service_desk_reopening",
        ["company_id", "closed_by_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_desk_reopening_company_id_ticket_id_id"),
        "service_desk_reopening",
        ["company_id", "ticket_id", "id"],
        unique=False,
    )
    op.create_table(
        "service_desk_timer",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("request_key", sa.Uuid(), nullable=True),
        sa.Column("row_key", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(ticket_id, request_key) = 1", name=op.f("ck_service_desk_timer_one_document")
        ),
        sa.CheckConstraint(
            "stopped_at >= started_at", name=op.f("ck_service_desk_timer_stopped_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "ticket_id"],
            ["service_desk_ticket.company_id", "service_desk_ticket.id"],
            name=op.f("fk_service_desk_timer_company_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_service_desk_timer_company_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_service_desk_timer_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_desk_timer")),
        sa.UniqueConstraint(
            "company_id", "user_id", "row_key", name=op.f("uq_service_desk_timer_company_id_user_id_row_key")
        ),
    )
    op.create_index(
        op.f("ix_service_desk_timer_company_id_ticket_id"),
        "service_desk_timer",
        ["company_id", "ticket_id"],
        unique=False,
    )
    op.create_index(
        "uq_service_desk_timer_running",
        "service_desk_timer",
        ["company_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("stopped_at IS NULL"),
    )
    op.add_column("service_desk_ticket", sa.Column("known_problem_id", sa.BigInteger(), nullable=True))
    op.add_column("service_desk_ticket", sa.Column("saved_by_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "service_desk_ticket",
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()")),
    )
    # Nobody has noted who saved the tickets that are there; that they were included is known.
    op.execute("UPDATE service_desk_ticket SET saved_at = created_at")
    op.alter_column("service_desk_ticket", "saved_at", nullable=False)
    op.create_index(
        op.f("ix_service_desk_ticket_company_id_known_problem_id"),
        "service_desk_ticket",
        ["company_id", "known_problem_id"],
        unique=False,
    )
    op.create_foreign_key(
        op.f("fk_service_desk_ticket_saved_by_id"),
        "service_desk_ticket",
        "user_account",
        ["saved_by_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_service_desk_ticket_company_id_known_problem_id"),
        "service_desk_ticket",
        "service_desk_known_problem",
        ["company_id", "known_problem_id"],
        ["company_id", "id"],
    )
    for table in TABLES:
        wall(table)


def downgrade() -> None:
    for column in ("known_problem_id", "saved_by_id", "saved_at"):
        op.drop_column("service_desk_ticket", column)
    for table in TABLES:
        op.drop_table(table)
