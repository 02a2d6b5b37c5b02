"""`paceline serve` as processes of their own on one state database, against a local workspace; and storms of questions
whose answers are counted one by one."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.state import open_state
from localslack import LocalWorkspace, WorkspaceChannel, WorkspaceUser

AT = dt.datetime(2024, 3, 12, 9, 0, tzinfo=dt.UTC)
PEOPLE = ("r1", "r2", "r3", "r5", "r6", "m1", "m2", "head", "ops")
WHO = {f"U0{person.upper()}": person for person in PEOPLE}
USERS = [WorkspaceUser(user, user, f"{user.lower()}@world.example", "UTC", "en-US") for user in WHO]
CHANNELS = [WorkspaceChannel("C0ALL", "all", tuple(WHO)), WorkspaceChannel("C0TWO", "two", ("U0OPS", "U0M1"))]
DAYS = [dt.date(2024, 2, 18) + dt.timedelta(days=n) for n in range(23)]  # when everybody has data
PATIENCE_S = 60.0
LEASE_S = 2


class Served:
    """One process. What it logs comes through a pipe, so that a full disk does not hide it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.logged = ""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.logged += line.decode(errors="replace")

    def send(self, name: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(name)

    async def ended(self) -> int:
        return await asyncio.wait_for(self.process.wait(), PATIENCE_S)


@dataclass
class House:
    """A workspace, a state database, and the processes between them."""

    slack: LocalWorkspace
    world: Path
    database: Path
    served: list[Served] = field(default_factory=list)

    async def serve(self, **env: str) -> Served:
        """Start a process and wait until it is connected."""
        given = {
            **os.environ,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.tokens.bot,
            "SLACK_APP_TOKEN": self.slack.tokens.app,
            "PACELINE_STATE_URL": f"sqlite:///{self.database}",
            "PACELINE_LEASE_S": str(LEASE_S),
            "PYTHONUNBUFFERED": "1",
            **env,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli", "-w", str(self.world), "serve", "--no-scheduler"),
            env=given,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        one = Served(process)
        self.served.append(one)
        assert process.stdout is not None
        said = (await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)).decode()
        assert said.startswith("Paceline is connected"), one.logged[-2000:]
        return one

    async def until(
        self, condition: Callable[[], bool], what: str | Callable[[], str], seconds: float = PATIENCE_S
    ) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not condition():  # noqa: ASYNC110  what is waited for announces nothing
                    await asyncio.sleep(0.05)
        except TimeoutError:
            logs = "\n".join(f"--- process {n}\n{s.logged[-3000:]}" for n, s in enumerate(self.served))
            said = what if isinstance(what, str) else what()
            raise AssertionError(f"not in {seconds:g} s: {said}\n{logs}") from None

    def by_bot(self, channel: str) -> list[dict[str, Any]]:
        return [m for m in self.slack.messages(channel) if m.get("user") == self.slack.ledger.app.user_id]


@contextlib.asynccontextmanager
async def open_house(world: Path, folder: Path) -> AsyncIterator[House]:
    """Everybody is known; unacknowledged events come again soon, and often."""
    database = folder / "state.db"
    state = open_state(database)
    for user, person in WHO.items():
        state.links.link(user, person, at=AT, by="test")
    state.close()
    slack = LocalWorkspace(USERS, CHANNELS, retry_pauses=(0.0, *[1.0] * 30))
    await slack.start()
    house = House(slack, world, database)
    try:
        yield house
    finally:
        for served in house.served:
            if served.process.returncode is None:
                served.process.kill()
                await served.process.wait()
        await slack.stop()


@dataclass
class Asked:
    """One question of a storm. `door`: dm | mention | kpi. Its day is in no other question of the storm."""

    door: str
    user: str
    day: dt.date
    ts: str = ""
    acked: bool = False

    @property
    def text(self) -> str:
        return f"revenue on {self.day.day} {self.day:%B %Y}"

    @property
    def label(self) -> str:
        return f", {self.day.day} {self.day:%b %Y}: "

    @property
    def channel(self) -> str:
        return self.user if self.door == "dm" else "C0ALL"


class Storm:
    """Questions through every door at once, and how often each was answered since."""

    def __init__(self, house: House, many: int) -> None:
        self.house = house
        doors, users = ("dm", "mention", "kpi", "dm"), list(WHO)
        # of one day are two questions at most: one in the channel, one in a direct message
        self.asked = [Asked(doors[n % 4], users[n % len(users)], DAYS[n // 4 * 2 + n % 4 // 2]) for n in range(many)]
        self._since = float(house.slack.ledger.new_ts())
        self._commands: set[asyncio.Task[None]] = set()

    async def begin(self) -> None:
        for asked in self.asked:
            if asked.door == "kpi":
                self._commands.add(asyncio.create_task(self._command(asked)))
            else:
                say = self.house.slack.dm if asked.door == "dm" else self._mention
                asked.ts = (await say(asked.user, asked.text))["ts"]

    async def _mention(self, user: str, text: str) -> dict[str, Any]:
        said: dict[str, Any] = await self.house.slack.mention(user, "C0ALL", text)
        return said

    async def _command(self, asked: Asked) -> None:
        asked.acked = (await self.house.slack.slash(asked.user, "C0ALL", "/kpi", asked.text)).acked

    def look(self) -> None:
        """Which events were acknowledged by now."""
        acked = {e["payload"].get("event", {}).get("ts") for e, _ in self.house.slack.socket.acked}
        for asked in self.asked:
            asked.acked = asked.acked or (asked.ts != "" and asked.ts in acked)

    def answers(self, asked: Asked) -> int:
        return sum(
            asked.label in m["text"] and m["user"] != asked.user and self._is_to(m, asked)
            for m in self.house.by_bot(asked.channel)
            if float(m["ts"]) > self._since
        )

    @staticmethod
    def _is_to(message: dict[str, Any], asked: Asked) -> bool:
        return asked.door != "kpi" or message.get("ephemeral_to") == asked.user

    def notes(self, asked: Asked) -> int:
        """How often the asker was told that the answer may not have arrived."""
        return sum(
            "may not have reached you" in m["text"] and f"“{asked.text}”" in m["text"]
            for m in self.house.by_bot(asked.user)
            if float(m["ts"]) > self._since
        )

    def settled(self) -> bool:
        """Every acknowledged question has an answer, or (where nobody can look) its asker was told."""
        self.look()
        return all(not a.acked or self.answers(a) or self.notes(a) for a in self.asked)

    def missing(self) -> str:
        """What stands between this storm and its end, for whoever reads a failure."""
        self.look()
        left = [a for a in self.asked if not self.answers(a) and not self.notes(a)]
        rows = (
            sqlite3.connect(self.house.database).execute("SELECT * FROM question WHERE state != 'answered'").fetchall()
        )
        said = [m["text"][:80] for c in {a.channel for a in left} for m in self.house.by_bot(c)[-60:]]
        return f"left: {left}\nrows: {rows}\nsaid: {said}"

    def over(self) -> bool:
        """Settled, and every event was acknowledged by somebody. (A command is delivered once only.)"""
        return self.settled() and all(a.acked for a in self.asked if a.door != "kpi")

    @property
    def acknowledged(self) -> int:
        self.look()
        return sum(a.acked for a in self.asked)

    @property
    def answered(self) -> int:
        return sum(self.answers(a) > 0 for a in self.asked)

    def check(self) -> dict[str, int]:
        """Fails unless each acknowledged question was answered once. What only the asker sees and was on its way when
        the process was killed may be unknown: then the asker was told once. Gives the figures."""
        self.look()
        twice = [a for a in self.asked if self.answers(a) > 1 or self.notes(a) > 1]
        assert not twice, f"answered twice: {twice}"
        lost = [a for a in self.asked if a.acked and not self.answers(a) and not self.notes(a)]
        assert not lost, f"lost: {lost}"
        told = [a for a in self.asked if self.notes(a)]
        assert all(a.door != "dm" for a in told), f"told although it can be looked up: {told}"
        unacknowledged = [a for a in self.asked if not a.acked]
        assert all(a.door == "kpi" for a in unacknowledged), f"never acknowledged: {unacknowledged}"
        return {"asked": len(self.asked), "acked": len(self.asked) - len(unacknowledged), "told": len(told)}
