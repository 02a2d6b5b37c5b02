"""The state database locked or its disk full, Slack failing in every way: acknowledged in time, answered, once."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator

import pytest
from served import House, Served, Storm

ACK_S = 3.0  # Slack's own limit


@contextlib.contextmanager
def locked(house: House) -> Iterator[None]:
    """Somebody else holds the write lock of the state database."""
    other = sqlite3.connect(house.database, isolation_level=None, timeout=30)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def written(house: House) -> tuple[int, int]:
    """(settled, open) questions on disk."""
    reader = sqlite3.connect(house.database)
    found = dict(reader.execute("SELECT state, count(*) FROM question GROUP BY state").fetchall())
    reader.close()
    return found.get("answered", 0), found.get("open", 0)


async def storm_without_state(house: House) -> None:
    """Everything is acknowledged in time and answered; an event that comes twice is answered once."""
    storm = Storm(house, 20)
    await storm.begin()
    await house.until(lambda: storm.acknowledged == 20 and storm.settled(), "all are answered without the state", 40)
    again = next(e for e, _ in house.slack.socket.acked if e["payload"].get("event", {}).get("ts") == storm.asked[0].ts)
    await house.slack.socket.deliver("events_api", again["payload"], accepts_response=False)
    follow_up = await house.slack.dm("U0OPS", "and in February 2024?")
    answer = await house.slack.wait_for_message(
        "U0OPS", house.slack.by_app(after=follow_up["ts"], text="February 2024"), timeout=20
    )
    assert "Revenue" in answer["text"]  # the thread is remembered, though not on disk
    storm.check()
    slow = [seconds for _, seconds in house.slack.socket.acked if seconds >= ACK_S]
    assert slow == []


async def test_whatever_fails_questions_are_answered_once_and_in_time(house: House) -> None:
    """One process, one fault after the other."""
    served = await house.serve()
    await slack_fails_in_every_way(house)
    await the_state_is_locked(house, served)
    await the_disk_is_full(house, served)


async def slack_fails_in_every_way(house: House) -> None:
    faults = house.slack.faults
    orders: list[tuple[str, str, Callable[[], None]]] = [
        ("dm", "U0OPS", lambda: faults.fail("chat.postMessage", 500)),
        ("mention", "U0OPS", lambda: faults.drop_response("chat.postMessage")),
        ("dm", "U0OPS", lambda: faults.refuse_connection("chat.postMessage")),
        ("mention", "U0OPS", lambda: faults.rate_limit("chat.postMessage", retry_after=1, times=2)),
        ("dm", "U0OPS", lambda: faults.error("chat.postMessage", "internal_error")),
        ("kpi", "U0OPS", lambda: faults.fail("response_url", 500)),
    ]
    for door, user, order in orders:
        order()
        storm = Storm(house, 1)
        storm.asked[0].door, storm.asked[0].user = door, user
        await storm.begin()
        await house.until(lambda s=storm: s.acknowledged == 1 and s.settled(), f"an answer to {door}")
        await asyncio.sleep(0.2)
        assert storm.check()["told"] == 0
    # Whether a reply that is in no history arrived, nobody knows: it is not sent again, and the asker is told so.
    faults.drop_response("response_url")
    storm = Storm(house, 1)
    storm.asked[0].door, storm.asked[0].user = "kpi", "U0OPS"
    await storm.begin()
    await house.until(lambda: storm.notes(storm.asked[0]) == 1, "the asker is told")
    await asyncio.sleep(0.2)
    assert storm.check() == {"asked": 1, "acked": 1, "told": 1} and storm.answered == 1
    wrong = [m for c in ("C0ALL", "U0OPS") for m in house.by_bot(c) if "went wrong" in m["text"]]
    assert wrong == []


async def the_state_is_locked(house: House, served: Served) -> None:
    before, _ = written(house)
    with locked(house):
        await storm_without_state(house)
        assert "kept in memory" in served.logged
    await house.until(lambda: written(house) == (before + 21, 0), "what waited is written when the lock is gone")


async def the_disk_is_full(house: House, served: Served) -> None:
    before, _ = written(house)
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))  # no file can be written
    await storm_without_state(house)

    def told() -> int:
        return sum("state database cannot be written" in m["text"] for m in house.by_bot("U0OPS"))

    await house.until(lambda: told() == 1, "the admin is told")
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await house.until(lambda: written(house) == (before + 21, 0), "what waited is written when there is room again")
    await house.until(lambda: served.logged.count("takes writes again") == 2, "the log says so")
    assert told() == 1


@pytest.mark.nightly
async def test_locked_for_thirty_seconds(house: House) -> None:
    await house.serve()
    await house.slack.ask("U0OPS", "dm", "revenue in January 2024", timeout=30)
    with locked(house):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            await storm_without_state(house)
    worst = max(seconds for _, seconds in house.slack.socket.acked)
    print(f"{len(house.slack.socket.acked)} events acknowledged, the slowest in {worst * 1000:.0f} ms")
    await house.until(lambda: written(house)[1] == 0, "what waited is written when the lock is gone")


@pytest.mark.nightly
async def test_slack_is_away_for_a_minute(house: House) -> None:
    """Longer than a reply is tried in one go: the question waits, and is answered when Slack is back."""
    await house.serve()
    await house.slack.ask("U0OPS", "dm", "revenue in January 2024", timeout=30)
    storm = Storm(house, 12)
    house.slack.faults.down = True
    await storm.begin()
    await asyncio.sleep(60)
    assert storm.answered == 0 and storm.acknowledged == 12
    house.slack.faults.down = False
    await house.until(storm.settled, "answered when Slack is back", 120)
    await asyncio.sleep(1)
    print(storm.check())
