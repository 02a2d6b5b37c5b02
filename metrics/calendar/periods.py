"""Symbolic periods become dates. Pure functions over the organisation's calendar; every window is half open [start,
end).

`as_of` is the local date of the question, `through` the last complete day of the data it needs (None: unknown, take
as_of). A window that is not over ends after min(as_of, through) and is called *cut*.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from metrics.calendar.units import (
    MONTHS,
    ONE_DAY,
    add_months,
    add_units,
    bucket_label,
    dated,
    months_between,
    unit_named,
    unit_start,
)
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

IsWorkday = Callable[[dt.date], bool]


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


@dated
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
    months = months_between(start, end)
    if start.day == end.day == 1:
        return Span(start, end, end, "month", months)
    return Span(start, end, end, "day", (end - start).days)


def _named_start(period: Named, calendar: Calendar, as_of: dt.date) -> dt.date:
    """Without a year: the most recent one that has begun. A fiscal year may bear the name of the next calendar year, a
    week 1 may begin in December, and most years have no week 53."""
    index = period.index or 1
    if period.year is not None:
        start = unit_named(period.unit, index, period.year, calendar)
        if start is None:
            raise UnsupportedCombination("no_such_week", subject=f"{period.year}-W{period.index}")
        return start
    near = (unit_named(period.unit, index, year, calendar) for year in range(as_of.year + 1, as_of.year - 12, -1))
    return next(start for start in near if start is not None and start <= as_of)


def _cut(span: Span, edge: dt.date) -> Span:
    assert span.start is not None
    return replace(span, end=max(span.start, min(span.full_end, edge)))


@dated
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


@dated
def previous(span: Span, *, is_workday: IsWorkday | None = None) -> Span:
    """The equally many units just before. Where `span` is cut the earlier window is cut like for like: to as many days,
    to as many working days when `is_workday` is given (the metric's basis), and for years to the same date."""
    if span.start is None:
        raise UnsupportedCombination("compare_all_time")
    whole = Span(add_units(span.start, span.unit, -span.count), span.start, span.start, span.unit, span.count)
    return like_for_like(whole, span, is_workday=is_workday) if span.cut else whole


@dated
def like_for_like(earlier: Span, later: Span, *, is_workday: IsWorkday | None = None) -> Span:
    """`earlier` shortened to as much as has happened of `later`, never past its own end."""
    assert earlier.start is not None and later.start is not None
    if later.empty:
        return replace(earlier, end=earlier.start)
    if earlier.unit == later.unit == "year" and is_workday is None:
        gap = months_between(earlier.start, later.start)
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


def span_label(span: Span, calendar: Calendar) -> str:
    """ISO text of a window: the name of the unit when it is one whole unit, else first..last day (both in)."""
    if span.start is None:
        return f"..{(span.end - ONE_DAY).isoformat()}"
    if not span.cut and span.count == 1 and span.unit in MONTHS:
        return bucket_label(span.start, span.unit, calendar)
    last = max(span.end - ONE_DAY, span.start)
    return span.start.isoformat() if last == span.start else f"{span.start.isoformat()}..{last.isoformat()}"
