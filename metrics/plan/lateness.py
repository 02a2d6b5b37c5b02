"""Late data: which sources lack a working day that is over, and which answers depend on them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from metrics.plan.bound import Coverage

__all__ = ["is_late", "late_sources"]

_ONE_DAY = dt.timedelta(days=1)
_LOOK_BACK = 400


def is_late(through: dt.date, day: dt.date, *, after: int, is_workday: Callable[[dt.date], bool]) -> bool:
    """Whether data complete to `through` is late, seen from `day`: it lacks the `after`-th last working day before it.
    Nobody waits on Monday for the rows of a Sunday.

    >>> weekday = lambda d: d.weekday() < 5
    >>> monday, friday = dt.date(2026, 11, 23), dt.date(2026, 11, 20)
    >>> [is_late(friday, monday + n * _ONE_DAY, after=1, is_workday=weekday) for n in (0, 1)]
    [False, True]
    """
    for back in range(1, min((day - through).days, _LOOK_BACK)):
        if is_workday(day - back * _ONE_DAY):
            after -= 1
            if after == 0:
                return True
    return (day - through).days >= _LOOK_BACK


def late_sources(coverage: Coverage, day: dt.date, *, is_workday: Callable[[dt.date], bool]) -> Mapping[str, dt.date]:
    """Dataset -> its last complete day, for those that are late on `day`."""
    late: dict[str, dt.date] = {}
    for dataset, through in coverage.through.items():
        after = coverage.late_after.get(dataset, 1)
        if through is not None and after is not None and is_late(through, day, after=after, is_workday=is_workday):
            late[dataset] = through
    return late
