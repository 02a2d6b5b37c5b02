"""Periods by name: units of a year, dates without a year, holidays. Each comes round; which time is meant is said, or
sought from the day of the question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

from metrics.calendar.days import Days, Feast, made
from metrics.calendar.holiday_rules import holiday_in
from metrics.calendar.reckoning import Reckoning, days_of, first_day
from metrics.calendar.units import ONE_DAY, add_units, unit_named
from metrics.calendar.workdays import is_working_day
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.query.when import DayOfYear, Holiday, Named, When

__all__ = ["holiday_days", "soon"]

Time = tuple[dt.date, dt.date]  # [start, end) of one time that it comes round
_SOON = dt.timedelta(days=31)
_ROUNDS = 14  # 29 February may be missing for eight years, week 53 for seven


@days_of.register
def _named(when: Named, r: Reckoning) -> Days:
    if when.unit == "day":
        _, (start, end) = _sought(when, r, lambda n: _day_of_month(n, when.index or 1), _month_of)
        return made(((start, end),), r.edge, "day", 1)
    _, (start, end) = _sought(when, r, lambda year: _unit_of_year(when, year, r.calendar), _year_of)
    return made(((start, end),), r.edge, when.unit, 1)


@days_of.register
def _day_of_year(when: DayOfYear, r: Reckoning) -> Days:
    _, (start, end) = _sought(when, r, lambda year: _date(year, when.month, when.day), _year_of)
    return made(((start, end),), r.edge, "day", 1)


@days_of.register
def _holiday(when: Holiday, r: Reckoning) -> Days:
    year, _ = _sought(when, r, lambda year: _times(when.name, year, when.whole, r.calendar), _year_of)
    return holiday_days(Feast(when.name, year, when.whole), r.calendar, r.edge)


def holiday_days(feast: Feast, calendar: Calendar, limit: dt.date) -> Days:
    """One occurrence of a holiday, cut at `limit`."""
    time = _times(feast.name, feast.year, feast.whole, calendar)
    if time is None:
        raise UnsupportedCombination("no_such_part", fields={"found": "0"})
    return replace(made((time,), limit), feast=feast)


def soon(when: When, r: Reckoning) -> dt.date | None:
    """A day without its year that comes within a month: on 18 November both 25 Novembers may be meant."""
    if not isinstance(when, DayOfYear) or when.year is not None or when.of is not None or when.coming:
        return None
    ahead = first_day(days_of(when.model_copy(update={"coming": True}), r))
    return ahead if ahead - r.as_of <= _SOON else None


# --- one time --------------------------------------------------------------------------------------------------------


def _unit_of_year(when: Named, year: int, calendar: Calendar) -> Time | None:
    start = unit_named(when.unit, when.index or 1, year, calendar)
    return None if start is None else (start, add_units(start, when.unit, 1))


def _day_of_month(month: int, day: int) -> Time | None:
    """Months count from January of the year 0."""
    return _date(month // 12, month % 12 + 1, day)


def _date(year: int, month: int, day: int) -> Time | None:
    if day > 28 and (dt.date(year, month, 28) + ONE_DAY * (day - 28)).month != month:
        return None
    start = dt.date(year, month, day)
    return start, start + ONE_DAY


def _times(name: str, year: int, whole: bool, calendar: Calendar) -> Time | None:
    found = holiday_in(name, year, calendar.holidays)
    if found is None:
        return None
    start, days = found
    if not whole or is_working_day(start, calendar):
        return start, start + ONE_DAY * days
    end = start
    while not is_working_day(start - ONE_DAY, calendar):
        start -= ONE_DAY
    while not is_working_day(end, calendar):
        end += ONE_DAY
    return start, end


def _year_of(day: dt.date) -> int:
    return day.year


def _month_of(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


# --- which time ------------------------------------------------------------------------------------------------------


def _sought(
    when: Named | DayOfYear | Holiday,
    r: Reckoning,
    at: Callable[[int], Time | None],
    near: Callable[[dt.date], int],
) -> tuple[int, Time]:
    """The time that is meant, and its number. `at`: the time of a number (None: it is left out), `near`: a number not
    far from a day. Raises UnsupportedCombination "no_such_part", "no_such_week"."""
    if when.year is not None:
        found = at(when.year)
        if found is None and isinstance(when, Named):
            raise UnsupportedCombination("no_such_week", subject=f"{when.year}-W{when.index}")
        times = iter(() if found is None else ((when.year, found),))
    elif when.of is not None:
        into = 3 if isinstance(when, Named) and when.unit == "week" else 0  # a week is where its fourth day lies
        of = days_of(when.of, r)
        near_by = _round(at, near(first_day(of)) - 2)
        times = ((n, time) for n, time in near_by if of.has(time[0] + ONE_DAY * into, r.calendar))
    elif when.coming:
        times = ((n, time) for n, time in _round(at, near(r.as_of) - 2) if time[0] > r.as_of)
    elif r.seek.side == "not_over":
        times = ((n, time) for n, time in _round(at, near(r.seek.day) - 2) if time[1] > r.seek.day)
    else:
        times = ((n, time) for n, time in _round(at, near(r.seek.day) + 2, -1) if time[0] <= r.seek.day)
    sought = next(times, None)
    if sought is None:
        raise UnsupportedCombination("no_such_part", fields={"found": "0"})
    return sought


def _round(at: Callable[[int], Time | None], first: int, step: int = 1) -> Iterator[tuple[int, Time]]:
    for n in range(first, first + _ROUNDS * step, step):
        time = at(n)
        if time is not None:
            yield n, time
