"""What the bot must not forget: conversations, links, choices, channels; with the rules, subscriptions and outbox of
schedules."""

from __future__ import annotations

from bot.state.channels import Channel
from bot.state.links import Link
from bot.state.store import State, open_state
from metrics.state.audit import AuditEntry

__all__ = ["AuditEntry", "Channel", "Link", "State", "open_state"]
