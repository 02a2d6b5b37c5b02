"""What Slack tells us, one module per kind, each with `register(app, conversation)`. A listener does four things:
acknowledge, read, answer, render; none catches errors (`errors.py` answers for all)."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.conversation import Conversation
from bot.listeners import actions, admin, errors, events, home, messages

__all__ = ["register"]


def register(app: AsyncApp, conversation: Conversation) -> None:
    for kind in (messages, admin, actions, home, events, errors):
        kind.register(app, conversation)
    actions.register_last(app, conversation)
