"""What the bot must not forget: conversations, links, rules, subscriptions, outbox, audit."""

from __future__ import annotations

from metrics.state.audit import AuditEntry
from bot.state.channels import Channel
from bot.state.links import Link
from bot.state.store import State, open_state

__all__ = ["AuditEntry", "Channel", "Link", "State", "open_state"]
