"""The runs: everybody alone first, which gives the answers to compare with; then all together."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.load.asking import Asker, Question, Way
from bench.load.figures import Figures, figures_of
from bench.load.floor import Inbox, open_floor
from bench.load.questions import WIDE, Kinds, by_kind, questions_of, whole
from bot.ask import ask
from bot.demo.cast import Cast, cast_of
from bot.runtime import Runtime
from metrics.people import Audience, Person

__all__ = ["Fairness", "Plan", "fairness", "load_run"]

WAYS: tuple[Way, ...] = ("dm", "dm", "mention", "command", "dm", "mention")
SETTLED_S = 1.5  # after the last answer: what comes twice comes by then
SWITCH_S = 0.5  # between two stretches: answers to what was asked before
KEPT = 0.8


@dataclass(frozen=True, slots=True)
class Plan:
    """`folder`: a loaded demo company of `day`. `think`: seconds between an answer and the next question. `questions`:
    different ones of each asker, drawn from every `every`th text there is. `wide` askers beside the others in every
    other `stretch` of seconds."""

    folder: Path
    day: dt.date
    askers: int = 50
    seconds: float = 60
    think: float = 0
    questions: int = 6
    every: int = 1
    wide: int = 0
    stretch: float = 5


@dataclass(frozen=True, slots=True)
class Fairness:
    """`kept`: the others' rate beside the wide askers, as a part of their rate without; median of the stretches."""

    others: Figures
    wide: Figures
    rate_without: float
    rate_beside: float
    kept: float

    @property
    def broken(self) -> list[str]:
        both = [b for b in (*self.others.broken, *self.wide.broken) if b.startswith("0 ") or "acknowledged" in b]
        return [*both, *([f"the others keep {KEPT:.0%} of their rate"] if self.kept < KEPT else [])]


async def load_run(plan: Plan, scratch: Path) -> Figures:
    """So many askers, so many seconds. `scratch`: an empty folder for the bot's state."""
    async with _floor(plan, scratch) as (inbox, askers, _):
        until, used = time.perf_counter() + plan.seconds, inbox.bot_cpu_s()
        await asyncio.gather(*(a.ask_on(inbox, until, think_s=plan.think) for a in askers))
        used = inbox.bot_cpu_s() - used
        await asyncio.sleep(SETTLED_S)
        return figures_of(askers, inbox, plan.seconds, used)


async def fairness(plan: Plan, scratch: Path) -> Fairness:
    """The others ask all the time, the wide askers every other stretch."""
    async with _floor(plan, scratch) as (inbox, askers, wide):
        began = time.perf_counter()
        until = began + plan.seconds
        going = asyncio.Event()
        spans: list[tuple[float, float, bool]] = []  # of each stretch: from, to, beside wide askers

        async def in_turns() -> None:
            while time.perf_counter() + plan.stretch < until:
                since = time.perf_counter()
                await asyncio.sleep(plan.stretch)
                spans.append((since, time.perf_counter(), going.is_set()))
                (going.clear if going.is_set() else going.set)()
                while not going.is_set() and any(a.waits for a in wide):  # noqa: ASYNC110  what they asked is still worked on
                    await asyncio.sleep(0.05)
                await asyncio.sleep(SWITCH_S)
            going.clear()

        await asyncio.gather(
            in_turns(),
            *(a.ask_on(inbox, until, think_s=plan.think) for a in askers),
            *(a.ask_on(inbox, until, going=going) for a in wide),
        )
        await asyncio.sleep(SETTLED_S)
        without, beside = (_rate(askers, [(s, e) for s, e, wide in spans if wide == b]) for b in (False, True))
        return Fairness(
            figures_of(askers, inbox, plan.seconds),
            figures_of(wide, inbox, plan.seconds / 2),
            without,
            beside,
            beside / without,
        )


def _rate(askers: Sequence[Asker], spans: Sequence[tuple[float, float]]) -> float:
    """Answers a second, the median of the stretches."""
    done = [asked.began + asked.took_s for a in askers for asked in a.asked if asked.took_s is not None]
    return statistics.median(sum(since <= moment < to for moment in done) / (to - since) for since, to in spans)


@contextlib.asynccontextmanager
async def _floor(plan: Plan, scratch: Path) -> AsyncIterator[tuple[Inbox, list[Asker], list[Asker]]]:
    """The inbox, the others and the wide askers, each with answers of their own to compare with."""
    cast, at, listed, broad = _people(plan)
    async with open_floor(plan.folder, cast, at, scratch) as inbox:
        askers = [_asker(inbox, cast, user, questions) for user, questions in listed]
        wides = [_asker(inbox, cast, user, questions) for user, questions in broad]
        await _alone([*askers, *wides], inbox)
        inbox.workspace.socket.acks.clear()
        yield inbox, askers, wides


Listed = list[tuple[str, list[Question]]]  # user -> what they ask


def _people(plan: Plan) -> tuple[Cast, dt.datetime, Listed, Listed]:
    """Everybody, the moment, and who asks what: others from all roles; the wide askers see everything, if there are
    enough who do, so that their grids are the widest."""
    runtime = Runtime.open(plan.folder, {"PACELINE_STATE_URL": "sqlite://"})
    try:
        at = dt.datetime.combine(plan.day, dt.time(9, 30), runtime.timezone)
        cast = cast_of(runtime.metrics.org, plan.day, str(runtime.timezone))
        people = {user: runtime.metrics.org.people[person] for user, person in cast.person_of.items()}
        widest = sorted(
            people, key=lambda user: (people[user].sees != "all", people[user].role not in ("lead", "manager"))
        )
        broad = widest[: plan.wide]
        others = [user for user in people if user not in broad][: plan.askers]
        kinds = {
            role: by_kind(runtime, next(people[u] for u in others if people[u].role == role), at, every=plan.every)
            for role in {people[u].role for u in others}
        }
        listed = [
            (user, _drawn(runtime, people[user], at, kinds[people[user].role], plan.questions, seed))
            for seed, user in enumerate(others)
        ]
        return cast, at, listed, [(user, [Question(text, "dm") for text in WIDE]) for user in broad]
    finally:
        runtime.close()


def _drawn(runtime: Runtime, person: Person, at: dt.datetime, kinds: Kinds, number: int, seed: int) -> list[Question]:
    texts: list[str] = []
    for text in questions_of(kinds, number * 2, seed):
        mine = ask(runtime, text, asker=person, audience=Audience.only_viewer(), as_of=at)
        if mine.status == "answered" and text not in texts:
            texts.append(text)
    kept = whole(runtime, person, at, texts)[:number]
    return [Question(text, WAYS[(place + seed) % len(WAYS)]) for place, text in enumerate(kept)]


def _asker(inbox: Inbox, cast: Cast, user: str, questions: list[Question]) -> Asker:
    channel = next((c.id for c in cast.channels if user in c.members and c.id != "C0SALES"), "C0SALES")
    return Asker(user, channel, inbox.workspace.ledger.app_dm(user).id, questions)


async def _alone(askers: Sequence[Asker], inbox: Inbox) -> None:
    """Every question once with nobody else asking; what answers it then is its answer."""
    first = [(asker, await asker.ask(inbox, question)) for asker in askers for question in asker.questions]
    await asyncio.sleep(SETTLED_S)  # a second message, for the asker alone, may follow the first in a channel
    answers: dict[int, list[Question]] = {}
    for asker, asked in first:
        if asked.took_s is None:
            raise RuntimeError(f"not answered even alone: {asked.question.text}")
        end = None if asked.key[0] == "thread" else asked.before + 1
        said = tuple(inbox.arrived[asked.key][asked.before : end])
        answers.setdefault(id(asker), []).append(replace(asked.question, answer=said))
    for asker in askers:
        asker.questions = answers[id(asker)]
