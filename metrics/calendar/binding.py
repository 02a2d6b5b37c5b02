"""Symbolic periods become days. Pure: what day it is and what is loaded is passed in.

`as_of` is the local date of the question, `through` the last complete day of the data it needs (None: unknown, take
as_of). Of a period that is not over, the days after min(as_of, through) have not happened."""

from __future__ import annotations

import datetime as dt

# The cases of `days_of`, one kind of period each, are known once these are imported.
from metrics.calendar import parts, ranges, recurring, relative, sets
from metrics.calendar.alike import like_for_like, previous, shifted, year_before
from metrics.calendar.days import Choice, Days, Feast
from metrics.calendar.reckoning import Reckoning, Seek, days_of
from metrics.calendar.units import MONTHS, ONE_DAY, bucket_label, dated, unit_start
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.query.when import When

__all__ = [
    "Choice",
    "Days",
    "Feast",
    "bind_when",
    "days_label",
    "like_for_like",
    "previous",
    "shifted",
    "year_before",
]

_LISTED = 3  # stretches of days that a label lists
CASES = (parts, ranges, recurring, relative, sets)


@dated
def bind_when(when: When, *, calendar: Calendar, as_of: dt.date, through: dt.date | None) -> Days:
    """The days a symbolic period means at `as_of`. Raises UnsupportedCombination.

    >>> from metrics.query.when import Complete
    >>> bind_when(Complete(unit="week", count=2), calendar=Calendar(), as_of=dt.date(2017, 12, 28), through=None).start
    datetime.date(2017, 12, 11)
    """
    edge = (as_of if through is None else min(as_of, through)) + ONE_DAY
    reckoning = Reckoning(calendar, as_of, edge, Seek("begun_by", as_of))
    days = days_of(when, reckoning)
    ahead = recurring.soon(when, reckoning)
    if ahead is not None and days.start is not None:
        fields = {"first": days.start.isoformat(), "last": ahead.isoformat()}
        raise UnsupportedCombination("period_ahead_or_back", fields=fields)
    return days


def days_label(days: Days, calendar: Calendar) -> str:
    """ISO text: the name of the unit when it is one whole unit, else first..last day (both in) of each stretch, joined
    by "+". Of many chosen days: what they are chosen from, and "/1,2" (weekdays, 1 = Monday), "/working" or "/off"."""
    if days.frame is not None and days.choice is not None and (days.only is not None or len(days.spans) > _LISTED):
        return f"{days_label(days.frame, calendar)}{_choice_label(days.choice)}"
    shown = days.spans or ((days.start, days.start),)
    text = "+".join(_stretch(start, end) for start, end in shown)
    one_unit = days.single and not days.cut and days.count == 1 and days.unit in MONTHS
    if one_unit and days.start is not None and unit_start(days.start, days.unit, calendar) == days.start:
        return bucket_label(days.start, days.unit, calendar)
    return text


def _choice_label(choice: Choice) -> str:
    weekdays = ",".join(str(day + 1) for day in choice.weekdays or ())
    worked = {None: "", True: "working", False: "off"}[choice.working]
    return "".join(f"/{part}" for part in (weekdays, worked) if part)


def _stretch(start: dt.date | None, end: dt.date | None) -> str:
    if start is None:
        return f"..{(end - ONE_DAY).isoformat()}" if end is not None else ".."
    last = start if end is None else max(end - ONE_DAY, start)
    return start.isoformat() if last == start else f"{start.isoformat()}..{last.isoformat()}"
