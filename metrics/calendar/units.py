"""Calendar units: days, weeks, months, and the quarters, halves and years of the organisation's fiscal year.

A fiscal year is named after the calendar year in which it begins or ends (`Calendar.fiscal_year_named_by`); quarters
and halves belong to it. Months and weeks are always those of the calendar; week 1 holds 4 January (ISO 8601)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar

__all__ = [
    "MONTHS",
    "ONE_DAY",
    "add_months",
    "add_units",
    "bucket_label",
    "dated",
    "fiscal_name",
    "fiscal_start",
    "months_between",
    "unit_named",
    "unit_start",
    "week_start_of_year",
]

ONE_DAY = dt.timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_SHORTEST = 28  # days of a month
P = ParamSpec("P")
T = TypeVar("T")


def dated(reckon: Callable[P, T]) -> Callable[P, T]:
    """Days before the year 1 or after 9999 are no dates: UnsupportedCombination "period_range", not a ValueError."""

    @wraps(reckon)
    def safe(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return reckon(*args, **kwargs)
        except (ValueError, OverflowError) as error:
            raise UnsupportedCombination("period_range") from error

    return safe


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later; the last day of the month where that day does not exist.

    >>> add_months(dt.date(2024, 2, 29), 12)
    datetime.date(2025, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if day.day <= _SHORTEST:
        return dt.date(year, month, day.day)
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - ONE_DAY).day
    return dt.date(year, month, min(day.day, last))


def months_between(start: dt.date, end: dt.date) -> int:
    """From the month of the one to the month of the other."""
    return (end.year - start.year) * 12 + end.month - start.month


def unit_start(day: dt.date, unit: str, calendar: Calendar) -> dt.date:
    """First day of the calendar unit that holds `day`; quarters, halves and years are fiscal.

    >>> unit_start(dt.date(2026, 2, 10), "quarter", Calendar(fiscal_year_start=2))
    datetime.date(2026, 2, 1)
    """
    if unit == "day":
        return day
    if unit == "week":
        return day - dt.timedelta(days=(day.weekday() - calendar.week_start) % 7)
    back = (day.month - calendar.fiscal_year_start) % 12 % MONTHS[unit]
    return add_months(day.replace(day=1), -back)


@dated
def add_units(start: dt.date, unit: str, count: int) -> dt.date:
    """The start of the unit `count` units after the one that starts at `start`."""
    if unit == "day":
        return start + count * ONE_DAY
    if unit == "week":
        return start + dt.timedelta(weeks=count)
    return add_months(start, MONTHS[unit] * count)


# --- names -----------------------------------------------------------------------------------------------------------


def fiscal_start(name: int, calendar: Calendar) -> dt.date:
    """First day of the fiscal year of that name.

    >>> fiscal_start(2024, Calendar(fiscal_year_start=4, fiscal_year_named_by="end"))
    datetime.date(2023, 4, 1)
    """
    return dt.date(name - _ahead(calendar), calendar.fiscal_year_start, 1)


def fiscal_name(day: dt.date, calendar: Calendar) -> int:
    """The name of the fiscal year that holds `day`."""
    return unit_start(day, "year", calendar).year + _ahead(calendar)


def _ahead(calendar: Calendar) -> int:
    """By how many years a fiscal year is named after the one it begins in."""
    return int(calendar.fiscal_year_named_by == "end" and calendar.fiscal_year_start > 1)


def week_start_of_year(year: int, calendar: Calendar) -> dt.date:
    """First day of week 1."""
    return unit_start(dt.date(year, 1, 4), "week", calendar)


def unit_named(unit: str, index: int, year: int, calendar: Calendar) -> dt.date | None:
    """First day of a unit by its number in a year (1 for a year itself); None for a week 53 that the year has not.

    >>> unit_named("quarter", 1, 2024, Calendar(fiscal_year_start=10, fiscal_year_named_by="end"))
    datetime.date(2023, 10, 1)
    """
    if unit == "week":
        start = week_start_of_year(year, calendar) + dt.timedelta(weeks=index - 1)
        return start if start < week_start_of_year(year + 1, calendar) else None
    if unit == "month":
        return dt.date(year, index, 1)
    return add_months(fiscal_start(year, calendar), MONTHS[unit] * (index - 1))


def bucket_label(start: dt.date, grain: str, calendar: Calendar) -> str:
    """ISO text of a bucket: 2017-03 · 2017-Q3 · 2017 · a day or a week by its first date."""
    if grain == "month":
        return f"{start.year}-{start.month:02d}"
    if grain in ("day", "week"):
        return start.isoformat()
    name = fiscal_name(start, calendar)
    if grain == "year":
        return str(name)
    index = months_between(unit_start(start, "year", calendar), start) // MONTHS[grain] + 1
    return f"{name}-{'Q' if grain == 'quarter' else 'H'}{index}"
