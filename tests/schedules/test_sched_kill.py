"""Killed between sending and writing down, over and over, two workers at a time: nothing twice, nothing missing."""

from __future__ import annotations

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

from bot.state import State, open_state
from metrics.query import Relative
from schedules.digests import DigestSpec
from schedules.rules import RuleSpec
from schedules.selection import Selection
from schedules.state.subscriptions import Enrolment

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PEOPLE = ("a", "b", "c", "d")
DIGESTS = 60
KILLS = 12


class Workers:
    """Two at a time, forked by one parent process; a worker is its process id."""

    def __init__(self, database: Path, folder: Path) -> None:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
        command = [sys.executable, str(HERE / "kill_worker.py"), str(database), str(folder)]
        self.parent = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pids = [self.start(n) for n in range(2)]

    def start(self, seed: int) -> int:
        assert self.parent.stdin is not None and self.parent.stdout is not None
        self.parent.stdin.write(f"{seed}\n")
        self.parent.stdin.flush()
        return int(self.parent.stdout.readline())

    def close(self) -> None:
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.parent.communicate()


def test_nothing_twice_and_nothing_missing(tmp_path: Path) -> None:
    database, folder = tmp_path / "state.db", tmp_path / "arrived"
    folder.mkdir()
    state = open_state(database)
    at = dt.datetime.now(dt.UTC)
    slot = at + dt.timedelta(seconds=1)
    expected = set()
    for _ in range(DIGESTS):  # a digest order each, so that everybody gets many
        number = state.subscriptions.add_digest(
            "rep", DigestSpec(select=_only()).model_dump_json(), 510, by="ops", at=at
        )
        state.subscriptions.enrol(
            number, [Enrolment("person", p, zone(p), language(p), slot, slot.date()) for p in PEOPLE]
        )
        expected |= {f"digest:{s.id}:{slot.date()}" for s in state.subscriptions.of_digest(number)}
    spec = RuleSpec(metric="sales", measure="attainment", op="lt", threshold=0.5, period=Relative(unit="month"))
    rule = state.rules.add("r", spec.model_dump_json(), 510, "Europe/Berlin", slot, slot.date(), by="ops", at=at)
    expected |= {f"alert:{rule}:{p}:fire:{slot.date()}:person:{p}" for p in PEOPLE}

    chance, workers, killed = random.Random(7), Workers(database, folder), 0
    deadline = time.monotonic() + 90
    while killed < KILLS and time.monotonic() < deadline:
        victim = chance.randrange(2)
        # Wait for a life sign of this worker, so that it is killed at work and not while Python starts.
        pid, until = workers.pids[victim], time.monotonic() + 3
        while (
            time.monotonic() < until and not any(f".{pid}." in f.name for f in folder.iterdir()) and unfinished(state)
        ):
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.1))
        with contextlib.suppress(ProcessLookupError):  # it had nothing left to do
            os.kill(pid, signal.SIGKILL)
        killed += 1
        workers.pids[victim] = workers.start(100 + killed)
        if not unfinished(state) and any(folder.iterdir()):
            break
    while (unfinished(state) or not any(folder.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.05)
    workers.close()
    arrived = Counter(f.name.split(".")[0].replace("~", ":") for f in folder.iterdir())
    assert {k for k, n in arrived.items() if n > 1} == set()
    assert set(arrived) == expected
    assert {r.state for r in state.outbox.rows(kind="alert") + state.outbox.rows(kind="digest")} == {"sent"}
    assert killed >= 5
    assert any(r.attempts > 1 for r in state.outbox.rows(limit=5000)), "no kill hit a message on its way"
    state.close()


def _only() -> Selection:
    return Selection(people=PEOPLE)


def zone(person: str) -> str:
    return {"b": "America/New_York", "c": "Asia/Shanghai"}.get(person, "Europe/Berlin")


def language(person: str) -> str:
    return "zh" if person == "c" else "en"


def unfinished(state: State) -> bool:
    rows = state.outbox.rows(limit=5000)
    return not rows or any(r.state in ("due", "ready") for r in rows)
