"""Scheduler processes to be killed: they plan, compose and send to a folder, one file per arrival. Run as a program.

Arguments: state database, folder of arrivals. For each seed read from standard input a worker is forked (everything is
imported already, so it is at work at once) and its process id written to standard output. Where a message goes, a file
named after its key is made; arriving twice would make a second file. The process sleeps a little between sending and
writing down, so that a kill often hits that moment.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
import signal
import sys
from pathlib import Path

from sched_world import FakeNumbers

from bot.state import open_state
from schedules.messages import Message
from schedules.run import run_due
from schedules.sending import Timing

LEASE = dt.timedelta(milliseconds=400)


class Folder:
    """A destination that cannot tell a repeat by itself; `find` is how the sender asks."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._random = folder, random.Random(seed)

    async def send(self, message: Message) -> str:
        await asyncio.sleep(self._random.random() * 0.01)
        name = f"{message.key.replace(':', '~')}.{os.getpid()}.{self._random.random():.9f}"
        (self._folder / name).write_text(message.model_dump_json())
        await asyncio.sleep(self._random.random() * 0.06)  # the answer is on its way: now is when it hurts
        return name

    async def find(self, message: Message) -> str | None:
        found = sorted(self._folder.glob(f"{message.key.replace(':', '~')}.*"))
        return found[0].name if found else None


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed is not waited for
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(sys.argv[1], Path(sys.argv[2]), int(line))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def work(path: str, folder: Path, seed: int) -> None:
    state = open_state(path)
    values: dict[tuple[str, str], float | None] = {("sales", p): 10.0 for p in "abcd"}
    numbers = FakeNumbers(
        values=values, targets={("sales", p): 100.0 for p in "abcd"}, data_through=dt.date(2026, 3, 1)
    )
    timing = Timing(lease=LEASE, send_timeout_s=0.2, at_once=2)

    def clock() -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    # The slots are of that March; leases and retries run on real time, as in a real process.
    for _ in range(200):
        asyncio.run(run_due(numbers, state, Folder(folder, seed), as_of=clock(), clock=clock, timing=timing))
        asyncio.run(asyncio.sleep(0.02))


if __name__ == "__main__":
    main()
