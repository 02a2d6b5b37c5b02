"""People who ask one question after another, and the record of how each was answered."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from bench.load.floor import Inbox, Key

__all__ = ["Asked", "Asker", "Question", "Way"]

Way = Literal["dm", "mention", "command"]
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Question:
    """`answer`: the messages that answered it when nobody else asked; () before that is known."""

    text: str
    way: Way
    answer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it went: seconds from writing to the last message of its answer, None when that did not come."""

    began: float
    took_s: float | None
    key: Key
    before: int  # messages under the key when it was asked
    question: Question


@dataclass
class Asker:
    """One person with their questions. `channel`: where they name the bot or use the command; `dm`: theirs with it."""

    user: str
    channel: str
    dm: str
    questions: Sequence[Question]
    asked: list[Asked] = field(default_factory=list)
    waits: bool = False  # for an answer

    async def ask(self, inbox: Inbox, question: Question, messages: int = 1) -> Asked:
        """Ask it and wait for so many messages."""
        desk, app = inbox.workspace.desk, inbox.workspace.ledger.app.user_id
        began = time.perf_counter()
        key: Key
        if question.way == "dm":
            key = ("dm", self.dm)
            before = len(inbox.arrived[key])
            desk.say(self.user, self.dm, question.text)
        elif question.way == "command":
            key = ("alone", f"{self.channel} {self.user}")
            before = len(inbox.arrived[key])
            inbox.workspace.hub.background(desk.slash(self.user, self.channel, "/kpi", question.text))
        else:
            before = 0
            key = ("thread", desk.say(self.user, self.channel, f"<@{app}> {question.text}")["ts"])
        there = await inbox.until(key, before + messages, PATIENCE_S)
        took = time.perf_counter() - began
        return Asked(began, took if there else None, key, before, question)

    async def ask_on(
        self, inbox: Inbox, until: float, *, going: asyncio.Event | None = None, think_s: float = 0.0
    ) -> None:
        """One question after another until the moment (of `time.perf_counter`); not while `going` is cleared."""
        for question in itertools.cycle(self.questions):
            if going is not None and not going.is_set():
                await _either(going, until)
            if time.perf_counter() >= until:
                return
            self.waits = True
            self.asked.append(await self.ask(inbox, question, len(question.answer)))
            self.waits = False
            if think_s:
                await asyncio.sleep(think_s)


async def _either(going: asyncio.Event, until: float) -> None:
    try:
        async with asyncio.timeout(max(0.0, until - time.perf_counter())):
            await going.wait()
    except TimeoutError:
        return
