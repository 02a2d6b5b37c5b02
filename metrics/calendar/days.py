"""`Days`: a bound period. Which days it has, which of them have happened and are loaded, what it is made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from metrics.calendar.units import ONE_DAY
from metrics.calendar.workdays import is_working_day
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar

__all__ = [
    "MOST_SPANS",
    "Choice",
    "Days",
    "Feast",
    "Piece",
    "Pieces",
    "chosen",
    "clipped",
    "each_day",
    "happened",
    "made",
    "merged",
    "minus",
]

Piece = tuple[dt.date | None, dt.date | None]  # [start, end); None: open
Pieces = tuple[Piece, ...]
MOST_SPANS = 400
_LONG = 20_000  # days that are not gone through one by one
_FIRST, _LAST = dt.date.min, dt.date.max


@dataclass(frozen=True, slots=True)
class Choice:
    """Certain days: those on one of `weekdays` (None: any), and those that are `working` days, or are not (None:
    either)."""

    weekdays: tuple[int, ...] | None = None
    working: bool | None = None

    def holds(self, day: dt.date, calendar: Calendar) -> bool:
        if self.weekdays is not None and day.weekday() not in self.weekdays:
            return False
        return self.working is None or is_working_day(day, calendar) == self.working

    def also(self, other: Choice) -> Choice:
        """Both at once; nothing where they exclude each other."""
        weekdays = other.weekdays if self.weekdays is None else self.weekdays
        if self.weekdays is not None and other.weekdays is not None:
            weekdays = tuple(d for d in self.weekdays if d in other.weekdays)
        if self.working is not None and other.working is not None and self.working != other.working:
            weekdays = ()
        return Choice(weekdays, other.working if self.working is None else self.working)


@dataclass(frozen=True, slots=True)
class Feast:
    """The occurrence of a holiday that these days are."""

    name: str
    year: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """A bound period.

    full    all of it: ordered disjoint pieces [start, end) that do not touch; the first may begin, the last end, with
            None (open)
    spans   those of `full`, in order, as far as they have happened and are loaded; their ends are never None
    unit    "day" … "year": it is `count` whole units, one after the other or apart; "all" where it is open to the past
    only    a choice among these days that is still to be made (their pieces are too many, or open); None: none
    frame   the days that these were chosen from, by `choice`
    feast   the holiday that it is
    """

    full: Pieces
    spans: tuple[tuple[dt.date | None, dt.date], ...]
    unit: str
    count: int = 1
    only: Choice | None = None
    frame: Days | None = None
    choice: Choice | None = None
    feast: Feast | None = None

    @property
    def start(self) -> dt.date | None:
        """The first day; None: open."""
        return self.full[0][0]

    @property
    def end(self) -> dt.date | None:
        """The day after the last that has happened; None: none has."""
        return self.spans[-1][1] if self.spans else None

    @property
    def full_end(self) -> dt.date | None:
        """The day after the last; None: open."""
        return self.full[-1][1]

    @property
    def empty(self) -> bool:
        """Whether nothing of it has happened or is loaded."""
        return not self.spans

    @property
    def cut(self) -> bool:
        """Whether some of it is still to come, or left out. What is open ahead is not cut where it is up to now."""
        return self.empty or self.spans != self.closed

    @property
    def closed(self) -> Pieces:
        """`full`; where it is open ahead, up to what has happened."""
        *rest, (start, end) = self.full
        return (*rest, (start, self.end if end is None else end))

    @property
    def single(self) -> bool:
        """Whether all its days follow each other."""
        return len(self.full) == 1 and self.only is None

    def has(self, day: dt.date, calendar: Calendar) -> bool:
        """Whether `day` belongs to it, whether or not it has happened."""
        inside = any((a is None or a <= day) and (b is None or day < b) for a, b in self.full)
        return inside and (self.only is None or self.only.holds(day, calendar))

    def ahead(self) -> Days:
        """All of it as if it had happened, for what is due or aimed at; what is open ahead has no last day."""
        return replace(self, spans=tuple((a, b or _LAST) for a, b in self.full))

    def happened_days(self, calendar: Calendar) -> int | None:
        """How many of its days have happened and are loaded; None: it is open to the past."""
        return _size(self.spans, self.only, calendar)

    def all_days(self, calendar: Calendar) -> int | None:
        """How many days it has; None: it is open."""
        return _size(self.full, self.only, calendar)


# --- pieces ----------------------------------------------------------------------------------------------------------


def merged(pieces: Iterable[Piece]) -> Pieces:
    """In order, empty ones dropped, those that overlap or touch made one."""
    found: list[Piece] = []
    for start, end in sorted(pieces, key=lambda piece: (piece[0] is not None, piece[0] or _FIRST)):
        if start is not None and end is not None and end <= start:
            continue
        before, until = found[-1] if found else (None, _FIRST)
        if found and (start is None or until is None or start <= until):
            found[-1] = (before, None if until is None or end is None else max(until, end))
        else:
            found.append((start, end))
    return tuple(found)


def clipped(pieces: Pieces, end: dt.date) -> tuple[tuple[dt.date | None, dt.date], ...]:
    """What lies before `end`."""
    return tuple((a, min(b or _LAST, end)) for a, b in pieces if a is None or a < end)


def minus(pieces: Pieces, out: Pieces) -> Pieces:
    """The days of the one that are not of the other."""
    left = list(pieces)
    for low, high in out:
        before = [(a, low if b is None else min(b, low)) for a, b in left if low is not None]
        after = [(high if a is None else max(a, high), b) for a, b in left if high is not None]
        left = list(merged([*before, *after]))
    return tuple(left)


def each_day(pieces: Iterable[Piece], *, backwards: bool = False) -> Iterator[dt.date]:
    """Their days in turn. Raises UnsupportedCombination "period_open" where they have no first (last) one."""
    listed = list(pieces)
    for start, end in reversed(listed) if backwards else listed:
        bound = end if backwards else start
        if bound is None:
            raise UnsupportedCombination("period_open")
        day = bound - ONE_DAY if backwards else bound
        while (start is None or day >= start) if backwards else (end is None or day < end):
            yield day
            day += -ONE_DAY if backwards else ONE_DAY


def _size(pieces: Pieces, only: Choice | None, calendar: Calendar) -> int | None:
    total = 0
    for start, end in pieces:
        if start is None or end is None:
            return None
        if only is None:
            total += (end - start).days
        else:
            total += sum(only.holds(day, calendar) for day in each_day([(start, end)]))
    return total


# --- days ------------------------------------------------------------------------------------------------------------


def made(full: Pieces, limit: dt.date, unit: str = "day", count: int | None = None) -> Days:
    """Pieces, cut at `limit`. `count` None: of days. Raises UnsupportedCombination "period_no_days"."""
    full = merged(full)
    if not full:
        raise UnsupportedCombination("period_no_days")
    if full[0][0] is None:
        return Days(full, clipped(full, limit), "all")
    if count is None:
        closed = full if full[-1][1] is not None else clipped(full, limit)
        unit, count = "day", max(1, sum((b - a).days for a, b in closed if a and b))
    return Days(full, clipped(full, limit), unit, count)


def happened(days: Days, limit: dt.date) -> Days:
    """The same days, of which those from `limit` on have not happened."""
    frame = None if days.frame is None else happened(days.frame, limit)
    return replace(days, spans=clipped(days.full, limit), frame=frame)


def chosen(frame: Days, choice: Choice, calendar: Calendar) -> Days:
    """The days of `frame` that the choice holds for: as pieces where these are few, else for SQL to choose."""
    if frame.frame is not None and frame.choice is not None:
        return chosen(frame.frame, frame.choice.also(choice), calendar)
    full = _expanded(frame.full, choice, calendar)
    if full == ():
        raise UnsupportedCombination("period_no_days")
    if full is None:
        return replace(frame, only=choice, frame=frame, choice=choice, feast=None)
    spans = _expanded(frame.spans, choice, calendar)
    assert spans is not None
    count = sum((b - a).days for a, b in full if a and b)
    return Days(full, _ended(spans), "day", count, frame=frame, choice=choice)


def _ended(pieces: Pieces) -> tuple[tuple[dt.date | None, dt.date], ...]:
    return tuple((a, b) for a, b in pieces if b is not None)


def _expanded(pieces: Pieces, choice: Choice, calendar: Calendar) -> Pieces | None:
    """None: open, or too many."""
    found: list[tuple[dt.date, dt.date]] = []
    for start, end in pieces:
        if start is None or end is None or (end - start).days > _LONG:
            return None
        for day in each_day([(start, end)]):
            if not choice.holds(day, calendar):
                continue
            if found and found[-1][1] == day:
                found[-1] = (found[-1][0], day + ONE_DAY)
            elif len(found) == MOST_SPANS:
                return None
            else:
                found.append((day, day + ONE_DAY))
    return tuple(found)
