"""Scheduler processes to be killed: they plan, compose and send to a local workspace. Run as a program.

Arguments: state database, URL of the workspace's Web API, file of the clock. For each line read from standard input a
worker is forked (everything is imported already, so it is at work at once) and its process id written to standard
output. The clock is simulated: an instant in the file, and what has passed on the machine's monotonic clock since.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from sched_world import FakeNumbers
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import SlackDeliver, delivery_client
from bot.render.digests import message_post
from bot.state import open_state
from localslack.web_api import Tokens
from schedules.run import run_due
from schedules.sending import Timing

# The lease is longer than a send may take, as in a real process; both are short, so that many kills fit into a test.
TIMING = Timing(
    lease=dt.timedelta(seconds=1.5),
    send_timeout_s=1.0,
    first_retry=dt.timedelta(milliseconds=50),
    longest_retry=dt.timedelta(milliseconds=400),
    at_once=4,
)


class SharedClock:
    """One for all processes: (simulated instant, monotonic moment at which it was that) in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def put(self, at: dt.datetime) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{at.isoformat()} {time.monotonic()}")
        fresh.replace(self._file)

    def now(self) -> dt.datetime:
        at, since = self._file.read_text().split()
        return dt.datetime.fromisoformat(at) + dt.timedelta(seconds=time.monotonic() - float(since))


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed is not waited for
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(work(sys.argv[1], sys.argv[2], SharedClock(Path(sys.argv[3]))))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


async def work(database: str, api_url: str, clock: SharedClock) -> None:
    state = open_state(database)
    values: dict[tuple[str, str], float | None] = {("sales", p): 10.0 for p in "abcd"}
    numbers = FakeNumbers(
        values=values, targets={("sales", p): 100.0 for p in "abcd"}, data_through=dt.date(2026, 3, 1)
    )

    async def user_of(_: AsyncWebClient, person: str) -> str | None:
        return await asyncio.to_thread(state.links.user_of, person)

    client, render = delivery_client(Tokens().bot, api_url), partial(message_post, numbers.model)
    deliver = SlackDeliver(client, render=render, user_of=user_of, pace_s=0.0)
    while True:
        await run_due(numbers, state, deliver, as_of=clock.now(), clock=clock.now, timing=TIMING)
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    main()
