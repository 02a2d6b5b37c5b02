"""What is remembered is told to those only to whom it would be told anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metrics import Audience, Metrics, Viewer
from metrics.people import Person
from metrics.query.asked import Asked
from metrics.telling import Told, tell

DAY = dt.date(2024, 3, 12)
MOST = 1001  # rows of a statement: one more than a table shows
REVENUE = {"kind": "metric", "name": "revenue"}
BY_REP: dict[str, Any] = {"show": [REVENUE], "by": ["reps.rep_id"], "period": {"kind": "units", "unit": "month"}}
MY_PLACE = {"kind": "place", "of": REVENUE, "member": "@me"}


@pytest.fixture(scope="module")
def world(world_workspace: Path) -> Iterator[Metrics]:
    metrics = Metrics.open(world_workspace)
    yield metrics
    metrics.close()


def told(metrics: Metrics, asked: dict[str, Any], person: Person, audience: Audience | None = None) -> Told:
    """As remembered; the same as told anew."""
    question, viewer, seen_by = Asked.model_validate(asked), Viewer.of(person), audience or Audience.only_viewer()
    with metrics._lease() as loaded:
        made = metrics._teller.tell(question, loaded, viewer, seen_by, DAY)
        anew = tell(question, loaded, metrics._prepared, viewer, seen_by, DAY, most=MOST)
    assert (made.rendered, made.columns, made.restricted) == (anew.rendered, anew.columns, anew.restricted)
    assert (made.others, made.notes) == (anew.others, anew.notes)
    return made


def test_who_sees_the_same_is_told_the_same(world: Metrics) -> None:
    ops = world.org.people["ops"]
    assert told(world, BY_REP, ops) is told(world, BY_REP, replace(ops, id="ops2", name="Otto"))


def test_who_sees_other_rows_is_not(world: Metrics) -> None:
    people = world.org.people
    made = {told(world, BY_REP, people[p]).rendered.sql for p in ("ops", "m1", "m2", "r1", "r2")}
    assert len(made) == 5


def test_what_somebody_may_see_can_change(world: Metrics) -> None:
    r1 = world.org.people["r1"]
    assert told(world, BY_REP, replace(r1, sees="all")).rendered != told(world, BY_REP, r1).rendered


def test_a_channel_hears_why_something_was_left_out(world: Metrics) -> None:
    m1 = world.org.people["m1"]
    alone, in_channel = told(world, BY_REP, m1), told(world, BY_REP, m1, Audience.channel([m1]))
    assert (alone.restricted, in_channel.restricted) == ("org_tree", "channel")


@pytest.mark.parametrize(
    "asked",
    [
        {**BY_REP, "scope": "me"},
        {**BY_REP, "by": [], "show": [MY_PLACE]},
        {**BY_REP, "by": [], "show": [{"kind": "share", "of": REVENUE, "scope": "team"}], "scope": "me"},
        {**BY_REP, "by": [], "show": [{"kind": "peer_average", "of": REVENUE, "member": "@me"}]},
    ],
    ids=["scope", "place", "share", "peer average"],
)
def test_who_asks_of_themselves_is_told_of_themselves(world: Metrics, asked: dict[str, Any]) -> None:
    one, other = (replace(world.org.people[p], sees="all") for p in ("r1", "r3"))
    assert told(world, asked, one).rendered != told(world, asked, other).rendered
