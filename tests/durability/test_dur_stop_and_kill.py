"""Told to stop or killed with questions in flight: every acknowledged one is answered once, by whoever runs then."""

from __future__ import annotations

import asyncio
import signal

import pytest
from served import LEASE_S, House, Storm

MANY = 44


async def stopped_in_the_middle(house: House, how: signal.Signals, *, after: int) -> dict[str, int]:
    """A process is stopped when `after` questions of a storm are answered; another comes."""
    first = house.served[-1] if house.served else await house.serve()
    for method in ("chat.postMessage", "response_url"):
        house.slack.faults.delay(method, 0.1, times=400)  # so that many are in flight
    storm = Storm(house, MANY)
    await storm.begin()
    await house.until(lambda: storm.acknowledged >= MANY // 2 and storm.answered >= after, "the storm has begun")
    before = storm.answered
    first.send(how)
    await house.serve()
    assert await first.ended() == (0 if how == signal.SIGTERM else -signal.SIGKILL)
    await house.until(storm.over, storm.missing)
    # What was let go is taken up at once, what was held when the lease is over: nothing is answered a second time then.
    await asyncio.sleep(0.5 if how == signal.SIGTERM else LEASE_S + 0.5)
    return storm.check() | {"answered before": before}


async def test_what_was_acknowledged_is_answered_once(house: House) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        figures = await stopped_in_the_middle(house, how, after=3)
        assert 0 < figures["answered before"] < MANY, "the signal came too early or too late to show anything"


@pytest.mark.nightly
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
async def test_ten_times_in_a_row(house: House, how: signal.Signals) -> None:
    for n in range(10):
        figures = await stopped_in_the_middle(house, how, after=3 * n)
        print(f"{how.name} {n + 1}: {figures}")
