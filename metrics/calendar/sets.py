"""Periods put together, cut, moved, or read by another calendar."""

from __future__ import annotations

from dataclasses import replace

from metrics.calendar.alike import like_for_like, shifted
from metrics.calendar.days import Days, chosen, clipped, made, merged, minus
from metrics.calendar.reckoning import Reckoning, by_dates, days_of
from metrics.calendar.units import add_units, unit_start
from metrics.errors import UnsupportedCombination
from metrics.query.when import Ago, Civil, ToDate, Union, Without

__all__: list[str] = []


@days_of.register
def _union(when: Union, r: Reckoning) -> Days:
    parts = [days_of(part, r) for part in when.of]
    choices = {part.only for part in parts}
    if choices == {None}:
        return _together(parts, r)
    if len(choices) > 1:
        raise UnsupportedCombination("period_pieces")
    (choice,) = choices
    assert choice is not None
    frames = [part.frame for part in parts if part.frame is not None]
    return chosen(_together(frames, r), choice, r.calendar)


def _together(parts: list[Days], r: Reckoning) -> Days:
    whole = made(tuple(piece for part in parts for piece in part.full), r.edge)
    spans = clipped(merged(span for part in parts for span in part.spans), r.edge)
    whole = replace(whole, spans=spans)
    sizes = [part.all_days(r.calendar) for part in parts]
    apart = None not in sizes and sum(size or 0 for size in sizes) == whole.all_days(r.calendar)
    if apart and len({part.unit for part in parts}) == 1:
        return replace(whole, unit=parts[0].unit, count=sum(part.count for part in parts))
    return _measured(whole)


@days_of.register
def _without(when: Without, r: Reckoning) -> Days:
    of, out = days_of(when.of, r), days_of(when.out, r)
    if of.only is not None or out.only is not None:
        raise UnsupportedCombination("period_pieces")
    left = made(minus(of.full, out.full), r.edge)
    return _measured(replace(left, spans=clipped(minus(of.spans, out.full), r.limit(of))))


def _measured(days: Days) -> Days:
    """In months where it is one stretch of them."""
    if not days.single or days.start is None or days.full_end is None:
        return days
    unit, count = by_dates(days.start, days.full_end)
    return replace(days, unit=unit, count=count)


@days_of.register
def _to_date(when: ToDate, r: Reckoning) -> Days:
    of = days_of(when.of, r)
    if not of.single or of.start is None or of.full_end is None or of.frame is not None:
        raise UnsupportedCombination("period_to_date")
    start = unit_start(r.as_of, of.unit, r.calendar)
    this = made(((start, add_units(start, of.unit, 1)),), r.edge, of.unit, 1)
    if of.cut or not this.cut:
        return of
    last = made(((add_units(of.full_end, of.unit, -1), of.full_end),), of.full_end, of.unit, 1)
    end = like_for_like(last, this, calendar=r.calendar).end or last.start
    assert end is not None
    return replace(of, spans=clipped(of.full, end))


@days_of.register
def _ago(when: Ago, r: Reckoning) -> Days:
    return shifted(days_of(when.of, r), when.unit, when.count, calendar=r.calendar)


@days_of.register
def _civil(when: Civil, r: Reckoning) -> Days:
    return days_of(when.of, replace(r, calendar=replace(r.calendar, fiscal_year_start=1)))
