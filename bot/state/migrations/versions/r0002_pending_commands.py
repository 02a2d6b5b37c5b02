"""Commands that wait for Confirm or Cancel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from metrics.state.database import Instant

revision = "0002_pending"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "pending",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("channel", sa.String(64)),
        sa.Column("given_at", Instant, nullable=False, index=True),
        sa.Column("settled", sa.String(16)),
        sa.Column("settled_at", Instant),
    )


def downgrade() -> None:
    op.drop_table("pending")
