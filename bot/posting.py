"""Putting a message where it belongs: a thread, a DM, or only before the asker's eyes. With plainer blocks where Slack
refuses the fine ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.render.answer import Post
from bot.render.blocks import Block
from bot.slack_hosts import is_slacks
from metrics.errors import DeliveryError

__all__ = ["Place", "post"]

REFUSED = ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply goes. `thread`: the thread's first message, "" for none. `direct`: a DM with the bot.
    `private`: shown to `user` alone. `response_url`: of a slash command, which also works where the bot is no member;
    one that is not Slack's own is never called, the reply goes through the API then.
    `asked_at`: timestamp of the message that is answered, "" where there is none."""

    channel: str
    user: str
    thread: str = ""
    direct: bool = False
    private: bool = False
    response_url: str = ""
    asked_at: str = ""

    def only_asker(self) -> Place:
        """The same place, before the asker's eyes only."""
        return self if self.direct else replace(self, private=True)


async def post(client: AsyncWebClient, place: Place, message: Post) -> str:
    """Send, with less ornament each time Slack refuses the blocks. Gives the timestamp of the message, "" where it has
    none.

    Raises SlackApiError for any other refusal."""
    attempts: list[Sequence[Block]] = [message.blocks, message.plain, ()]
    for index, blocks in enumerate(attempts):
        if not blocks and index < len(attempts) - 1:
            continue
        try:
            return await _send(client, place, message.text, blocks)
        except SlackApiError as error:
            if error.response.get("error") in REFUSED and blocks:
                continue
            raise
    return ""


async def _send(client: AsyncWebClient, place: Place, text: str, blocks: Sequence[Block]) -> str:
    shown = list(blocks) or None
    if place.response_url and is_slacks(place.response_url, client.base_url):
        hook = AsyncWebhookClient(place.response_url)
        answer = await hook.send(text=text, blocks=shown, response_type="ephemeral")
        if answer.status_code != 200:
            name = (answer.body or "").strip()[:80] or f"http_{answer.status_code}"
            if name in REFUSED:
                raise SlackApiError(name, {"ok": False, "error": name})  # type: ignore[no-untyped-call]
            raise DeliveryError(f"response_url refused: {name}", retryable=answer.status_code >= 500)
    elif place.private and not place.direct:
        await client.chat_postEphemeral(
            channel=place.channel, user=place.user, text=text, blocks=shown, thread_ts=place.thread or None
        )
    else:
        sent = await client.chat_postMessage(
            channel=place.channel,
            text=text,
            blocks=shown,
            thread_ts=place.thread or None,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(sent.get("ts") or "")
    return ""
