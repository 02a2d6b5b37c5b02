"""What was read before is read alike."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.readings import Readings
from metrics.people import Person
from nlq import Lexicon, Reading, Understood, understand

REP = Person("r1", "Anna", team="East", region="North", active_from=dt.date(2023, 1, 1))
PEOPLE = (
    REP,
    replace(REP, id="r2", name="Bob", active_from=dt.date(2024, 2, 1)),
    replace(REP, id="m1", sells=False),
    replace(REP, id="m2", sells=False, team=None),
    replace(REP, id="ops", sells=False, team=None, region=None),
)
TEXTS = ("my revenue this month", "my ranking this month", "revenue by rep", "revenue since I joined", "wins this year")


def nothing_hidden(field: str, member: str) -> bool:
    return True


@pytest.fixture(scope="module")
def lexicon(world_workspace: object) -> Lexicon:
    from metrics import Metrics

    metrics = Metrics.open(world_workspace)  # type: ignore[arg-type]
    try:
        return Lexicon.build(metrics.model, metrics.members, metrics.org)
    finally:
        metrics.close()


def anew(text: str, lexicon: Lexicon, asker: Person) -> Reading:
    return understand(text, lexicon=lexicon, asker=asker, sees=nothing_hidden)


@pytest.mark.parametrize("text", TEXTS)
def test_everybody_is_read_as_if_they_were_the_first(lexicon: Lexicon, text: str) -> None:
    readings = Readings()
    for asker in (*PEOPLE, *reversed(PEOPLE)):
        assert readings.read(text, lexicon=lexicon, asker=asker, sees=nothing_hidden) == anew(text, lexicon, asker)


def test_it_is_read_once(lexicon: Lexicon) -> None:
    readings = Readings()
    first, again = (readings.read(TEXTS[0], lexicon=lexicon, asker=a, sees=nothing_hidden) for a in PEOPLE[:2])
    assert isinstance(first, Understood) and first is again


def test_where_a_member_was_looked_for_it_is_read_again(lexicon: Lexicon) -> None:
    """A member exists for the one and not for the other."""
    readings = Readings()
    known = readings.read("revenue of Dora Quin", lexicon=lexicon, asker=REP, sees=nothing_hidden)
    hidden = readings.read("revenue of Dora Quin", lexicon=lexicon, asker=REP, sees=lambda *_: False)
    assert isinstance(known, Understood) and not isinstance(hidden, Understood)
