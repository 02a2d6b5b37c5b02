"""Where the month ends, with a range from one's own history: how much of a month was there by the same working day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Sequence
from typing import ClassVar

from metrics.analyses.analysis import Analysis, Fact, Findings, Ground, Part, Steps, number
from metrics.calendar.units import ONE_DAY, add_months
from metrics.calendar.workdays import is_working_day, working_days
from metrics.errors import UnsupportedCombination
from metrics.kinds.metric import Metric
from metrics.kinds.pace import Projection
from metrics.kinds.target import Target
from metrics.model.schema import Calendar
from metrics.model.schema import Metric as Definition
from metrics.plan.names import metric_named
from metrics.query import Scope
from metrics.query.answer import Note
from metrics.query.asked import Asked
from metrics.query.predicate import Predicate
from metrics.query.table import Table
from metrics.query.when import Between, Complete, Union, Units

__all__ = ["LEAST_MONTHS", "MOST_MONTHS", "Outlook", "percentile", "same_position"]

MOST_MONTHS = 12
LEAST_MONTHS = 4
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9


class Outlook(Analysis):
    """Of the month that runs, of a metric whose parts add up.

        share of a month = what was there by the same working day / the whole month
        likely = actual / median share, low = actual / 90th percentile, high = actual / 10th percentile

    over the last 12 complete months that have a share (a total above zero); of fewer than 4 there is no range, only the
    run rate, and that is said. Where the 10th percentile is nothing, there is no upper end: in some months all came
    later.

    Facts: actual, run_rate, months (how many there are), likely, low, high; target where there is one."""

    kind: ClassVar[str] = "outlook"
    metric: str
    scope: Scope = "all"
    where: Predicate | None = None

    def steps(self, ground: Ground) -> Steps:
        metric = metric_named(ground.model, self.metric)
        if not metric.additive or metric.snapshot:
            raise UnsupportedCombination("outlook_not_additive", subject=metric.name)
        calendar = ground.model.calendar
        parts: list[Part] = []
        show = (Metric(name=metric.name), Projection(metric=metric.name))
        now = yield Asked(show=show, period=Units(unit="month"), scope=self.scope, where=self.where)
        parts.append(Part(name="now", table=now))
        start, end = _so_far(now)
        position = None if start is None or end is None else same_position(start, end, calendar)
        shares: list[float] = []
        if position is not None and start is not None:
            value = (Metric(name=metric.name),)
            whole = yield Asked(
                show=value,
                by=("month",),
                period=Complete(unit="month", count=MOST_MONTHS),
                scope=self.scope,
                where=self.where,
            )
            cut = Union(of=tuple(_first(add_months(start, -n), position, calendar) for n in range(MOST_MONTHS, 0, -1)))
            begun = yield Asked(show=value, by=("month",), period=cut, scope=self.scope, where=self.where)
            parts += [Part(name="months", table=whole), Part(name="by_the_same_day", table=begun)]
            shares = _shares(whole, begun)
        facts, notes = _told(metric, now, shares)
        if metric.has_target:
            facts += yield from self._target(metric, parts)
        return Findings(analysis=self, parts=tuple(parts), facts=tuple(facts), notes=tuple(notes))

    def _target(self, metric: Definition, parts: list[Part]) -> Generator[Asked, Table, list[Fact]]:
        shown = (Target(metric=metric.name),)
        try:
            aimed = yield Asked(show=shown, period=Units(unit="month"), scope=self.scope, where=self.where)
        except UnsupportedCombination:  # of one product there is none
            return []
        parts.append(Part(name="target", table=aimed))
        return [Fact(name="target", value=number(aimed.rows[0][0]), unit=metric.unit, of=metric.name)]


def _so_far(now: Table) -> tuple[dt.date | None, dt.date | None]:
    """First day of the month, and the day after the last that is in its numbers."""
    shown = [(w.start, w.end) for w in now.proof.windows if w.of == "shown"]
    return shown[0] if shown else (None, None)


# --- positions in a month --------------------------------------------------------------------------------------------


def same_position(start: dt.date, end: dt.date, calendar: Calendar) -> tuple[int, bool] | None:
    """How many working days [start, end) has, and whether days off follow the last of them. None: it has none yet.

    >>> same_position(dt.date(2024, 3, 1), dt.date(2024, 3, 11), Calendar())  # Friday the 1st to Sunday the 10th
    (6, True)
    """
    worked = working_days(start, end, calendar)
    return (worked, not is_working_day(end - ONE_DAY, calendar)) if worked else None


def _first(start: dt.date, position: tuple[int, bool], calendar: Calendar) -> Between:
    """The days of the month from `start` up to the same position; all of it where it has fewer working days."""
    worked, off = position
    next_month = add_months(start, 1)
    day, left = start, worked
    while day < next_month and (left or (off and not is_working_day(day, calendar))):
        left -= bool(left) and is_working_day(day, calendar)
        day += ONE_DAY
    return Between(start=start, end=day)


# --- shares ----------------------------------------------------------------------------------------------------------


def _shares(whole: Table, begun: Table) -> list[float]:
    """Of each month that has a total above zero. The month with the first row of all may have begun before it, so it
    does not count."""
    totals = {row[0]: total for row in whole.rows if (total := number(row[1])) is not None}
    if totals and len(totals) < MOST_MONTHS:
        del totals[min(totals, key=str)]
    there = {row[0]: number(row[1]) for row in begun.rows}
    found = ((there.get(month), total) for month, total in totals.items() if total > 0)
    return sorted(part / total for part, total in found if part is not None)


def percentile(ordered: Sequence[float], part: float) -> float:
    """The number below which that part of them lies, between two of them in proportion.

    >>> percentile([1, 2, 3, 5], 0.5), percentile([1, 2, 3, 5], 0.9)
    (2.5, 4.4)
    """
    place = part * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _told(metric: Definition, now: Table, shares: Sequence[float]) -> tuple[list[Fact], list[Note]]:
    actual, run_rate = (number(cell) for cell in now.rows[0])

    def fact(name: str, value: float | None) -> Fact:
        return Fact(name=name, value=value, unit=metric.unit, of=metric.name)

    facts = [fact("actual", actual), fact("run_rate", run_rate)]
    facts.append(Fact(name="months", value=len(shares), unit="count", of=metric.name))
    if actual is None or actual <= 0:  # a part of nothing is nothing, wherever the month ends
        return facts, [Note(code="outlook_nothing_yet")]
    if len(shares) < LEAST_MONTHS:
        fields = {"n": str(len(shares)), "least": str(LEAST_MONTHS)}
        return facts, [Note(code="outlook_no_history", fields=fields)]
    for name, part in (("likely", MIDDLE), ("low", HIGH), ("high", LOW)):
        share = percentile(shares, part)
        facts.append(fact(name, actual / share if share > 0 else None))
    return facts, [] if percentile(shares, LOW) > 0 else [Note(code="outlook_open")]
