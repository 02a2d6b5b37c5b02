"""Threshold rules: what a rule is, and how each watched member moves between quiet and fired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from metrics.query import Filter, Frozen, Period
from schedules.selection import Selection
from schedules.state.rules import MemberState

__all__ = ["COMPANY", "Limit", "Reading", "RuleSpec", "Step", "holds", "stays", "step"]

COMPANY = ""  # the member of a rule over everybody together
Op = Literal["lt", "le", "gt", "ge"]
Transition = Literal["fire", "remind", "recover"]

_TESTS: Mapping[Op, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


class RuleSpec(Frozen):
    """`metric` (or its attainment, or its pace: fractions) compared with `threshold`, over `period` and `where`, for
    each selected rep, for each team of the selection, or for the selection together.

    `to`: "rep" (the person it is about), "manager" (theirs, or the team's), "person" or "channel" with its id in
    `recipient`. `remind`: working days after which an alert that still holds and nobody acknowledged is said again.
    """

    metric: str
    measure: Literal["value", "attainment", "pace"] = "value"
    op: Op
    threshold: float
    period: Period
    where: tuple[Filter, ...] = ()
    per: Literal["rep", "team", "all"] = "rep"
    select: Selection = Selection()
    to: Literal["rep", "manager", "person", "channel"] = "rep"
    recipient: str | None = None
    remind: int | None = None

    @property
    def speaks_of(self) -> Literal["people", "total"]:
        """ "people": people by name and the plain number, as a public leaderboard shows them. Targets, and parts of the
        number, are on no leaderboard."""
        return "people" if self.per == "rep" and self.measure == "value" and not self.where else "total"


class Limit(Protocol):
    """What a member is held against: all that `step` needs of a rule."""

    @property
    def op(self) -> Op: ...
    @property
    def threshold(self) -> float: ...
    @property
    def remind(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured for one member: the number compared (None: n/a) and what it was made of."""

    value: float | None
    actual: float | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One member's next state, and what is to be said (None: nothing)."""

    state: MemberState
    transition: Transition | None


def holds(spec: Limit, value: float) -> bool:
    return _TESTS[spec.op](value, spec.threshold)


def stays(spec: Limit, value: float | None, before: float | None, *, fired: bool, snoozed: bool) -> bool:
    """Whether `step` is sure to leave a member where it is and to say nothing, by what decides it of its state. Of
    thousands of rules nearly all stay on a day, and no state needs to be made of them."""
    if value is None:
        return True
    if value != before or snoozed or _TESTS[spec.op](value, spec.threshold) != fired:
        return False
    return not fired or spec.remind is None


def step(
    spec: Limit,
    state: MemberState,
    reading: Reading,
    day: dt.date,
    *,
    at: dt.datetime,
    days_since: Callable[[dt.date], int],
) -> Step:
    """Where a member stands after being measured on `day`.

    Quiet and the condition holds: fire, once. Fired and it holds no longer: recover, which arms the rule again. Fired
    and it still holds: nothing, or a reminder after `remind` working days (`days_since` counts them) unless
    acknowledged. A value that is n/a, and a member who is snoozed, move nothing.
    """
    if reading.value is None or (state.snoozed_until is not None and day < state.snoozed_until):
        return Step(state, None)
    seen = state
    if state.value != reading.value or state.snoozed_until is not None:
        seen = replace(state, value=reading.value, changed_at=at, snoozed_until=None)
    if holds(spec, reading.value):
        if not state.fired:
            return Step(
                replace(seen, fired=True, since=day, reminded=None, acknowledged_by=None, changed_at=at), "fire"
            )
        said = state.reminded or state.since
        if (
            spec.remind is not None
            and state.acknowledged_by is None
            and said is not None
            and days_since(said) >= spec.remind
        ):
            return Step(replace(seen, reminded=day, changed_at=at), "remind")
        return Step(seen, None)
    if state.fired:
        return Step(
            replace(seen, fired=False, since=None, reminded=None, acknowledged_by=None, changed_at=at), "recover"
        )
    return Step(seen, None)
