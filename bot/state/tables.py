"""The tables of people and their conversations with the bot.

JSON is kept as text. `*_at`, `slot`, `lease_until` … are instants; `*_date` are local dates as ISO text. How the tables
came to be is in `bot/state/migrations`; a test holds both equal.
"""

from __future__ import annotations

import sqlalchemy as sa

from metrics.state.database import METADATA, Instant, id_column

CONVERSATION = sa.Table(
    "conversation",
    METADATA,
    id_column(),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("thread", sa.String(64), nullable=False),
    sa.Column("asker", sa.String(200), nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Index("conversation_thread", "channel", "thread", "id"),
)

EVENT = sa.Table(
    "event",
    METADATA,
    sa.Column("event_id", sa.String(200), primary_key=True),
    sa.Column("seen_at", Instant, nullable=False, index=True),
)

QUESTION = sa.Table(  # what was acknowledged to Slack and is to be answered, by whoever holds the lease
    "question",
    METADATA,
    sa.Column("key", sa.String(200), primary_key=True),  # Slack's event or trigger id
    sa.Column("payload", sa.Text, nullable=False),  # JSON of what was asked and where; emptied when settled
    sa.Column("user", sa.String(64), nullable=False),
    sa.Column("accepted_at", Instant, nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False),  # open | answered | dropped
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("lease_until", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),  # times it was taken up
    sa.Column("shown_at", Instant),  # when a reply that nobody can look up was begun to be sent
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("settled_at", Instant),
    sa.Index("question_open", "state", "lease_until"),
)

LINK = sa.Table(
    "link",
    METADATA,
    sa.Column("slack_user", sa.String(64), primary_key=True),
    sa.Column("person", sa.String(200), index=True),
    sa.Column("timezone", sa.String(64)),
    sa.Column("language", sa.String(16)),
    sa.Column("linked_by", sa.String(200)),
    sa.Column("linked_at", Instant, nullable=False),
)

ROLE = sa.Table(
    "role",
    METADATA,
    sa.Column("person", sa.String(200), primary_key=True),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("given_by", sa.String(200)),
    sa.Column("given_at", Instant, nullable=False),
)

CHOICE = sa.Table(
    "choice",
    METADATA,
    sa.Column("person", sa.String(200), primary_key=True),
    sa.Column("subject", sa.String(400), primary_key=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("chosen_at", Instant, nullable=False),
)

FEEDBACK = sa.Table(
    "feedback",
    METADATA,
    id_column(),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("person", sa.String(200), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("given_at", Instant, nullable=False),
    sa.UniqueConstraint("kind", "subject", "person", name="feedback_once"),
)

CHANNEL = sa.Table(
    "channel",
    METADATA,
    sa.Column("channel", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, index=True),
    sa.Column("members", sa.Text, nullable=False),  # JSON list of person ids
    sa.Column("unknown", sa.Integer, nullable=False),  # members that are no known person
    sa.Column("seen_at", Instant, nullable=False),
)

PENDING = sa.Table(
    "pending",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("channel", sa.String(64)),
    sa.Column("given_at", Instant, nullable=False, index=True),
    sa.Column("settled", sa.String(16)),  # confirmed | cancelled
    sa.Column("settled_at", Instant),
)
