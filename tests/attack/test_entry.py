"""Nobody in who does not belong: every account that does not, at every door, over both transports, with and without a
tie in the state. An entry is a number shown to it, or anything changed by it."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from entry_floor import CLAIMED, MORNING, NUMBER, OUTSIDERS, Floor, entry_world, open_floor

from bot.admin import execute
from bot.console import Console
from bot.scheduler import run_due_command
from bot.state.links import BY_EMAIL
from metrics.errors import DeliveryError
from schedules.messages import Recipient, RepDigest

REVENUE = json.dumps(
    {"l": "en", "q": {"metrics": ["revenue"], "period": {"kind": "named", "unit": "year", "year": 2024}}}
)
TEXT = json.dumps({"l": "en", "t": "revenue in January 2024"})


@pytest.fixture(scope="session")
def world(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return entry_world(root, tmp_path_factory.getbasetemp())


def order(floor: Floor, *commands: str) -> None:
    """Commands of operations, at once."""
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


async def knock(floor: Floor, user: str, places: Sequence[str]) -> int:
    """Try every door as this account; returns how many tries were made."""
    workspace, waiting = (
        floor.workspace,
        floor.runtime.state.pending.keep("ops", "role r2 admin --yes", None, at=MORNING),
    )
    channel = "C0OUT"
    await workspace.dm(user, "revenue in January 2024")
    await workspace.mention(user, channel, "revenue in January 2024")
    doors = [
        workspace.slash(user, channel, "/kpi", "revenue in January 2024"),
        *(
            workspace.slash(user, channel, "/kpi-admin", text)
            for text in (
                "audit",
                "role r2 admin --yes",
                f"link <@{user}> ops --yes",
                "unlink <@U0OPS> --yes",
                "rule add revenue < 5 for each rep --yes",
                "rule delete 1 --yes",
                "digest me at 09:00",
                "digest delete 1 --yes",
                "unsubscribe",
            )
        ),
        *(
            floor.interact(user, place, action, value)
            for place in (workspace.channel_id(user) if p == "DM" else p for p in places)
            for action, value in (
                ("step_trend", REVENUE),
                ("choice_1", json.dumps(json.loads(REVENUE) | {"s": "sales"})),
                ("suggest_1", TEXT),
                ("show_sql", REVENUE),
                ("get_csv", REVENUE),
                ("answer_feedback", "0" * 24 + ":up"),
                ("digest_snooze", "1"),
                ("digest_unsubscribe", "1"),
                ("alert_acknowledge", "1|r1"),
                ("alert_snooze", "1|r1"),
                ("alert_feedback", "rule:1:alert:1:r1:2024-03-12:up"),
                ("admin_confirm", waiting),
                ("admin_cancel", waiting),
            )
        ),
    ]
    await asyncio.gather(*doors)
    await workspace.open_home(user)
    await workspace.open_home(user, tab="messages")
    await floor.quiet()
    state = floor.runtime.state.pending
    found = state.get(waiting)
    assert found is not None and found.settled is None, "somebody else's command was settled"
    state.forget(before=MORNING + dt.timedelta(days=1))
    return len(doors) + 4


NIGHTLY = pytest.mark.nightly
STAGES = ("as they come", "directory run", BY_EMAIL, "ops")  # the last two: with a stored tie, and by whom


@pytest.mark.parametrize(
    ("transport", "stages", "places", "accounts"),
    [
        pytest.param("socket", ("directory run",), ("C0OUT",), OUTSIDERS, id="socket"),
        pytest.param("socket", ("ops",), ("C0OUT",), CLAIMED, id="socket-tied"),
        # The same doors; the lock before them is picked in test_entry_http.
        pytest.param("http", ("ops",), ("C0OUT",), ("foreign", "left"), id="http"),
        pytest.param("socket", STAGES, ("C0OUT", "DM"), OUTSIDERS, id="socket-whole", marks=NIGHTLY),
        pytest.param("http", STAGES, ("C0OUT", "DM"), OUTSIDERS, id="http-whole", marks=NIGHTLY),
    ],
)
async def test_no_door_opens_to_who_does_not_belong(
    world: Path, root: Path, transport: str, stages: tuple[str, ...], places: tuple[str, ...], accounts: Collection[str]
) -> None:
    tries, entered = 0, []
    async with open_floor(world, root, transport) as floor:
        order(floor, "digest add rep at 09:30 for everyone", "rule add revenue < 5 for each rep at 09:30")
        links = floor.runtime.state.links
        for stage in stages:
            if stage == "directory run":
                floor.clock.advance(dt.timedelta(days=1))
                await floor.scheduler().tick()
                tied = {link.slack_user for link in links.all() if link.person}
                assert tied == {"U0R1", "U0R2", "U0M1", "U0OPS", "U0HEAD"}, "each person's own account, and no other"
            elif stage in (BY_EMAIL, "ops"):
                for why, person in CLAIMED.items():
                    links.link(OUTSIDERS[why].id, person, at=MORNING, by=stage)
            before = floor.kept()
            for why, account in ((why, OUTSIDERS[why]) for why in accounts):
                tries += await knock(floor, account.id, places)
                if NUMBER.search(floor.seen_by(account.id)):
                    entered.append((stage, why, "saw a number"))
            entered += [(stage, "somebody", f"changed {n}") for n, rows in floor.kept().items() if rows != before[n]]
        assert floor.workspace.ledger.files == {}
        assert NUMBER.search(await _belongs(floor)), "the same doors do open to who belongs"
    assert tries >= 25 * len(accounts) * len(stages) and entered == [], (tries, entered)


async def _belongs(floor: Floor) -> str:
    floor.runtime.state.links.link("U0OPS", "ops", at=MORNING, by="ops")
    await floor.workspace.dm("U0OPS", "revenue in January 2024")
    await floor.workspace.wait_for_message("U0OPS", lambda m: "€" in m.get("text", ""), timeout=20)
    return floor.seen_by("U0OPS")


async def test_a_guest_sees_what_an_admin_granted_and_no_more(world: Path, root: Path) -> None:
    async with open_floor(world, root, "socket") as floor:
        told = await floor.workspace.ask("U0GUEST", "dm", "revenue in January 2024", timeout=20)
        assert "guest" in told["text"]
        await floor.workspace.slash("U0OPS", "C0IN", "/kpi-admin", "link <@U0GUEST> r2")
        preview = await floor.workspace.wait_for_message("C0IN", timeout=20)
        assert "guest account" in preview["text"] and floor.runtime.state.links.person_of("U0GUEST") is None
        await floor.workspace.click("U0OPS", "C0IN", preview, action_id="admin_confirm")
        await floor.workspace.until(lambda: floor.runtime.state.links.person_of("U0GUEST") == "r2", timeout=20)
        told = await floor.workspace.ask("U0GUEST", "dm", "my revenue in February 2024", timeout=20)
        assert NUMBER.search(told["text"])
        told = await floor.workspace.ask("U0GUEST", "dm", "revenue of Chen Yu in January 2024", timeout=20)
        assert not NUMBER.search(told["text"])


async def test_an_admin_is_told_whom_no_link_can_let_in(world: Path, root: Path) -> None:
    async with open_floor(world, root, "socket") as floor:
        for user, why in (("U0FOREIGN", "another workspace"), ("U0GONE", "deactivated"), ("U0BOT", "an app")):
            await floor.workspace.slash("U0OPS", "C0IN", "/kpi-admin", f"link <@{user}> r2 --yes")
            told = await floor.workspace.wait_for_message("C0IN", floor.workspace.by_app(text=why), timeout=20)
            assert "cannot be linked" in told["text"] and floor.runtime.state.links.person_of(user) is None


async def test_what_slack_says_has_changed_holds_at_once(world: Path, root: Path) -> None:
    """Deactivated, made a guest, another e-mail: the account that was in a moment ago is out."""
    changes = {
        "U0R1": {"deleted": True},
        "U0R2": {"is_restricted": True},
        "U0M1": {"email": "mia@elsewhere.example"},
        "U0HEAD": {"team_id": "T0OTHER"},
    }
    async with open_floor(world, root, "socket") as floor:
        for user, change in changes.items():
            told = await floor.workspace.ask(user, "dm", "revenue in January 2024", timeout=20)
            assert "who you are" not in told["text"]
            calls = len(floor.workspace.socket.log)
            floor.workspace.desk.change(user, **change)
            await floor.workspace.until(lambda calls=calls: len(floor.workspace.socket.log) > calls, timeout=20)
            await floor.quiet()
            said = await floor.workspace.dm(user, "revenue in January 2024")
            await floor.workspace.wait_for_message(user, floor.workspace.by_app(after=said["ts"]), timeout=20)
            after = [m for m in floor.workspace.messages(user) if float(m["ts"]) > float(said["ts"])]
            assert not NUMBER.search(json.dumps(after, ensure_ascii=False)), user


async def test_a_person_is_in_up_to_the_last_day(world: Path, root: Path) -> None:
    async with open_floor(world, root, "socket") as floor:
        floor.clock.advance(dt.datetime(2024, 2, 15, 23, 59, tzinfo=dt.UTC) - MORNING)
        told = await floor.workspace.ask("U0LEFT", "dm", "my revenue in January 2024", timeout=20)
        assert "left" not in told["text"]
        floor.clock.advance(dt.timedelta(minutes=1))
        told = await floor.workspace.ask("U0LEFT", "dm", "my revenue in February 2024", timeout=20)
        said = [m["text"] for m in floor.workspace.messages("U0LEFT")][-1]
        assert "says that you have left" in said and not NUMBER.search(said)


@pytest.mark.parametrize("method", ["users.info", "auth.test"])
async def test_nobody_is_let_in_while_slack_does_not_say_who_it_is(world: Path, root: Path, method: str) -> None:
    """A call that fails opens no door: neither to the asker, nor to a channel whose readers are not known."""
    async with open_floor(world, root, "socket") as floor:
        faults = floor.workspace.faults
        floor.workspace.socket.ack_within = 3.0  # bolt takes an acknowledgement back where a listener fails at once
        if method == "auth.test":  # the app has asked once, for itself, when it handled its first event
            await floor.workspace.ask("U0FOREIGN", "dm", "hello", timeout=20)
            floor.identities._homes = None
        for break_it in (faults.fail, lambda m, times: faults.error(m, "internal_error", times=times)):
            break_it(method, times=50)
            doors = []
            for user, channel in (("U0OPS", "C0OUT"), ("U0FOREIGN", "C0OUT"), ("U0R1", "C0IN")):
                doors += [
                    floor.workspace.mention(user, channel, "revenue by region in January 2024"),
                    floor.workspace.slash(user, channel, "/kpi-admin", "role r2 admin --yes"),
                    floor.interact(user, channel, "show_sql", REVENUE),
                ]
            await asyncio.gather(*doors)
            await floor.quiet()
        for user in floor.workspace.ledger.users:
            assert not NUMBER.search(floor.seen_by(user)), user
        assert floor.runtime.state.links.roles() == {}


async def test_a_channel_is_read_by_everybody_in_it(world: Path, root: Path) -> None:
    """Accounts that do not belong count as strangers, whatever tie is stored; nothing private is said before them."""
    async with open_floor(world, root, "socket") as floor:
        for why, person in CLAIMED.items():
            floor.runtime.state.links.link(OUTSIDERS[why].id, person, at=MORNING, by=BY_EMAIL)
        for channel in ("C0IN", "C0OUT"):
            await floor.workspace.mention("U0OPS", channel, "revenue by region in January 2024")
            await floor.quiet()
        readers = {c: floor.runtime.state.channels.get(c) for c in ("C0IN", "C0OUT")}
        people = ("head", "m1", "ops", "r1", "r2")
        assert readers["C0IN"] is not None and (readers["C0IN"].members, readers["C0IN"].unknown) == (people, 0)
        strangers = len(OUTSIDERS) - 2  # the deleted account and the app of this workspace read nothing
        assert readers["C0OUT"] is not None and readers["C0OUT"].members == people
        assert readers["C0OUT"].unknown == strangers == 10
        for account in OUTSIDERS.values():
            assert not NUMBER.search(floor.seen_by(account.id)), account
        await floor.workspace.slash("U0OPS", "C0OUT", "/kpi-admin", "digest leaderboard revenue in #shared at 09:30")
        refused = floor.workspace.by_app(text="Not every member of #shared may see")
        await floor.workspace.wait_for_message("C0OUT", refused, timeout=20)


@pytest.mark.parametrize("joins", [False, True])
async def test_run_due_by_hand_looks_who_reads_the_channel_now(world: Path, root: Path, joins: bool) -> None:
    """`paceline run-due` from cron, without a running bot: who joined since is seen before anything is said."""
    async with open_floor(world, root, "socket") as floor:
        await floor.workspace.mention("U0OPS", "C0TOP", "revenue in January 2024")
        await floor.workspace.until(lambda: floor.runtime.state.channels.get("C0TOP") is not None, timeout=20)
        order(floor, "rule add revenue < 999k for r1 to #top at 09:30")
        if joins:
            floor.workspace.ledger.conversations["C0TOP"].members.append("U0FOREIGN")
        moment = MORNING + dt.timedelta(minutes=31)
        console = Console(io.StringIO(), io.StringIO())
        done = await asyncio.to_thread(run_due_command, floor.runtime, as_of=moment, dry_run=False, console=console)
        sent = [m["metadata"]["event_payload"] for m in floor.workspace.messages("C0TOP") if m.get("metadata")]
        alerts = [payload for payload in sent if payload["kind"] == "alert"]
        assert (done, bool(alerts)) == (0, not joins)


async def test_no_digest_and_no_alert_reaches_who_does_not_belong(world: Path, root: Path) -> None:
    async with open_floor(world, root, "socket") as floor:
        order(floor, "digest add rep at 09:30 for everyone", "digest add manager at 09:30 for everyone")
        order(floor, *(f"rule add revenue < 999k for each rep to {person} at 09:30" for person in ("r4", "r3")))
        for why, person in CLAIMED.items():
            floor.runtime.state.links.link(OUTSIDERS[why].id, person, at=MORNING, by=BY_EMAIL)
        floor.clock.advance(dt.timedelta(minutes=31))
        report = await floor.scheduler().tick()
        reached = {u for u in floor.workspace.ledger.users if floor.workspace.messages(u)}
        assert report.sent.sent > 3 and reached == {"U0R1", "U0R2", "U0M1", "U0HEAD"}
        digest = RepDigest(
            key="forged",
            to=Recipient(kind="person", id="r4"),
            as_of=dt.date(2024, 3, 11),
            subject=1,
            person="r4",
            name="Dora",
            start=dt.date(2024, 3, 1),
            end=dt.date(2024, 3, 12),
            days_left=1,
            standings=(),
        )
        with pytest.raises(DeliveryError, match="unless they have left"):
            await floor.scheduler()._deliver.send(digest)
