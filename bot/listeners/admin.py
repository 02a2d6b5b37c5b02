"""`/kpi-admin …`, its Confirm and Cancel, and the buttons of digests and alerts. The work itself is in `bot.admin`."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.admin.buttons import press
from bot.admin.confirming import take
from bot.admin.execute import execute
from bot.conversation import Conversation
from bot.identity import Speaker
from bot.listeners.places import place_of_command, pressed_at
from bot.posting import Place, post
from bot.render.admin import CANCEL, CONFIRM, reply_post
from bot.render.digests import ALERT_ACKNOWLEDGE, ALERT_FEEDBACK, ALERT_SNOOZE, DIGEST_SNOOZE, DIGEST_UNSUBSCRIBE
from bot.render.replies import line_post
from bot.state.pending import Verdict
from bot.wording.digests import tell

__all__ = ["register"]

_CHANNEL = re.compile(r"<#(C\w+|G\w+)(?:\|[^>]*)?>|(?<!\S)#([\w-]+)")
_MOST_CHANNELS = 3  # no command names more; each costs calls to Slack
_LINKING = re.compile(r"\s*(?:un)?link\b", re.IGNORECASE)
_USER = re.compile(r"<@([UW][A-Z0-9]+)")


def register(app: AsyncApp, conversation: Conversation) -> None:
    async def admin(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = place_of_command(body)
        speaker = await conversation.identities.speaker(client, place.user)
        if speaker.person is None:
            await conversation.not_in(client, place, speaker)
            return
        given_in = None if place.channel.startswith("D") else place.channel
        await _carry_out(client, place, speaker, str(body.get("text") or "").strip() or "help", given_in)

    async def decide(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = (await pressed_at(body, client)).only_asker()
        speaker = await conversation.identities.speaker(client, place.user)
        if speaker.person is None:
            await conversation.not_in(client, place, speaker)
            return
        verdict: Verdict = "confirmed" if action["action_id"] == CONFIRM else "cancelled"
        runtime = conversation.runtime
        taken = await conversation.run(
            take,
            str(action.get("value") or ""),
            verdict,
            actor=speaker.person.id,
            language=speaker.language,
            state=runtime.state,
            at=runtime.clock.now(),
        )
        if isinstance(taken, str):
            await post(client, place, line_post(taken))
        elif verdict == "cancelled":
            await post(client, place, line_post(tell(speaker.language, "done.cancelled")))
        else:
            await _carry_out(client, place, speaker, taken.command, taken.channel)

    async def button(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = await pressed_at(body, client)
        speaker = await conversation.identities.speaker(client, place.user)
        if speaker.person is None:
            await conversation.not_in(client, place, speaker)
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

    async def _carry_out(
        client: AsyncWebClient, place: Place, speaker: Speaker, text: str, given_in: str | None
    ) -> None:
        runtime = conversation.runtime
        assert speaker.person is not None
        here = (
            f"<#{given_in}>" if given_in and given_in.startswith(("C", "G")) else ""
        )  # an alert may be told where it was made
        await _know_channels(client, f"{text} {here}")
        named = dict.fromkeys(_USER.findall(text)) if _LINKING.match(text) else {}
        standing = {user: await conversation.identities.standing(client, user) for user in named}
        now = runtime.clock.now()
        reply = await conversation.turn(
            speaker.person,
            execute,
            text,
            actor=speaker.person,
            channel=given_in,
            numbers=runtime.metrics,
            state=runtime.state,
            as_of=now,
            account=place.user,
            standing=standing,
            workspace=runtime.workspace,
        )
        waits = ""
        if reply.confirm:
            keep = runtime.state.pending.keep
            waits = await conversation.run(keep, speaker.person.id, reply.confirm, given_in, at=now)
        await post(client, place, reply_post(reply, speaker.language, waits))

    async def _know_channels(client: AsyncWebClient, text: str) -> None:
        """A command may name a channel in which nothing was asked yet: look up who reads it."""
        for identifier, name in list(dict.fromkeys(_CHANNEL.findall(text)))[:_MOST_CHANNELS]:
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
    app.action(CONFIRM)(decide)
    app.action(CANCEL)(decide)
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
