"""The runs: everybody alone first, which gives the answers to compare with; then all together."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.load.asking import Asker, Question, Way
from bench.load.figures import Figures, figures_of
from bench.load.floor import Inbox, open_floor
from bench.load.questions import WIDE, by_kind, questions_of, whole
from bot.ask import ask
from bot.demo.cast import Cast, cast_of
from bot.demo.folder import DemoFolder
from bot.runtime import Runtime
from metrics.people import Audience

__all__ = ["Fairness", "fairness", "load_run"]

WAYS: tuple[Way, ...] = ("dm", "dm", "mention", "command", "dm", "mention")
SETTLED_S = 1.5  # after the last answer: what comes twice comes by then
SWITCH_S = 0.5  # after a switch: answers to what was asked before it
KEPT = 0.8


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


async def load_run(args: argparse.Namespace, scratch: Path) -> Figures:
    """So many askers, so many seconds."""
    async with _floor(args, scratch, args.askers, 0) as (inbox, askers, _):
        until, used = time.perf_counter() + args.seconds, inbox.bot_cpu_s()
        await asyncio.gather(*(a.ask_on(inbox, until, think_s=args.think) for a in askers))
        used = inbox.bot_cpu_s() - used
        await asyncio.sleep(SETTLED_S)
        return figures_of(askers, inbox, args.seconds, used)


async def fairness(args: argparse.Namespace, scratch: Path) -> Fairness:
    """The others ask all the time, the wide askers every other stretch."""
    async with _floor(args, scratch, args.askers, args.wide) as (inbox, askers, wide):
        began = time.perf_counter()
        until = began + args.seconds
        going = asyncio.Event()
        switches: list[tuple[float, bool]] = [(began, False)]

        async def in_turns() -> None:
            while time.perf_counter() + args.stretch < until:
                await asyncio.sleep(args.stretch)
                (going.clear if going.is_set() else going.set)()
                switches.append((time.perf_counter(), going.is_set()))
            going.set()

        await asyncio.gather(
            in_turns(),
            *(a.ask_on(inbox, until, think_s=args.think) for a in askers),
            *(a.ask_on(inbox, until, going=going) for a in wide),
        )
        await asyncio.sleep(SETTLED_S)
        rates = {beside: _rates(askers, switches, until, beside) for beside in (False, True)}
        without, beside = (statistics.median(rates[b]) for b in (False, True))
        return Fairness(
            figures_of(askers, inbox, args.seconds),
            figures_of(wide, inbox, args.seconds / 2),
            without,
            beside,
            beside / without,
        )


def _rates(askers: Sequence[Asker], switches: Sequence[tuple[float, bool]], until: float, beside: bool) -> list[float]:
    """Answers a second of each stretch with (or without) the wide askers, its first moments left out."""
    done = [asked.began + asked.took_s for a in askers for asked in a.asked if asked.took_s is not None]
    ends = [s for s, _ in switches[1:]] + [until]
    spans = [(s + SWITCH_S, end) for (s, wide), end in zip(switches, ends, strict=True) if wide == beside]
    return [sum(s <= moment < end for moment in done) / (end - s) for s, end in spans if end - s > SWITCH_S]


@contextlib.asynccontextmanager
async def _floor(args: argparse.Namespace, scratch: Path, others: int, wide: int) -> Any:
    """The inbox, the others and the wide askers, each with answers of their own to compare with."""
    folder = args.folder or scratch / "company"
    folder.mkdir(parents=True, exist_ok=True)
    day = DemoFolder(folder, {}, reps=max(60, others + wide)).prepare(args.as_of)
    cast, at, listed, broad = _people(folder, day, others, wide, args.questions)
    async with open_floor(folder, cast, at, scratch) as inbox:
        askers = [_asker(inbox, cast, user, questions) for user, questions in listed]
        wides = [_asker(inbox, cast, user, questions) for user, questions in broad]
        sys.stderr.write(f"{len(askers)} askers, {len(wides)} wide; each asks alone first\n")
        await _alone([*askers, *wides], inbox)
        inbox.workspace.socket.acks.clear()
        yield inbox, askers, wides


def _people(
    folder: Path, day: dt.date, others: int, wide: int, number: int
) -> tuple[Cast, dt.datetime, list[tuple[str, list[Question]]], list[tuple[str, list[Question]]]]:
    """Who asks what: others from all roles; the wide askers see everything, so that their grids are the widest."""
    runtime = Runtime.open(folder, {"PACELINE_STATE_URL": "sqlite://"})
    try:
        at = dt.datetime.combine(day, dt.time(9, 30), runtime.timezone)
        cast = cast_of(runtime.metrics.org, day, str(runtime.timezone))
        people = {user: runtime.metrics.org.people[person] for user, person in cast.person_of.items()}
        broad = [user for user, p in people.items() if p.sees == "all"][:wide]
        if len(broad) < wide:
            broad += [u for u, p in people.items() if p.role in ("lead", "manager") and u not in broad][
                : wide - len(broad)
            ]
        kinds = {}
        listed = []
        for seed, user in enumerate([u for u in people if u not in broad][:others]):
            person = people[user]
            if person.role not in kinds:
                kinds[person.role] = by_kind(runtime, person, at)
            texts = []
            for text in questions_of(kinds[person.role], number * 3, seed):
                mine = ask(runtime, text, asker=person, audience=Audience.only_viewer(), as_of=at)
                if mine.status == "answered" and text not in texts:
                    texts.append(text)
            texts = whole(runtime, person, at, texts)[:number]
            listed.append((user, [Question(t, WAYS[(i + seed) % len(WAYS)]) for i, t in enumerate(texts)]))
        return cast, at, listed, [(user, [Question(text, "dm") for text in WIDE]) for user in broad]
    finally:
        runtime.close()


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
