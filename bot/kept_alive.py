"""One set of connections to Slack for all calls: without it every call makes a new one, with all it takes to greet."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from aiohttp import ClientSession, ClientTimeout
from slack_sdk.web.async_client import AsyncWebClient

__all__ = ["kept_alive"]


@contextlib.asynccontextmanager
async def kept_alive(client: AsyncWebClient) -> AsyncIterator[None]:
    """Inside, the client's calls (and those of clients that bolt makes from it) use connections that are there."""
    async with ClientSession(timeout=ClientTimeout(total=client.timeout)) as session:
        client.session = session
        try:
            yield
        finally:
            client.session = None
