"""`/kpi QUESTION`: answered to the asker alone."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.conversation import Conversation
from bot.listeners.places import place_of_command

__all__ = ["register"]


def register(app: AsyncApp, conversation: Conversation) -> None:
    async def kpi(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await conversation.question(client, place_of_command(body), str(body.get("text") or "").strip() or "help")

    app.command("/kpi")(kpi)
