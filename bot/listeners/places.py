"""Where the reply to a Slack payload goes."""

from __future__ import annotations

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.posting import Place

__all__ = ["own_dm", "place_of_action", "place_of_body", "place_of_command", "place_of_event", "pressed_at"]

Body = dict[str, Any]


def place_of_event(event: Body) -> Place:
    """In a channel always a thread; in a DM the thread it was written in, or the main line."""
    channel = str(event["channel"])
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    thread = str(event.get("thread_ts") or ("" if direct else event["ts"]))
    return Place(channel, str(event["user"]), thread, direct, asked_at=str(event.get("ts") or ""))


def place_of_command(body: Body) -> Place:
    """Only the asker sees the reply to a slash command."""
    return Place(str(body["channel_id"]), str(body["user_id"]), private=True, response_url=str(body["response_url"]))


def place_of_action(body: Body) -> Place | None:
    """Beside the message whose button was pressed; None for buttons that are in no channel (Home tab)."""
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    if not channel:
        return None
    direct = str(channel).startswith("D")
    message = body.get("message") or {}
    thread = container.get("thread_ts") or message.get("thread_ts") or ""
    hidden = bool(container.get("is_ephemeral"))
    if not thread and not direct and not hidden:
        thread = container.get("message_ts") or message.get("ts") or ""
    # An ephemeral message outside a thread may be in a channel the bot is no member of: its response_url works there.
    url = str(body.get("response_url") or "") if hidden and not thread else ""
    return Place(str(channel), str(body["user"]["id"]), str(thread), direct, private=hidden, response_url=url)


async def pressed_at(body: Body, client: AsyncWebClient) -> Place:
    """Where to reply to whoever pressed a button: beside it, or in their DM where it is in no channel."""
    return place_of_action(body) or await own_dm(body, client)


async def own_dm(body: Body, client: AsyncWebClient) -> Place:
    user = str(body["user"]["id"])
    opened = await client.conversations_open(users=user)
    return Place(str(opened["channel"]["id"]), user, direct=True)


def place_of_body(body: Body) -> Place | None:
    """For any payload, as far as it has a place; used for the one error reply."""
    event = body.get("event")
    if isinstance(event, dict):
        return place_of_event(event) if event.get("channel") and event.get("user") and event.get("ts") else None
    if body.get("command"):
        return place_of_command(body)
    return place_of_action(body) if body.get("type") == "block_actions" else None
