"""The local workspace of a load run with the bot in a process of its own, and who is asked to read what arrives."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.demo.cast import Cast
from bot.demo.stage import manifest
from localslack import LocalWorkspace
from localslack.ledger import Change

__all__ = ["Inbox", "Key", "open_floor"]

Message = dict[str, Any]
Key = tuple[str, str]  # ("thread", ts) | ("dm", channel) | ("alone", channel and person)
_VARYING = ("block_id", "value", "action_id", "ts")
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Inbox:
    """Every message of the app, sorted by what it answers: a thread, a DM, or what one person alone sees somewhere."""

    workspace: LocalWorkspace
    bot: int  # its process id
    arrived: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))
    _waiting: dict[Key, asyncio.Event] = field(default_factory=dict)

    def bot_cpu_s(self) -> float:
        """Seconds of processor the bot has used so far; 0 where the system does not say."""
        stat = Path(f"/proc/{self.bot}/stat")
        if not stat.is_file():
            return 0.0
        used = stat.read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")

    def watch(self) -> None:
        self.workspace.ledger.watch(self._changed)

    def _changed(self, change: Change) -> None:
        if change.kind not in ("message", "ephemeral") or change.body.get("user") != self.workspace.ledger.app.user_id:
            return
        key = self._key(change)
        self.arrived[key].append(_said(change.body))
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.set()

    def _key(self, change: Change) -> Key:
        thread = change.body.get("thread_ts")
        if thread:
            return "thread", str(thread)
        if change.kind == "ephemeral":
            return "alone", f"{change.channel} {change.user}"
        return "dm", change.channel

    async def until(self, key: Key, number: int, timeout_s: float) -> bool:
        """Until there are `number` messages under the key; False when that takes too long."""
        event = self._waiting.setdefault(key, asyncio.Event())
        try:
            async with asyncio.timeout(timeout_s):
                while len(self.arrived[key]) < number:
                    event.clear()
                    await event.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.pop(key, None)
        return True


def _said(message: Message) -> str:
    """All that a reader sees of a message, without what is new in every message."""

    def plain(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: plain(v) for k, v in node.items() if k not in _VARYING}
        return [plain(v) for v in node] if isinstance(node, list) else node

    return json.dumps([message.get("text"), plain(message.get("blocks") or [])], ensure_ascii=False, sort_keys=True)


@contextlib.asynccontextmanager
async def open_floor(folder: Path, cast: Cast, at: dt.datetime, scratch: Path) -> AsyncIterator[Inbox]:
    """The workspace in this process, the bot connected to it from another; both end with the block."""
    scopes, events, commands = manifest()
    workspace = LocalWorkspace(cast.users, cast.channels, scopes=scopes, events=events, commands=commands)
    await workspace.start()
    environment = {
        **os.environ,
        "SLACK_API_URL": workspace.api_url,
        "SLACK_BOT_TOKEN": workspace.tokens.bot,
        "SLACK_APP_TOKEN": workspace.tokens.app,
        "PACELINE_STATE_URL": f"sqlite:///{scratch / 'state.db'}",
    }
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load.served", str(folder), at.isoformat()), cwd=ROOT, env=environment
    )
    try:
        await workspace.wait_connected(60)
        inbox = Inbox(workspace, bot.pid)
        inbox.watch()
        yield inbox
    finally:
        if bot.returncode is None:
            bot.terminate()
        await bot.wait()
        await workspace.stop()
