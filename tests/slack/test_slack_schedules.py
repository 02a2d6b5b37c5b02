"""Ordered by slash command, arriving in DMs and channels when the clock gets there, answered by buttons; all over the
wire."""

from __future__ import annotations

import asyncio
import datetime as dt
import io

import pytest
from slack_floor import Floor, Message, shown

from bot.admin import execute
from bot.clock import MovableClock
from bot.console import Console
from bot.delivery import delivery_client
from bot.runtime import Runtime
from bot.scheduler import Scheduler, run_due_command, scheduling, tick_once
from schedules import RunReport
from schedules.compose import Composed
from schedules.sending import Sent


async def command(floor: Floor, user: str, text: str, channel: str = "C0BOSS") -> Message:
    """The reply that only the asker sees."""
    before = [m["ts"] for m in floor.workspace.messages(channel)]
    await floor.workspace.slash(user, channel, "/kpi-admin", text)
    found: Message = await floor.workspace.wait_for_message(channel, lambda m: m["ts"] not in before, timeout=30)
    return found


async def confirmed(floor: Floor, user: str, text: str, channel: str = "C0BOSS") -> Message:
    preview = await command(floor, user, text, channel)
    before = [m["ts"] for m in floor.workspace.messages(channel)]
    await floor.workspace.click(user, channel, preview, action_id="admin_confirm")
    found: Message = await floor.workspace.wait_for_message(channel, lambda m: m["ts"] not in before, timeout=30)
    return found


def scheduler(floor: Floor) -> Scheduler:
    return Scheduler(floor.runtime, client=delivery_client(floor.workspace.tokens.bot, floor.workspace.api_url))


async def test_a_digest_is_ordered_confirmed_and_arrives(floor: Floor) -> None:
    preview = await command(floor, "U0OPS", "digest add rep at 09:30 for everyone")
    assert "New: rep digest" in preview["text"] and floor.runtime.state.subscriptions.digests() == []
    saved = await confirmed(floor, "U0OPS", "digest add rep at 09:30 for everyone")
    assert "Digest 1 is saved" in saved["text"]
    await confirmed(floor, "U0OPS", "digest add manager at 09:30")
    await confirmed(floor, "U0OPS", "digest leaderboard wins in <#C0ALL|all> at 09:30 top 3")
    ticker = scheduler(floor)
    await ticker.tick()
    assert floor.workspace.messages("U0R1") == []
    floor.clock.advance(dt.timedelta(minutes=30))
    await ticker.tick()
    # Who has no Slack user cannot be reached: written down once, and the others get theirs.
    lost = sorted(e.subject for e in floor.runtime.state.audit.recent(50) if e.action == "delivery.nobody")
    assert lost == ["person head", "person m2", "person r5", "person r6"]
    skipped = [
        r
        for r in floor.runtime.state.outbox.rows(state="skipped")
        if "no Slack user" in r.reason or "no such user" in r.reason
    ]
    assert len(skipped) == 4 and floor.runtime.state.outbox.rows(state="failed") == []
    (digest,) = floor.workspace.messages("U0R1")
    assert "your month to 11 Mar 2024" in digest["text"] and "rank" in digest["text"]
    # A shared clock: 09:30 in Shanghai was at 01:30 UTC, before the digest was ordered.
    assert floor.workspace.messages("U0R3") == []
    (team,) = floor.workspace.messages("U0M1")
    assert "your team to 11 Mar 2024" in team["text"]
    (board,) = [m for m in floor.workspace.messages("C0ALL") if "top" in m["text"]]
    assert "🥇" in shown(board)
    assert (await ticker.tick()).sent.sent == 0

    await floor.workspace.click("U0R1", "U0R1", digest, action_id="step_details")
    details = await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app(after=digest["ts"]))
    assert "Revenue" in shown(details)
    await floor.workspace.click("U0R1", "U0R1", digest, action_id="digest_unsubscribe")
    done = await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app(after=details["ts"]))
    assert "unsubscribed" in done["text"]
    assert [e.actor for e in floor.runtime.state.audit.recent(1)] == ["r1"]


async def test_a_rule_fires_in_the_dm_and_is_acknowledged(floor: Floor) -> None:
    saved = await confirmed(floor, "U0OPS", "rule add revenue < 99% of target for each rep at 09:30")
    assert "Rule 1 is saved" in saved["text"]
    floor.clock.advance(dt.timedelta(minutes=30))
    await scheduler(floor).tick()
    alert = next(m for u in ("U0R1", "U0R2") for m in floor.workspace.messages(u))
    user = next(u for u in ("U0R1", "U0R2") if floor.workspace.messages(u))
    assert "below 99.0%" in alert["text"]
    await floor.workspace.click(user, user, alert, action_id="alert_acknowledge")
    noted = await floor.workspace.wait_for_message(user, floor.workspace.by_app(after=alert["ts"]))
    assert "looks after it" in noted["text"]
    value = next(b for b in alert["blocks"] if b["type"] == "context_actions")["elements"][0]["positive_button"][
        "value"
    ]
    await floor.workspace.click(user, user, alert, action_id="alert_feedback", value=value)
    await floor.workspace.until(lambda: floor.runtime.state.feedback.counts("alert") == {"up": 1})


async def test_who_may_not_is_told_so_and_cancel_changes_nothing(floor: Floor) -> None:
    refused = await command(floor, "U0R1", "rule add revenue < 5 for each rep", "C0ALL")
    assert "Rules are made by" in refused["text"]
    stranger = await command(floor, "U0WHO", "audit", "C0MIX")
    assert "who you are" in stranger["text"]
    preview = await command(floor, "U0OPS", "rule add revenue < 5 for each rep")
    await floor.workspace.click("U0OPS", "C0BOSS", preview, action_id="admin_cancel")
    await floor.workspace.wait_for_message("C0BOSS", lambda m: "Cancelled" in m["text"])
    assert floor.runtime.state.rules.all() == []


async def test_a_channel_with_a_stranger_gets_nothing_private(floor: Floor) -> None:
    refused = await command(floor, "U0OPS", "digest leaderboard revenue in <#C0MIX|mixed> at 09:30")
    assert "Not every member of #mixed may see" in refused["text"]


async def test_a_running_tick_ends_before_the_scheduler_does(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, done = asyncio.Event(), []

    async def slow(*_: object, **__: object) -> RunReport:
        begun.set()
        await asyncio.sleep(0.2)
        done.append("at its end")
        return RunReport(0, Composed(), Sent())

    monkeypatch.setattr("bot.scheduler.run_due", slow)
    client = delivery_client(floor.workspace.tokens.bot, floor.workspace.api_url)
    async with scheduling(floor.runtime, client=client) as running:
        running._ticker.add_job(running._ticked)  # at once, as the ticker runs it every minute
        await asyncio.wait_for(begun.wait(), 5)
    assert done == ["at its end"]


async def test_a_digest_follows_the_person_to_another_user_and_never_to_one_an_admin_untied(floor: Floor) -> None:
    state, now = floor.runtime.state, floor.clock.now()
    await confirmed(floor, "U0OPS", "digest add rep at 09:30 for r1")
    ticker = scheduler(floor)
    floor.clock.advance(dt.timedelta(minutes=30))
    assert (await ticker.tick()).sent.sent == 1
    state.links.link("U0WHO", "r1", at=now, by="ops")
    floor.clock.advance(dt.timedelta(days=1))
    await ticker.tick()
    assert [len(floor.workspace.messages(u)) for u in ("U0R1", "U0WHO")] == [1, 1]
    state.links.link(
        "U0WHO", None, at=now, by="ops"
    )  # and the e-mail address of r1 leads to U0R1, which was untied as well
    floor.clock.advance(dt.timedelta(days=1))
    await ticker.tick()
    assert [len(floor.workspace.messages(u)) for u in ("U0R1", "U0WHO")] == [1, 1]
    assert [e.subject for e in state.audit.recent(50) if e.action == "delivery.nobody"] == ["person r1"]


async def test_a_tick_with_nothing_due_costs_a_look_at_the_table(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    worked = []

    async def counted(*_: object, **__: object) -> RunReport:
        worked.append(floor.clock.now())
        return RunReport(0, Composed(), Sent())

    monkeypatch.setattr("bot.scheduler.run_due", counted)
    ticker, start = scheduler(floor), floor.clock.now()
    for _ in range(31):
        await ticker.tick()
        floor.clock.advance(dt.timedelta(minutes=1))
    assert [(at - start).seconds // 60 for at in worked] == [0, 15, 30]
    await confirmed(floor, "U0OPS", "digest add rep at 09:32 for r1")
    floor.clock.advance(dt.timedelta(minutes=2))
    await ticker.tick()
    assert len(worked) == 4


async def test_the_ticker_starts_and_stops(floor: Floor) -> None:
    client = delivery_client(floor.workspace.tokens.bot, floor.workspace.api_url)
    async with scheduling(floor.runtime, client=client) as running:
        assert (await running.tick()).planned == 0
    assert (await tick_once(floor.runtime, client=client)).planned == 0


def test_run_due_prints_what_would_be_sent_and_changes_nothing(runtime: Runtime) -> None:
    ops = runtime.metrics.org.people["ops"]
    now = runtime.clock.now()
    reply = execute(
        "digest add rep at 09:30 for r1 --yes",
        actor=ops,
        channel=None,
        numbers=runtime.metrics,
        state=runtime.state,
        as_of=now,
    )
    assert reply.done, reply.text
    assert isinstance(runtime.clock, MovableClock)
    out, err = io.StringIO(), io.StringIO()
    moment = dt.datetime(2024, 3, 12, 9, 30, tzinfo=dt.UTC)
    assert run_due_command(runtime, as_of=moment, dry_run=True, console=Console(out, err)) == 0
    assert "your month to 11 Mar 2024" in out.getvalue() and "would send 1" in out.getvalue()
    assert runtime.state.outbox.rows() == []
    assert run_due_command(runtime, as_of=moment, dry_run=False, console=Console(out, err)) == 1
    assert "SLACK_BOT_TOKEN" in err.getvalue() and runtime.state.outbox.rows() == []
    assert run_due_command(runtime, as_of=dt.datetime(2024, 3, 15, 9, 30), dry_run=True, console=Console(out, err)) == 0  # noqa: DTZ001
    assert "late: complete through 2024-03-11" in err.getvalue()
