"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from metrics.state.database import Instant

revision = "0001"
down_revision = None

FIRST = sa.MetaData()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


sa.Table(
    "conversation",
    FIRST,
    _id(),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("thread", sa.String(64), nullable=False),
    sa.Column("asker", sa.String(200), nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Index("conversation_thread", "channel", "thread", "id"),
)

sa.Table(
    "event",
    FIRST,
    sa.Column("event_id", sa.String(200), primary_key=True),
    sa.Column("seen_at", Instant, nullable=False, index=True),
)

sa.Table(
    "link",
    FIRST,
    sa.Column("slack_user", sa.String(64), primary_key=True),
    sa.Column("person", sa.String(200), index=True),
    sa.Column("timezone", sa.String(64)),
    sa.Column("language", sa.String(16)),
    sa.Column("linked_by", sa.String(200)),
    sa.Column("linked_at", Instant, nullable=False),
)

sa.Table(
    "role",
    FIRST,
    sa.Column("person", sa.String(200), primary_key=True),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("given_by", sa.String(200)),
    sa.Column("given_at", Instant, nullable=False),
)

sa.Table(
    "choice",
    FIRST,
    sa.Column("person", sa.String(200), primary_key=True),
    sa.Column("subject", sa.String(400), primary_key=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("chosen_at", Instant, nullable=False),
)

sa.Table(
    "feedback",
    FIRST,
    _id(),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("person", sa.String(200), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("given_at", Instant, nullable=False),
    sa.UniqueConstraint("kind", "subject", "person", name="feedback_once"),
)

sa.Table(
    "audit",
    FIRST,
    _id(),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
)

sa.Table(
    "channel",
    FIRST,
    sa.Column("channel", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, index=True),
    sa.Column("members", sa.Text, nullable=False),
    sa.Column("unknown", sa.Integer, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
)

sa.Table(
    "digest",
    FIRST,
    _id(),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("at_minute", sa.Integer, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("deleted_at", Instant),
)

sa.Table(
    "subscription",
    FIRST,
    _id(),
    sa.Column("digest_id", sa.Integer, sa.ForeignKey("digest.id"), nullable=False),
    sa.Column("recipient_kind", sa.String(16), nullable=False),
    sa.Column("recipient", sa.String(200), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("next_slot", Instant),
    sa.Column("next_date", sa.String(10)),
    sa.Column("last_date", sa.String(10)),
    sa.Column("snoozed_until", sa.String(10)),
    sa.Column("unsubscribed_at", Instant),
    sa.Column("ended_at", Instant),
    sa.UniqueConstraint("digest_id", "recipient_kind", "recipient", name="subscription_once"),
    sa.Index("subscription_due", "next_slot"),
)

sa.Table(
    "rule",
    FIRST,
    _id(),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("at_minute", sa.Integer, nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("next_slot", Instant, index=True),
    sa.Column("next_date", sa.String(10)),
    sa.Column("last_date", sa.String(10)),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("deleted_at", Instant),
)

sa.Table(
    "rule_state",
    FIRST,
    sa.Column("rule_id", sa.Integer, sa.ForeignKey("rule.id"), primary_key=True),
    sa.Column("member", sa.String(200), primary_key=True),
    sa.Column("fired", sa.Boolean, nullable=False),
    sa.Column("since", sa.String(10)),
    sa.Column("value", sa.Float),
    sa.Column("reminded", sa.String(10)),
    sa.Column("snoozed_until", sa.String(10)),
    sa.Column("acknowledged_by", sa.String(200)),
    sa.Column("changed_at", Instant, nullable=False),
)

sa.Table(
    "outbox",
    FIRST,
    _id(),
    sa.Column("dedupe_key", sa.String(255), nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("origin", sa.Integer, nullable=False),
    sa.Column("slot", Instant, nullable=False),
    sa.Column("slot_date", sa.String(10), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("payload", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("owner", sa.String(64)),
    sa.Column("lease_until", Instant),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_try", Instant, nullable=False),
    sa.Column("reference", sa.String(200)),
    sa.Column("settled_at", Instant),
    sa.Index("outbox_open", "state", "next_try"),
    sa.Index("outbox_origin", "kind", "origin", "slot_date"),
)


def upgrade() -> None:
    FIRST.create_all(op.get_bind())
