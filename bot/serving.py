"""Connecting the app to Slack, over Socket Mode or HTTP, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator

from aiohttp import ClientError, web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError

from bot.app import App, build_app, web_client
from bot.calm_start import settled
from bot.console import Console
from bot.identity import Identities
from bot.kept_alive import kept_alive
from bot.runtime import Runtime
from bot.scheduler import scheduling
from bot.signed_http import PATH, signed_listener
from metrics.errors import UserError

__all__ = ["check_tokens", "connected", "serve"]


async def serve(runtime: Runtime, console: Console, *, scheduler: bool = True, port: int | None = None) -> None:
    """Run until SIGINT or SIGTERM. Raises UserError "slack_token" naming the token that Slack does not take."""
    team = await check_tokens(runtime)
    identities = Identities(runtime)  # one for both: what Slack says has changed holds for digests at once
    app = build_app(runtime, identities=identities)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with contextlib.AsyncExitStack() as running:
        # Left in the other order: first nothing new is taken, then what was is finished, then the scheduler's tick.
        ticker = await running.enter_async_context(scheduling(runtime, identities=identities)) if scheduler else None
        await running.enter_async_context(connected(app, runtime, port=port))
        how = (
            "Socket Mode"
            if runtime.settings.app_token
            else f"HTTP on port {port or runtime.settings.port}, path {PATH}"
        )
        console.line(f"Paceline is connected to {team} over {how}." + ("" if scheduler else " No scheduler."))
        await asyncio.to_thread(settled)
        await stop.wait()
        if ticker is not None:
            ticker.pause()


@contextlib.asynccontextmanager
async def connected(
    app: App, runtime: Runtime, *, app_token: str | None = None, port: int | None = None
) -> AsyncIterator[None]:
    """The app with its connection: Socket Mode when there is an app token, else a listener for signed requests. At the
    end nothing new is taken, and what was acknowledged is answered, for as long as the settings allow."""
    token = app_token or runtime.settings.app_token
    async with kept_alive(app.client), contextlib.AsyncExitStack() as closing:
        app.inbox.start()
        closing.push_async_callback(app.inbox.drain, runtime.settings.drain_s)
        if token:
            handler = AsyncSocketModeHandler(app, token)
            closing.push_async_callback(handler.close_async)
            await handler.connect_async()  # type: ignore[no-untyped-call]
        else:
            # The bytes as they came are what is signed; nobody's archive is unpacked before that is seen.
            runner = web.AppRunner(signed_listener(app, runtime.settings.signing_secret), auto_decompress=False)
            closing.push_async_callback(runner.cleanup)
            await runner.setup()
            await web.TCPSite(runner, port=port or runtime.settings.port).start()
        closing.push_async_callback(app.inbox.refuse)
        yield


async def check_tokens(runtime: Runtime) -> str:
    """The name of the workspace. Raises UserError "slack_token" when a token is missing, wrong or revoked, and
    "slack_unreachable"; asked before connecting because the Socket Mode client would try for ever."""
    settings = runtime.settings
    if not settings.bot_token:
        raise UserError("slack_token", subject="SLACK_BOT_TOKEN", fields={"reason": "it is not set"})
    if not settings.app_token and not settings.signing_secret:
        raise UserError(
            "slack_token", subject="SLACK_APP_TOKEN or SLACK_SIGNING_SECRET", fields={"reason": "neither is set"}
        )
    name = "SLACK_BOT_TOKEN"
    client = web_client(settings.bot_token, settings.api_url)
    try:
        team = str((await client.auth_test()).get("team") or "Slack")
        if settings.app_token:
            name = "SLACK_APP_TOKEN"
            await client.apps_connections_open(app_token=settings.app_token)
    except SlackApiError as error:
        reason = str(error.response.get("error") or "refused")
        raise UserError("slack_token", subject=name, fields={"reason": f"Slack says {reason}"}) from error
    except (ClientError, TimeoutError, OSError) as error:
        raise UserError("slack_unreachable", subject=settings.api_url, fields={"reason": str(error)}) from error
    return team
