"""What a rule would have done in the past: the same steps over the same numbers, day by day, before anybody saves
it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from schedules.measure import measure, watched
from schedules.numbers import Numbers, noon
from schedules.rules import RuleSpec, holds, step
from schedules.state.rules import MemberState

__all__ = ["Preview", "preview"]

_DAY = dt.timedelta(days=1)
_MANY = 500  # members from which days are sampled, so that a preview takes seconds
_SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """`fired` times for `members` different ones, over `days` calendar days of which `looked` were evaluated (every
    working day, or every fifth where there are very many). `unknown`: evaluations that were n/a. `now`: who is over the
    line on the newest day. It is computed from the data and the organisation as they are now: corrections made since
    are in it."""

    fired: int
    members: int
    days: int
    looked: int
    watched: int
    unknown: int
    now: tuple[str, ...]


def preview(
    numbers: Numbers, spec: RuleSpec, today: dt.date, *, working: Callable[[dt.date], bool], days: int = 90
) -> Preview:
    """Replay the `days` before `today` (a local date), each morning speaking of the day before, as the schedule
    does."""
    through = numbers.data_through
    mornings = [d for d in (today - n * _DAY for n in range(days - 1, -1, -1)) if working(d)]
    now = watched(numbers, spec, today)
    if len(now) > _MANY:
        mornings = mornings[::-_SAMPLE][::-1]
    states: dict[str, MemberState] = {}
    fired, unknown, who = 0, 0, set()
    last: tuple[str, ...] = ()
    for morning in mornings:
        day = morning - _DAY if through is None else min(morning - _DAY, through)
        readings = measure(numbers, {0: spec}, day, on=morning, working=working)[0]
        over = []
        for member, reading in readings.items():
            state = states.get(member, MemberState(0, member))
            moved = step(spec, state, reading, morning, at=noon(morning).replace(tzinfo=dt.UTC), days_since=lambda _: 0)
            states[member] = moved.state
            unknown += reading.value is None
            if moved.transition == "fire":
                fired += 1
                who.add(member)
            if reading.value is not None and holds(spec, reading.value):
                over.append(member)
        last = tuple(over)
    return Preview(fired, len(who), days, len(mornings), len(now), unknown, last)
