"""`build_app`: the bolt app, the same for Socket Mode, HTTP, the local workspace and the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.conversation import Conversation
from bot.delivery_key import delivery_key
from bot.identity import Identities
from bot.inbox import Inbox
from bot.listeners import questions, register
from bot.runtime import Runtime

__all__ = ["App", "build_app", "web_client"]

RATE_LIMIT_RETRIES = 3


class App(AsyncApp):
    """bolt's app, with the questions that it has acknowledged."""

    inbox: Inbox


def build_app(
    runtime: Runtime,
    *,
    client_base_url: str | None = None,
    token: str | None = None,
    identities: Identities | None = None,
) -> App:
    """An app with every listener. `client_base_url` and `token` default to the settings (SLACK_API_URL,
    SLACK_BOT_TOKEN); `identities` is shared with a scheduler of the same process."""
    client = web_client(token or runtime.settings.bot_token, client_base_url or runtime.settings.api_url)
    app = App(
        name="paceline",
        client=client,
        signing_secret=runtime.settings.signing_secret,
        # Socket Mode requests carry no signature; over HTTP an empty secret would accept anyone's.
        request_verification_enabled=True,
    )

    async def once(
        req: AsyncBoltRequest, body: dict[str, Any], next: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        """Slack delivers some events more than once, and a signed request can be sent again by whoever saw it; the
        second time there is nothing left to do."""
        signed_at = req.headers.get("x-slack-request-timestamp", [""])[0]
        key, now = delivery_key(body, req.raw_body, signed_at), runtime.clock.now()
        if key and not await asyncio.to_thread(runtime.state.events.first_time, key, now):
            return BoltResponse(status=200, body="")
        await next()
        return None

    conversation = Conversation(runtime, identities or Identities(runtime))
    app.inbox = Inbox(conversation, client)
    questions.register(app, app.inbox)  # before `once`: a question is known by its own row, or it was not accepted
    app.middleware(once)
    register(app, conversation)
    return app


def web_client(token: str, base_url: str) -> AsyncWebClient:
    """A client that waits when told to, and never repeats a call after a broken connection: the first one may have
    arrived, and a message would be posted twice (the default handlers do repeat)."""
    return AsyncWebClient(
        token=token,
        base_url=base_url,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=RATE_LIMIT_RETRIES)],
    )
