"""Digests and alerts over the Web API of the local workspace: who gets them, once, whatever the network does."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "schedules"))
from sched_world import FakeNumbers, people

from bot.clock import MovableClock
from bot.delivery import SlackDeliver, delivery_client
from bot.directory import link_by_email
from bot.identity import Identities
from bot.render.digests import message_post
from bot.settings import Settings
from bot.state import State, open_state
from localslack import LocalWorkspace, WorkspaceChannel, WorkspaceUser
from metrics.errors import DeliveryError
from metrics.people import Org, Person
from metrics.query import Query, Relative
from schedules.deliver import Unreachable
from schedules.digests import DigestSpec
from schedules.messages import (
    Alert,
    Late,
    LateSource,
    Leaderboard,
    ManagerDigest,
    MemberLine,
    Place,
    Recipient,
    RepDigest,
    Standing,
)
from schedules.run import run_due
from schedules.selection import Selection
from schedules.state.subscriptions import Enrolment

AT = dt.datetime(2026, 3, 13, 8, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 12)
USERS = [
    WorkspaceUser("U0ANNA", "Anna", "anna@example.com", "Europe/Berlin", "en-GB", "Rep"),
    WorkspaceUser("U0CHEN", "陈晨", "chen@example.com", "Asia/Shanghai", "zh-CN", "Rep"),
]
SALES = Standing(
    metric="sales",
    unit="currency:EUR",
    actual=10_000,
    target=100_000,
    attainment=0.1,
    gap=90_000,
    expected=42_000,
    pace=10 / 42,
    state="at_risk",
    needed=7_500,
    rank_team=2,
    n_team=2,
    rank_all=4,
    n_all=4,
    previous=20_000,
    change=-10_000,
    change_pct=-0.5,
)


def rep(key: str = "digest:1:2026-03-13", to: str = "a", language: str = "en") -> RepDigest:
    return RepDigest(
        key=key,
        to=Recipient(kind="person", id=to),
        language=language,
        as_of=DAY,
        data_through=DAY,
        subject=1,
        person=to,
        name="Anna",
        start=dt.date(2026, 3, 1),
        end=dt.date(2026, 3, 13),
        days_left=12,
        standings=(SALES,),
        focus="sales",
    )


def alert(transition: str = "fire", language: str = "en") -> Alert:
    return Alert.model_validate(
        {
            "key": f"alert:1:a:{transition}",
            "to": {"kind": "channel", "id": "C0SALES"},
            "language": language,
            "as_of": DAY,
            "subject": 1,
            "transition": transition,
            "rule": "sales < 80% of target",
            "per": "rep",
            "member": "a",
            "name": "Anna <!channel>",
            "metric": "sales",
            "unit": "currency:EUR",
            "measure": "attainment",
            "op": "lt",
            "threshold": 0.8,
            "value": 0.1,
            "actual": 10_000,
            "target": 100_000,
            "since": dt.date(2026, 3, 3),
            "query": Query(metrics=("sales",), scope="me", period=Relative(unit="month")),
        }
    )


@pytest.fixture
async def workspace() -> AsyncIterator[LocalWorkspace]:
    made = LocalWorkspace(USERS, [WorkspaceChannel("C0SALES", "sales", ("U0ANNA", "U0CHEN"), "")])
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def state() -> Any:
    opened = open_state("sqlite://")
    opened.links.link("U0ANNA", "a", at=AT, by="ops")
    yield opened
    opened.close()


@pytest.fixture
def deliver(workspace: LocalWorkspace, state: State) -> SlackDeliver:
    found = people()
    found["c"] = _with_email(found["c"], "chen@example.com")
    numbers = FakeNumbers()
    runtime: Any = SimpleNamespace(
        metrics=SimpleNamespace(org=Org(found)),
        state=state,
        clock=MovableClock(AT),
        settings=Settings(),
        local_date=lambda at: at.date(),
    )
    return SlackDeliver(
        delivery_client(workspace.tokens.bot, workspace.api_url),
        render=lambda m: message_post(numbers.model, m),
        user_of=Identities(runtime).user_of,
        pace_s=0,
    )


def _with_email(person: Person, email: str) -> Person:
    return replace(person, email=email)


async def test_it_arrives_and_can_be_found_again(workspace: LocalWorkspace, deliver: SlackDeliver) -> None:
    assert await deliver.find(rep()) is None
    reference = await deliver.send(rep())
    assert await deliver.find(rep()) == reference
    assert await deliver.find(rep("digest:1:2026-03-14")) is None
    (message,) = workspace.messages("U0ANNA")
    assert reference.endswith(message["ts"])
    assert "7,500 per working day (12 left)" in message["text"] and "rank 2 of 2 in your team" in message["text"]
    assert message["metadata"]["event_payload"]["key"] == "digest:1:2026-03-13"
    assert await deliver.send(alert()) and len(workspace.messages("C0SALES")) == 1


async def test_a_person_is_found_by_email_or_the_failure_is_clear(
    workspace: LocalWorkspace, deliver: SlackDeliver
) -> None:
    await deliver.send(rep(to="c", language="zh"))
    assert "剩余 12 个工作日" in workspace.messages("U0CHEN")[0]["text"]
    with pytest.raises(DeliveryError, match="kpi-admin link") as caught:
        await deliver.send(rep(to="b"))
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("fault", "sent", "retryable", "arrived"),
    [
        (lambda f: f.drop_response("chat.postMessage"), None, True, 1),
        (lambda f: f.fail("chat.postMessage", 503), None, True, 0),
        (lambda f: f.error("chat.postMessage", "internal_error"), None, True, 0),
        (lambda f: f.error("chat.postMessage", "is_archived"), False, False, 0),
        (lambda f: f.error("chat.postMessage", "invalid_blocks", 3), False, False, 0),
        (lambda f: f.drop_response("conversations.open"), False, True, 0),
    ],
)
async def test_each_failure_says_whether_it_may_have_arrived(
    workspace: LocalWorkspace, deliver: SlackDeliver, fault: Any, sent: bool | None, retryable: bool, arrived: int
) -> None:
    fault(workspace.faults)
    with pytest.raises(DeliveryError) as caught:
        await deliver.send(rep())
    assert (caught.value.sent, caught.value.retryable) == (sent, retryable)
    assert len(workspace.messages("U0ANNA")) == arrived
    assert (await deliver.find(rep()) is not None) == bool(arrived)


async def test_a_rate_limit_is_waited_out(workspace: LocalWorkspace, deliver: SlackDeliver) -> None:
    workspace.faults.rate_limit("chat.postMessage", retry_after=1)
    await deliver.send(rep())
    assert len(workspace.messages("U0ANNA")) == 1
    workspace.faults.rate_limit("chat.postMessage", retry_after=600)
    with pytest.raises(DeliveryError, match="600") as caught:
        await deliver.send(rep("k2"))
    assert caught.value.retryable and caught.value.sent is False


async def test_refused_blocks_are_sent_plainer(workspace: LocalWorkspace, deliver: SlackDeliver) -> None:
    workspace.faults.error("chat.postMessage", "invalid_blocks", 2)
    await deliver.send(rep())
    (message,) = workspace.messages("U0ANNA")
    assert "€10,000" in message["text"] and await deliver.find(rep()) is not None


async def test_messages_to_one_channel_are_paced(
    workspace: LocalWorkspace, deliver: SlackDeliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "_pace_s", 0.15)
    workspace.faults.seconds_between_posts = 0.1
    started = time.monotonic()
    await asyncio.gather(*(deliver.send(rep(f"k{n}")) for n in range(4)))
    assert time.monotonic() - started >= 0.45 and len(workspace.messages("U0ANNA")) == 4


async def test_a_revoked_token_stops_the_run_and_loses_nothing(
    workspace: LocalWorkspace, deliver: SlackDeliver, state: State
) -> None:
    with pytest.raises(Unreachable, match="install the app again"):
        workspace.faults.revoke(workspace.tokens.bot)
        await deliver.send(rep())
    numbers = FakeNumbers(values={("sales", "a"): 1.0}, targets={("sales", "a"): 9.0}, data_through=DAY)
    spec = DigestSpec(select=Selection(people=("a",)))
    number = state.subscriptions.add_digest("rep", spec.model_dump_json(), 510, by="ops", at=AT)
    state.subscriptions.enrol(number, [Enrolment("person", "a", "Europe/Berlin", "en", AT, AT.date())])
    report = await run_due(numbers, state, deliver, as_of=AT)
    assert report.sent.sent == 0 and "token_revoked" in report.sent.stopped
    workspace.faults.restore(workspace.tokens.bot)
    again = await run_due(numbers, state, deliver, as_of=AT + dt.timedelta(hours=1))
    assert again.sent.sent == 1 and len(workspace.messages("U0ANNA")) == 1


async def test_an_answer_lost_on_the_way_is_not_sent_twice(
    workspace: LocalWorkspace, deliver: SlackDeliver, state: State
) -> None:
    numbers = FakeNumbers(values={("sales", "a"): 1.0}, targets={("sales", "a"): 9.0}, data_through=DAY)
    number = state.subscriptions.add_digest(
        "rep", DigestSpec(select=Selection(people=("a",))).model_dump_json(), 510, by="ops", at=AT
    )
    state.subscriptions.enrol(number, [Enrolment("person", "a", "Europe/Berlin", "en", AT, AT.date())])
    workspace.faults.drop_response("chat.postMessage")
    first = await run_due(numbers, state, deliver, as_of=AT)
    second = await run_due(numbers, state, deliver, as_of=AT + dt.timedelta(minutes=1))
    assert (first.sent.postponed, second.sent.found, second.sent.sent) == (1, 1, 0)
    assert len(workspace.messages("U0ANNA")) == 1


async def test_people_are_tied_to_slack_by_email_but_not_against_an_admin(
    workspace: LocalWorkspace, state: State
) -> None:
    found = {
        i: _with_email(p, {"a": "anna@example.com", "c": "CHEN@example.com"}.get(i, "")) for i, p in people().items()
    }
    client = delivery_client(workspace.tokens.bot, workspace.api_url)
    today: Any = {"homes": ("T0LOCAL",), "today": DAY, "at": AT}
    assert await link_by_email(client, state, Org(found), **today) == 1
    link = state.links.get("U0CHEN")
    assert link is not None and (link.person, link.timezone, link.language) == ("c", "Asia/Shanghai", "zh")
    state.links.link("U0CHEN", None, at=AT, by="ops")
    assert await link_by_email(client, state, Org(found), **today) == 0


def test_every_message_in_both_languages() -> None:
    """Short, exact, nothing left open, and names cannot call a channel."""
    model = FakeNumbers().model
    to = Recipient(kind="person", id="m1")
    line = MemberLine(person="a", name="Anna & Co", actual=1, target=10, attainment=0.1, pace=0.2, state="at_risk")
    ratio = Standing(metric="win_rate", unit="percent", actual=None)
    for language in ("en", "zh"):
        common = {"to": to, "language": language, "as_of": DAY, "data_through": DAY, "subject": 1}
        messages = [
            rep(language=language),
            rep(language=language).model_copy(update={"standings": (ratio,), "focus": None, "days_left": 0}),
            ManagerDigest.model_validate(
                {
                    **common,
                    "key": "m",
                    "person": "m1",
                    "name": "Max",
                    "start": DAY,
                    "end": DAY,
                    "days_left": 1,
                    "members": 1,
                    "totals": (SALES,),
                    "behind": (line,) * 12,
                    "since": DAY,
                    "delta": 5.0,
                    "newly_behind": ("Anna",),
                    "recovered": ("Ben",),
                    "alerts": 2,
                }
            ),
            Leaderboard.model_validate(
                {
                    **common,
                    "key": "l",
                    "metric": "sales",
                    "unit": "currency:EUR",
                    "start": DAY,
                    "end": DAY,
                    "places": (Place(rank=1, person="a", name="Anna", value=3),),
                    "n": 4,
                    "query": Query(metrics=("sales",)),
                }
            ),
            *(alert(t, language) for t in ("fire", "remind", "recover")),
            *(
                Late.model_validate(
                    {
                        **common,
                        "key": "t",
                        "about": a,
                        "sources": (LateSource(name="deals", through=DAY), LateSource(name="x", through=None)),
                    }
                )
                for a in ("rep", "manager", "leaderboard")
            ),
        ]
        for message in messages:
            post = message_post(model, message)
            assert post.text and post.blocks and "None" not in post.text and "{" not in post.text
            assert "<!channel>" not in post.text and "<!channel>" not in str(post.blocks)
            assert len(post.text) < 1500 and len(post.blocks) <= 10
    english = message_post(model, alert()).text
    assert "Sales as a share of target is 10.0%, below 80.0%" in english and "€10,000 of €100,000" in english
    assert (
        "12 月" not in message_post(model, rep(language="zh")).text
        and "3月12日" in message_post(model, rep(language="zh")).text
    )


@pytest.mark.parametrize(
    ("actual", "days_left", "english", "chinese"),
    [
        (0, 7, "2 to go, one every 3 working days (7 left)", "每 3 个工作日需要 1 个"),
        (0, 3, "2 to go, one per working day (3 left)", "每天需要 1 个"),
        (0, 2, "2 to go, 1 per working day (2 left)", "每天需要 1"),
        (2, 2, "", ""),
    ],
)
def test_things_that_come_whole_are_asked_for_whole(actual: int, days_left: int, english: str, chinese: str) -> None:
    gap = 2 - actual
    few = Standing(
        metric="visits",
        unit="count",
        actual=actual,
        target=2,
        attainment=actual / 2,
        gap=gap,
        pace=1.0,
        state="on_track",
        needed=gap / days_left if gap else None,
    )
    for language, said in (("en", english), ("zh", chinese)):
        digest = rep(language=language).model_copy(update={"standings": (few,), "focus": None, "days_left": days_left})
        text = message_post(FakeNumbers().model, digest).text
        assert said in text if said else "to go" not in text and "还差" not in text


def test_a_digest_says_the_day_it_speaks_of_and_medals_stand_for_places() -> None:
    model = FakeNumbers().model
    early = rep().model_copy(update={"data_through": DAY + dt.timedelta(days=3)})
    assert message_post(model, early).text.endswith(f"Data to {DAY.day} Mar 2026")
    places = tuple(Place(rank=r, person=n, name=n, value=9 - r) for r, n in ((1, "A"), (1, "B"), (3, "C"), (4, "D")))
    board = Leaderboard(
        key="l",
        to=Recipient(kind="channel", id="C"),
        as_of=DAY,
        subject=1,
        metric="visits",
        unit="count",
        start=DAY,
        end=DAY,
        places=places,
        n=9,
        query=Query(metrics=("visits",)),
    )
    assert [line.split()[0] for line in message_post(model, board).text.splitlines()[1:5]] == ["🥇", "🥇", "🥉", "4."]
