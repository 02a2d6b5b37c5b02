"""The dates a symbolic period stands for, as far as reading needs them (ranges such as "March to May")."""

from __future__ import annotations

import datetime as dt

from metrics.query import Between, Named, Relative, Rolling

__all__ = ["extent"]

_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def _add_months(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def _containing(unit: str, day: dt.date, fiscal: int, week_start: int) -> dt.date:
    if unit == "day":
        return day
    if unit == "week":
        return day - dt.timedelta(days=(day.weekday() - week_start) % 7)
    size = _MONTHS[unit]
    offset = (day.month - fiscal) % 12
    return _add_months(dt.date(day.year, day.month, 1), -(offset % size))


def _shift(unit: str, start: dt.date, count: int) -> dt.date:
    if unit in ("day", "week"):
        return start + dt.timedelta(days=count * (7 if unit == "week" else 1))
    return _add_months(start, count * _MONTHS[unit])


def extent(
    period: Relative | Rolling | Named | Between, as_of: dt.date, fiscal: int = 1, week_start: int = 0
) -> tuple[dt.date, dt.date]:
    """[start, end) of the whole units, not cut at as_of.

    >>> [d.isoformat() for d in extent(Named(unit="quarter", index=3), dt.date(2017, 12, 31))]
    ['2017-07-01', '2017-10-01']
    """
    if isinstance(period, Between):
        return period.start, period.end
    if isinstance(period, Relative):
        start = _shift(period.unit, _containing(period.unit, as_of, fiscal, week_start), period.offset)
        return start, _shift(period.unit, start, period.count)
    if isinstance(period, Rolling):
        end = (
            as_of + dt.timedelta(days=1)
            if period.unit == "day"
            else _containing(period.unit, as_of + dt.timedelta(days=1), fiscal, week_start)
        )
        return _shift(period.unit, end, -period.count), end
    year = period.year if period.year is not None else as_of.year
    start = _named_start(period, year, fiscal, week_start)
    if period.year is None and start > as_of:
        start = _named_start(period, year - 1, fiscal, week_start)
    return start, _shift(period.unit, start, 1)


def _named_start(period: Named, year: int, fiscal: int, week_start: int) -> dt.date:
    if period.unit == "week":
        return dt.date.fromisocalendar(year, min(period.index or 1, 52), 1)
    first = dt.date(year if fiscal == 1 else year - 1, fiscal, 1)
    if period.unit == "month":
        return dt.date(year, period.index or 1, 1)
    if period.unit == "year":
        return first
    return _add_months(first, ((period.index or 1) - 1) * _MONTHS[period.unit])
