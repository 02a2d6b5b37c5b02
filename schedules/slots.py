"""When a daily thing is due: a local time of day on working days, keyed on the local date.

Keyed on the date, a time that comes twice (clocks go back) is due once, at its first coming; a time that never comes
(clocks go forward) is due at the next valid minute.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo

__all__ = ["end_of_day", "first_slot", "instant", "local_date", "next_slot", "slots_between"]

Working = Callable[[dt.date], bool]

_SEARCH_DAYS = 400  # a calendar without a working day for so long is a mistake
_MINUTE = dt.timedelta(minutes=1)


@lru_cache(maxsize=4096)
def instant(day: dt.date, minute: int, timezone: str) -> dt.datetime:
    """The UTC moment of `minute` (0..1439, after local midnight) on a local date.

    >>> instant(dt.date(2026, 3, 29), 150, "Europe/Berlin").isoformat()  # 02:30 does not exist: 03:00 summer time
    '2026-03-29T01:00:00+00:00'
    >>> instant(dt.date(2026, 10, 25), 150, "Europe/Berlin").isoformat()  # 02:30 comes twice: the first
    '2026-10-25T00:30:00+00:00'
    """
    zone = ZoneInfo(timezone)
    wall = dt.datetime.combine(day, dt.time(minute // 60, minute % 60))
    for _ in range(24 * 60):
        moment = wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            return moment
        wall += _MINUTE
    return wall.replace(tzinfo=zone).astimezone(dt.UTC)  # a whole day skipped (Samoa 2011): the start of the next


def local_date(moment: dt.datetime, timezone: str) -> dt.date:
    return moment.astimezone(ZoneInfo(timezone)).date()


def end_of_day(moment: dt.datetime, timezone: str) -> dt.datetime:
    """The UTC moment at which the local day of `moment` is over."""
    return instant(local_date(moment, timezone) + dt.timedelta(days=1), 0, timezone)


def next_slot(after: dt.date, minute: int, timezone: str, working: Working) -> tuple[dt.datetime, dt.date]:
    """The first slot on a working local date later than `after`."""
    day = after
    for _ in range(_SEARCH_DAYS):
        day += dt.timedelta(days=1)
        if working(day):
            return instant(day, minute, timezone), day
    raise ValueError(f"no working day in the {_SEARCH_DAYS} days after {after}")


def first_slot(moment: dt.datetime, minute: int, timezone: str, working: Working) -> tuple[dt.datetime, dt.date]:
    """The first slot later than `moment`."""
    today = local_date(moment, timezone)
    slot, day = next_slot(today - dt.timedelta(days=1), minute, timezone, working)
    return (slot, day) if slot > moment else next_slot(day, minute, timezone, working)


def slots_between(day: dt.date, as_of: dt.datetime, minute: int, timezone: str, working: Working) -> list[dt.date]:
    """The working local dates from `day` on whose slot is at or before `as_of`, oldest first."""
    last = local_date(as_of, timezone)
    days = [day + dt.timedelta(days=n) for n in range((last - day).days + 1)]
    return [d for d in days if working(d) and instant(d, minute, timezone) <= as_of]
