"""Putting a reply where it belongs, once: a thread, a DM, or only before the asker's eyes.

A reply that others can read carries a key in its metadata: after an unclear failure it is looked for before it is sent
again. A reply that only the asker sees (ephemeral, response_url) is in no history. It is sent at most once where nobody
can know whether it arrived, and the asker is told so in a direct message.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.render.answer import Post
from bot.render.blocks import Block, clip
from bot.render.late import with_line
from bot.render.replies import line_post
from bot.slack_calls import BlocksRefused, CannotLook, call, error_name, find_message, message_metadata
from bot.slack_hosts import is_slacks
from bot.wording import say
from metrics.errors import DeliveryError

__all__ = ["Place", "Ticket", "direct_message", "post"]

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # between tries; then whoever asked for it decides
HOOK_TIMEOUT_S = 20
NOT_THERE = (  # an ephemeral reply cannot be shown here, or no longer: it goes to the DM
    "user_not_in_channel",
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "expired_url",
    "used_url",
    "no_service",
)
QUOTED = 150  # characters of a question that is repeated to the asker

Send = Callable[[list[Block] | None], Awaitable[Any]]


async def _holds(_private: bool) -> None:
    """A reply that nobody else could give."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What sending must know of the question that a reply answers.

    `key` travels with the reply. `asked`: the question's words, in `language`, for telling the asker. `look`: it may
    have been answered before (taken over, delivered twice): look first. `shown`: a reply before the asker's eyes only
    was begun before. `age`: how long ago it was asked, where that is worth saying. `hold`: called before each try, with
    whether the reply can be looked up by nobody; raises when the question is somebody else's by now.
    """

    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    asked: str = ""
    language: str = "en"
    accepted_at: dt.datetime | None = None
    look: bool = False
    shown: bool = False
    age: dt.timedelta | None = None
    hold: Callable[[bool], Awaitable[None]] = _holds


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply goes. `thread`: the thread's first message, "" for none. `direct`: a DM with the bot.
    `private`: shown to `user` alone. `response_url`: of a slash command, which also works where the bot is no member;
    one that is not Slack's own is never called, the reply goes through the API then.
    `asked_at`: timestamp of the message that is answered, "" where there is none. `ticket`: of the question."""

    channel: str
    user: str
    thread: str = ""
    direct: bool = False
    private: bool = False
    response_url: str = ""
    asked_at: str = ""
    ticket: Ticket | None = field(default=None, compare=False)

    def only_asker(self) -> Place:
        """The same place, before the asker's eyes only."""
        return self if self.direct else replace(self, private=True)

    def of_part(self, part: int) -> Place:
        """The same place, for a further answer to the same question: it is looked for by a key of its own."""
        if not part or self.ticket is None:
            return self
        return replace(self, ticket=replace(self.ticket, key=f"{self.ticket.key}:{part}"))


async def post(client: AsyncWebClient, place: Place, message: Post) -> str:
    """Send, with less ornament each time Slack refuses the blocks, and again after passing faults. Gives the timestamp
    of the message, "" where it has none.

    Raises DeliveryError when Slack cannot be reached for half a minute or will not have it, and what `Ticket.hold`
    raises."""
    ticket = place.ticket or Ticket()
    unseen = bool(place.response_url) or (place.private and not place.direct)
    if ticket.age is not None:
        message = with_line(message, _late_line(ticket.language, ticket.age))
    if unseen and (ticket.age is None or ticket.shown):
        return await _show(client, place, ticket, message)
    # Who looks at the channel after so long? The DM is still there tomorrow.
    return await _say(client, await direct_message(client, place) if unseen else place, ticket, message)


async def direct_message(client: AsyncWebClient, place: Place) -> Place:
    """The asker's DM with the bot. Raises DeliveryError."""
    opened = await call(lambda: client.conversations_open(users=place.user), changes=False)
    return Place(str(opened["channel"]["id"]), place.user, direct=True, ticket=place.ticket)


async def _say(client: AsyncWebClient, place: Place, ticket: Ticket, message: Post) -> str:
    """A message that stays in the channel's history."""
    look = ticket.look

    async def send(blocks: list[Block] | None) -> Any:
        return await client.chat_postMessage(
            channel=place.channel,
            text=message.text,
            blocks=blocks,
            thread_ts=place.thread or None,
            metadata=message_metadata(ticket.key, "reply"),
            unfurl_links=False,
            unfurl_media=False,
        )

    for pause in (*PAUSES_S, None):
        try:
            if look:
                found = await find_message(
                    client, place.channel, ticket.key, thread=place.thread, oldest=place.asked_at
                )
                if found is not None:
                    return found
            await ticket.hold(False)
            sent = await _plainer(message, send)
            return str(sent.get("ts") or "")
        except CannotLook:
            return "" if place.direct else await _unsure(client, place, ticket)
        except DeliveryError as error:
            if not error.retryable or pause is None:
                raise
            look = look or error.sent is None
        await asyncio.sleep(pause)
    return ""


async def _show(client: AsyncWebClient, place: Place, ticket: Ticket, message: Post) -> str:
    """A message before the asker's eyes only. That Slack failed counts as not shown, that it did not answer counts as
    perhaps shown."""
    if ticket.shown:
        return await _unsure(client, place, ticket)

    async def send(blocks: list[Block] | None) -> Any:
        if place.response_url and is_slacks(place.response_url, client.base_url):
            return await _respond(place.response_url, message.text, blocks)
        return await client.chat_postEphemeral(
            channel=place.channel, user=place.user, text=message.text, blocks=blocks, thread_ts=place.thread or None
        )

    for pause in (*PAUSES_S, None):
        try:
            await ticket.hold(True)
            await _plainer(message, send, believe_failures=True)
            return ""
        except DeliveryError as error:
            if error.sent is None:
                return await _unsure(client, place, ticket)
            if error_name(error.__cause__) in NOT_THERE:
                return await _say(client, await direct_message(client, place), ticket, message)
            if not error.retryable or pause is None:
                raise
        await asyncio.sleep(pause)
    return ""


async def _unsure(client: AsyncWebClient, place: Place, ticket: Ticket) -> str:
    """Tell the asker that a reply may not have reached them, where it can be looked up whether they were told."""
    key = "reply.unsure" if ticket.asked else "reply.unsure.last"
    told = line_post(say(ticket.language, key, question=clip(ticket.asked, QUOTED)))
    note = replace(ticket, key=f"{ticket.key}:unsure", age=None)
    return await _say(client, await direct_message(client, place), note, told)


async def _plainer(message: Post, send: Send, *, believe_failures: bool = False) -> Any:
    """Send with all blocks, with plain ones, with none, until Slack likes them."""
    for variant in ("blocks", "plain"):  # the plain ones are made only when they are looked at
        blocks = list(getattr(message, variant))
        if not blocks:
            continue
        try:
            return await call(partial(send, blocks), changes=True, believe_failures=believe_failures)
        except BlocksRefused:
            continue
    try:
        return await call(partial(send, None), changes=True, believe_failures=believe_failures)
    except BlocksRefused as refused:
        raise DeliveryError(f"Slack refused the message: {refused}", retryable=False) from refused


@dataclass(frozen=True, slots=True)
class _HookAnswer:
    """What a response_url answered, in the shape of a Web API response."""

    status_code: int
    data: Mapping[str, str]
    headers: Mapping[str, str]

    def get(self, name: str) -> str | None:
        return self.data.get(name)


async def _respond(url: str, text: str, blocks: list[Block] | None) -> None:
    # No retry of its own: the default one sends again after a broken connection.
    hook = AsyncWebhookClient(url, timeout=HOOK_TIMEOUT_S, retry_handlers=[])
    answer = await hook.send(text=text, blocks=blocks, response_type="ephemeral")
    if answer.status_code != 200:
        name = (answer.body or "").strip()[:80] or f"http_{answer.status_code}"
        raise SlackApiError(name, _HookAnswer(answer.status_code, {"error": name}, answer.headers))  # type: ignore[no-untyped-call]


def _late_line(language: str, age: dt.timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return (
        say(language, "reply.late", n=minutes) if minutes < 120 else say(language, "reply.late.hours", n=minutes // 60)
    )
