"""Telling an admin that the state database takes no writes."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.admins import tell_admins
from bot.runtime import Runtime

__all__ = ["StateTrouble"]

TROUBLE_S = 5.0  # so long it may last before anybody is told


class StateTrouble:
    """An admin hears once that the state cannot be written, and once of what was lost."""

    def __init__(self, client: AsyncWebClient, runtime: Runtime) -> None:
        self._client, self._runtime = client, runtime
        self._told = False
        self._told_lost = 0

    async def look(self) -> None:
        writer = self._runtime.state.writer
        if writer.failing_for > TROUBLE_S and not self._told:
            database = self._runtime.state.database.url.database
            await tell_admins(self._client, self._runtime, "admin.state_failing", database=database)
            self._told = True
        elif not writer.failing_for and (self._told or writer.lost > self._told_lost):
            if writer.lost > self._told_lost:
                lost = writer.lost - self._told_lost
                await tell_admins(self._client, self._runtime, "admin.state_lost", n=lost)
            self._told, self._told_lost = False, writer.lost
