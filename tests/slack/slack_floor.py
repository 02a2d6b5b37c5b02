"""A connected app with its workspace, as the Slack tests see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.clock import MovableClock
from bot.runtime import Runtime
from localslack import LocalWorkspace

Message = dict[str, Any]


@dataclass
class Floor:
    workspace: LocalWorkspace
    runtime: Runtime
    clock: MovableClock
    app: AsyncApp

    async def ask(self, user: str, channel: str, text: str) -> Message:
        """The first answer that anybody sees (in a channel perhaps only the asker)."""
        answer: Message = await self.workspace.ask(user, channel, text)
        return answer

    async def dm(self, user: str, text: str) -> Message:
        return await self.ask(user, "dm", text)

    def posted(self, channel: str, *, to_all: bool) -> list[Message]:
        """What the app wrote in a channel: to everybody, or before one person's eyes only."""
        return [
            m
            for m in self.workspace.messages(channel)
            if m.get("user") == self.workspace.ledger.app.user_id and bool(m.get("is_ephemeral")) is not to_all
        ]

    def calls(self, method: str) -> list[Message]:
        return [arguments for name, arguments in self.workspace.web_api.calls if name == method]


def shown(message: Message) -> str:
    """Everything a person reads in a message."""
    return f"{message.get('text')} {json.dumps(message.get('blocks'), ensure_ascii=False)}"


def kinds(message: Message) -> list[str]:
    return [block["type"] for block in message["blocks"]]
