"""A table says what it stands on: windows, conditions, ties, buckets that are cut; and every question is JSON."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from metrics import Asked, Audience, Metrics, Person, StaleData, Table, Viewer
from metrics.query.measure import Measure

sys.path.append(str(Path(__file__).parent))
from random_questions import Questions

AS_OF = dt.datetime(2024, 3, 12, 9)  # noqa: DTZ001  local time
REVENUE = {"kind": "metric", "name": "revenue"}
MONTH = {"kind": "units", "unit": "month"}


@pytest.fixture(scope="module")
def world(world_workspace: Path) -> Iterator[Metrics]:
    metrics = Metrics.open(world_workspace)
    yield metrics
    metrics.close()


def tell(metrics: Metrics, *, viewer: str = "ops", as_of: dt.datetime = AS_OF, **asked: Any) -> Table:
    who = Viewer.of(metrics.org.people[viewer])
    table = metrics.tell(Asked.model_validate(asked), viewer=who, audience=Audience.only_viewer(), as_of=as_of)
    assert Table.model_validate(dict(table)) == table  # it was made without being looked at
    return table


def test_a_period_that_runs_is_cut_at_the_last_complete_day(world: Metrics) -> None:
    table = tell(world, show=[REVENUE, {"kind": "growth", "of": REVENUE}], period=MONTH)
    assert [(w.of, w.start, w.end, w.cut) for w in table.proof.windows] == [
        ("shown", dt.date(2024, 3, 1), dt.date(2024, 3, 12), True),
        ("compared", dt.date(2024, 2, 1), dt.date(2024, 2, 12), True),
    ]
    assert table.proof.data_through == dt.date(2024, 3, 11)
    assert {n.code: n.fields for n in table.notes}["to_date"] == {"end": "2024-03-11", "days": "11"}


def test_first_and_last_bucket_say_that_they_are_cut(world: Metrics) -> None:
    period = {"kind": "between", "start": "2024-01-08", "end": "2024-04-01"}
    assert tell(world, show=[REVENUE], by=["month"], period=period).proof.cut == (
        dt.date(2024, 1, 1),
        dt.date(2024, 3, 1),
    )
    whole = {"kind": "complete", "unit": "month", "count": 2}
    assert tell(world, show=[REVENUE], by=["month"], period=whole).proof.cut == ()


def test_conditions_are_data(world: Metrics) -> None:
    table = tell(
        world,
        show=[{"kind": "metric", "name": "wins"}],
        by=["reps.name"],
        where={"kind": "in", "field": "products.product", "values": ["Car"], "out": True},
        having={"kind": "not", "of": {"kind": "test", "of": {"kind": "growth", "of": REVENUE}, "op": "lt", "value": 0}},
        period={"kind": "units", "unit": "quarter"},
    )
    assert table.proof.conditions == (
        "and",
        {"on": "products.product", "kind": "row", "of": "value", "op": "not_in", "values": ["Car"]},
        ("not", {"on": "revenue", "kind": "group", "of": "change_pct", "op": "lt", "value": 0.0}),
    )


def test_a_condition_on_members_is_data_and_its_days_are_not_those_shown(world: Metrics) -> None:
    bought = {"kind": "test", "of": {"kind": "metric", "name": "wins"}, "op": "ge", "value": 1}
    february = {"kind": "named", "unit": "month", "index": 2, "year": 2024}
    table = tell(
        world,
        show=[REVENUE],
        by=["month"],
        period=MONTH,
        where={"kind": "whose", "field": "customers.customer", "having": bought, "period": february},
    )
    test = {"on": "wins", "kind": "group", "of": "value", "op": "ge", "value": 1.0}
    said = {"on": "customers.customer", "kind": "member", "having": test, "scope": "all", "period": february}
    assert table.proof.conditions == ("and", said)
    assert [(w.of, w.start) for w in table.proof.windows] == [
        ("condition", dt.date(2024, 2, 1)),
        ("shown", dt.date(2024, 3, 1)),
    ]
    assert table.proof.cut == (dt.date(2024, 3, 1),)
    assert {m.name for m in table.proof.metrics} == {"revenue", "wins"}


def test_all_who_are_level_at_the_cut_are_there(world: Metrics) -> None:
    wins = {"kind": "metric", "name": "wins"}
    fewest = {"period": MONTH, "order": [{"by": wins, "descending": False}], "limit": 1}
    table = tell(world, show=[wins], by=["reps.name"], **fewest)
    assert [row[1] for row in table.rows] == [0] * len(table.rows)
    assert table.proof.ties == len(table.rows) - 1 >= 1


def test_nobody_is_called_none_and_wins_nothing(world: Metrics) -> None:
    listed = tell(world, show=[REVENUE], by=["customers.customer"])
    assert "(none)" in [row[0] for row in listed.rows] and "null_members" in [n.code for n in listed.notes]
    assert "(none)" not in [row[0] for row in tell(world, show=[REVENUE], by=["customers.customer"], limit=9).rows]


def test_a_place_over_late_data_is_refused_and_a_number_says_it(world: Metrics) -> None:
    late = AS_OF + dt.timedelta(days=7)
    table = tell(world, show=[REVENUE], period=MONTH, as_of=late)
    assert [n.fields["source"] for n in table.notes if n.code == "late_source"] == ["deals"]
    with pytest.raises(StaleData):
        tell(world, show=[{"kind": "place", "of": REVENUE}], by=["reps.name"], period=MONTH, as_of=late)


def test_what_is_left_out_is_said(world: Metrics) -> None:
    assert tell(world, viewer="r1", show=[REVENUE]).proof.restricted == "org_tree"
    assert tell(world, viewer="r1", show=[REVENUE], scope="me").proof.restricted == ""


def test_the_same_question_of_another_person_is_another_statement(world: Metrics) -> None:
    mine = [tell(world, viewer=who, show=[REVENUE], scope="me").rows for who in ("r1", "r2", "r1")]
    assert mine[0] == mine[2] != mine[1]


def test_a_role_that_is_taken_away_is_not_remembered(world: Metrics) -> None:
    """The same question of the same people, one of whom may see less by now, also as a reader of the channel."""
    asked = Asked.model_validate({"show": [REVENUE], "by": ["reps.rep_id"]})
    own = world.org.people["r1"]
    lead, boss = replace(own, sees="all"), world.org.people["ops"]

    def rows(viewer: Person, *channel: Person) -> int:
        audience = Audience.channel(channel) if channel else Audience.only_viewer()
        return len(world.tell(asked, viewer=Viewer.of(viewer), audience=audience, as_of=AS_OF).rows)

    assert [rows(lead), rows(own), rows(lead)] == [6, 1, 6]
    assert [rows(boss, boss, lead), rows(boss, boss, own), rows(boss, boss, lead)] == [6, 1, 6]


def test_every_question_is_json(world: Metrics) -> None:
    questions, kinds = Questions(world.model, world.members, AS_OF.date(), 7), set[str]()
    for _ in range(300):
        asked = questions.question()
        assert Asked.model_validate_json(asked.to_json()) == asked
        assert hash(Asked.model_validate(json.loads(asked.to_json()))) == hash(asked)
        kinds |= {p.kind for part in asked.families() for p in part.walk() if isinstance(p, Measure)}
    assert kinds == Measure.members().keys()


@pytest.mark.parametrize(
    "wrong",
    [
        {"show": []},
        {"show": [{"kind": "sum_of_all", "of": REVENUE}]},
        {"show": [REVENUE], "by": ["month", "week"]},
        {"show": [REVENUE], "by": ["reps.name", "reps.name"]},
        {"show": [REVENUE], "limit_per": ["reps.name"]},
        {"show": [{"kind": "sum", "of": [REVENUE]}]},
        {"show": [REVENUE], "having": {"kind": "test", "of": REVENUE, "op": "between", "value": 1}},
        {"show": [REVENUE], "surprise": 1},
    ],
)
def test_what_is_no_question_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Asked.model_validate(wrong)


def test_a_question_of_too_many_parts_is_refused() -> None:
    nested: dict[str, Any] = REVENUE
    for _ in range(250):
        nested = {"kind": "times", "of": nested, "factor": 2}
    with pytest.raises(ValidationError):
        Asked.model_validate({"show": [nested]})


def test_a_person_of_another_team_is_no_answer(world: Metrics) -> None:
    who = replace(world.org.people["r1"], sees="own")
    viewer = Viewer.of(who)
    asked = Asked.model_validate(
        {"show": [REVENUE], "where": {"kind": "in", "field": "reps.name", "values": ["Chen Yu"]}}
    )
    with pytest.raises(Exception, match="person"):
        world.tell(asked, viewer=viewer, audience=Audience.only_viewer(), as_of=AS_OF)
