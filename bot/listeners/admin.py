"""`/kpi-admin …`, its Confirm and Cancel, and the buttons of digests and alerts."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.admin import Reply, execute
from bot.admin.buttons import press
from bot.conversation import Conversation
from bot.identity import Speaker
from bot.listeners.places import place_of_action, place_of_command
from bot.posting import Place, post
from bot.render.admin import CANCEL, CONFIRM, reply_post
from bot.render.digests import ALERT_ACKNOWLEDGE, ALERT_FEEDBACK, ALERT_SNOOZE, DIGEST_SNOOZE, DIGEST_UNSUBSCRIBE
from bot.render.replies import line_post
from bot.wording.digests import tell

__all__ = ["register"]

_CHANNEL = re.compile(r"<#(\w+)")
_PRESSED = (DIGEST_SNOOZE, DIGEST_UNSUBSCRIBE, ALERT_ACKNOWLEDGE, ALERT_SNOOZE, ALERT_FEEDBACK)


def register(app: AsyncApp, conversation: Conversation) -> None:
    runtime = conversation.runtime

    async def command(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = place_of_command(body)
        await _answer(client, place, str(body.get("text") or ""))

    async def confirm(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = place_of_action(body)
        if place is not None:
            await _answer(client, place.only_asker(), str(action.get("value") or ""))

    async def cancel(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = place_of_action(body)
        if place is not None:
            speaker = await conversation.identities.speaker(client, place.user)
            await post(client, place.only_asker(), line_post(tell(speaker.language, "done.cancelled")))

    async def pressed(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = place_of_action(body)
        if place is None:
            return
        speaker = await conversation.identities.speaker(client, place.user)
        text = tell(speaker.language, "done.who")
        if speaker.person is not None:
            text = await conversation.run(
                press, str(action["action_id"]), str(action.get("value") or ""), actor=speaker.person, language=speaker.language,
                numbers=runtime.metrics, state=runtime.state, as_of=_now(),
            )  # fmt: skip
        await post(client, place.only_asker(), line_post(text, mrkdwn=True))

    async def _answer(client: AsyncWebClient, place: Place, text: str) -> None:
        speaker = await conversation.identities.speaker(client, place.user)
        reply = Reply(tell(speaker.language, "done.who"))
        if speaker.person is not None:
            await _look_at_channels(client, place, text)
            reply = await _execute(speaker, place, text)
        await post(client, place, reply_post(reply, speaker.language))

    async def _execute(speaker: Speaker, place: Place, text: str) -> Reply:
        assert speaker.person is not None, "checked by the caller"
        channel = None if place.channel.startswith("D") else place.channel
        return await conversation.run(
            execute, text, actor=speaker.person, channel=channel, numbers=runtime.metrics, state=runtime.state, as_of=_now()
        )

    async def _look_at_channels(client: AsyncWebClient, place: Place, text: str) -> None:
        """Who reads the channels that the command speaks of. One that the bot is not in stays unknown."""
        wanted = {m[1] for m in _CHANNEL.finditer(text)} | ({place.channel} if place.channel.startswith("C") else set())
        found = await asyncio.gather(*(conversation.identities.audience(client, c) for c in wanted), return_exceptions=True)
        for result in found:
            if isinstance(result, BaseException) and not isinstance(result, SlackApiError):
                raise result

    def _now() -> dt.datetime:
        return runtime.clock.now()

    app.command("/kpi-admin")(command)
    app.action(CONFIRM)(confirm)
    app.action(CANCEL)(cancel)
    for action_id in _PRESSED:
        app.action(action_id)(pressed)
