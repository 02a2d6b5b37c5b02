"""Whether a window is of the length over which numbers about others are told."""

from __future__ import annotations

import datetime as dt

from metrics.calendar.binding import Days, bind_when
from metrics.calendar.units import unit_start
from metrics.model.schema import Model
from metrics.query.when import When

__all__ = ["whole_days", "whole_period"]

_ALIGNED = {"week": ("week", "month")}  # a month is longer than a week, and made of none
_LENGTHS = ("day", "week", "month", "quarter", "year")


def whole_period(period: When, *, model: Model, as_of: dt.date) -> bool:
    """Whether the days of a period, as it stands at `as_of`, are whole units of `access.published_period` or longer.
    Only what is still running may end earlier: last month as far as this one is would grow by a day each day."""
    days = bind_when(period, calendar=model.calendar, as_of=as_of, through=None)
    running = not days.cut or days.end == as_of + dt.timedelta(days=1)
    return running and whole_days(days, model, None)


def whole_days(days: Days, model: Model, grain: str | None) -> bool:
    """Whether a window is of whole units of `access.published_period` or longer, or all data. It may end earlier where
    the data does, or like for like where another one is not over: nobody chooses that day. Of a window in buckets each
    bucket has to be long enough too."""
    length = model.access.published_period
    if days.only is not None or (grain is not None and _LENGTHS.index(grain) < _LENGTHS.index(length)):
        return False
    first, last = days.full[0][0], days.full[-1][1]
    ends = [day for piece in days.full for day in piece if day is not None]
    if grain is not None and ends and last is not None:
        ends = ends[:-1]  # moved buckets end where the running one does
    if first is None and len(days.full) == 1:
        return last is None or days.unit == "all"
    units = _ALIGNED.get(length, (length,))
    return any(all(unit_start(day, unit, model.calendar) == day for day in ends) for unit in units)
