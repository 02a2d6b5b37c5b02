"""One's own number beside one's place: the rows are read once, where the place is told of all of them anyway, and the
number is the one that is told alone."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from metrics import Asked, Audience, Metrics, Table, Viewer
from metrics.errors import UserError

AS_OF = dt.datetime(2024, 3, 12, 9)  # noqa: DTZ001  local time
REVENUE = {"kind": "metric", "name": "revenue"}
PLACE = {"kind": "place", "of": REVENUE, "member": "@me"}
YEAR = {"kind": "units", "unit": "year"}


@pytest.fixture(scope="module")
def world(world_workspace: Path) -> Iterator[Metrics]:
    metrics = Metrics.open(world_workspace)
    yield metrics
    metrics.close()


def tell(metrics: Metrics, viewer: str, **asked: Any) -> Table:
    who = Viewer.of(metrics.org.people[viewer])
    question = Asked.model_validate({"period": YEAR, "scope": "me", **asked})
    return metrics.tell(question, viewer=who, audience=Audience.only_viewer(), as_of=AS_OF)


def sellers(metrics: Metrics) -> list[str]:
    return [person.id for person in metrics.org.people.values() if person.sells and person.sees == "own"]


def test_rows_are_read_once(world: Metrics) -> None:
    told = tell(world, sellers(world)[0], show=[REVENUE, PLACE])
    assert told.proof.sql.count('SUM("') == 1


def test_it_is_the_number_told_alone(world: Metrics) -> None:
    compared = 0
    for name, person in itertools.product(world.model.metrics, sellers(world)):
        metric = {"kind": "metric", "name": name}
        with suppress(UserError):  # of some metrics there is no place
            beside = tell(world, person, show=[metric, {**PLACE, "of": metric}]).rows[0][0]
            assert beside == tell(world, person, show=[metric]).rows[0][0], (name, person)
            compared += 1
    assert compared > 2 * len(sellers(world))


def test_places_of_everybody_are_told_on_the_grid_of_their_numbers(world: Metrics) -> None:
    """One more grid beside it would be worked out, and joined, for what its own rows tell."""
    people = world.model.people
    assert people is not None
    everything = next(p.id for p in world.org.people.values() if p.sees == "all")
    place = {"kind": "place", "of": REVENUE}
    told = tell(world, everything, show=[REVENUE, place], by=[people.name], scope="all")
    assert told.proof.sql.count(f'FROM "{world.model.datasets[people.dataset].table}"') == 1
