"""Rules over the algebra: each is held against the number its member would be told, however many are looked at."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from metrics import Audience, Metrics, Viewer
from metrics.engines.duckdb_engine import DuckdbEngine
from metrics.query.asked import Asked
from metrics.state.database import METADATA, Database
from schedules.rules import Reading, stays, step
from schedules.state.rules import MemberState, Rules
from schedules.watching import Watch, moved, watched

sys.path.append(str(Path(__file__).parent.parent / "world"))
by_hand = importlib.import_module("engine_world").by_hand

AS_OF = dt.datetime(2024, 3, 12, 12, tzinfo=dt.UTC)
MONTH = {"kind": "units", "unit": "month"}
REVENUE = {"kind": "metric", "name": "revenue"}


@pytest.fixture(scope="module")
def world(world_workspace: Path) -> Iterator[Metrics]:
    metrics = Metrics.open(world_workspace)
    yield metrics
    metrics.close()


@pytest.fixture
def rules() -> Iterator[Rules]:
    database = Database(":memory:")
    METADATA.create_all(database.engine)
    state = Rules(database)
    for _ in range(3):
        state.add("", "", 0, "UTC", AS_OF, AS_OF.date(), by="ops", at=AS_OF)
    yield state
    database.close()


def watch(**more: Any) -> Watch:
    made = {"measure": REVENUE, "period": MONTH, "op": "lt", "threshold": 100.0}
    return Watch.model_validate(made | more)


def test_teams_and_regions_are_measured_whole(world_workspace: Path) -> None:
    sql = (
        "SELECT r.{field}, COALESCE(SUM(d.amount) FILTER (WHERE d.stage = 'Won' AND d.closed BETWEEN '2024-03-01' AND"
        " '2024-03-11'), 0) FROM reps r LEFT JOIN deals d USING (rep_id) GROUP BY 1"
    )
    due = {per: dict(by_hand(world_workspace, sql.format(field=per))) for per in ("team", "region")}
    metrics = Metrics.open(world_workspace)
    found = watched(metrics, {1: watch(per="team"), 2: watch(per="region"), 3: watch(per="team", member="Beta")}, AS_OF)
    metrics.close()
    assert found.values == {1: due["team"], 2: due["region"], 3: {"Beta": due["team"]["Beta"]}}


def test_each_rep_is_measured_as_they_would_be_told(world: Metrics) -> None:
    watches = {
        1: watch(),
        2: watch(measure={"kind": "growth", "of": REVENUE}),
        3: watch(measure={"kind": "attainment", "metric": "revenue"}, member="r3"),
    }
    found = watched(world, watches, AS_OF)
    for number, one in watches.items():
        asked = Asked(show=(one.measure,), period=one.period, scope="me")
        people = [p for p in world.org.people.values() if p.sells and one.member in (None, p.id)]
        due = {
            p.id: world.tell(asked, viewer=Viewer.of(p), audience=Audience.only_viewer(), as_of=AS_OF).rows[0][0]
            for p in people
        }
        assert found.values[number] == pytest.approx(due)


def test_what_means_nothing_is_refused_with_its_reason(world: Metrics) -> None:
    found = watched(world, {1: watch(per="team", measure={"kind": "attainment", "metric": "wins"})}, AS_OF)
    assert found.refused[1].code == "no_target"


def test_a_rule_fires_once_and_recovers(world: Metrics, rules: Rules) -> None:
    watches = {1: watch(per="team", member="Beta", threshold=1e9)}
    found = watched(world, watches, AS_OF)

    def look(watches: dict[int, Watch]) -> list[str | None]:
        made = list(moved(rules, watches, found, AS_OF.date(), at=AS_OF, days_since=lambda _: 0))
        with rules._database.write() as connection:
            rules.save(connection, (m.step.state for m in made))
        return [m.step.transition for m in made]

    assert look(watches) == ["fire"]
    assert look(watches) == []
    assert look({1: watches[1].model_copy(update={"threshold": 0.0})}) == ["recover"]


def many_rules(world: Metrics, count: int, seed: int) -> dict[int, Watch]:
    """Of all scopes, of one member or of each, over few things that are watched."""
    random = Random(seed)
    members = {"rep": [p.id for p in world.org.people.values() if p.sells], "team": ["Alpha", "Beta"]}
    members["region"] = sorted({str(p.region) for p in world.org.people.values() if p.sells})
    watches = {}
    for number in range(1, count + 1):
        per = random.choice(list(members))
        of = {"kind": "metric", "name": random.choice(("revenue", "wins"))}
        watches[number] = watch(
            measure=random.choice((of, {"kind": "growth", "of": of})),
            op=random.choice(("lt", "gt")),
            threshold=random.choice((-0.2, 0.0, 100.0)),
            per=per,
            member=random.choice([None, *members[per]]),
            remind=random.choice((None, 1)),
        )
    return watches


def test_ten_times_the_rules_take_no_more_statements(world: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics.many.crowds.FEW", 1)
    asked: list[str] = []
    run = DuckdbEngine.columns
    counted = lambda engine, rendered, **more: asked.append(rendered.sql) or run(engine, rendered, **more)  # noqa: E731
    monkeypatch.setattr(DuckdbEngine, "columns", counted)

    def statements(count: int) -> tuple[int, int, int]:
        """Of the numbers, of the states, and how many rules moved."""
        database = Database(":memory:")
        METADATA.create_all(database.engine)
        state, watches = Rules(database), many_rules(world, count, seed=1)
        for _ in watches:
            state.add("", "", 0, "UTC", AS_OF, AS_OF.date(), by="ops", at=AS_OF)
        asked.clear()
        found = watched(world, watches, AS_OF)
        run: list[str] = []
        sa.event.listen(database.engine, "before_cursor_execute", lambda *a: run.append(a[2]))
        made = list(moved(state, watches, found, AS_OF.date(), at=AS_OF, days_since=lambda _: 0))
        with database.write() as connection:
            state.save(connection, (m.step.state for m in made))
        database.close()
        assert not found.refused and found.values.keys() == watches.keys()
        return len(asked), len([text for text in run if "rule_state" in text]), len({m.rule for m in made})

    few, many = statements(50), statements(500)
    assert few[:2] == many[:2] == (1, 2)
    assert many[2] > 5 * few[2] > 0


def test_who_stays_is_whom_nothing_happens_to() -> None:
    random, seen = Random(3), Counter[bool]()
    for _ in range(4000):
        value, before = (random.choice((None, -1.0, 0.0, 1.0)) for _ in range(2))
        one = watch(op=random.choice(("lt", "le", "gt", "ge")), threshold=0.0, remind=random.choice((None, 1)))
        snoozed = random.choice((None, AS_OF.date(), dt.date(2024, 3, 20)))
        state = MemberState(1, "r1", random.random() < 0.5, AS_OF.date(), before, snoozed_until=snoozed)
        made = step(one, state, Reading(value), AS_OF.date(), at=AS_OF, days_since=lambda _: random.randrange(3))
        stay = stays(one, value, before, fired=state.fired, snoozed=snoozed is not None)
        assert not stay or (made.state == state and made.transition is None)
        seen[stay] += 1
    assert min(seen.values()) > 500


def test_states_of_all_rules_are_read_and_written_in_one_statement_each(world: Metrics, rules: Rules) -> None:
    watches = {n: watch(threshold=1e9) for n in (1, 2, 3)}
    found = watched(world, watches, AS_OF)
    run: list[str] = []
    sa.event.listen(rules._database.engine, "before_cursor_execute", lambda *a: run.append(a[2]))
    made = list(moved(rules, watches, found, AS_OF.date(), at=AS_OF, days_since=lambda _: 0))
    with rules._database.write() as connection:
        rules.save(connection, (m.step.state for m in made))
    assert len(made) == 18
    assert [text.split()[0] for text in run if "rule_state" in text] == ["SELECT", "INSERT"]
    assert rules.states_of([1, 2]).keys() == {1, 2}
    assert rules.states_of([1])[1] == rules.states(1)
