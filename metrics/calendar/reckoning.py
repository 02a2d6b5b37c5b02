"""What a period is bound with, and `days_of`, which every kind of period has its case of. The cases are in `relative`,
`recurring`, `ranges`, `parts` and `sets`; `binding` brings them together."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Literal

from metrics.calendar.days import Days
from metrics.calendar.units import MONTHS, add_units, months_between, unit_start
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.query.when import When

__all__ = ["Reckoning", "Seek", "by_dates", "days_of", "first_day", "measure", "whole_units"]


@dataclass(frozen=True, slots=True)
class Seek:
    """Which occurrence of what has no year: the latest that begins by `day`, or the first that is not over then."""

    side: Literal["begun_by", "not_over"]
    day: dt.date


@dataclass(frozen=True, slots=True)
class Reckoning:
    """`as_of`: the day of the question; `edge`: the day after the last that has happened and is loaded."""

    calendar: Calendar
    as_of: dt.date
    edge: dt.date
    seek: Seek

    def seeking(self, side: Literal["begun_by", "not_over"], day: dt.date) -> Reckoning:
        return replace(self, seek=Seek(side, day))

    def limit(self, of: Days) -> dt.date:
        """Where a part of `of` is cut: where that is."""
        return of.end if of.cut and of.end is not None else self.edge


@singledispatch
def days_of(when: When, r: Reckoning) -> Days:
    """The days of a period. Raises UnsupportedCombination."""
    raise NotImplementedError(when.kind)


def first_day(days: Days) -> dt.date:
    """Raises UnsupportedCombination "period_open" where there is none."""
    if days.start is None:
        raise UnsupportedCombination("period_open")
    return days.start


# --- what a stretch of days is made of -------------------------------------------------------------------------------


def by_dates(start: dt.date, end: dt.date) -> tuple[str, int]:
    """Whole months where it is made of them, else days."""
    if start.day == end.day == 1:
        return "month", months_between(start, end)
    return "day", (end - start).days


def measure(start: dt.date, end: dt.date, calendar: Calendar) -> tuple[str, int]:
    """The one unit that it is, else as `by_dates`."""
    for unit in ("year", "half", "quarter"):
        if unit_start(start, unit, calendar) == start and add_units(start, unit, 1) == end:
            return unit, 1
    return by_dates(start, end)


def whole_units(start: dt.date, end: dt.date, unit: str) -> int | None:
    """How many units of that kind lead from a first day to a last; None: they do not."""
    if unit in ("day", "week"):
        count, rest = divmod((end - start).days, 1 if unit == "day" else 7)
    else:
        count, rest = divmod(months_between(start, end), MONTHS[unit])
    return count if not rest and count > 0 and add_units(start, unit, count) == end else None
