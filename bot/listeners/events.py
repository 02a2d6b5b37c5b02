"""Changes that make remembered things wrong: profiles and the members of channels."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.conversation import Conversation

__all__ = ["register"]


def register(app: AsyncApp, conversation: Conversation) -> None:
    async def user_changed(event: dict[str, Any]) -> None:
        conversation.identities.forget_user(str(event["user"]["id"]))

    async def members_changed(event: dict[str, Any]) -> None:
        conversation.identities.forget_channel(str(event["channel"]))

    app.event("user_change")(user_changed)
    app.event("member_joined_channel")(members_changed)
    app.event("member_left_channel")(members_changed)
