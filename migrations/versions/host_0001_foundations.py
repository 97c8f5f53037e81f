"""Companies, users, parameters, numbers and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.plugin_api.migrations import COMPANY, USER, append_only, wall

revision = "host_0001"
down_revision = None
branch_labels = ("host",)
depends_on = None


def upgrade() -> None:
    for extension in ("unaccent", "pg_trgm", "btree_gin"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    # unaccent() is only STABLE, because its dictionary could be changed; naming the dictionary pins it, and
    # generated columns and indexes need IMMUTABLE.
    op.execute(
        """
        CREATE FUNCTION name_key(value text) RETURNS text
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN lower(public.unaccent('public.unaccent'::regdictionary, value)) COLLATE "C"
        """
    )
    op.execute(
        r"""
        CREATE FUNCTION search_patterns(term text) RETURNS text[]
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN ARRAY(
            SELECT '%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%'
            FROM regexp_split_to_table(public.name_key(term), '\s+') AS word
            WHERE word <> '' ORDER BY length(word) DESC LIMIT 8
        )
        """
    )
    op.create_table(
        "company",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("document", sa.String(length=20), server_default="", nullable=False),
        sa.Column("timezone", sa.String(length=40), server_default="America/Sao_Paulo", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("code ~ '^[a-z][a-z0-9-]{1,29}$'", name=op.f("ck_company_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.UniqueConstraint("code", name=op.f("uq_company_code")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("beaten_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "login_failure",
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login", "address", name=op.f("pk_login_failure")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=10), server_default="pt_BR", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
    )
    op.create_index("uq_user_account_login", "user_account", [sa.literal_column("lower(login)")], unique=True)
    op.create_table(
        "user_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("address", sa.String(length=45), server_default="", nullable=False),
        sa.Column("agent", sa.String(length=300), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_last_seen_at"), "user_session", ["last_seen_at"], unique=False)
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("viewer", "operator", "supervisor", "admin", name="role", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("invited_name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_membership_company_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("company_id", "user_id", name=op.f("uq_membership_company_id_user_id")),
    )
    op.create_index(op.f("ix_membership_user_id"), "membership", ["user_id"], unique=False)
    op.create_table(
        "company_parameter",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_company_parameter_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_parameter")),
        sa.UniqueConstraint(
            "company_id", "module", "name", name=op.f("uq_company_parameter_company_id_module_name")
        ),
    )
    op.create_table(
        "counter",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_counter_company_id")),
        sa.PrimaryKeyConstraint("company_id", "kind", name=op.f("pk_counter")),
    )
    op.create_table(
        "parameter_batch",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("source_company_id", sa.Integer(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_parameter_batch_company_id")),
        sa.ForeignKeyConstraint(
            ["source_company_id"], ["company.id"], name=op.f("fk_parameter_batch_source_company_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_parameter_batch_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameter_batch")),
    )
    op.create_index(
        op.f("ix_parameter_batch_company_id_created_at"),
        "parameter_batch",
        ["company_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "audit_entry",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.String(length=36), server_default="", nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("changes", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_audit_entry_company_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_audit_entry_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        op.f("ix_audit_entry_company_id_entity_entity_id_id"),
        "audit_entry",
        ["company_id", "entity", "entity_id", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_audit_entry_company_id_id"), "audit_entry", ["company_id", "id"], unique=False)
    for table in ("company_parameter", "counter", "parameter_batch", "audit_entry"):
        wall(table)
    append_only("audit_entry")
    # Without a company a user reads their own memberships and those companies, and writes nothing there.
    wall("membership")
    op.execute(f"CREATE POLICY membership_own ON membership FOR SELECT USING (user_id = {USER})")
    op.execute("ALTER TABLE company ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"""
        CREATE POLICY company_wall ON company FOR SELECT USING (
            id = {COMPANY}
            OR EXISTS (SELECT FROM membership m WHERE m.company_id = company.id AND m.user_id = {USER})
        )
        """
    )
    op.execute(
        """
        CREATE FUNCTION administers_all_companies(admin bigint, member bigint) RETURNS boolean
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        RETURN NOT EXISTS (
            SELECT FROM membership theirs
            WHERE theirs.user_id = member AND NOT EXISTS (
                SELECT FROM membership mine
                WHERE mine.company_id = theirs.company_id AND mine.user_id = admin
                  AND mine.role = 'admin' AND mine.accepted_at IS NOT NULL
            )
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION administers_all_companies")
    # The policy reads membership, which is dropped before company.
    op.execute("DROP POLICY company_wall ON company")
    op.drop_table("audit_entry")
    op.drop_table("parameter_batch")
    op.drop_table("counter")
    op.drop_table("company_parameter")
    op.drop_table("membership")
    op.drop_table("user_session")
    op.drop_table("user_account")
    op.drop_table("login_failure")
    op.drop_table("heartbeat")
    op.drop_table("company")
    op.execute("DROP FUNCTION search_patterns")
    op.execute("DROP FUNCTION name_key")
