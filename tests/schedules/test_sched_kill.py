"""Killed over and over, one and two workers on one state database, Slack failing in every way and away for two hours:
nothing twice, nothing missing, and what is late says so. The clock is simulated; only the kills take real time."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from kill_worker import SharedClock

from bot.state import State, open_state
from localslack import LocalWorkspace, WorkspaceUser
from metrics.query import Relative
from schedules.digests import DigestSpec
from schedules.rules import RuleSpec
from schedules.selection import Selection
from schedules.slots import instant
from schedules.state.subscriptions import Enrolment

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ZONES = {"a": "Europe/Berlin", "b": "America/New_York", "c": "Asia/Shanghai", "d": "Europe/Berlin"}
# A Monday. 08:30 is past in New York, and in Shanghai the day lasts for two and a half hours more.
MORNING = dt.datetime(2026, 3, 2, 13, 31, tzinfo=dt.UTC)
DAY = MORNING.date()
OUTAGE = dt.timedelta(hours=2)
BOUND_S = 120


class Workers:
    """Forked by one parent process; a worker is its process id."""

    def __init__(self, many: int, database: Path, slack: LocalWorkspace, clock: Path) -> None:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
        command = [sys.executable, str(HERE / "kill_worker.py"), str(database), slack.api_url, str(clock)]
        self.parent = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pids = [self.start() for _ in range(many)]

    def start(self) -> int:
        assert self.parent.stdin is not None and self.parent.stdout is not None
        self.parent.stdin.write("one more\n")
        self.parent.stdin.flush()
        return int(self.parent.stdout.readline())

    def kill(self, position: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pids[position], signal.SIGKILL)
        self.pids[position] = self.start()

    def close(self) -> None:
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.parent.communicate()


async def test_nothing_twice_and_nothing_missing(tmp_path: Path) -> None:
    assert await killed(tmp_path, 2, digests=6, kills=6, seed=7) >= 6


@pytest.mark.nightly
@pytest.mark.parametrize("workers", [1, 2])
async def test_three_hundred_kills(tmp_path: Path, workers: int) -> None:
    kills = 0
    while kills < 150:  # and as many with the other number of workers
        folder = tmp_path / str(kills)
        folder.mkdir()
        kills += await killed(folder, workers, digests=40, kills=25, seed=kills)
    print(f"{kills} kills with {workers} at once")


async def killed(folder: Path, many: int, *, digests: int, kills: int, seed: int) -> int:
    """One morning with so many kills, half of them while Slack is away. Fails unless everything arrived once."""
    database, clock = folder / "state.db", SharedClock(folder / "clock")
    state, expected = ordered(database, digests)
    slack = LocalWorkspace([WorkspaceUser(f"U0{p.upper()}", p, f"{p}@x.example", z) for p, z in ZONES.items()], [])
    await slack.start()
    clock.put(MORNING)
    workers = Workers(many, database, slack, folder / "clock")
    try:
        chance, done, deadline = random.Random(seed), 0, time.monotonic() + BOUND_S
        away_from, back_at, alive_by = kills // 3, kills - kills // 3, time.monotonic() + 10
        while done < kills and time.monotonic() < deadline:
            slack.faults.down = away_from <= done < back_at
            if slack.faults.down:
                clock.put(MORNING + OUTAGE * (done - away_from + 1) / (back_at - away_from))
            fault(slack, chance)
            posts = posted(slack)
            await asyncio.sleep(chance.uniform(0.02, 0.3))
            if slack.faults.down or posted(slack) > posts or time.monotonic() > alive_by:  # it was at work
                workers.kill(chance.randrange(many))
                done, alive_by = done + 1, time.monotonic() + 3
        slack.faults.down = False
        await slack.until(lambda: not unfinished(state), timeout=BOUND_S)
        await asyncio.sleep(0.2)
    finally:
        workers.close()
        arrived = [m for p in ZONES for m in slack.messages(f"U0{p.upper()}")]
        await slack.stop()
    counted = Counter(m["metadata"]["event_payload"]["key"] for m in arrived)
    assert {k: n for k, n in counted.items() if n > 1} == {}
    assert set(counted) == expected
    assert {r.state for r in state.outbox.rows(kind="alert") + state.outbox.rows(kind="digest")} == {"sent"}
    assert any(r.attempts > 1 for r in state.outbox.rows(limit=5000)), "no kill hit a message on its way"
    late = [m["text"].splitlines()[0] for m in arrived if m["text"].startswith("⏰")]
    assert all("08:30" in line for line in late)
    # In New York the slot is a minute old when the outage begins: what came in time does not say that it is late.
    assert any(m["text"].startswith("⏰") for m in slack.messages("U0B"))
    state.close()
    return done


def ordered(database: Path, digests: int) -> tuple[State, set[str]]:
    """So many digests for each of the four, and a rule that fires for each; with the keys of their messages."""
    state = open_state(database)
    at = MORNING - dt.timedelta(hours=1)
    expected = set()
    for person in ZONES:
        state.links.link(f"U0{person.upper()}", person, at=at, by="test")
    for _ in range(digests):  # an order each, so that everybody gets many
        spec = DigestSpec(select=Selection(people=tuple(ZONES))).model_dump_json()
        number = state.subscriptions.add_digest("rep", spec, 510, by="ops", at=at)
        who = [
            Enrolment("person", p, zone, "zh" if p == "c" else "en", instant(DAY, 510, zone), DAY)
            for p, zone in ZONES.items()
        ]
        state.subscriptions.enrol(number, who)
        expected |= {f"digest:{s.id}:{DAY}" for s in state.subscriptions.of_digest(number)}
    spec = RuleSpec(metric="sales", measure="attainment", op="lt", threshold=0.5, period=Relative(unit="month"))
    slot = instant(DAY, 510, "Europe/Berlin")
    rule = state.rules.add("r", spec.model_dump_json(), 510, "Europe/Berlin", slot, DAY, by="ops", at=at)
    return state, expected | {f"alert:{rule}:{p}:fire:{DAY}:person:{p}" for p in ZONES}


def fault(slack: LocalWorkspace, chance: random.Random) -> None:
    """Something that Slack does on a bad day, or nothing."""
    faults, post = slack.faults, "chat.postMessage"
    chance.choice(
        [
            lambda: faults.fail(post, 500, times=2),
            lambda: faults.rate_limit(post, retry_after=0, times=3),
            lambda: faults.drop_response(post, times=2),
            lambda: faults.delay(post, 0.3, times=2),
            lambda: faults.error(post, "internal_error"),
            lambda: faults.fail("conversations.history", 500),
            lambda: None,
        ]
    )()


def posted(slack: LocalWorkspace) -> int:
    return sum(method == "chat.postMessage" for method, _ in slack.web_api.calls)


def unfinished(state: State) -> bool:
    rows = state.outbox.rows(limit=5000)
    return not rows or any(r.state in ("due", "ready") for r in rows)
