"""`/kpi-admin …`, its confirm button, and the buttons of digests and alerts. The work itself is in `bot.admin`."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.admin.buttons import press
from bot.admin.execute import execute
from bot.admin.parts import Reply
from bot.conversation import Conversation
from bot.listeners.places import place_of_action, place_of_command
from bot.posting import Place, post
from bot.render.answer import Post
from bot.render.blocks import VALUE_CHARS, Button, actions, escape, message_blocks, section
from bot.render.digests import ALERT_ACKNOWLEDGE, ALERT_FEEDBACK, ALERT_SNOOZE, DIGEST_SNOOZE, DIGEST_UNSUBSCRIBE
from bot.render.replies import line_post
from bot.wording import Words

__all__ = ["register"]

CONFIRM = "admin_confirm"
_CHANNEL = re.compile(r"<#(C\w+|G\w+)(?:\|[^>]*)?>|(?<!\S)#([\w-]+)")


def register(app: AsyncApp, conversation: Conversation) -> None:
    async def admin(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await _carry_out(client, place_of_command(body), str(body.get("text") or "").strip() or "help")

    async def confirm(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = place_of_action(body)
        if place is not None:
            await _carry_out(client, place.only_asker(), str(action.get("value") or ""))

    async def button(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = place_of_action(body)
        if place is None:
            return
        speaker = await conversation.identities.speaker(client, place.user)
        if speaker.person is None:
            await conversation.unknown_person(client, place, speaker.language)
            return
        runtime = conversation.runtime
        said = await conversation.run(
            press,
            str(action["action_id"]),
            str(action.get("value") or ""),
            actor=speaker.person,
            language=speaker.language,
            numbers=runtime.metrics,
            state=runtime.state,
            as_of=runtime.clock.now(),
        )
        await post(client, place.only_asker(), line_post(said))

    async def _carry_out(client: AsyncWebClient, place: Place, text: str) -> None:
        speaker = await conversation.identities.speaker(client, place.user)
        if speaker.person is None:
            await conversation.unknown_person(client, place, speaker.language)
            return
        runtime = conversation.runtime
        await _know_channels(client, text)
        reply = await conversation.run(
            execute,
            text,
            actor=speaker.person,
            channel=None if place.channel.startswith("D") else place.channel,
            numbers=runtime.metrics,
            state=runtime.state,
            as_of=runtime.clock.now(),
        )
        await post(client, place, _reply_post(conversation.words(speaker.language), reply))

    async def _know_channels(client: AsyncWebClient, text: str) -> None:
        """A command may name a channel in which nothing was asked yet: look up who reads it."""
        for identifier, name in _CHANNEL.findall(text):
            known = await conversation.run(runtime_channels.named, name) if name else None
            found = identifier or (known.id if known else await _channel_called(client, name))
            if found:
                try:
                    await conversation.identities.audience(client, found)
                except SlackApiError as error:
                    # Not a member: the command itself says that it does not know the channel.
                    if error.response.get("error") not in ("channel_not_found", "not_in_channel"):
                        raise

    runtime_channels = conversation.runtime.state.channels
    app.command("/kpi-admin")(admin)
    app.action(CONFIRM)(confirm)
    for name in (ALERT_ACKNOWLEDGE, ALERT_SNOOZE, ALERT_FEEDBACK, DIGEST_SNOOZE, DIGEST_UNSUBSCRIBE):
        app.action(name)(button)


async def _channel_called(client: AsyncWebClient, name: str) -> str:
    cursor = ""
    while True:
        page = await client.conversations_list(types="public_channel,private_channel", exclude_archived=True, limit=200, cursor=cursor)
        for channel in page["channels"]:
            if channel.get("name") == name:
                return str(channel["id"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return ""


def _reply_post(words: Words, reply: Reply) -> Post:
    blocks = [section(escape(piece)) for piece in _paragraphs(reply.text)]
    if reply.confirm and len(reply.confirm) <= VALUE_CHARS:
        blocks += actions([Button(words.say("button.confirm"), CONFIRM, reply.confirm, "primary")])
    return Post(escape(reply.text), tuple(message_blocks(blocks)))


def _paragraphs(text: str, most: int = 2500) -> list[str]:
    """Lines gathered into pieces that fit a section."""
    pieces = [""]
    for line in text.splitlines():
        if len(pieces[-1]) + len(line) > most:
            pieces.append("")
        pieces[-1] += ("\n" if pieces[-1] else "") + line
    return [piece for piece in pieces if piece]
