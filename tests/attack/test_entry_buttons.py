"""Buttons with anything in them: a clear refusal in the presser's language, nothing broken, nothing changed. And
Confirm: bound to what was shown, to whom, and to one press."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import pytest
from entry_floor import MORNING, Floor, entry_world, open_floor

from bot.admin import execute

HAN = re.compile(r"[\u4e00-\u9fff]")


def asks(**query: Any) -> str:
    return json.dumps({"l": "zh", "q": {"metrics": ["revenue"]} | query})


ACTIONS = (
    "step_trend",
    "choice_1",
    "suggest_1",
    "show_sql",
    "get_csv",
    "answer_feedback",
    "digest_snooze",
    "digest_unsubscribe",
    "alert_acknowledge",
    "alert_snooze",
    "alert_feedback",
    "admin_confirm",
    "admin_cancel",
    "no_such_action",
    "",
    "step_",
    "admin_confirm ",
    "x" * 255,
    "步骤",
    "a\nstep_trend",
)
VALUES: tuple[Any, ...] = (
    "",
    "x",
    "revenue",
    "x" * 100_000,
    "[]",
    "1",
    "null",
    '"x"',
    "{}",
    '{"l":"zh"}',
    '{"l":"xx","t":"revenue"}',
    '{"l":5,"t":5}',
    '{"l":"zh","t":{}}',
    '{"l":"zh","q":{}}',
    '{"l":"zh","q":[]}',
    '{"l":"zh","t":""}',
    '{"l":"zh","t":"\\ud800"}',
    '{"l":"zh","t":"a\\u0000b"}',
    "[" * 5_000,
    '{"l":' * 900,
    '{"l":"zh","t":1e999}',
    '{"l":"zh","q":{"metrics":["revenue"]},"admin":true}',
    '{"l":"zh","t":"' + "x" * 20_000 + '"}',
    asks(metrics=["secret"]),
    asks(by=["nope.nope"]),
    asks(having=[{"metric": "no", "op": "lt", "value": 1}]),
    asks(limit=-1),
    asks(limit=10**9),
    asks(order={"metric": "no"}),
    asks(rank={"over": "no.no"}),
    asks(where=[{"field": "reps.rep_id", "values": ["r3"]}]),
    asks(where=[{"field": "reps.rep_id", "values": []}]),
    asks(where=[{"field": "deals.amount", "op": "lt", "values": ["x"]}]),
    asks(period={"kind": "rolling", "count": 0}),
    asks(period={"kind": "named", "unit": "year", "year": 10**12}),
    asks(share={"lift": ["no.no"]}),
    asks(period={"kind": "relative", "unit": "year", "offset": -(10**9)}),
    asks(scope="everything"),
    "@",
    "@" + "0" * 24,
    "@../../var/state.db",
    "@" + "f" * 5_000,
    "@'; DROP TABLE link; --",
    "0",
    "-1",
    "1",
    "2",
    "99999999999999999999999",
    "\u00b2",
    "\u0661",
    "1e3",
    " 1",
    "1|r1",
    "1|r2|r1",
    "1|",
    "|",
    "9|r1",
    "1|nobody",
    "-1|r1",
    "\u00b2|r2",
    "99999999999999999999|r2",
    ":up",
    "up",
    "down",
    ":::",
    "0" * 23 + ":up",
    "0" * 24 + ":sideways",
    "g" * 24 + ":up",
    "rule:1:x:up",
    "rule:99:alert:up",
    "rule:-1:x:up",
    "rule:1:\x00:up",
    "role r2 admin --yes",
    "rule delete 1 --yes",
    "link <@U0R2> ops --yes",
    "A" * 24,
    "-" * 24,
    "\x00",
    "\ud800",
    None,
    5,
    -1,
    1.5,
    True,
    [],
    {},
    ["1"],
    {"id": 1},
)


@pytest.fixture(scope="session")
def world(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return entry_world(root, tmp_path_factory.getbasetemp())


@pytest.fixture
async def floor(world: Path, root: Path) -> AsyncIterator[Floor]:
    async with open_floor(world, root, "socket") as opened:
        yield opened


def order(floor: Floor, *commands: str) -> None:
    for command in commands:
        told = execute(
            f"{command} --yes",
            actor=floor.runtime.metrics.org.people["ops"],
            channel=None,
            numbers=floor.runtime.metrics,
            state=floor.runtime.state,
            as_of=floor.clock.now(),
        )
        assert told.done, told.text


def told(floor: Floor) -> list[dict[str, Any]]:
    """What Bob was told, in the channel or in his DM."""
    own, places = floor.workspace.ledger.app.user_id, ("C0IN", "U0R2")
    return [m for p in places for m in floor.workspace.messages(p, viewer="U0R2") if m.get("user") == own]


@pytest.mark.parametrize(
    "every", [pytest.param(7, id="a-seventh"), pytest.param(1, id="all", marks=pytest.mark.nightly)]
)
async def test_a_forged_button_is_refused_in_words_and_changes_nothing(
    floor: Floor, caplog: pytest.LogCaptureFixture, every: int
) -> None:
    """Pressed by Bob, who speaks Chinese. The digest, the alert and the waiting command are those of others."""
    order(floor, "digest add rep at 09:30 for r1", "rule add revenue < 999k for Bob to m1 at 09:30")
    floor.clock.advance(dt.timedelta(minutes=31))
    await floor.scheduler().tick()
    floor.workspace.desk.change("U0R2", locale="zh-CN")
    await floor.quiet()
    waiting = floor.runtime.state.pending.keep("ops", "role r2 admin --yes", None, at=floor.clock.now())
    alert = next(r.key for r in floor.runtime.state.outbox.rows(kind="alert"))
    theirs = [
        ("digest_snooze", "1"),
        ("digest_unsubscribe", "1"),
        ("alert_feedback", f"rule:1:{alert}:down"),
        ("admin_confirm", waiting),
        ("admin_cancel", waiting),
        ("alert_snooze", "1|r1"),
    ]
    everything = [(action, value) for action in ACTIONS for value in VALUES]
    presses = [*theirs, *everything[::every]]
    before = floor.kept()
    caplog.set_level(logging.WARNING, logger="paceline")
    for start in range(0, len(presses), 40):
        batch = presses[start : start + 40]
        await asyncio.gather(*(floor.interact("U0R2", "C0IN", action, value) for action, value in batch))
    await floor.workspace.until(lambda: len(told(floor)) >= len(presses), timeout=90)
    await floor.quiet()
    said = [m["text"] for m in told(floor)]
    unclear = [text for text in said if not HAN.search(text) or "出错" in text or not 5 < len(text) < 400]
    assert len(said) == len(presses) > 1_600 // every and unclear == [], (len(said), len(presses), unclear[:5])
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR], caplog.text[:2000]
    after = floor.kept()
    before.pop("conversation"), after.pop("conversation")  # a question that is refused is a question
    assert after == before and not floor.workspace.ledger.files and floor.workspace.modal("U0R2") is None


async def command(floor: Floor, user: str, text: str, channel: str = "C0IN") -> dict[str, Any]:
    return await after(floor, floor.workspace.slash(user, channel, "/kpi-admin", text), channel)


async def after(floor: Floor, deed: Awaitable[object], channel: str = "C0IN") -> dict[str, Any]:
    """What the app says next."""
    before = {m["ts"] for m in floor.workspace.messages(channel)}
    await deed
    said: dict[str, Any] = await floor.workspace.wait_for_message(channel, lambda m: m["ts"] not in before, timeout=20)
    return said


def button(message: dict[str, Any], action: str) -> str:
    return next(
        e["value"]
        for b in message["blocks"]
        if b["type"] == "actions"
        for e in b["elements"]
        if e["action_id"] == action
    )


async def test_confirm_is_used_up(floor: Floor) -> None:
    state, click = floor.runtime.state, floor.workspace.click
    preview = await command(floor, "U0OPS", "rule add revenue < 5 for each rep")
    value = button(preview, "admin_confirm")
    assert value == button(preview, "admin_cancel") and "rule" not in value and len(value) == 24
    saved = await after(floor, click("U0OPS", "C0IN", preview, action_id="admin_confirm"))
    assert "Rule 1 is saved" in saved["text"]
    for action in ("admin_confirm", "admin_cancel"):
        again = await after(floor, click("U0OPS", "C0IN", preview, action_id=action))
        assert "confirmed already" in again["text"]
    assert len(state.rules.all()) == 1
    preview = await command(floor, "U0OPS", "rule delete 1")
    gone = await after(floor, click("U0OPS", "C0IN", preview, action_id="admin_cancel"))
    assert gone["text"] == "Cancelled. Nothing was changed."
    again = await after(floor, click("U0OPS", "C0IN", preview, action_id="admin_confirm"))
    assert "cancelled already" in again["text"] and len(state.rules.all()) == 1


async def test_confirm_by_another_person_or_too_late_is_refused(floor: Floor) -> None:
    floor.runtime.state.links.set_role("head", "admin", at=MORNING)  # who may do everything, and still not this
    preview = await command(floor, "U0OPS", "role r2 admin")
    assert "Bob Wu (r2) is rep and becomes admin" in preview["text"]
    for user in ("U0R2", "U0HEAD", "U0M1"):
        for action in ("admin_confirm", "admin_cancel"):
            pressed = floor.interact(user, "C0IN", action, button(preview, action), is_ephemeral=True)
            assert "Only the person who gave this command" in (await after(floor, pressed))["text"]
    floor.clock.advance(dt.timedelta(hours=1, seconds=1))
    late = await after(floor, floor.workspace.click("U0OPS", "C0IN", preview, action_id="admin_confirm"))
    assert "more than an hour ago" in late["text"] and floor.runtime.state.links.role_of("r2") is None


async def test_confirm_asks_again_what_one_may(floor: Floor) -> None:
    """Between the preview and the press the role was taken away: the press is as good as the command."""
    floor.runtime.state.links.set_role("r1", "ops", at=MORNING)
    preview = await command(floor, "U0R1", "role r2 admin")
    floor.runtime.state.links.set_role("r1", None, at=MORNING)
    refused = await after(floor, floor.workspace.click("U0R1", "C0IN", preview, action_id="admin_confirm"))
    assert "is for admins" in refused["text"] and floor.runtime.state.links.role_of("r2") is None


async def test_twenty_presses_at_once_are_one(floor: Floor) -> None:
    preview = await command(floor, "U0OPS", "digest leaderboard wins in <#C0IN|insiders> at 09:30")
    value = button(preview, "admin_confirm")
    await asyncio.gather(
        *(floor.interact("U0OPS", "C0IN", f"admin_{a}", value, is_ephemeral=True) for a in ("confirm", "cancel") * 10)
    )
    await floor.quiet()
    said = [m["text"] for m in floor.workspace.messages("C0IN", viewer="U0OPS")][1:]
    saved = sum("Digest 1 is saved" in text for text in said) + sum("Cancelled. Nothing" in text for text in said)
    assert len(said) == 20 and saved == 1 and len(floor.runtime.state.subscriptions.digests()) <= 1


async def test_links_and_roles_are_shown_first(floor: Floor) -> None:
    links = floor.runtime.state.links
    for text, shown, done in (
        ("link <@U0WHO> r5", "Link <@U0WHO> to Emil Sand (r5)?", "<@U0WHO> is Emil Sand (r5)."),
        ("role r5 manager", "Emil Sand (r5) is rep and becomes manager.", "Emil Sand is now manager (was rep)."),
        ("unlink <@U0WHO>", "Unlink <@U0WHO>? It is Emil Sand now.", "<@U0WHO> is linked to nobody now."),
    ):
        before = floor.kept()
        preview = await command(floor, "U0OPS", text)
        assert preview["text"].startswith(shown)
        now = floor.kept()
        before.pop("pending"), now.pop("pending")
        assert now == before, "shown, and nothing else"
        said = await after(floor, floor.workspace.click("U0OPS", "C0IN", preview, action_id="admin_confirm"))
        assert said["text"] == done
    assert links.role_of("r5") == "manager" and links.person_of("U0WHO") is None
    for text in ("unlink <@U0OPS>", "link <@U0OPS> r5 --yes", "role ops rep --yes"):
        assert "lock yourself out" in (await command(floor, "U0OPS", text))["text"]


COMMANDS = (
    "rule pause \u00b2",
    "rule delete 99999999999999999999",
    "rule test -1",
    "audit \u00b2",
    "audit 9999999999",
    "snooze 99999999999999999999 7 days",
    "snooze \u00b2",
    "digest delete \u0661",
    "rule add revenue < " + "9" * 400,
    "rule add revenue < 5 last 0 days for each rep",
    "rule add revenue < 5 for each rep to <@U0R1>",
    "\x00",
    "--yes",
    "rule add \x00 < 5",
    "role \x00 admin",
    "link <@U0WHO> \x00",
    "link <@NOBODY> r1",
    "x" * 5000,
    "#" * 900,
    "#a #b #c #d #e #f",
    "rule add revenue < 5 for each rep at 99:99",
    "digest me at 08:30 " * 40,
)


async def test_any_command_is_answered(floor: Floor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="paceline")
    for text in COMMANDS:
        before, calls = floor.kept(), len(floor.workspace.web_api.calls)
        said = await command(floor, "U0OPS", text)
        assert "Something went wrong" not in said["text"] and floor.kept() == before, text
        assert not [r for r in caplog.records if r.levelno >= logging.ERROR], (text, caplog.text[:1000])
        assert len(floor.workspace.web_api.calls) - calls < 20, text
