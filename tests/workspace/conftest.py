"""A local workspace with an unmodified bolt app connected over its socket."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from localslack import LocalWorkspace, WorkspaceChannel, WorkspaceUser

PEOPLE = [
    WorkspaceUser("U0ANNA", "Anna Schmidt", "anna@example.com", "Europe/Berlin", "de-DE", "Rep"),
    WorkspaceUser("U0LI", "李雷", "li@example.com", "Asia/Shanghai", "zh-CN", "Manager"),
    WorkspaceUser("U0BOB", "Bob Hall", "bob@example.com", "America/New_York", "en-US", "Admin", is_admin=True),
]
CHANNELS = [
    WorkspaceChannel("C0SALES", "sales", ("U0ANNA", "U0LI", "U0BOB"), "Everything sold"),
    WorkspaceChannel("C0OTHER", "other", ("U0ANNA",), app_is_member=False),
    WorkspaceChannel("G0LEADS", "leads", ("U0LI",), private=True),
]


@pytest.fixture
async def workspace() -> AsyncIterator[LocalWorkspace]:
    made = LocalWorkspace(PEOPLE, CHANNELS, ack_within=0.5, retry_pauses=(0.0, 0.05, 0.1))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client(workspace: LocalWorkspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.tokens.bot, base_url=workspace.api_url)


@pytest.fixture
async def app(workspace: LocalWorkspace) -> AsyncIterator[AsyncApp]:
    """Not connected yet: a test adds its listeners, then enters `connected(app, workspace)`."""
    made = AsyncApp(client=AsyncWebClient(token=workspace.tokens.bot, base_url=workspace.api_url))
    yield made


@pytest.fixture
async def connect(workspace: LocalWorkspace, app: AsyncApp) -> AsyncIterator[object]:
    handlers: list[AsyncSocketModeHandler] = []

    async def start(times: int = 1) -> list[AsyncSocketModeHandler]:
        for _ in range(times):
            handler = AsyncSocketModeHandler(
                app,
                workspace.tokens.app,
                web_client=AsyncWebClient(token=workspace.tokens.bot, base_url=workspace.api_url),
            )
            handler.client.ping_interval = 0.2
            await handler.connect_async()
            handlers.append(handler)
        await workspace.wait_connected()
        return handlers

    yield start
    for handler in handlers:
        await handler.close_async()
