"""Periods in the words of a language; every phrase is one the time rules read."""

from __future__ import annotations

import datetime as dt
from typing import Any

from metrics.query import AllTime, Named, Period, Relative, Rolling, YearAgo

__all__ = ["period_words"]

_START = dt.date(1970, 1, 1)


def _relative(period: Relative, phrases: dict[str, Any]) -> str:
    unit = phrases["units"][period.unit]
    if period.to_date and period.offset == -1:
        return str(phrases["last_to_date"][period.unit])
    special = phrases["relative"].get(f"{period.unit}{period.offset}")
    if special is not None:
        return str(special)
    if period.offset == 0:
        return str(phrases["this_unit"]).format(unit=unit)
    if period.offset == -1:
        return str(phrases["last_unit"]).format(unit=unit)
    if period.offset < 0:
        return str(phrases["units_ago"]).format(n=-period.offset, units=phrases["counted"][period.unit])
    return str(phrases["next_unit"]).format(unit=unit)


def _named(period: Named, phrases: dict[str, Any]) -> str:
    if period.unit == "year":
        return str(phrases["named_year"]).format(year=period.year)
    key = "months" if period.unit == "month" else ""
    name = (
        phrases["months"][int(period.index or 1) - 1]
        if key
        else str(phrases["named"][period.unit]).format(index=period.index)
    )
    return str(name) if period.year is None else str(phrases["of_year"]).format(name=name, year=period.year)


def period_words(period: Period, phrases: dict[str, Any]) -> str:
    """ "this month", "last 6 weeks", "Q3 2017", 本月, 最近6周, 2017年第三季度."""
    if isinstance(period, AllTime):
        return str(phrases["all_time"])
    if isinstance(period, Relative):
        return _relative(period, phrases)
    if isinstance(period, Rolling):
        return str(phrases["rolling"]).format(n=period.count, units=phrases["counted"][period.unit])
    if isinstance(period, Named):
        return _named(period, phrases)
    if isinstance(period, YearAgo):
        return str(phrases["year_ago"]).format(period=period_words(period.of, phrases))
    last = period.end - dt.timedelta(days=1)
    if period.start == _START:
        return str(phrases["before"]).format(end=period.end.isoformat())
    if last == period.start:
        return period.start.isoformat()
    return str(phrases["between"]).format(start=period.start.isoformat(), end=last.isoformat())
