"""Told to stop or killed with questions in flight: every acknowledged one is answered once, by whoever runs then."""

from __future__ import annotations

import asyncio
import signal

import pytest
from served import House, Storm

MANY = 44


async def stopped_in_the_middle(house: House, how: signal.Signals) -> dict[str, int]:
    """A process is stopped with half of a storm answered at most; another is there, or comes."""
    first = house.served[-1] if house.served else await house.serve()
    house.slack.faults.delay("chat.postMessage", 0.2, times=400)  # so that many are in flight
    storm = Storm(house, MANY)
    await storm.begin()
    await house.until(lambda: storm.acknowledged >= MANY // 2, "half of the storm is acknowledged")
    before = storm.answered
    first.send(how)
    await house.serve()
    await house.until(storm.settled, "every acknowledged question is answered")
    code = await first.ended()
    assert code == (0 if how == signal.SIGTERM else -signal.SIGKILL)
    await house.until(lambda: storm.settled() and storm.acknowledged >= MANY - MANY // 4, "events come again")
    await house.until(storm.settled, "those too are answered")
    await asyncio.sleep(2.5)  # a lease later nothing is answered a second time
    return storm.check() | {"before": before}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
async def test_what_was_acknowledged_is_answered_once(house: House, how: signal.Signals) -> None:
    figures = await stopped_in_the_middle(house, how)
    assert figures["before"] < MANY, "everything was answered before the signal: the test showed nothing"


@pytest.mark.nightly
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
async def test_ten_times_in_a_row(house: House, how: signal.Signals) -> None:
    for n in range(10):
        figures = await stopped_in_the_middle(house, how)
        print(f"{how.name} {n + 1}: {figures}")
