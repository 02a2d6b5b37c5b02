"""Days beside days: the ones just before, the same dates a year before, and as much of the one as of the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from metrics.calendar.days import Days, Piece, Pieces, chosen, each_day, happened, made, merged
from metrics.calendar.reckoning import by_dates
from metrics.calendar.recurring import holiday_days
from metrics.calendar.units import MONTHS, ONE_DAY, add_months, add_units, dated, months_between
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar

__all__ = ["IsWorkday", "like_for_like", "previous", "shifted", "year_before"]

IsWorkday = Callable[[dt.date], bool]
Move = Callable[[dt.date], dt.date]


@dated
def previous(days: Days, *, calendar: Calendar, is_workday: IsWorkday | None = None) -> Days:
    """The equally many units just before; of a holiday, the time before; of chosen days, those of the units before.
    Where `days` is cut the earlier days are cut like for like. Raises UnsupportedCombination "compare_all_time", and
    "compare_pieces" where what comes before several stretches is anybody's guess."""
    earlier = _before(days, calendar)
    return like_for_like(earlier, days, calendar=calendar, is_workday=is_workday) if days.cut else earlier


def _before(days: Days, calendar: Calendar) -> Days:
    """All of what comes before, happened."""
    if days.start is None:
        raise UnsupportedCombination("compare_all_time")
    if days.feast is not None:
        return holiday_days(replace(days.feast, year=days.feast.year - 1), calendar, dt.date.max)
    if days.frame is not None and days.choice is not None:
        return chosen(_before(days.frame, calendar), days.choice, calendar)
    if not days.single:
        raise UnsupportedCombination("compare_pieces")
    start = add_units(days.start, days.unit, -days.count)
    return made(((start, days.start),), days.start, days.unit, days.count)


def year_before(days: Days, years: int = 1, *, calendar: Calendar) -> Days:
    """The same dates `years` years before: see `shifted`."""
    return shifted(days, "year", years, calendar=calendar)


@dated
def shifted(days: Days, unit: str, count: int, *, calendar: Calendar) -> Days:
    """The same dates `count` units before: whole months stay whole, what is cut ends on the same date (29 February: the
    28th). Of a holiday, by years: that holiday; of chosen days: those of the dates before, or of the weeks nearest to
    these. Raises UnsupportedCombination "compare_all_time", "period_range"."""
    if days.start is None:
        raise UnsupportedCombination("compare_all_time")
    if count < 1:
        raise UnsupportedCombination("period_range")
    if days.feast is not None and unit == "year":
        feast = replace(days.feast, year=days.feast.year - count)
        earlier = holiday_days(feast, calendar, dt.date.max)
        return like_for_like(earlier, days, calendar=calendar) if days.cut else earlier
    if days.frame is not None and days.choice is not None:
        return chosen(_frame_before(days, days.frame, unit, count, calendar), days.choice, calendar)
    full = tuple(_moved(piece, days, unit, count) for piece in days.closed)
    spans = []
    for start, end in days.spans:
        assert start is not None
        spans.append(_moved_span(start, end, days, unit, count))
    made_of = _unit_after(days, unit, count, full)
    return Days(merged(full), _bounded(merged(spans)), *made_of)


def _frame_before(days: Days, frame: Days, unit: str, count: int, calendar: Calendar) -> Days:
    """The dates before of what days were chosen from: all of it where all of those have happened. Weeks are moved by
    weeks, a weekend to the nearest weekend."""
    if not days.cut and days.full_end is not None:
        frame = frame.ahead()
    if frame.unit == "week" and frame.start is not None:
        moved = (frame.start - _back(unit, count)(frame.start)).days
        unit, count = "week", max(1, round(moved / 7))
    return shifted(frame, unit, count, calendar=calendar)


def _back(unit: str, count: int) -> Move:
    if unit in ("day", "week"):
        return lambda day: add_units(day, unit, -count)
    return lambda day: add_months(day, -count * MONTHS[unit])


def _moved(piece: Piece, days: Days, unit: str, count: int) -> Piece:
    """Days and weeks go from date to date; a month ends where it ends, also in a leap year."""
    start, end = piece
    assert start is not None
    back = _back(unit, count)
    if end is None:
        return back(start), None
    whole = start.day == end.day == 1 and (days.unit not in ("day", "week") or len(days.full) > 1)
    moved = back(end) if whole or days.unit not in ("day", "week") else back(end - ONE_DAY) + ONE_DAY
    return back(start), max(moved, back(start) + ONE_DAY)


def _moved_span(start: dt.date, end: dt.date, days: Days, unit: str, count: int) -> Piece:
    home = next(p for p in days.closed if p[0] is not None and p[0] <= start and (p[1] is None or start < p[1]))
    _, last = _moved(home, days, unit, count)
    back = _back(unit, count)
    if end == home[1]:
        return back(start), last
    until = back(end - ONE_DAY) + ONE_DAY
    return back(start), until if last is None else min(until, last)


def _bounded(pieces: Pieces) -> tuple[tuple[dt.date | None, dt.date], ...]:
    return tuple((start, end) for start, end in pieces if end is not None)


def _unit_after(days: Days, unit: str, count: int, full: Pieces) -> tuple[str, int]:
    """Weeks stay weeks by weeks, quarters stay quarters by quarters; else months or days."""
    if days.unit == "day":
        kept = True
    elif days.unit == "week":
        kept = unit != "day"
    else:
        kept = unit in MONTHS and count * MONTHS[unit] % MONTHS[days.unit] == 0
    if kept:
        return days.unit, days.count
    (start, _), (_, end) = full[0], full[-1]
    return by_dates(start, end) if start is not None and end is not None else ("day", 1)


# --- like for like ---------------------------------------------------------------------------------------------------


@dated
def like_for_like(earlier: Days, later: Days, *, calendar: Calendar, is_workday: IsWorkday | None = None) -> Days:
    """`earlier` shortened to as much as has happened of `later`, never past its own end: to as many days of it, to as
    many working days when `is_workday` is given (the metric's basis), and for years to the same date."""
    if earlier.start is None or later.start is None:
        raise UnsupportedCombination("compare_all_time")
    if later.empty:
        return happened(earlier, earlier.start)
    end = _same_date(earlier, later) if is_workday is None else None
    if end is None and is_workday is not None:
        worked = sum(map(is_workday, _set_days(later, later.spans, calendar)))
        end = _after_some(earlier, worked, calendar, is_workday) if worked else None
    if end is None:
        end = _after_some(earlier, later.happened_days(calendar) or 0, calendar)
    return happened(earlier, end)


def _same_date(earlier: Days, later: Days) -> dt.date | None:
    """Where the earlier year has come to the date of the later one; None: they are no years."""
    ours, theirs = earlier.frame or earlier, later.frame or later
    if not ours.unit == theirs.unit == "year" or ours.start is None or theirs.start is None or theirs.end is None:
        return None
    gap = months_between(ours.start, theirs.start)
    return add_months(theirs.end - ONE_DAY, -gap) + ONE_DAY


def _set_days(days: Days, pieces: Pieces, calendar: Calendar) -> Iterator[dt.date]:
    return (day for day in each_day(pieces) if days.only is None or days.only.holds(day, calendar))


def _after_some(days: Days, count: int, calendar: Calendar, counts: IsWorkday | None = None) -> dt.date:
    """The day after the `count`-th day (that counts) of all its days; their end where there are fewer."""
    counted = (day for day in _set_days(days, days.full, calendar) if counts is None or counts(day))
    last = next(islice(counted, count - 1, None), None)
    return last + ONE_DAY if last is not None else days.full_end or dt.date.max
