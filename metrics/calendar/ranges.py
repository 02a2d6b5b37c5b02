"""From and to."""

from __future__ import annotations

import datetime as dt

from metrics.calendar.days import Days, made
from metrics.calendar.reckoning import Reckoning, by_dates, days_of, first_day, whole_units
from metrics.calendar.units import ONE_DAY
from metrics.errors import UnsupportedCombination
from metrics.query.when import After, Before, DayOfYear, FromTo, Holiday, Named, Since, Until, When

__all__: list[str] = []


@days_of.register
def _since(when: Since, r: Reckoning) -> Days:
    return made(((days_of(when.of, r).start, None),), r.edge)


@days_of.register
def _after(when: After, r: Reckoning) -> Days:
    return made(((_last_end(days_of(when.of, r)), None),), r.edge)


@days_of.register
def _before(when: Before, r: Reckoning) -> Days:
    return made(((None, first_day(days_of(when.of, r))),), r.edge)


@days_of.register
def _until(when: Until, r: Reckoning) -> Days:
    return made(((None, days_of(when.of, r).full_end),), r.edge)


@days_of.register
def _from_to(when: FromTo, r: Reckoning) -> Days:
    first, last = _ends(when, r)
    start, end = first.start, last.full_end
    if start is None or end is None:
        return made(((start, end),), r.edge)
    if end <= start:
        fields = {"first": start.isoformat(), "last": (end - ONE_DAY).isoformat()}
        raise UnsupportedCombination("period_order", fields=fields)
    count = whole_units(start, end, first.unit) if first.unit == last.unit else None
    unit = (first.unit, count) if count is not None else by_dates(start, end)
    return made(((start, end),), r.edge, *unit)


def _ends(when: FromTo, r: Reckoning) -> tuple[Days, Days]:
    if _yearless(when.first) and not _yearless(when.last):
        last = days_of(when.last, r)
        seeking = r if last.full_end is None else r.seeking("begun_by", last.full_end - ONE_DAY)
        return days_of(when.first, seeking), last
    first = days_of(when.first, r)
    return first, _nearest(when.last, first.start, r) if _yearless(when.last) else days_of(when.last, r)


def _nearest(when: When, start: dt.date | None, r: Reckoning) -> Days:
    """The one that ends soonest after `start`: the most recent, or the one that was not over then."""
    latest = days_of(when, r)
    if start is None or latest.full_end is None:
        return latest
    then = days_of(when, r.seeking("not_over", start))
    if then.full_end is None or start < latest.full_end < then.full_end:
        return latest
    return then


def _yearless(when: When) -> bool:
    """Whether something in it is sought from the day of the question."""
    return any(
        isinstance(w, Named | DayOfYear | Holiday) and w.year is None and w.of is None and not w.coming
        for w in when.walk()
    )


def _last_end(days: Days) -> dt.date:
    if days.full_end is None:
        raise UnsupportedCombination("period_open")
    return days.full_end
