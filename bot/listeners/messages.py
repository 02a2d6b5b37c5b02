"""Mentions in channels and messages in DMs are questions."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.conversation import Conversation
from bot.listeners.places import place_of_event

__all__ = ["plain_text", "register"]

_NAMED = re.compile(r"<([@#!])([^>|]+)(?:\|([^>]*))?>")
_LINK = re.compile(r"<(?:mailto:|https?://)[^>|]*\|([^>]*)>|<((?:mailto:|https?://)[^>|]*)>")


def register(app: AsyncApp, conversation: Conversation) -> None:
    async def mention(event: dict[str, Any], client: AsyncWebClient, context: dict[str, Any]) -> None:
        if event.get("bot_id") or not event.get("user"):
            return  # an app or a workflow: it asks for nobody
        text = await _text(event, client, context)
        await conversation.question(client, place_of_event(event), text)

    async def message(event: dict[str, Any], client: AsyncWebClient, context: dict[str, Any]) -> None:
        written = event.get("subtype") in (None, "file_share") and event.get("user") and not event.get("bot_id")
        if event.get("channel_type") != "im" or not written:
            return
        text = await _text(event, client, context)
        await conversation.question(client, place_of_event(event), text)

    async def _text(event: dict[str, Any], client: AsyncWebClient, context: dict[str, Any]) -> str:
        """What was written, with people by name: "@Anna's sales" is a question about Anna."""
        written = str(event.get("text") or "")
        own = context.get("bot_user_id")
        users = {m.group(2) for m in _NAMED.finditer(written) if m.group(1) == "@"} - {own}
        names = {user: (await conversation.identities.speaker(client, user)).name for user in users}
        return plain_text(written, own, names)

    app.event("app_mention")(mention)
    app.event("message")(message)


def plain_text(written: str, own: str | None, names: dict[str, str]) -> str:
    """Slack's markup taken off: the bot's own name goes, people become their names, `&lt;` becomes "<"."""

    def named(match: re.Match[str]) -> str:
        sort, target, label = match.groups()
        if sort == "@":
            return "" if target == own else names.get(target) or label or ""
        return label or ""

    text = _NAMED.sub(named, _LINK.sub(lambda m: m.group(1) or m.group(2) or "", written))
    return " ".join(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split())
