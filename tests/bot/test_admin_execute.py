"""Commands carried out: previews first, roles, recipients, audit, and the buttons of digests and alerts."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "schedules"))
from sched_world import FakeNumbers, ListDeliver, model

from bot.admin.buttons import press
from bot.admin.execute import execute
from bot.admin.parts import Reply
from bot.render.admin import CONFIRM, reply_post
from bot.render.digests import ALERT_ACKNOWLEDGE, ALERT_FEEDBACK, ALERT_SNOOZE, DIGEST_SNOOZE, DIGEST_UNSUBSCRIBE
from bot.state import State, open_state
from schedules.rules import RuleSpec
from schedules.run import run_due
from schedules.selection import Selection

AT = dt.datetime(2026, 3, 13, 12, tzinfo=dt.UTC)
Do = Callable[..., Reply]


@pytest.fixture
def state() -> Iterator[State]:
    opened = open_state("sqlite://")
    opened.channels.remember("C1", "sales", ["a", "b"], at=AT)
    opened.channels.remember("C2", "leads", ["boss", "ops"], at=AT)
    yield opened
    opened.close()


@pytest.fixture
def numbers() -> FakeNumbers:
    values: dict[tuple[str, str], float | None] = {("sales", p): 10.0 for p in "abcd"} | {
        ("win_rate", "a"): 0.3,
        ("win_rate", "b"): 0.6,
    }
    return FakeNumbers(values=values, targets={("sales", p): 100.0 for p in "abcd"}, data_through=dt.date(2026, 3, 12))


@pytest.fixture
def do(numbers: FakeNumbers, state: State) -> Do:
    def run(text: str, actor: str = "ops", channel: str | None = None, at: dt.datetime = AT) -> Reply:
        return execute(text, actor=numbers.org.people[actor], channel=channel, numbers=numbers, state=state, as_of=at)

    return run


def spec(state: State, number: int) -> RuleSpec:
    found = state.rules.get(number)
    assert found is not None
    return RuleSpec.model_validate_json(found.spec)


def test_a_rule_is_previewed_confirmed_and_saved(do: Do, state: State) -> None:
    preview = do("rule add win_rate < 40% for each rep in East")
    # Anna is below 40 % on every morning looked at: one firing; Ben never is.
    assert "would have fired 1 time in 90 days, for 1 person" in preview.text and "Anna" in preview.text
    assert state.rules.all() == [] and state.audit.recent() == [] and not preview.done
    post = reply_post(preview, "en", "waits")
    assert any(
        e["action_id"] == CONFIRM and e["value"] == "waits"
        for b in post.blocks
        if b["type"] == "actions"
        for e in b["elements"]
    )
    saved = do(preview.confirm)
    assert saved.done and "Rule 1 is saved" in saved.text
    assert spec(state, 1) == RuleSpec.model_validate(
        {
            "metric": "win_rate",
            "op": "lt",
            "threshold": 0.4,
            "period": {"kind": "relative", "unit": "month"},
            "select": Selection(region="East"),
        }
    )
    (entry,) = state.audit.recent()
    assert (entry.actor, entry.action, entry.subject, entry.at) == ("ops", "rule.add", "rule 1", AT)
    assert entry.after == "win_rate < 40% this month for each rep in East to rep at 08:00"


def test_the_line_of_a_rule_reads_as_the_same_rule(do: Do, state: State) -> None:
    for text in (
        "rule add win_rate < 40% for each rep in East",
        "rule add sales < 80% of target for each rep to manager remind 3 days at 09:15",
        "rule add visits >= 5 this week for team T1",
        "rule add 销售额 < 50% of expected for everyone to #leads",
        "rule add 赢单率 < 0.4 for Anna",
        "rule add visits < 5 last 30 days for each team",
        "rule add sales < 1,234,567.5 for everyone to me",
    ):
        first = do(f"{text} --yes")
        assert first.done, first.text
        number = max(r.id for r in state.rules.all())
        rule = state.rules.get(number)
        assert rule is not None
        for again in ("", " --yes"):
            told = do(f"rule add {rule.text}{again}")
            assert told.text.startswith(f"Rule {number} is the same: {rule.text}") and not told.confirm, told
        assert [r.id for r in state.rules.all()][-1] == number


@pytest.mark.parametrize(
    ("text", "per", "to", "recipient", "select"),
    [
        ("rule add visits < 5 for each rep", "rep", "rep", None, Selection()),
        ("rule add visits < 5 for each team", "team", "manager", None, Selection()),
        ("rule add visits < 5 for team T1 to #leads", "team", "channel", "C2", Selection(team="T1")),
        ("rule add visits < 5 for the channel #leads", "all", "channel", "C2", Selection()),
        ("rule add visits < 5 for everyone in West", "all", "person", "ops", Selection(region="West")),
        ("rule add visits < 5 for Anna to Max One", "rep", "person", "m1", Selection(people=("a",))),
        ("rule add sales < 5 for each rep to #sales", "rep", "channel", "C1", Selection()),  # its ranking is public
    ],
)
def test_who_is_watched_and_who_is_told(
    do: Do, state: State, text: str, per: str, to: str, recipient: str | None, select: Selection
) -> None:
    reply = do(text + " --yes")
    assert reply.done, reply.text
    found = spec(state, 1)
    assert (found.per, found.to, found.recipient, found.select) == (per, to, recipient, select)


@pytest.mark.parametrize(
    ("actor", "text", "why"),
    [
        ("a", "rule add sales < 5 for each rep", "Rules are made by"),
        ("m1", "rule add sales < 5 for each rep in West", "your own team only"),
        ("m1", "rule add sales < 5 for Dora", "your own team only"),
        ("m1", "rule add sales < 5 for each rep to Dora", "yourself and your own team"),
        ("m1", "digest add rep at 08:30", "is for admins"),
        ("a", "role Anna admin", "is for admins"),
        ("a", "link <@U1> Anna", "is for admins"),
        ("a", "audit", "is for admins"),
        ("ops", "rule add visits < 5 for each rep to #sales", "Not every member of #sales may see visits"),
        ("ops", "rule add sales < 5 for everyone to #sales", "Not every member"),
        (
            "ops",
            "rule add sales < 80% of target for each rep to #sales",
            "Not every member",
        ),  # a target is on no leaderboard
        ("ops", "digest leaderboard visits in #sales at 09:00", "Not every member"),
        ("ops", "rule add sals < 5 for each rep", "no metric “sals”"),
        ("ops", "rule add sales < 5 for Ana", "nobody called “Ana”"),
        ("ops", "rule add sales < 5 for each rep in Nord", "no region or team “Nord”"),
        ("ops", "rule add sales < 5 for each rep to #nowhere", "do not know the channel"),
        ("ops", "rule add visits < 80% of target for each rep", "visits has no target"),
        ("ops", "rule add visits < 5% for each rep", "no percentage"),
        ("ops", "rule add sales < 80% of target this week for each rep", "Targets are monthly"),
        ("ops", "rule add sales < 5 for each team to rep", "goes to its manager"),
        ("ops", "rule pause 7", "no rule 7"),
        ("ops", "digest delete 7", "no digest 7"),
        ("ops", "digest me at 08:30", "no digest for you"),
        ("ops", "role ops rep", "lock yourself out"),
        ("ops", "link <@U1> Nobody", "nobody called"),
        ("ops", "link @anna Anna", "do not know the Slack user"),
    ],
)
def test_refusals_change_nothing(do: Do, state: State, actor: str, text: str, why: str) -> None:
    reply = do(text + " --yes", actor)
    assert why in reply.text and not reply.done
    assert (
        state.rules.all() == []
        and state.subscriptions.digests() == []
        and state.audit.recent() == []
        and state.links.all() == []
    )


def test_a_manager_rules_over_their_own_team_as_it_is(do: Do, state: State) -> None:
    assert do("rule add sales < 5 for each rep --yes", "m1").done
    assert spec(state, 1).select == Selection(under="m1")
    assert do("rule pause 1", "m2").text.startswith("Rule 1 belongs to somebody else")
    assert do("rule pause 1", "m1").done and do("rule resume 1", "ops").done
    assert do("rule list", "m2").text.startswith("There are no rules")
    assert "1. sales < 5 this month for each rep under Max One" in do("rule list", "m1").text
    assert do("rule delete 1", "m1").confirm == "rule delete 1 --yes"
    assert do("rule delete 1 --yes", "m1").done and state.rules.all() == []
    assert [e.action for e in state.audit.recent()] == ["rule.delete", "rule.resume", "rule.pause", "rule.add"]


def test_roles_given_by_an_admin_count(do: Do, state: State) -> None:
    assert not do("audit", "a").text.startswith("2026")
    preview = do("role Anna admin", "ops")
    assert "Anna (a) is rep and becomes admin" in preview.text and not preview.done and state.links.roles() == {}
    assert do(preview.confirm, "ops").done
    assert "role a rep → admin" in do("audit", "a").text
    assert do("role Anna admin", "ops").text == "Anna is admin already. Nothing was changed."
    assert do("role Anna none --yes", "ops").done
    assert "is for admins" in do("audit", "a").text


def test_linking(do: Do, state: State) -> None:
    preview = do("link <@U1|x> 陈晨")
    assert "Link <@U1> to" in preview.text and state.links.all() == []
    assert do(preview.confirm).done and state.links.person_of("U1") == "c"
    assert "already" in do("link <@U1|x> 陈晨 --yes").text
    preview = do("unlink <@U1|x>")
    assert "also not by e-mail" in preview.text and state.links.person_of("U1") == "c"
    assert do(preview.confirm).done and state.links.person_of("U1") is None
    assert "already" in do("unlink <@U1|x> --yes").text
    assert [(e.action, e.before, e.after) for e in state.audit.recent()] == [("unlink", "c", None), ("link", None, "c")]


def test_digests_for_others_and_for_oneself(do: Do, state: State) -> None:
    assert "For 4 people now: Anna, Ben" in do("digest add rep at 08:30 for everyone").text
    assert do("digest add rep at 08:30 for everyone --yes").done
    assert {s.recipient for s in state.subscriptions.of_digest(1)} == {"a", "b", "c", "d"}
    mine = do("digest me at 07:45", "a")
    assert "07:45" in mine.text
    live = [(s.digest_id, s.recipient) for d in (1, 2) for s in state.subscriptions.of_digest(d) if s.live]
    assert live == [(1, "b"), (1, "c"), (1, "d"), (2, "a")]
    assert do("digest me at 07:30", "a").done and [d.id for d in state.subscriptions.digests()] == [1, 3]
    assert "rep at 07:30" in do("unsubscribe", "a").text
    assert not any(s.live for s in state.subscriptions.of_person("a"))
    assert do("digest me at 08:00", "m1").text.startswith("You get your manager digest")
    assert do("digest leaderboard 业绩 in #sales at 09:00 top 3 --yes").done
    listed = do("digest list").text
    assert "leaderboard sales in #sales at 09:00 top 3" in listed and "3 recipients, 1 unsubscribed" in listed


def test_the_buttons_of_digests_and_alerts(do: Do, numbers: FakeNumbers, state: State) -> None:
    do("digest add rep at 08:30 for everyone --yes")
    do("rule add win_rate < 40% for each rep in East remind 1 days --yes")
    deliver = ListDeliver()
    at = dt.datetime(2026, 3, 16, 12, tzinfo=dt.UTC)
    asyncio.run(run_due(numbers, state, deliver, as_of=at))
    alert = next(m for m in deliver.sent if m.kind == "alert")
    mine = next(s for s in state.subscriptions.of_digest(1) if s.recipient == "a")

    def button(action: str, value: str, actor: str) -> str:
        person = numbers.org.people[actor]
        return press(action, value, actor=person, language="en", numbers=numbers, state=state, as_of=at)

    assert "not yours" in button(DIGEST_SNOOZE, str(mine.id), "b")
    assert "23 Mar 2026" in button(DIGEST_SNOOZE, str(mine.id), "a")
    assert state.subscriptions.get(mine.id).snoozed_until == dt.date(2026, 3, 23)  # type: ignore[union-attr]
    assert "unsubscribed" in button(DIGEST_UNSUBSCRIBE, str(mine.id), "a")
    assert "nothing open" in button(DIGEST_UNSUBSCRIBE, str(mine.id), "a")
    subject = f"{alert.subject}|a"
    assert "not yours" in button(ALERT_ACKNOWLEDGE, subject, "b")
    assert "Max One looks after it" in button(ALERT_ACKNOWLEDGE, subject, "m1")
    assert state.rules.states(1)["a"].acknowledged_by == "m1"
    assert "Snoozed" in button(ALERT_SNOOZE, subject, "a")
    assert "Thank you" in button(ALERT_FEEDBACK, f"rule:1:{alert.key}:down", "a")
    assert "👍 0 👎 1" in do("rule list").text
    assert button(ALERT_SNOOZE, "99|a", "a") == button(ALERT_SNOOZE, "x", "a")  # nothing there, nothing broken


def test_help_names_every_command(do: Do) -> None:
    text = do("help").text
    for word in (
        "rule add",
        "rule list",
        "digest me",
        "digest leaderboard",
        "link",
        "role",
        "audit",
        "snooze",
        "unsubscribe",
    ):
        assert word in text


def test_where_everybody_may_see_everything_channels_are_free(state: State, numbers: FakeNumbers) -> None:
    numbers.model = model("everyone")
    ops = numbers.org.people["ops"]
    reply = execute(
        "rule add visits < 5 for each rep to #sales --yes",
        actor=ops,
        channel=None,
        numbers=numbers,
        state=state,
        as_of=AT,
    )
    assert reply.done, reply.text
