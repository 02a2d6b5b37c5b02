"""A rule's states: fire once, remind, recover, re-arm, snooze; n/a moves nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from metrics.query import Relative
from schedules.rules import Op, Reading, RuleSpec, holds, step
from schedules.state.rules import MemberState

SPEC = RuleSpec(metric="win_rate", op="lt", threshold=0.4, period=Relative(unit="month"))
START = dt.date(2026, 3, 2)
AT = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def run(
    values: list[float | None], spec: RuleSpec = SPEC, state: MemberState | None = None
) -> tuple[list[str | None], MemberState]:
    state, said = state or MemberState(1, "a"), []
    for n, value in enumerate(values):
        day = START + dt.timedelta(days=n)
        moved = step(spec, state, Reading(value), day, at=AT, days_since=lambda since, day=day: (day - since).days)
        said.append(moved.transition)
        state = moved.state
    return said, state


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.5, 0.39, 0.3, 0.38], [None, "fire", None, None]),
        ([0.39, 0.4, 0.39], ["fire", "recover", "fire"]),
        ([None, 0.39, None, 0.5, None], [None, "fire", None, "recover", None]),
        ([0.4], [None]),
        ([0.0], ["fire"]),
    ],
)
def test_transitions(values: list[float | None], said: list[str | None]) -> None:
    assert run(values)[0] == said


@pytest.mark.parametrize(
    ("op", "below", "at", "above"),
    [("lt", True, False, False), ("le", True, True, False), ("gt", False, False, True), ("ge", False, True, True)],
)
def test_the_threshold_itself(op: Op, below: bool, at: bool, above: bool) -> None:
    spec = SPEC.model_copy(update={"op": op})
    assert [holds(spec, value) for value in (0.39, 0.4, 0.41)] == [below, at, above]
    assert [run([value], spec)[0] == ["fire"] for value in (0.39, 0.4, 0.41)] == [below, at, above]


def test_reminders_until_acknowledged() -> None:
    spec = SPEC.model_copy(update={"remind": 2})
    assert run([0.1] * 6, spec)[0] == ["fire", None, "remind", None, "remind", None]
    _, fired = run([0.1], spec)
    acknowledged = MemberState(1, "a", fired=True, since=START, value=0.1, acknowledged_by="m1")
    assert fired.since == START
    assert run([0.1] * 5 + [0.9, 0.1], spec, acknowledged)[0] == [None] * 5 + ["recover", "fire"]


def test_a_snooze_freezes_both_ways() -> None:
    until = START + dt.timedelta(days=2)
    quiet = MemberState(1, "a", snoozed_until=until)
    assert run([0.1, 0.1, 0.1], state=quiet)[0] == [None, None, "fire"]
    assert run([0.1, 0.1, 0.1], state=quiet)[1].snoozed_until is None, "the snooze is over"
    fired = MemberState(1, "a", fired=True, since=START, snoozed_until=until)
    assert run([0.9, 0.9, 0.9], state=fired)[0] == [None, None, "recover"]


def test_a_state_says_since_when_and_with_what() -> None:
    spec = SPEC.model_copy(update={"remind": 2})
    _, fired = run([0.1, 0.2], spec)
    assert (fired.fired, fired.since, fired.reminded, fired.value, fired.changed_at) == (True, START, None, 0.2, AT)
    _, reminded = run([0.1] * 3, spec)
    assert (reminded.since, reminded.reminded) == (START, START + dt.timedelta(days=2))
    _, quiet = run([0.1] * 3 + [0.9], spec)
    assert (quiet.fired, quiet.since, quiet.reminded, quiet.acknowledged_by) == (False, None, None, None)
    _, again = run([0.1, 0.9, 0.1], spec, MemberState(1, "a", acknowledged_by="m1"))
    assert again.acknowledged_by is None, "a new alert is nobody's yet"


@given(st.lists(st.one_of(st.none(), st.floats(0, 1))))
def test_fires_and_recoveries_alternate(values: list[float | None]) -> None:
    said = [s for s in run(values)[0] if s]
    assert said == [("fire", "recover")[n % 2] for n in range(len(said))]
    if said:
        claim()
