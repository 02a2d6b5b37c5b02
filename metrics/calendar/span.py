"""One stretch of days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

__all__ = ["Span"]


@dataclass(frozen=True, slots=True)
class Span:
    """`count` units of `unit` from `start` (None: all data) up to `full_end`, of which [start, end) has happened and is
    loaded. `end == start` when nothing of it has."""

    start: dt.date | None
    end: dt.date
    full_end: dt.date
    unit: str
    count: int = 1

    @property
    def cut(self) -> bool:
        return self.end < self.full_end

    @property
    def empty(self) -> bool:
        return self.start is not None and self.end <= self.start
