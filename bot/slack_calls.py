"""One call of the Slack Web API and what may have become of it: done, surely not done, or unclear.

Slack has no idempotency key. A message carries a key in its metadata, and after an unclear failure it is looked for
(`find_message`) before anything is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, NoReturn

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from metrics.errors import DeliveryError
from schedules.deliver import NoRecipient, Unreachable

__all__ = [
    "EVENT_TYPE",
    "BlocksRefused",
    "CannotLook",
    "call",
    "error_name",
    "find_message",
    "is_passing",
    "message_metadata",
]

EVENT_TYPE = "paceline"

_MOST_WAIT_S = 45.0  # on a rate limit, before whoever calls is told
_PAGES, _PAGE = 5, 200  # how far back a message is looked for

_REVOKED = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "org_login_required", "token_expired", "token_revoked"}
)
_UNCLEAR = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"})
_NOBODY = frozenset({"users_not_found", "user_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot"})
_BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})


class BlocksRefused(Exception):
    """Slack did not like the blocks; nothing was posted."""


def message_metadata(key: str, kind: str) -> dict[str, Any]:
    """What travels with a message so that it can be found again."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key, "kind": kind}}


class CannotLook(DeliveryError):
    """The conversation may not be read, so nobody knows whether a message is there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False, sent=None)


async def call(do: Callable[[], Awaitable[Any]], *, changes: bool, believe_failures: bool = False) -> Any:
    """One API call; waits out rate limits for a while. `changes`: it may have done its work although no answer came, or
    although Slack answered that it failed (unless `believe_failures`).

    Raises DeliveryError (`retryable` for passing faults; `sent=None` where it may have been done all the same),
    Unreachable (the token is no longer good), NoRecipient, BlocksRefused.
    """
    waited = 0.0
    unknown = None if changes else False
    while True:
        try:
            return await do()
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
            _refused(name, status, False if believe_failures else unknown, error)
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:  # never reached Slack
            raise DeliveryError(f"Slack cannot be reached: {error}", retryable=True) from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError, SlackClientError) as error:
            raise DeliveryError(
                f"no answer from Slack: {error or type(error).__name__}", retryable=True, sent=unknown
            ) from error


async def find_message(
    client: AsyncWebClient, channel: str, key: str, *, thread: str = "", oldest: str = ""
) -> str | None:
    """The timestamp of the message that carries this key, among the newest thousand of the channel or of the thread
    (not older than the timestamp `oldest`). Raises CannotLook, and as `call` does."""
    cursor = ""
    for _ in range(_PAGES):
        where: dict[str, Any] = {"channel": channel, "limit": _PAGE, "include_all_metadata": True}
        where |= {"cursor": cursor} if cursor else {}
        where |= {"oldest": oldest} if oldest else {}
        listed = partial(client.conversations_replies, ts=thread) if thread else client.conversations_history
        try:
            page = await call(partial(listed, **where), changes=False)
        except DeliveryError as error:
            name = error_name(error.__cause__)
            if name in ("thread_not_found", "message_not_found"):
                return None
            if error.retryable or isinstance(error, Unreachable):
                raise
            raise CannotLook(str(error)) from error
        for found in page["messages"]:
            metadata = found.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            if metadata.get("event_type") == EVENT_TYPE and payload.get("key") == key:
                return str(found["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return None


def is_passing(error: BaseException) -> bool:
    """Whether Slack can be expected to do later what it did not do now."""
    if isinstance(error, DeliveryError):
        return error.retryable or isinstance(error, Unreachable)
    if isinstance(error, SlackApiError):
        status, _, _ = _parts(error)
        name = error_name(error)
        return status == 429 or status >= 500 or name in _UNCLEAR | _REVOKED | {"ratelimited", "rate_limited"}
    return isinstance(error, aiohttp.ClientError | TimeoutError | ConnectionError | SlackClientError)


def error_name(error: BaseException | None) -> str:
    """Slack's name for what went wrong; "" for other errors."""
    return str(_parts(error)[1].get("error") or "") if isinstance(error, SlackApiError) else ""


def _refused(name: str, status: int, unknown: bool | None, error: SlackApiError) -> NoReturn:
    if name in _REVOKED:
        raise Unreachable(
            f"Slack no longer accepts the bot token ({name}): install the app again; messages wait in the outbox"
        ) from error
    if status >= 500 or name in _UNCLEAR:
        raise DeliveryError(f"Slack failed: {name}", retryable=True, sent=unknown) from error
    if name in _BLOCKS_REFUSED:
        raise BlocksRefused(name) from error
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
