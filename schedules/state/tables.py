"""The tables of schedules: digests and who gets them, rules and where they stand, the outbox.

JSON is kept as text. `*_at`, `slot`, `lease_until` … are instants; `*_date` are local dates as ISO text. How the tables
came to be is in `bot/state/migrations`; a test holds both equal.
"""

from __future__ import annotations

import sqlalchemy as sa

from metrics.state.database import METADATA, Instant, id_column

DIGEST = sa.Table(  # what an admin ordered: a kind of digest for a selection of recipients
    "digest",
    METADATA,
    id_column(),
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
    id_column(),
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
    id_column(),
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
    id_column(),
    sa.Column("dedupe_key", sa.String(255), nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),  # digest | rule | alert
    sa.Column("origin", sa.Integer, nullable=False),  # subscription or rule id
    sa.Column("slot", Instant, nullable=False),
    sa.Column("slot_date", sa.String(10), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # due | ready | sent | done | skipped | missed | failed
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
