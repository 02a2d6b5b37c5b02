"""Whom a selection picks: by region, team, the tree, by name; who sells and is there on the day."""

from __future__ import annotations

import datetime as dt

import pytest
from sched_world import people

from metrics.people import Org
from schedules.selection import Selection, teams

ORG = Org(people())
DAY = dt.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("selection", "reps"),
    [
        (Selection(), ["a", "b", "c", "d", "gone"]),
        (Selection(under="m1"), ["a", "b"]),
        (Selection(under="boss"), ["a", "b", "c", "d", "gone"]),
        (Selection(under="a"), []),
        (Selection(region="West"), ["c", "d", "gone"]),
        (Selection(team="T1"), ["a", "b"]),
        (Selection(people=("d", "a", "m1")), ["a", "d"]),
        (Selection(people=("d", "a"), team="T1"), ["a"]),
    ],
)
def test_reps(selection: Selection, reps: list[str]) -> None:
    assert [p.id for p in selection.reps(ORG, DAY)] == reps


def test_who_has_left_is_picked_no_more() -> None:
    assert [p.id for p in Selection(team="T2").reps(ORG, dt.date(2026, 3, 10))] == ["c", "d", "gone"]
    assert [p.id for p in Selection(team="T2").reps(ORG, dt.date(2026, 3, 11))] == ["c", "d"]


def test_managers_are_those_with_somebody_who_sells_below_them() -> None:
    assert [p.id for p in Selection().managers(ORG, DAY)] == ["boss", "m1", "m2"]
    assert [p.id for p in Selection(under="boss").managers(ORG, DAY)] == ["m1", "m2"]


def test_teams_of_the_selected() -> None:
    assert {t: [p.id for p in members] for t, members in teams(ORG, Selection(), DAY).items()} == {
        "T1": ["a", "b"],
        "T2": ["c", "d", "gone"],
    }
