"""The demo: its folder, its clock, its cast, and a small company running for a morning, without a browser."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import northstar
import pytest
from aiohttp import ClientSession

from bot.ask import ask
from bot.demo.cast import cast_of, company_questions
from bot.demo.folder import DemoFolder
from bot.demo.moving_clock import RunningClock, next_morning
from bot.demo.stage import Stage, manifest, open_stage
from localslack.web_api import DEFAULT_SCOPES
from metrics.people import Audience, Org, Person

ZONE = ZoneInfo("Asia/Shanghai")
DAY = dt.date(2026, 11, 24)  # a Tuesday


@pytest.fixture(scope="module")
def made(small_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> DemoFolder:
    copied = shutil.copytree(small_demo, tmp_path_factory.mktemp("demo") / "company")
    folder = DemoFolder(Path(copied), {}, reps=12, months=14)
    assert folder.prepare(DAY) == DAY
    return folder


@pytest.fixture
async def stage(made: DemoFolder, tmp_path: Path) -> AsyncIterator[Stage]:
    env = {"PACELINE_STATE_URL": f"sqlite:///{tmp_path / 'state.db'}"}
    day = made.prepare(DAY)
    async with open_stage(
        made.folder, env, clock_at=dt.datetime.combine(day, dt.time(9, 30), ZONE), folder=made
    ) as opened:
        yield opened


def test_the_folder_is_made_once_a_day(made: DemoFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(northstar, "write_workspace", lambda *_a, **_k: pytest.fail("made again"))
    assert made.prepare(DAY, say=said.append) >= DAY
    assert said == []


async def test_a_morning_brings_every_rep_and_manager_a_digest(stage: Stage) -> None:
    org = stage.runtime.metrics.org
    before = stage.runtime.metrics.data_through
    assert before is not None
    start = stage.clock.now().astimezone(ZONE)
    said = await stage.next_morning()
    to = stage.clock.now().astimezone(ZONE)
    assert (to.hour, to.minute) == (9, 0) and stage.working(to.date())
    assert stage.runtime.metrics.data_through == to.date() - dt.timedelta(days=1) > before
    assert "messages delivered" in said
    here = {p.id for p in org.people.values() if p.active(to.date(), to.date() + dt.timedelta(days=1))}
    managers = {p.manager_id for p in org.people.values() if p.id in here and p.manager_id}
    for user, person in stage.cast.person_of.items():
        zone = ZoneInfo(org.people[person].timezone or "Asia/Shanghai")
        minute = dt.time(8, 30) if org.people[person].sells else dt.time(8, 45)
        # Somebody abroad still sleeps, but an earlier morning of theirs may have passed while the clock was put
        # forward.
        slots = [dt.datetime.combine(day, minute, zone) for day in (start.date(), to.date())]
        awake = any(start < slot <= to for slot in slots)
        expected = person in here and awake and (org.people[person].sells or person in managers)
        kinds = [m["metadata"]["event_payload"]["kind"] for m in stage.workspace.messages(user)]
        assert [k for k in kinds if k in ("rep", "manager")] == (
            ["rep" if org.people[person].sells else "manager"] if expected else []
        ), person
    assert len([m for m in stage.workspace.messages("#sales") if m.get("bot_id")]) == 1


async def test_the_page_is_up_before_the_bot_and_questions_wait_for_it(made: DemoFolder, tmp_path: Path) -> None:
    env = {"PACELINE_STATE_URL": f"sqlite:///{tmp_path / 'state.db'}"}
    at = dt.datetime.combine(made.prepare(DAY), dt.time(9, 30), ZONE)
    told: list[str] = []
    asked: list[asyncio.Task[int]] = []

    async def ask_at_once(url: str) -> int:
        async with ClientSession() as http:
            async with http.get(url) as page:
                assert page.status == 200
            state = await (await http.get(f"{url}/client/state")).json()
            dm = next(u["dm"] for u in state["users"] if u["id"] == state["me"])
            said = {"user": state["me"], "channel": dm, "text": "my sales this month"}
            async with http.post(f"{url}/client/say", json=said) as answer:
                return answer.status

    def page_up(url: str) -> None:
        told.append(url)
        asked.append(asyncio.get_running_loop().create_task(ask_at_once(url)))

    async with open_stage(made.folder, env, clock_at=at, folder=made, on_page=page_up) as opened:
        assert told == [opened.workspace.url] and await asked[0] == 200
        first = next(iter(opened.cast.person_of))
        answer = await opened.workspace.wait_for_message(first, opened.workspace.by_app())
        assert "¥" in answer["text"]


async def test_a_question_in_a_dm_and_in_a_channel(stage: Stage) -> None:
    admin = stage.cast.first(stage.runtime.metrics.org, "admin")
    assert admin is not None
    answer = await stage.workspace.ask(admin, "dm", "sales by region this month")
    assert any(b["type"] == "data_table" for b in answer["blocks"])
    rep = stage.cast.first(stage.runtime.metrics.org, "rep")
    assert rep is not None
    answer = await stage.workspace.ask(rep, "#sales", "sales by region this month")
    assert answer.get("thread_ts")


async def test_every_question_offered_is_answered(stage: Stage) -> None:
    runtime = stage.runtime
    bad: list[str] = []
    for person in runtime.metrics.org.people.values():
        for question in company_questions(person):
            outcome = ask(runtime, question, asker=person, audience=Audience.only_viewer(), as_of=stage.clock.now())
            if outcome.status != "answered":
                bad.append(f"{person.role}/{person.language}: {question}: {outcome.status}")
    assert sorted(set(bad)) == []


def test_the_clock_runs_and_only_forward() -> None:
    at = dt.datetime(2026, 11, 24, 9, tzinfo=ZONE)
    clock = RunningClock(at)
    assert at <= clock.now() < at + dt.timedelta(minutes=1)
    clock.move_to(at + dt.timedelta(days=1))
    assert clock.now() >= at + dt.timedelta(days=1)
    with pytest.raises(ValueError, match="forward"):
        clock.move_to(at)


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2026-11-24T09:30", "2026-11-25T09:00"),
        ("2026-11-24T08:59", "2026-11-24T09:00"),
        ("2026-11-24T09:00", "2026-11-25T09:00"),
        ("2026-11-27T12:00", "2026-11-30T09:00"),
        ("2026-11-28T07:00", "2026-11-30T09:00"),
    ],
)
def test_next_morning(now: str, wanted: str) -> None:
    moved = next_morning(dt.datetime.fromisoformat(now).replace(tzinfo=ZONE), ZONE, lambda day: day.weekday() < 5)
    assert moved.isoformat()[:16] == wanted


def test_the_cast() -> None:
    people = [
        Person("m1", "Mia", role="manager", region="East", team="A", language="en", sells=False),
        Person("r1", "Ann", region="East", team="A", manager_id="m1", language="en"),
        Person("r2", "Wei Li", region="East", team="A", manager_id="m1", language="zh"),
        Person("r3", "李雷", region="West", team="B", language="zh"),
        Person("r4", "Gone", region="West", team="B", active_to=dt.date(2020, 1, 1)),
        Person("a1", "Sam", role="admin", sells=False, sees="all"),
    ]
    cast = cast_of(Org({p.id: p for p in people}), DAY, "Asia/Shanghai")
    assert [u.name for u in cast.users if u.up_front][:2] == ["Ann", "李雷"]
    assert "Gone" not in [u.name for u in cast.users]
    user_of = {person: user for user, person in cast.person_of.items()}
    channels = {c.name: set(c.members) for c in cast.channels}
    assert channels["sales"] == set(user_of.values())
    assert channels["east"] == {user_of[p] for p in ("m1", "r1", "r2", "a1")}
    assert next(u for u in cast.users if u.name == "李雷").locale == "zh-CN"
    assert all(u.email for u in cast.users)


def test_the_manifest_asks_for_scopes_the_workspace_knows() -> None:
    scopes, events, commands = manifest()
    assert scopes <= DEFAULT_SCOPES
    assert {"app_mention", "message.im", "app_home_opened"} <= events
    assert {"/kpi", "/kpi-admin"} <= commands
