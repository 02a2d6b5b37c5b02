"""Digests and alerts over the Slack Web API: one message per key, also when Slack's answer got lost on the way.

After an unclear failure the scheduler asks `find` to look for the message before anything is sent again. The client
must not retry by itself: see `delivery_client`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot.render.answer import Post
from bot.slack_calls import BlocksRefused, call, find_message, message_metadata
from metrics.errors import DeliveryError
from schedules.deliver import NoRecipient
from schedules.messages import Message

__all__ = ["SlackDeliver", "delivery_client"]

log = logging.getLogger(__name__)

_NO_USER = "{person} has no Slack user who may be told: link one with /kpi-admin link, unless they have left"
_TIMEOUT_S = 20  # of one request; the outbox lease is far longer
_PACE_S = 1.0  # Slack takes about one message per second and channel


def delivery_client(token: str, base_url: str) -> AsyncWebClient:
    """A client that never sends a request twice on its own (the default handler does after a disconnect)."""
    return AsyncWebClient(token=token, base_url=base_url, timeout=_TIMEOUT_S, retry_handlers=[])


class SlackDeliver:
    """`Deliver` over Slack. `render` makes the post of a message; `user_of` gives the Slack user who speaks for a
    person (see `Identities.user_of`), None for nobody."""

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        render: Callable[[Message], Post],
        user_of: Callable[[AsyncWebClient, str], Awaitable[str | None]],
        pace_s: float = _PACE_S,
    ) -> None:
        self._client = client
        self._render = render
        self._user_of = user_of
        self._pace_s = pace_s
        self._direct: dict[
            str, str
        ] = {}  # Slack user -> DM channel; not by person: whom a person is linked to can change
        self._turns: dict[str, asyncio.Lock] = {}
        self._next_at: dict[str, float] = {}

    async def send(self, message: Message) -> str:
        """Post it; returns "channel:ts". Raises DeliveryError, or Unreachable when the token is no longer good."""
        channel = await self._channel(message)
        post = self._render(message)
        metadata = message_metadata(message.key, message.kind)
        async with self._turns.setdefault(channel, asyncio.Lock()):
            await self._pace(channel)
            variants = [list(post.blocks), list(post.plain), None]
            for position, blocks in enumerate(variants):
                try:
                    response = await call(
                        lambda blocks=blocks: self._client.chat_postMessage(  # type: ignore[misc]
                            channel=channel,
                            text=post.text,
                            blocks=blocks or None,
                            metadata=metadata,
                            unfurl_links=False,
                        ),
                        changes=True,
                    )
                    break
                except BlocksRefused as refused:
                    if position == len(variants) - 1:
                        raise DeliveryError(f"Slack refused the message: {refused}", retryable=False) from refused
                    log.warning("blocks of %s refused (%s), sending a plainer message", message.key, refused)
        return f"{response['channel']}:{response['ts']}"

    async def find(self, message: Message) -> str | None:
        """The "channel:ts" of the message that carries this key, among the newest thousand of its channel."""
        channel = await self._channel(message)
        ts = await find_message(self._client, channel, message.key)
        return None if ts is None else f"{channel}:{ts}"

    async def _channel(self, message: Message) -> str:
        if message.to.kind == "channel":
            return message.to.id
        user = await self._user(message.to.id)
        if user not in self._direct:
            opened = await call(lambda: self._client.conversations_open(users=user), changes=False)
            self._direct[user] = str(opened["channel"]["id"])
        return self._direct[user]

    async def _user(self, person_id: str) -> str:
        """The Slack user who speaks for a person today. Raises NoRecipient."""
        user = await call(lambda: self._user_of(self._client, person_id), changes=False)
        if user is None:
            raise NoRecipient(_NO_USER.format(person=person_id))
        return str(user)

    async def _pace(self, channel: str) -> None:
        """Wait for this channel's turn."""
        loop = asyncio.get_running_loop()
        wait = self._next_at.get(channel, 0.0) - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        self._next_at[channel] = loop.time() + self._pace_s
