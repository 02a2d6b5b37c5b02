"""Where in time the rows of a table lie, and its daily rhythm. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from metrics.calendar.workdays import working_days
from metrics.ingest.report import Extent
from metrics.model.schema import Calendar

__all__ = ["extent_of", "unusually_quiet"]

_ONE_DAY = dt.timedelta(days=1)
_RHYTHM_DAYS = 30  # days with rows; with fewer there is no rhythm to speak of
_HISTORY = dt.timedelta(days=1100)


def extent_of(days: Sequence[tuple[dt.date, int]], through: dt.date | None, calendar: Calendar) -> Extent:
    """`days`: (day, rows), oldest first; days after `through` count for the months only.

    >>> daily = [(dt.date(2026, 3, 2) + n * _ONE_DAY, 5) for n in range(40)]
    >>> found = extent_of(daily, dt.date(2026, 4, 15), Calendar())
    >>> found.months, found.last_day, found.quiet, found.longest
    ({'2026-03': 150, '2026-04': 50}, '2026-04-10', 3, 0)
    """
    months: dict[str, int] = {}
    for day, rows in days:
        month = f"{day:%Y-%m}"
        months[month] = months.get(month, 0) + rows
    known = [day for day, _ in days if through is None or day <= through]
    if not known:
        return Extent(months=months)
    last = known[-1]
    quiet = working_days(last + _ONE_DAY, through + _ONE_DAY, calendar) if through is not None else 0
    recent = [day for day in known if day >= last - _HISTORY]
    between = [working_days(a + _ONE_DAY, b, calendar) for a, b in pairwise(recent)]
    longest = max(between) if len(recent) >= _RHYTHM_DAYS else None
    return Extent(months=months, last_day=last.isoformat(), quiet=quiet, longest=longest)


def unusually_quiet(extent: Extent) -> bool:
    """The silence before the last complete day is more than twice the longest there ever was, and two working days at
    least: even a table with rows every day has none on one."""
    return extent.longest is not None and extent.quiet > 2 * extent.longest + 1
