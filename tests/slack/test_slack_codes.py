"""Digests and rules over the wire where people are known by whole numbers and teams by codes: previewed, confirmed, run
and shown with names."""

from __future__ import annotations

import datetime as dt
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_floor import Floor, shown
from test_slack_schedules import command, confirmed, scheduler

sys.path.insert(0, str(Path(__file__).parent.parent / "metrics"))
from test_integer_keys import IDS, numbered

from bot.admin.execute import execute
from bot.clock import MovableClock
from bot.console import Console
from bot.render.digests import message_post
from bot.runtime import Runtime
from bot.scheduler import run_due_command
from metrics.ingest import load
from metrics.query import Query
from schedules.digests import DigestSpec
from schedules.messages import Alert, Recipient
from schedules.rules import RuleSpec

MORNING = dt.datetime(2024, 3, 12, 9, 0, tzinfo=dt.UTC)
WHO = {"U0R1": "r1", "U0R2": "r2", "U0R3": "r3", "U0M1": "m1", "U0OPS": "ops"}
TEAMS = {"Alpha": "T1", "Beta": "T2"}
FIELDS = """
fields:
  reps.team: {values: {T1: {labels: {en: Alpha, zh: 甲组}}, T2: {labels: {en: Beta, zh: 乙组}}}}
"""
COMMANDS = (
    "rule add revenue < 100000 for each rep at 09:30",
    "rule add win_rate < 90% this year for each team at 09:30",
    "rule add revenue < 100000 for team Alpha to Olga Ops at 09:30",
    "rule add revenue < 80% of target for each rep in South to manager at 09:30",
    "rule add wins < 50 this year for Anna at 09:30",
    "rule add wins < 50 this year for Chen Yu to rep at 09:30",
    "digest add rep at 09:30 for everyone",
    "digest add manager at 09:30 for each rep in South",
    "digest add manager at 09:30 for each rep in North",
    "rule list",
    "digest list",
    "rule test 2",
    "snooze 2 for Beta 1 days",
    "audit 20",
)


@pytest.fixture(scope="module")
def loaded_world(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """The small world with numbers for people and codes for teams."""
    folder = numbered(root / "tests" / "world", tmp_path_factory.mktemp("coded") / "world")
    for name, more in (("reps.csv", ""), ("sales.yaml", FIELDS)):
        text = (folder / name).read_text(encoding="utf-8")
        for team, code in TEAMS.items():
            text = text.replace(f",{team},", f",{code},").replace(f"team: {team},", f"team: {code},")
        (folder / name).write_text(text + more, encoding="utf-8")
    assert load(folder, env={}).swapped
    return folder


@pytest.fixture
def runtime(loaded_world: Path) -> Iterator[Runtime]:
    made = opened(loaded_world)
    for user, person in WHO.items():
        made.state.links.link(user, IDS.get(person, person), at=MORNING, by="test")
    yield made
    made.close()


def opened(folder: Path) -> Runtime:
    settings = {"PACELINE_STATE_URL": "sqlite://", "SLACK_SIGNING_SECRET": "s"}
    return Runtime.open(folder, settings, MovableClock(MORNING))


def said_by(runtime: Runtime, boss: str) -> list[str]:
    """What previews, confirmations and a run of everything due say."""
    lines = []
    for text in COMMANDS:
        for final in ("", " --yes"):
            reply = execute(
                text + final,
                actor=runtime.metrics.org.people[boss],
                channel=None,
                numbers=runtime.metrics,
                state=runtime.state,
                as_of=MORNING,
            )
            lines.append(f"{text}{final}: {reply.text}")
            if not reply.confirm:
                break
    out = io.StringIO()
    later = MORNING + dt.timedelta(minutes=31)
    assert run_due_command(runtime, as_of=later, dry_run=True, console=Console(out, out)) == 0
    return [*lines, *out.getvalue().splitlines()]


def test_everything_is_said_as_where_ids_and_teams_are_words(runtime: Runtime, world_workspace: Path) -> None:
    other = opened(world_workspace)
    try:
        plain = said_by(other, "ops")
    finally:
        other.close()
    coded = "\n".join(said_by(runtime, "ops"))
    for person, number in IDS.items():
        coded = coded.replace(number, person)
    for team, code in TEAMS.items():
        coded = coded.replace(f":{code}:", f":{team}:")  # keys of messages, which nobody reads
    assert coded == "\n".join(plain)
    for said in ("For 5 people", "🔔 Alpha: Win rate", "your month to 11 Mar 2024", "your team to 11 Mar 2024"):
        assert said in coded


async def test_a_rule_about_a_team_is_previewed_confirmed_and_fires(floor: Floor) -> None:
    preview = await command(floor, "U0OPS", "rule add win_rate < 90% this year for each team")
    assert "Over the line now: Alpha, Beta" in preview["text"] and "T1" not in shown(preview)
    saved = await confirmed(floor, "U0OPS", "rule add revenue < 100000 for team alpha to Mia Alpha at 09:30")
    assert "for team Alpha" in saved["text"]
    (rule,) = floor.runtime.state.rules.all()
    spec = RuleSpec.model_validate_json(rule.spec)
    assert (spec.select.team, spec.recipient) == ("T1", IDS["m1"])
    floor.clock.advance(dt.timedelta(minutes=31))
    await scheduler(floor).tick()
    (alert,) = floor.workspace.messages("U0M1")
    assert "Alpha" in alert["text"] and "T1" not in alert["text"]
    await floor.workspace.click("U0M1", "U0M1", alert, action_id="alert_snooze")
    done = await floor.workspace.wait_for_message("U0M1", floor.workspace.by_app(after=alert["ts"]))
    assert floor.runtime.state.rules.states_of([rule.id])[rule.id]["T1"].snoozed_until is not None, done["text"]


async def test_a_digest_reaches_whoever_is_known_by_a_number(floor: Floor) -> None:
    preview = await command(floor, "U0OPS", "digest add rep at 09:30 for Anna")
    assert "nobody called" in preview["text"] or "Several" in preview["text"]
    saved = await confirmed(floor, "U0OPS", "digest add rep at 09:30 for r1".replace("r1", IDS["r1"]))
    assert "Digest 1 is saved" in saved["text"]
    (digest,) = floor.runtime.state.subscriptions.digests()
    assert DigestSpec.model_validate_json(digest.spec).select.people == (IDS["r1"],)
    floor.clock.advance(dt.timedelta(minutes=30))
    await scheduler(floor).tick()
    (message,) = floor.workspace.messages("U0R1")
    assert "your month to 11 Mar 2024" in message["text"] and IDS["r1"] not in message["text"]
    await floor.workspace.click("U0R1", "U0R1", message, action_id="digest_unsubscribe")
    done = await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app(after=message["ts"]))
    assert "unsubscribed" in done["text"]


def test_an_alert_calls_a_team_by_its_label_in_either_language(runtime: Runtime) -> None:
    fields = {"subject": 1, "rule": "", "per": "team", "member": "T2", "name": "T2", "metric": "revenue"}
    fields |= {"unit": "currency:EUR", "op": "lt", "threshold": 9.0, "value": 5.0, "transition": "fire", "key": "k"}
    query = Query(metrics=("revenue",))
    for language, label in (("en", "Beta"), ("zh", "乙组")):
        to = Recipient(kind="person", id=IDS["m2"])
        alert = Alert.model_validate(
            {**fields, "to": to, "language": language, "as_of": MORNING.date(), "query": query}
        )
        text = message_post(runtime.metrics.model, alert).text
        assert label in text and "T2" not in text
