"""The Home tab: who you are, examples, your messages from Paceline, how fresh the data is."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.conversation import Conversation
from bot.render.button_values import Carried, encode
from bot.render.home import home_view
from bot.small_talk import examples

__all__ = ["register"]

MOST_PROMPTS = 4


def register(app: AsyncApp, conversation: Conversation) -> None:
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        user = str(event["user"])
        speaker = await conversation.identities.speaker(client, user)
        runtime, words = conversation.runtime, conversation.words(speaker.language)
        offered = (
            []
            if speaker.person is None
            else await conversation.turn(speaker.person, examples, runtime, speaker.person, speaker.language)
        )
        if event.get("tab") == "messages":
            if offered:
                prompts = [{"title": text, "message": text} for text in offered[:MOST_PROMPTS]]
                await client.assistant_threads_setSuggestedPrompts(channel_id=str(event["channel"]), prompts=prompts)
            return
        subscriptions = (
            []
            if speaker.person is None
            else await conversation.run(runtime.state.subscriptions.of_person, speaker.person.id)
        )
        digests = {d.id: d for d in await conversation.run(runtime.state.subscriptions.digests)}
        lines = [
            (digests[s.digest_id].kind, digests[s.digest_id].at_minute)
            for s in subscriptions
            if s.live and s.digest_id in digests
        ]
        buttons = [(text, encode(Carried(speaker.language, None, text), lambda _id, _value: None)) for text in offered]
        view = home_view(words, speaker, buttons, lines, runtime.metrics.data_through)
        await client.views_publish(user_id=user, view=view)

    app.event("app_home_opened")(opened)
