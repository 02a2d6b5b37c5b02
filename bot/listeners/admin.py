"""`/kpi-admin …`, its Confirm and Cancel, and the buttons of digests and alerts. The work itself is in `bot.admin`."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.admin.buttons import press
from bot.admin.execute import execute
from bot.conversation import Conversation
from bot.listeners.places import place_of_action, place_of_command
from bot.posting import Place, post
from bot.render.admin import CANCEL, CONFIRM, reply_post
from bot.render.digests import ALERT_ACKNOWLEDGE, ALERT_FEEDBACK, ALERT_SNOOZE, DIGEST_SNOOZE, DIGEST_UNSUBSCRIBE
from bot.render.replies import line_post
from bot.wording.digests import tell

__all__ = ["register"]

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

    async def cancel(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = place_of_action(body)
        if place is not None:
            speaker = await conversation.identities.speaker(client, place.user)
            await post(client, place.only_asker(), line_post(tell(speaker.language, "done.cancelled")))

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
        here = (
            f"<#{place.channel}>" if place.channel.startswith(("C", "G")) else ""
        )  # an alert may be told where it was made
        await _know_channels(client, f"{text} {here}")
        reply = await conversation.run(
            execute,
            text,
            actor=speaker.person,
            channel=None if place.channel.startswith("D") else place.channel,
            numbers=runtime.metrics,
            state=runtime.state,
            as_of=runtime.clock.now(),
            workspace=runtime.workspace,
        )
        await post(client, place, reply_post(reply, speaker.language))

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
    app.action(CANCEL)(cancel)
    for name in (ALERT_ACKNOWLEDGE, ALERT_SNOOZE, ALERT_FEEDBACK, DIGEST_SNOOZE, DIGEST_UNSUBSCRIBE):
        app.action(name)(button)


async def _channel_called(client: AsyncWebClient, name: str) -> str:
    cursor = ""
    while True:
        page = await client.conversations_list(
            types="public_channel,private_channel", exclude_archived=True, limit=200, cursor=cursor
        )
        for channel in page["channels"]:
            if channel.get("name") == name:
                return str(channel["id"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return ""
