"""What is written where the bot reads along. Questions among it never come here (`questions.py`)."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.conversation import Conversation

__all__ = ["register"]


def register(app: AsyncApp, conversation: Conversation) -> None:
    async def not_for_us() -> None:
        """Acknowledged, so that Slack does not deliver it again."""

    app.event("app_mention")(not_for_us)
    app.event("message")(not_for_us)
