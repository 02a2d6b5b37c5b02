"""What is remembered is told to those only to whom it would be told anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metrics import Audience, Metrics, Viewer
from metrics.errors import UserError
from metrics.people import Person
from metrics.query.asked import Asked
from metrics.telling import Told, tell

DAY = dt.date(2024, 3, 12)
MOST = 1001  # rows of a statement: one more than a table shows
REVENUE = {"kind": "metric", "name": "revenue"}
BY_REP: dict[str, Any] = {"show": [REVENUE], "by": ["reps.rep_id"], "period": {"kind": "units", "unit": "month"}}
MY_PLACE = {"kind": "place", "of": REVENUE, "member": "@me"}
PLACES = {"of": {"kind": "metric", "name": "wins"}, "member": "@me"}
KINDS = ("place", "place_of", "place_ties", "place_gap")


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


OF_ONESELF: list[dict[str, Any]] = [
    {"show": [{"kind": "metric", "name": name}], "scope": scope, "period": period, "by": by}
    for name in ("revenue", "wins", "collected", "units", "phone_revenue", "cycle")
    for scope in ("me", "all")
    for period in ({"kind": "units", "unit": "month"}, {"kind": "units", "unit": "year", "offset": -1}, {"kind": "all"})
    for by in ([], ["month"])
] + [
    {
        "show": [{"kind": "metric", "name": "wins"}, *(PLACES | {"kind": k} for k in KINDS)],
        "scope": scope,
        "period": period,
    }
    for scope in ("me", "all")
    for period in (
        {"kind": "units", "unit": "month"},
        {"kind": "units", "unit": "month", "offset": -1},
        {"kind": "units", "unit": "day"},
    )
]


def test_what_one_asked_of_themselves_is_told_to_others_as_if_they_were_the_first(world: Metrics) -> None:
    """Whoever asks first: each is told what they would be told anew, or refused as they would be."""
    people = [p for p in world.org.people.values() if p.sells]
    shared = 0
    for asked in OF_ONESELF:
        for person in (*people, *reversed(people)):
            seen = replace(person, aliases=(*person.aliases, str(shared)))  # somebody who has not asked yet
            shared += _told_or_refused(world, asked, seen)
    assert shared > 200


def _told_or_refused(world: Metrics, asked: dict[str, Any], person: Person) -> bool:
    """Whether what another was told has been taken."""
    try:
        made = told(world, asked, person)
    except UserError as refused:
        question, moment = Asked.model_validate(asked), dt.datetime.combine(DAY, dt.time(9))
        viewer = Viewer.of(person)
        with world._lease() as loaded, pytest.raises(type(refused)) as anew:
            tell(question, loaded, world._prepared, viewer, Audience.only_viewer(), moment.date(), most=MOST)
        assert (anew.value.code, anew.value.fields) == (refused.code, refused.fields)
        return False
    assert made.world.asker.person is not None and made.world.asker.person.id == person.id
    first = made.watched
    return first is not None and first._asker != person.id


def test_an_id_that_stands_in_the_text_is_nobody_elses(world: Metrics) -> None:
    """Only what is bound can be another's."""
    r1 = world.org.people["r1"]
    mine = told(world, {"show": [REVENUE], "scope": "me", "period": {"kind": "units", "unit": "year"}}, r1)
    assert mine.rendered.params == {"asker": "r1"} and mine.watched is not None
    assert "'r1'" not in mine.rendered.sql
    assert not mine.watched.shares(replace(mine.rendered, sql=mine.rendered.sql + " AND 'r1' = 'r1'"))
    assert not mine.watched.shares(replace(mine.rendered, params={}))


@pytest.mark.parametrize(
    "asked",
    [
        {"show": [{**MY_PLACE, "within": "team"}]},
        {"show": [{"kind": "target", "metric": "revenue"}], "scope": "me"},
        {"show": [REVENUE], "by": ["reps.rep_id"]},
        {"show": [REVENUE], "where": {"kind": "in", "field": "deals.rep_id", "values": ["r1"]}},
    ],
    ids=["team", "target", "people", "named"],
)
def test_what_depends_on_more_than_who_asks_is_planned_for_each(world: Metrics, asked: dict[str, Any]) -> None:
    period = {"kind": "units", "unit": "year"}
    assert told(world, {**asked, "period": period}, world.org.people["r1"]).watched is None
