"""The tables of the state database as they are today. How they came to be is in `migrations`; a test holds both equal.

JSON is kept as text. `*_at`, `slot`, `lease_until` … are instants; `*_date` are local dates as ISO text.
"""

from __future__ import annotations

import sqlalchemy as sa

from metrics.state.database import Instant

METADATA = sa.MetaData()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


CONVERSATION = sa.Table(
    "conversation",
    METADATA,
    _id(),
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
    _id(),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("person", sa.String(200), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("given_at", Instant, nullable=False),
    sa.UniqueConstraint("kind", "subject", "person", name="feedback_once"),
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    _id(),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
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

DIGEST = sa.Table(  # what an admin ordered: a kind of digest for a selection of recipients
    "digest",
    METADATA,
    _id(),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("at_minute", sa.Integer, nullable=False),  # minutes after local midnight
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("deleted_at", Instant),
)

SUBSCRIPTION = sa.Table(  # one recipient of one digest, with its own clock
    "subscription",
    METADATA,
    _id(),
    sa.Column("digest_id", sa.Integer, sa.ForeignKey("digest.id"), nullable=False),
    sa.Column("recipient_kind", sa.String(16), nullable=False),  # person | channel
    sa.Column("recipient", sa.String(200), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("next_slot", Instant),  # None: not scheduled (paused, ended)
    sa.Column("next_date", sa.String(10)),  # local date of next_slot
    sa.Column("last_date", sa.String(10)),  # local date of the newest slot already planned
    sa.Column("snoozed_until", sa.String(10)),  # local date: the first one that is sent again
    sa.Column("unsubscribed_at", Instant),
    sa.Column("ended_at", Instant),  # no longer selected by the digest (left, moved)
    sa.UniqueConstraint("digest_id", "recipient_kind", "recipient", name="subscription_once"),
    sa.Index("subscription_due", "next_slot"),
)

RULE = sa.Table(
    "rule",
    METADATA,
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

RULE_STATE = sa.Table(
    "rule_state",
    METADATA,
    sa.Column("rule_id", sa.Integer, sa.ForeignKey("rule.id"), primary_key=True),
    sa.Column("member", sa.String(200), primary_key=True),
    sa.Column("fired", sa.Boolean, nullable=False),
    sa.Column("since", sa.String(10)),  # local date of the firing that is open
    sa.Column("value", sa.Float),  # the last number that was not n/a
    sa.Column("reminded", sa.String(10)),
    sa.Column("snoozed_until", sa.String(10)),
    sa.Column("acknowledged_by", sa.String(200)),
    sa.Column("changed_at", Instant, nullable=False),
)

OUTBOX = sa.Table(
    "outbox",
    METADATA,
    _id(),
    sa.Column("dedupe_key", sa.String(255), nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),  # digest | rule | alert
    sa.Column("origin", sa.Integer, nullable=False),  # subscription or rule id
    sa.Column("slot", Instant, nullable=False),
    sa.Column("slot_date", sa.String(10), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # due | ready | sent | done | skipped | failed
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
