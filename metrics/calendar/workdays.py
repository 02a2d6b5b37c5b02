"""Working days of an organisation: its weekdays, the public holidays of its country, the weekend days worked for them,
and its own exceptions."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from functools import lru_cache

from metrics.model.schema import Calendar

__all__ = ["is_working_day", "working_days"]


def is_working_day(day: dt.date, calendar: Calendar) -> bool:
    """Whether people work on `day`. `days_off` beats everything, then `extra_working_days`, then the weekend days a
    country works for a bridge day (14 February 2026 in China), then public holidays, then the weekday."""
    return day in _working_set(day.year, calendar)


def working_days(start: dt.date, end: dt.date, calendar: Calendar) -> int:
    """How many working days [start, end) has; 0 when it is empty."""
    if end <= start:
        return 0
    count = 0
    for year in range(start.year, end.year + 1):
        days = _working_year(year, calendar)
        low = bisect_left(days, start) if year == start.year else 0
        high = bisect_left(days, end) if year == end.year else len(days)
        count += high - low
    return count


@lru_cache(maxsize=512)
def _working_set(year: int, calendar: Calendar) -> frozenset[dt.date]:
    return frozenset(_working_year(year, calendar))


@lru_cache(maxsize=512)
def _working_year(year: int, calendar: Calendar) -> tuple[dt.date, ...]:
    """All working days of a year in order."""
    off, made_up = _country(calendar.holidays, year)
    first = dt.date(year, 1, 1)
    days = (first + dt.timedelta(days=n) for n in range((dt.date(year, 12, 31) - first).days + 1))
    return tuple(
        day
        for day in days
        if day not in calendar.days_off
        and (
            day in calendar.extra_working_days
            or day in made_up
            or (day.weekday() in calendar.working_days and day not in off)
        )
    )


@lru_cache(maxsize=512)
def _country(code: str, year: int) -> tuple[frozenset[dt.date], frozenset[dt.date]]:
    """Public holidays, and weekend days that are worked instead. The table of a year also says which days at the end of
    the year before are worked."""
    if not code:
        return frozenset(), frozenset()
    import holidays  # here: the tables of the world take long to import, and most questions count no working days

    country, _, part = code.partition("-")
    known = holidays.country_holidays(country, subdiv=part or None, years=(year, year + 1))
    return frozenset(known), frozenset(known.weekend_workdays)
