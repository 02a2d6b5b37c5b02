"""Questions that were acknowledged and are to be answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from metrics.state.database import Instant

revision = "0003_questions"
down_revision = "0002_pending"


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("accepted_at", Instant, nullable=False, index=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("lease_until", Instant, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("shown_at", Instant),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("settled_at", Instant),
        sa.Index("question_open", "state", "lease_until"),
    )
