"""Where a company is and how it is reached: its letterhead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "host_0007"
down_revision = "host_0006"
branch_labels = None
depends_on = None

COLUMNS = {"address": 300, "phone": 40, "email": 254}


def upgrade() -> None:
    for name, length in COLUMNS.items():
        op.add_column("company", sa.Column(name, sa.String(length), server_default="", nullable=False))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("company", name)
