"""Work orders are found by what they were made from, cancelled ones too."""

from __future__ import annotations

from alembic import op

revision = "host_0006"
down_revision = "host_0005"
branch_labels = None
depends_on = None

NAME = "ix_work_order_company_id_source_source_id"


def upgrade() -> None:
    op.create_index(op.f(NAME), "work_order", ["company_id", "source", "source_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f(NAME), table_name="work_order")
