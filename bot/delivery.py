"""Digests and alerts over the Slack Web API: one message per key, also when Slack's answer got lost on the way.

Slack has no idempotency key. The message's key is put into its metadata, and after an unclear failure the scheduler
asks `find` to look for it before anything is sent again. The client must not retry by itself: see `delivery_client`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.render.answer import Post
from metrics.errors import DeliveryError
from schedules.deliver import NoRecipient, Unreachable
from schedules.messages import Message

__all__ = ["EVENT_TYPE", "SlackDeliver", "delivery_client"]

log = logging.getLogger(__name__)

EVENT_TYPE = "paceline"
_NO_USER = "{person} has no Slack user who may be told: link one with /kpi-admin link, unless they have left"
_TIMEOUT_S = 20  # of one request; the outbox lease is far longer
_MOST_WAIT_S = 45.0  # on a rate limit, before the message goes back to the outbox
_PACE_S = 1.0  # Slack takes about one message per second and channel
_PAGES, _PAGE = 5, 200  # how far back `find` looks

_REVOKED = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "org_login_required", "token_expired", "token_revoked"}
)
_UNCLEAR = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"})
_NOBODY = frozenset({"users_not_found", "user_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot"})
_BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})


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
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": message.key, "kind": message.kind}}
        async with self._turns.setdefault(channel, asyncio.Lock()):
            await self._pace(channel)
            variants = [list(post.blocks), list(post.plain), None]
            for position, blocks in enumerate(variants):
                try:
                    response = await self._call(
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
                except _BlocksRefused as refused:
                    if position == len(variants) - 1:
                        raise DeliveryError(f"Slack refused the message: {refused}", retryable=False) from refused
                    log.warning("blocks of %s refused (%s), sending a plainer message", message.key, refused)
        return f"{response['channel']}:{response['ts']}"

    async def find(self, message: Message) -> str | None:
        """The "channel:ts" of the message that carries this key, among the newest thousand of its channel."""
        channel = await self._channel(message)
        cursor = ""
        for _ in range(_PAGES):
            at = cursor
            page = await self._call(
                lambda at=at: self._client.conversations_history(  # type: ignore[misc]
                    channel=channel, limit=_PAGE, cursor=at or None, include_all_metadata=True
                ),
                changes=False,
            )
            for found in page["messages"]:
                metadata = found.get("metadata") or {}
                payload = metadata.get("event_payload") or {}
                if metadata.get("event_type") == EVENT_TYPE and payload.get("key") == message.key:
                    return f"{channel}:{found['ts']}"
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return None

    async def _channel(self, message: Message) -> str:
        if message.to.kind == "channel":
            return message.to.id
        user = await self._user(message.to.id)
        if user not in self._direct:
            opened = await self._call(lambda: self._client.conversations_open(users=user), changes=False)
            self._direct[user] = str(opened["channel"]["id"])
        return self._direct[user]

    async def _user(self, person_id: str) -> str:
        """The Slack user who speaks for a person today. Raises NoRecipient."""
        user = await self._call(lambda: self._user_of(self._client, person_id), changes=False)
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

    async def _call(self, call: Callable[[], Awaitable[Any]], *, changes: bool) -> Any:
        """One API call; waits out rate limits. `changes`: it may have done its work although no answer came."""
        waited = 0.0
        unknown = None if changes else False
        while True:
            try:
                return await call()
            except SlackApiError as error:
                status, data, headers = _parts(error)
                name = str(data.get("error") or f"HTTP {status}")
                if status == 429 or name in ("ratelimited", "rate_limited"):
                    pause = _seconds(headers.get("Retry-After"))
                    waited += pause
                    if waited > _MOST_WAIT_S:
                        raise DeliveryError(f"Slack asks to wait {pause:g} s", retryable=True) from error
                    await asyncio.sleep(pause)
                    continue
                _refused(name, status, unknown, error)
            except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:  # never reached Slack
                raise DeliveryError(f"Slack cannot be reached: {error}", retryable=True) from error
            except (aiohttp.ClientError, TimeoutError, ConnectionError, SlackClientError) as error:
                raise DeliveryError(
                    f"no answer from Slack: {error or type(error).__name__}", retryable=True, sent=unknown
                ) from error


class _BlocksRefused(Exception):
    """Slack did not like the blocks; nothing was posted."""


def _refused(name: str, status: int, unknown: bool | None, error: SlackApiError) -> NoReturn:
    if name in _REVOKED:
        raise Unreachable(
            f"Slack no longer accepts the bot token ({name}): install the app again; messages wait in the outbox"
        ) from error
    if status >= 500 or name in _UNCLEAR:
        raise DeliveryError(f"Slack failed: {name}", retryable=True, sent=unknown) from error
    if name in _BLOCKS_REFUSED:
        raise _BlocksRefused(name) from error
    if name in _NOBODY:
        raise NoRecipient(f"Slack knows no such user ({name}): link the person with /kpi-admin link") from error
    raise DeliveryError(f"Slack refused: {name}", retryable=False) from error


def _parts(error: SlackApiError) -> tuple[int, Mapping[str, Any], Mapping[str, str]]:
    """Status, body and headers of what came back, whatever shape the client gave it."""
    response: Any = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    data = getattr(response, "data", response)
    return int(status), data if isinstance(data, Mapping) else {}, getattr(response, "headers", None) or {}


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text)) if text else 1.0
    except ValueError:
        return 1.0
