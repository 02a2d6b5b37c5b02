"""Symbolic periods become dates. Pure functions over the organisation's calendar; every window is half open [start,
end).

`as_of` is the local date of the question, `through` the last complete day of the data it needs (None: unknown, take
as_of). A window that is not over ends after min(as_of, through) and is called *cut*.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import ParamSpec, TypeVar

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.query import AllTime, Between, Named, Period, Relative, Rolling, YearAgo

__all__ = [
    "Span",
    "add_months",
    "add_units",
    "bind_period",
    "bucket_label",
    "like_for_like",
    "previous",
    "span_label",
    "unit_start",
    "whole_months",
    "year_before",
]

ONE_DAY = dt.timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
IsWorkday = Callable[[dt.date], bool]
P = ParamSpec("P")
T = TypeVar("T")


def _dated(reckon: Callable[P, T]) -> Callable[P, T]:
    """Days before the year 1 or after 9999 are no dates: UnsupportedCombination "period_range", not a ValueError."""

    @wraps(reckon)
    def safe(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return reckon(*args, **kwargs)
        except (ValueError, OverflowError) as error:
            raise UnsupportedCombination("period_range") from error

    return safe


@dataclass(frozen=True, slots=True)
class Span:
    """A bound period: `count` units of `unit` from `start` (None: all data) up to `full_end`, of which [start, end) has
    happened and is loaded. `end == start` when nothing of it has."""

    start: dt.date | None
    end: dt.date
    full_end: dt.date
    unit: str
    count: int = 1

    @property
    def cut(self) -> bool:
        return self.end < self.full_end

    @property
    def empty(self) -> bool:
        return self.start is not None and self.end <= self.start


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later; the last day of the month where that day does not exist.

    >>> add_months(dt.date(2024, 2, 29), 12)
    datetime.date(2025, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - ONE_DAY).day
    return dt.date(year, month, min(day.day, last))


def unit_start(day: dt.date, unit: str, calendar: Calendar) -> dt.date:
    """First day of the calendar unit that holds `day`; quarters, halves and years are fiscal.

    >>> unit_start(dt.date(2026, 2, 10), "quarter", Calendar(fiscal_year_start=2))
    datetime.date(2026, 2, 1)
    """
    if unit == "day":
        return day
    if unit == "week":
        return day - dt.timedelta(days=(day.weekday() - calendar.week_start) % 7)
    back = (day.month - calendar.fiscal_year_start) % 12 % _MONTHS[unit]
    return add_months(day.replace(day=1), -back)


@_dated
def add_units(start: dt.date, unit: str, count: int) -> dt.date:
    """The start of the unit `count` units after the one that starts at `start`."""
    if unit == "day":
        return start + count * ONE_DAY
    if unit == "week":
        return start + dt.timedelta(weeks=count)
    return add_months(start, _MONTHS[unit] * count)


@_dated
def bind_period(period: Period, *, calendar: Calendar, as_of: dt.date, through: dt.date | None) -> Span:
    """The dates a symbolic period means at `as_of`.

    >>> bind_period(Rolling(unit="week", count=2), calendar=Calendar(), as_of=dt.date(2017, 12, 28), through=None).start
    datetime.date(2017, 12, 11)
    """
    edge = (as_of if through is None else min(as_of, through)) + ONE_DAY
    if isinstance(period, AllTime):
        return Span(None, edge, edge, "all")
    if isinstance(period, YearAgo):
        return year_before(bind_period(period.of, calendar=calendar, as_of=as_of, through=through), period.years)
    if isinstance(period, Between):
        return _cut(_between(period), edge)
    if isinstance(period, Rolling):
        if period.unit == "day":
            end = as_of + ONE_DAY
            return _cut(Span(end - period.count * ONE_DAY, end, end, "day", period.count), edge)
        end = unit_start(edge, period.unit, calendar)
        return Span(add_units(end, period.unit, -period.count), end, end, period.unit, period.count)
    if isinstance(period, Named):
        start = _named_start(period, calendar, as_of)
        end = add_units(start, period.unit, 1)
        return _cut(Span(start, end, end, period.unit), edge)
    return _relative(period, calendar, as_of, edge)


def _relative(period: Relative, calendar: Calendar, as_of: dt.date, edge: dt.date) -> Span:
    this = unit_start(as_of, period.unit, calendar)
    start = add_units(this, period.unit, period.offset)
    end = add_units(start, period.unit, period.count)
    span = _cut(Span(start, end, end, period.unit, period.count), edge)
    if not period.to_date or span.cut or period.offset >= 0:
        return span
    this_end = add_units(this, period.unit, 1)
    current = _cut(Span(this, this_end, this_end, period.unit), edge)
    last = add_units(end, period.unit, -1)  # only the last of several units is cut
    return replace(span, end=like_for_like(Span(last, end, end, period.unit), current).end) if current.cut else span


def _between(period: Between) -> Span:
    start, end = period.start, period.end
    months = (end.year - start.year) * 12 + end.month - start.month
    if start.day == end.day == 1:
        return Span(start, end, end, "month", months)
    return Span(start, end, end, "day", (end - start).days)


def _named_start(period: Named, calendar: Calendar, as_of: dt.date) -> dt.date:
    """A fiscal year is named after the calendar year in which it begins; months and weeks are always calendar ones."""
    if period.year is not None:
        return _unit_of_year(period, calendar, period.year)
    years = (as_of.year + 1, as_of.year) if period.unit == "week" else (as_of.year,)  # a week 1 may begin in December
    begun = [y for y in years if (start := _begin(period, calendar, y)) is not None and start <= as_of]
    if begun:
        return _unit_of_year(period, calendar, begun[0])
    earlier = (y for y in range(as_of.year - 1, as_of.year - 8, -1) if _begin(period, calendar, y) is not None)
    return _unit_of_year(period, calendar, next(earlier, as_of.year - 1))


def _begin(period: Named, calendar: Calendar, year: int) -> dt.date | None:
    """First day of the unit in that year; None for a week 53 it does not have."""
    if period.unit != "week":
        return _unit_of_year(period, calendar, year)
    start = _first_week(year, calendar) + dt.timedelta(weeks=(period.index or 1) - 1)
    return start if start < _first_week(year + 1, calendar) else None


def _first_week(year: int, calendar: Calendar) -> dt.date:
    """ISO 8601: week 1 holds 4 January."""
    return unit_start(dt.date(year, 1, 4), "week", calendar)


def _unit_of_year(period: Named, calendar: Calendar, year: int) -> dt.date:
    index = (period.index or 1) - 1
    if period.unit == "week":
        start = _begin(period, calendar, year)
        if start is None:
            raise UnsupportedCombination("no_such_week", subject=f"{year}-W{period.index}")
        return start
    if period.unit == "month":
        return dt.date(year, index + 1, 1)
    return add_months(dt.date(year, calendar.fiscal_year_start, 1), _MONTHS[period.unit] * index)


def _cut(span: Span, edge: dt.date) -> Span:
    assert span.start is not None
    return replace(span, end=max(span.start, min(span.full_end, edge)))


@_dated
def year_before(span: Span, years: int = 1) -> Span:
    """The same dates `years` years before: whole units stay whole, a cut window ends on the same date (29 February: the
    28th)."""
    if span.start is None:
        raise UnsupportedCombination("compare_all_time")
    if years < 1:
        raise UnsupportedCombination("period_range")
    months = -12 * years
    start = add_months(span.start, months)
    # Days and weeks go from date to date; a month ends where it ends, also in a leap year.
    by_date = span.unit in ("day", "week")
    full = add_months(span.full_end - ONE_DAY, months) + ONE_DAY if by_date else add_months(span.full_end, months)
    if not span.cut:
        return Span(start, max(full, start + ONE_DAY), max(full, start + ONE_DAY), span.unit, span.count)
    end = start if span.empty else add_months(span.end - ONE_DAY, months) + ONE_DAY
    return Span(start, min(end, full), full, span.unit, span.count)


@_dated
def previous(span: Span, *, is_workday: IsWorkday | None = None) -> Span:
    """The equally many units just before. Where `span` is cut the earlier window is cut like for like: to as many days,
    to as many working days when `is_workday` is given (the metric's basis), and for years to the same date."""
    if span.start is None:
        raise UnsupportedCombination("compare_all_time")
    whole = Span(add_units(span.start, span.unit, -span.count), span.start, span.start, span.unit, span.count)
    return like_for_like(whole, span, is_workday=is_workday) if span.cut else whole


@_dated
def like_for_like(earlier: Span, later: Span, *, is_workday: IsWorkday | None = None) -> Span:
    """`earlier` shortened to as much as has happened of `later`, never past its own end."""
    assert earlier.start is not None and later.start is not None
    if later.empty:
        return replace(earlier, end=earlier.start)
    if earlier.unit == later.unit == "year" and is_workday is None:
        gap = (later.start.year - earlier.start.year) * 12 + later.start.month - earlier.start.month
        end = add_months(later.end - ONE_DAY, -gap) + ONE_DAY
    elif is_workday is not None and (worked := sum(map(is_workday, _days(later.start, later.end)))):
        end = _after_workdays(earlier, worked, is_workday)
    else:
        end = earlier.start + (later.end - later.start)
    return replace(earlier, end=min(end, earlier.full_end))


def _days(start: dt.date, end: dt.date) -> list[dt.date]:
    return [start + dt.timedelta(days=i) for i in range((end - start).days)]


def _after_workdays(span: Span, count: int, is_workday: IsWorkday) -> dt.date:
    assert span.start is not None
    for day in _days(span.start, span.full_end):
        count -= is_workday(day)
        if count == 0:
            return day + ONE_DAY
    return span.full_end


def whole_months(span: Span) -> bool:
    """Whether the whole unit is made of calendar months (what monthly targets can be summed over)."""
    return span.start is not None and span.start.day == 1 and span.full_end.day == 1


def bucket_label(start: dt.date, grain: str, calendar: Calendar) -> str:
    """ISO text of a bucket: 2017-03 · 2017-Q3 · 2017 · a day or a week by its first date."""
    if grain == "month":
        return f"{start.year}-{start.month:02d}"
    if grain in ("day", "week"):
        return start.isoformat()
    year = unit_start(start, "year", calendar)
    if grain == "year":
        return str(year.year)
    index = ((start.year - year.year) * 12 + start.month - year.month) // _MONTHS[grain] + 1
    return f"{year.year}-{'Q' if grain == 'quarter' else 'H'}{index}"


def span_label(span: Span, calendar: Calendar) -> str:
    """ISO text of a window: the name of the unit when it is one whole unit, else first..last day (both in)."""
    if span.start is None:
        return f"..{(span.end - ONE_DAY).isoformat()}"
    if not span.cut and span.count == 1 and span.unit in _MONTHS:
        return bucket_label(span.start, span.unit, calendar)
    last = max(span.end - ONE_DAY, span.start)
    return span.start.isoformat() if last == span.start else f"{span.start.isoformat()}..{last.isoformat()}"
