"""Whether a window is of the length over which numbers about others are told."""

from __future__ import annotations

import datetime as dt

from metrics.calendar.binding import Days
from metrics.calendar.periods import Span, bind_period, unit_start
from metrics.model.schema import Calendar, Model
from metrics.plan.bound import BoundQuery
from metrics.query import Period

__all__ = ["whole_days", "whole_period", "whole_periods"]

_ALIGNED = {"week": ("week", "month")}  # a month is longer than a week, and made of none
_ONE_DAY = dt.timedelta(days=1)
_LENGTHS = ("day", "week", "month", "quarter", "year")


def whole_periods(bound: BoundQuery) -> bool:
    """Every window holds whole units of `access.published_period` or longer, or all data; only one that is still
    running may end earlier, where the data ends. Otherwise two windows a day apart would tell of that day."""
    model = bound.model
    running = bound.as_of if bound.through is None else min(bound.as_of, bound.through)
    spans = [m.current for m in bound.metrics if not m.metric.snapshot]
    spans += [m.earlier for m in bound.metrics if m.earlier is not None]
    return all(_published(span, model, running + _ONE_DAY) for span in spans)


def whole_period(period: Period, *, model: Model, as_of: dt.date) -> bool:
    """The same of a period that is not asked about yet, as it stands at `as_of`."""
    return _published(bind_period(period, calendar=model.calendar, as_of=as_of, through=None), model, as_of + _ONE_DAY)


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


def _published(span: Span, model: Model, running: dt.date) -> bool:
    length = model.access.published_period
    return any(_whole(span, grain, model.calendar, running) for grain in _ALIGNED.get(length, (length,)))


def _whole(span: Span, grain: str, calendar: Calendar, running: dt.date) -> bool:
    if span.start is None:
        return span.end >= min(running, span.full_end)
    aligned = all(unit_start(day, grain, calendar) == day for day in (span.start, span.full_end))
    return aligned and span.end in (span.full_end, running)
