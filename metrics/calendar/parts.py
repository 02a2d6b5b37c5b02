"""Parts of a period: its n-th units, its thirds and halves, certain days of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice, pairwise

from metrics.calendar.days import Choice, Days, chosen, each_day, made
from metrics.calendar.reckoning import Reckoning, days_of, measure
from metrics.calendar.units import ONE_DAY, add_months, add_units, months_between, unit_start
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.query.when import Nth, Only, Part, Parts

__all__: list[str] = []

_SEARCHED = 40_000  # units, until it is clear that there are no more: days of a century


@days_of.register
def _nth(when: Nth, r: Reckoning) -> Days:
    of = days_of(when.of, r)
    backwards = when.index < 0
    needed = -when.index if backwards else when.index + when.count - 1
    found = list(islice(_units_in(of, when.unit, r.calendar, backwards=backwards), needed))
    if len(found) < needed:
        raise UnsupportedCombination("no_such_part", fields={"found": str(len(found))})
    starts = sorted(found)[: when.count] if backwards else found[when.index - 1 :]
    weekly = _weekly(when, of, starts, r)
    if weekly is not None:
        return weekly
    pieces = tuple((start, add_units(start, when.unit, 1)) for start in starts)
    return made(pieces, r.limit(of), when.unit, when.count)


def _weekly(when: Nth, of: Days, starts: list[dt.date], r: Reckoning) -> Days | None:
    """Mondays in a row are a choice of weeks: those before them are Mondays too."""
    weekdays = of.choice.weekdays if of.choice is not None and of.choice.working is None else None
    in_a_row = all(b - a == ONE_DAY * 7 for a, b in pairwise(starts))
    if when.unit != "day" or weekdays is None or len(weekdays) > 1 or not in_a_row:
        return None
    weeks = ((starts[0], starts[0] + ONE_DAY * 7 * when.count),)
    return chosen(made(weeks, r.limit(of), "week", when.count), Choice(weekdays), r.calendar)


def _units_in(of: Days, unit: str, calendar: Calendar, *, backwards: bool) -> Iterator[dt.date]:
    """First days of the units that belong to a period, in turn: days of the set, weeks whose fourth day lies in it,
    longer units that begin in it."""
    if unit == "day":
        days = islice(each_day(of.full, backwards=backwards), _SEARCHED)
        yield from (day for day in days if of.only is None or of.only.holds(day, calendar))
        return
    frame = of.frame or of
    step = -1 if backwards else 1
    for piece in reversed(frame.full) if backwards else frame.full:
        day = next(each_day((piece,), backwards=backwards))
        start = unit_start(day, unit, calendar)
        for _ in range(_SEARCHED):
            anchor = start + ONE_DAY * 3 if unit == "week" else start
            if _beyond(anchor, piece, backwards):
                break
            if (piece[0] is None or piece[0] <= anchor) and (piece[1] is None or anchor < piece[1]):
                yield start
            start = add_units(start, unit, step)


def _beyond(day: dt.date, piece: tuple[dt.date | None, dt.date | None], backwards: bool) -> bool:
    bound = piece[0] if backwards else piece[1]
    return bound is not None and (day < bound if backwards else day >= bound)


# --- thirds and halves -----------------------------------------------------------------------------------------------


@days_of.register
def _part(when: Part, r: Reckoning) -> Days:
    of = days_of(when.of, r)
    start, end = of.start, of.full_end
    if start is None or end is None or not of.single or of.frame is not None:
        raise UnsupportedCombination("period_part")
    if of.unit == "week" and of.count == 1 and when.part in _OF_A_WEEK:
        low, high = (start + ONE_DAY * n for n in _OF_A_WEEK[when.part])
    else:
        first, second = _borders(start, end, when.part)
        low, high = {0: (start, first), 1: (first, second), 2: (second, end)}[_PLACE[when.part]]
    if low >= high:
        raise UnsupportedCombination("period_part")
    return made(((low, high),), r.limit(of), *measure(low, high, r.calendar))


_PLACE: dict[Parts, int] = {"early": 0, "mid": 1, "late": 2, "first_half": 0, "second_half": 2}
_OF_A_WEEK: dict[Parts, tuple[int, int]] = {"early": (0, 3), "mid": (2, 5), "late": (4, 7)}


def _borders(start: dt.date, end: dt.date, part: Parts) -> tuple[dt.date, dt.date]:
    """The first days of the second and the last part."""
    months = months_between(start, end) if start.day == end.day == 1 else 0
    days = (end - start).days
    if part in ("first_half", "second_half"):
        if months:
            half = add_months(start, months // 2) + ONE_DAY * (15 if months % 2 else 0)
        else:
            half = start + ONE_DAY * ((days + 1) // 2)
        return half, half
    if months and months % 3 == 0:
        return add_months(start, months // 3), add_months(start, months // 3 * 2)
    if months == 1:
        return start + ONE_DAY * 10, start + ONE_DAY * 20
    return start + ONE_DAY * (days // 3), end - ONE_DAY * (days // 3)


# --- certain days ----------------------------------------------------------------------------------------------------


@days_of.register
def _only(when: Only, r: Reckoning) -> Days:
    return chosen(days_of(when.of, r), _choice(when, r.calendar), r.calendar)


def _choice(when: Only, calendar: Calendar) -> Choice:
    if when.days == "working":
        return Choice(working=True)
    if when.days == "off":
        return Choice(working=False)
    if when.days == "weekend":
        return Choice(tuple(day for day in range(7) if day not in calendar.working_days))
    return Choice(tuple(sorted(set(when.days))))
