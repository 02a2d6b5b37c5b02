"""A question is answered once: late, taken over, looked up, shared between processes; too old, its asker is told."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from slack_floor import Floor, Message

from bot import inbox as inbox_module
from bot import posting
from bot.app import App, build_app
from bot.inbox import Inbox
from bot.posting import Place
from bot.questions import Question
from bot.state.questions import Asked

TEXT = "my revenue this month"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of trying in place of half a minute."""
    monkeypatch.setattr(posting, "PAUSES_S", (0.02, 0.05))
    monkeypatch.setattr(inbox_module, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(inbox_module, "LONGEST_PAUSE_S", 0.1)


@pytest.fixture
async def other(floor: Floor) -> AsyncIterator[Inbox]:
    """The inbox of another process on the same state database; it looks around often."""
    floor.runtime.settings = replace(floor.runtime.settings, lease_s=0.9)
    app: App = build_app(floor.runtime, client_base_url=floor.workspace.api_url, token=floor.workspace.tokens.bot)
    yield app.inbox
    await app.inbox.drain(5)


def left_behind(
    floor: Floor, place: Place, *, key: str = "Ev0LEFT", ago: dt.timedelta = dt.timedelta(0), **more: Any
) -> None:
    """A question that a process accepted, and was killed then."""
    question = Question(key, place.user, place, text=TEXT)
    asked = Asked(key, question.to_json(), place.user, floor.clock.now() - ago)
    questions = floor.runtime.state.questions
    assert questions.accept(asked, "killed", lease_until=floor.clock.now()).result(5)
    if more:
        assert questions.hold(key, "killed", lease_until=floor.clock.now(), **more).result(5)


def in_dm(floor: Floor, user: str = "U0R1") -> Place:
    return Place(floor.workspace.channel_id(user), user, direct=True)


def to(floor: Floor, user: str = "U0R1") -> list[Message]:
    return floor.posted(user, to_all=True)


async def settled(floor: Floor) -> None:
    await floor.workspace.until(lambda: floor.runtime.state.questions.open() == 0, timeout=20)


async def test_what_a_killed_process_left_is_answered_once_by_whoever_looks_first(floor: Floor, other: Inbox) -> None:
    for n in range(6):
        left_behind(floor, in_dm(floor), key=f"Ev0LEFT{n}")
    other.start()  # beside the inbox of the floor
    await settled(floor)
    await asyncio.sleep(0.2)
    assert len(to(floor)) == 6 and all("€100" in m["text"] for m in to(floor))


async def test_what_is_leased_is_left_alone(floor: Floor, other: Inbox) -> None:
    question = Question("Ev0BUSY", "U0R1", in_dm(floor), text=TEXT)
    asked = Asked(question.key, question.to_json(), "U0R1", floor.clock.now())
    until = floor.clock.now() + dt.timedelta(seconds=30)
    assert floor.runtime.state.questions.accept(asked, "alive", lease_until=until).result(5)
    other.start()
    await asyncio.sleep(0.5)
    assert to(floor) == []
    floor.clock.advance(dt.timedelta(seconds=31))
    await settled(floor)
    assert len(to(floor)) == 1


async def test_an_answer_that_was_posted_before_the_kill_is_found(floor: Floor, other: Inbox) -> None:
    answer = await floor.dm("U0R1", TEXT)
    key = answer["metadata"]["event_payload"]["key"]
    await settled(floor)
    with floor.runtime.state.database.write() as connection:  # the word that it was answered never got to the disk
        connection.exec_driver_sql("DELETE FROM question")
    assert key.startswith("Ev0")
    left_behind(floor, in_dm(floor), key=key)
    other.start()
    await settled(floor)
    assert len(to(floor)) == 1


async def test_what_only_the_asker_may_have_seen_is_not_sent_again(floor: Floor, other: Inbox) -> None:
    place = Place("C0ALL", "U0R1", private=True)
    left_behind(floor, place, key="T0NEVER")
    other.start()
    await settled(floor)
    (shown,) = floor.posted("C0ALL", to_all=False)
    assert "€100" in shown["text"] and to(floor) == []
    left_behind(floor, place, key="T0PERHAPS", shown_at=floor.clock.now())
    await settled(floor)
    (note,) = to(floor)
    assert "may not have reached you" in note["text"] and TEXT in note["text"]
    assert len(floor.posted("C0ALL", to_all=False)) == 1


async def test_an_answer_that_is_late_says_so_and_private_ones_go_to_the_dm(floor: Floor, other: Inbox) -> None:
    left_behind(floor, in_dm(floor), ago=dt.timedelta(minutes=25))
    left_behind(floor, Place("C0ALL", "U0R2", private=True), key="T0LATE", ago=dt.timedelta(hours=3))
    other.start()
    await settled(floor)
    (late,) = to(floor)
    assert late["text"].startswith("You asked this 25 minutes ago") and "€100" in late["text"]
    assert late["blocks"][0]["type"] == "context"
    (private,) = to(floor, "U0R2")
    assert private["text"].startswith("You asked this 3 hours ago")
    assert floor.posted("C0ALL", to_all=False) == []


async def test_late_answers_speak_of_the_day_on_which_they_were_asked(floor: Floor, other: Inbox) -> None:
    yesterday = dt.timedelta(hours=11)  # the floor's morning is at nine
    question = Question("Ev0DAY", "U0OPS", in_dm(floor, "U0OPS"), text="revenue today")
    asked = Asked(question.key, question.to_json(), "U0OPS", floor.clock.now() - yesterday)
    assert floor.runtime.state.questions.accept(asked, "killed", lease_until=floor.clock.now()).result(5)
    other.start()
    await settled(floor)
    (answer,) = to(floor, "U0OPS")
    assert "11 Mar 2024" in answer["text"]


async def test_a_day_later_it_is_dropped_and_the_asker_is_told(floor: Floor, other: Inbox) -> None:
    left_behind(floor, in_dm(floor), ago=dt.timedelta(days=1, minutes=1))
    other.start()
    await settled(floor)
    (note,) = to(floor)
    assert f"could not answer “{TEXT}” in time" in note["text"]
    entries = [e for e in floor.runtime.state.audit.recent() if e.action == "question.dropped"]
    assert [e.subject for e in entries] == ["Ev0LEFT"]


async def test_slack_away_longer_than_a_reply_is_tried(floor: Floor) -> None:
    await floor.dm("U0R1", TEXT)
    floor.workspace.faults.down = True
    await floor.workspace.dm("U0R1", "my revenue last month")
    await asyncio.sleep(0.8)
    assert len(to(floor)) == 1
    floor.clock.advance(dt.timedelta(minutes=11))
    await asyncio.sleep(0.5)
    floor.workspace.faults.down = False
    await settled(floor)
    assert len(to(floor)) == 2 and to(floor)[1]["text"].startswith("You asked this 11 minutes ago")


async def test_an_answer_and_an_apology_are_never_both_there(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer arrives, its acknowledgement does not, and then something of ours breaks."""
    broken: list[str] = []

    async def breaks(_client: object, channel: str, *_: Any, **__: Any) -> str | None:
        broken.append(channel)
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(posting, "find_message", breaks)  # the inbox has its own
    floor.workspace.faults.drop_response("chat.postMessage", times=2)
    await floor.workspace.dm("U0OPS", "revenue this month")
    await floor.workspace.mention("U0OPS", "C0BOSS", "revenue this month")
    await floor.workspace.until(lambda: len(broken) == 2)
    await settled(floor)
    assert len(to(floor, "U0OPS")) == 1 and len(floor.posted("C0BOSS", to_all=True)) == 1
    assert floor.posted("C0BOSS", to_all=False) == []


async def test_where_nobody_may_look_it_is_not_posted_twice(floor: Floor) -> None:
    """A group DM, for one: without its scope the history cannot be read."""
    floor.workspace.faults.error("conversations.replies", "missing_scope", times=9)
    floor.workspace.faults.drop_response("chat.postMessage")
    await floor.workspace.mention("U0OPS", "C0BOSS", "revenue this month")
    await floor.workspace.until(lambda: len(to(floor, "U0OPS")) == 1)
    await settled(floor)
    assert len(floor.posted("C0BOSS", to_all=True)) == 1
    (note,) = to(floor, "U0OPS")
    assert "“revenue this month” may not have reached you" in note["text"]


async def test_about_to_stop_events_are_left_to_others(floor: Floor) -> None:
    app = floor.app
    assert isinstance(app, App)
    await app.inbox.refuse()
    question = Question("Ev0STOP", "U0R1", in_dm(floor), text=TEXT)
    assert not await app.inbox.accept(question, may_refuse=True)
    assert floor.runtime.state.questions.open() == 0
    command = Question("T0STOP", "U0R1", in_dm(floor), text=TEXT)  # Slack would not deliver it again
    assert await app.inbox.accept(command, may_refuse=False)
    await settled(floor)
    assert len(to(floor)) == 1


async def test_stopped_in_the_middle_the_next_process_goes_on_at_once(floor: Floor, other: Inbox) -> None:
    app = floor.app
    assert isinstance(app, App)
    floor.workspace.faults.delay("chat.postMessage", 3.0, times=1)
    await floor.workspace.dm("U0R1", TEXT)
    await floor.workspace.until(lambda: floor.runtime.state.questions.open() == 1)
    await app.inbox.drain(0.3)
    assert floor.runtime.state.questions.open() == 1  # released, not settled; the clock has not moved
    other.start()
    await settled(floor)
    await asyncio.sleep(0.3)
    assert len(to(floor)) == 1
