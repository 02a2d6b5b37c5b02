"""Periods counted from the day of the question, and plain dates."""

from __future__ import annotations

import datetime as dt

from metrics.calendar.days import Choice, Days, chosen, made
from metrics.calendar.reckoning import Reckoning, by_dates, days_of, first_day
from metrics.calendar.units import ONE_DAY, add_units, unit_start
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.query.when import All, Between, Complete, Sliding, Units, Weekend

__all__: list[str] = []


@days_of.register
def _all(when: All, r: Reckoning) -> Days:
    return made(((None, None),), r.edge)


@days_of.register
def _between(when: Between, r: Reckoning) -> Days:
    return made(((when.start, when.end),), r.edge, *by_dates(when.start, when.end))


@days_of.register
def _units(when: Units, r: Reckoning) -> Days:
    day = r.as_of if when.at is None else first_day(days_of(when.at, r))
    start = add_units(unit_start(day, when.unit, r.calendar), when.unit, when.offset)
    return made(((start, add_units(start, when.unit, when.count)),), r.edge, when.unit, when.count)


@days_of.register
def _complete(when: Complete, r: Reckoning) -> Days:
    end = unit_start(r.edge, when.unit, r.calendar)
    return made(((add_units(end, when.unit, -when.count), end),), r.edge, when.unit, when.count)


@days_of.register
def _sliding(when: Sliding, r: Reckoning) -> Days:
    """Its months are not those of the calendar, so it counts in days."""
    after: dt.date | None = r.as_of + ONE_DAY if when.at is None else days_of(when.at, r).full_end
    if after is None:
        raise UnsupportedCombination("period_open")
    other = add_units(after, when.unit, when.count if when.ahead else -when.count)
    return made(((min(after, other), max(after, other)),), r.edge)


@days_of.register
def _weekend(when: Weekend, r: Reckoning) -> Days:
    """The weekend days among the seven that begin with the first of them."""
    first, length = _weekend_of(r.calendar)
    start = r.as_of - ONE_DAY * ((r.as_of.weekday() - first) % 7)
    if r.as_of >= start + ONE_DAY * length:
        start += ONE_DAY * 7
    start += dt.timedelta(weeks=when.offset)
    frame = made(((start, start + ONE_DAY * 7),), r.edge, "week", 1)
    return chosen(frame, Choice(tuple((first + n) % 7 for n in range(length))), r.calendar)


def _weekend_of(calendar: Calendar) -> tuple[int, int]:
    """First weekday and length of the longest run of weekdays on which nobody works."""
    off = [day not in calendar.working_days for day in range(7)]
    if all(off) or not any(off):
        raise UnsupportedCombination("period_no_days")
    runs = []
    for first in range(7):
        if off[first] and not off[first - 1]:
            length = next(n for n in range(1, 7) if not off[(first + n) % 7])
            runs.append((length, -first))
    length, first = max(runs)
    return -first, length
