"""The demo's clock: it runs like any other, and can be put forward."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.clock import Clock

__all__ = ["RunningClock", "next_morning"]


class RunningClock(Clock):
    """Starts at an aware moment and runs on from there."""

    def __init__(self, at: dt.datetime) -> None:
        self._at = at
        self._since = time.monotonic()

    def now(self) -> dt.datetime:
        return self._at + dt.timedelta(seconds=time.monotonic() - self._since)

    def move_to(self, at: dt.datetime) -> None:
        """Raises ValueError for a move backwards: what was sent would be sent again."""
        if at < self.now():
            raise ValueError("the demo clock only moves forward")
        self._at, self._since = at, time.monotonic()


def next_morning(now: dt.datetime, zone: ZoneInfo, working: Callable[[dt.date], bool], *, hour: int = 9) -> dt.datetime:
    """The next `hour`:00 of a working day in the zone, strictly after `now`.

    >>> weekday = lambda day: day.weekday() < 5
    >>> friday = dt.datetime(2026, 11, 27, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    >>> next_morning(friday, ZoneInfo("Asia/Shanghai"), weekday).isoformat()
    '2026-11-30T09:00:00+08:00'
    """
    local = now.astimezone(zone)
    morning = dt.datetime.combine(local.date(), dt.time(hour), zone)
    while morning <= local or not working(morning.date()):
        morning = dt.datetime.combine(morning.date() + dt.timedelta(days=1), dt.time(hour), zone)
    return morning
