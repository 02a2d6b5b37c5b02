"""What time it is. The clock is read here and in no room below; a test or the demo moves it instead of waiting."""

from __future__ import annotations

import datetime as dt

__all__ = ["Clock", "MovableClock"]


class Clock:
    """The clock of the machine. `now()` is an aware datetime in UTC."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


class MovableClock(Clock):
    """A clock that stands where it was put, until it is moved. Naive times are taken as UTC."""

    def __init__(self, at: dt.datetime) -> None:
        self._at = _aware(at)

    def now(self) -> dt.datetime:
        return self._at

    def move_to(self, at: dt.datetime) -> None:
        self._at = _aware(at)

    def advance(self, by: dt.timedelta) -> None:
        self._at += by


def _aware(at: dt.datetime) -> dt.datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)
