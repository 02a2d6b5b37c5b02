"""What should not be asked, over the wire: one short reply, nothing run, nothing of others, no secret in the log."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from collections import Counter
from pathlib import Path

import pytest
from slack_floor import Floor, shown

from bot.admin import execute
from bot.clock import MovableClock
from bot.delivery import delivery_client
from bot.scheduler import Scheduler
from bot.state import State, open_state


def noise(characters: int) -> str:
    chance = random.Random(3)
    return "".join(
        chr(chance.choice([chance.randrange(33, 126), chance.randrange(0x4E00, 0x9FFF), 32])) for _ in range(characters)
    )


@pytest.mark.parametrize(
    "text",
    [
        noise(10_000),
        "revenue " * 1_250,
        "'; DROP TABLE deals; --",
        "SELECT * FROM reps",
        "revenue by rep' UNION SELECT name FROM reps --",
    ],
    ids=["noise", "repeated", "drop", "select", "union"],
)
async def test_one_short_reply(floor: Floor, text: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    reply = await floor.dm("U0R1", text)
    assert len(reply["text"]) < 600 and "<!channel>" not in shown(reply)
    assert not any(name in shown(reply) for name in ("Bob", "Chen"))
    await asyncio.sleep(0.1)
    assert len(floor.posted("U0R1", to_all=True)) == 1
    assert floor.workspace.tokens.bot not in caplog.text and "FROM" not in caplog.text.replace(text, "")
    assert "€100" in (await floor.dm("U0R1", "my revenue this month"))["text"], "and the next question is answered"


def _ordered(floor: Floor) -> None:
    actor, now = floor.runtime.metrics.org.people["ops"], floor.clock.now()
    for order in (
        "digest add rep at 09:30 for r1",
        "digest add rep at 09:30 for r2",
        "rule add revenue < 99% of target for each rep at 09:30",
    ):
        told = execute(
            order + " --yes",
            actor=actor,
            channel=None,
            numbers=floor.runtime.metrics,
            state=floor.runtime.state,
            as_of=now,
        )
        assert told.done, told.text


def _keys(floor: Floor) -> Counter[str]:
    posted = [m for u in ("U0R1", "U0R2", "U0R3") for m in floor.workspace.messages(u)]
    return Counter(m["metadata"]["event_payload"]["key"] for m in posted if m.get("metadata"))


async def test_a_revoked_token_loses_nothing_and_shows_nothing(floor: Floor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    _ordered(floor)
    floor.clock.advance(dt.timedelta(minutes=30))
    token = floor.workspace.tokens.bot
    ticker = Scheduler(floor.runtime, client=delivery_client(token, floor.workspace.api_url))
    floor.workspace.faults.revoke(token)
    report = await ticker.tick()
    waiting = {r.key for r in floor.runtime.state.outbox.rows(state="ready")}
    assert "install the app again" in report.sent.stopped and report.sent.sent == 0 and len(waiting) >= 3
    assert token not in caplog.text and "€" not in caplog.text
    floor.workspace.faults.restore(token)
    floor.clock.advance(dt.timedelta(minutes=31))
    await ticker.tick()
    assert set(_keys(floor)) >= {k for k in waiting if k.split(":")[-1] in ("r1", "r2", "r3") or k.startswith("digest")}
    assert max(_keys(floor).values()) == 1


async def test_two_schedulers_on_one_state_send_each_message_once(floor: Floor, tmp_path: Path) -> None:
    floor.runtime.state.close()
    floor.runtime.state = open_state(tmp_path / "state.db")
    for user, person in (("U0R1", "r1"), ("U0R2", "r2"), ("U0R3", "r3")):
        floor.runtime.state.links.link(user, person, at=floor.clock.now(), by="test")
    _ordered(floor)
    floor.clock.advance(dt.timedelta(minutes=30))
    client = delivery_client(floor.workspace.tokens.bot, floor.workspace.api_url)
    reports = await asyncio.gather(*(Scheduler(floor.runtime, client=client).tick() for _ in range(3)))
    sent = _keys(floor)
    assert sum(r.sent.sent for r in reports) == sum(sent.values()) >= 4 and max(sent.values()) == 1
    assert isinstance(floor.clock, MovableClock) and isinstance(floor.runtime.state, State)
