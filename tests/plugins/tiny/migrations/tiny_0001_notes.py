"""Notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.plugin_api.migrations import wall

revision = "tiny_0001"
down_revision = None
branch_labels = ("tiny",)
depends_on = ("host_0003",)


def upgrade() -> None:
    op.create_table(
        "tiny_note",
        sa.Column("company_id", sa.Integer(), sa.ForeignKey("company.id"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("work_order_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.UniqueConstraint("company_id", "id"),
        sa.ForeignKeyConstraint(["company_id", "work_order_id"], ["work_order.company_id", "work_order.id"]),
    )
    wall("tiny_note")


def downgrade() -> None:
    op.drop_table("tiny_note")
