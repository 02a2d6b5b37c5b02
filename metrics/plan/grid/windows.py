"""The days a measure is taken over: the period asked about, moved as often as its kinds say, bound to the calendar and
to what is loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from metrics.calendar.periods import (
    Span,
    add_units,
    bind_period,
    like_for_like,
    previous,
    unit_start,
    year_before,
)
from metrics.errors import StaleData, UnsupportedCombination
from metrics.model.schema import Metric
from metrics.plan.bound import Coverage
from metrics.plan.compile.prepared import Prepared
from metrics.query import Period

__all__ = ["Buckets", "Move", "Moved", "Window", "Windows"]

ONE_DAY = dt.timedelta(days=1)
Move = Literal["previous", "year_ago"]
BUCKETS_A_YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True, slots=True)
class Window:
    """A period as a question says it. `moves`: from the period itself to the one before, the year before, …, in turn;
    they are like for like. `beside`: the period that this one is compared with, which may not be over."""

    period: Period
    moves: tuple[Move, ...] = ()
    beside: Window | None = None
    whole: bool = False  # not cut where the data ends: what is due, what is aimed at


@dataclass(frozen=True, slots=True)
class Moved:
    """Days [start, end) and how many buckets later they count (0 without buckets)."""

    span: Span
    lag: int = 0


@dataclass(frozen=True, slots=True)
class Buckets:
    """Those that hold a day of [start, end); of all data from the first day that is known (None: it is not)."""

    grain: str
    start: dt.date | None
    end: dt.date


class Windows:
    """Binds windows for one question. `used` collects what was bound, in order, for the receipt."""

    def __init__(
        self,
        prepared: Prepared,
        coverage: Coverage,
        *,
        as_of: dt.date,
        is_workday: Callable[[dt.date], bool],
    ) -> None:
        self._prepared, self._coverage = prepared, coverage
        self._calendar = prepared.model.calendar
        self._as_of = as_of
        self._is_workday = is_workday
        self.used: dict[tuple[bool, Span], None] = {}
        self._heard: list[list[Span]] = []

    def through(self, metric: Metric) -> tuple[dt.date | None, str]:
        """The last day for which every source of the metric is complete, and the source that ends first."""
        needed = {d: self._coverage.through.get(d) for d in self._prepared.sources(metric.name)}
        known = {d: day for d, day in needed.items() if day is not None}
        source = min(known, key=lambda d: known[d], default="")
        return known.get(source), source

    def first_day(self, metric: Metric) -> dt.date | None:
        """The latest of the first days of its sources: before it, the metric cannot be known."""
        datasets = self._prepared.metric(metric.name).datasets
        days = [self._coverage.starts.get((d, metric.time[d])) for d in datasets if d in metric.time]
        return max((d for d in days if d is not None), default=None)

    def active(self, window: Window) -> Span:
        """The days on one of which a person has to be there to belong to it."""
        made = bind_period(window.period, calendar=self._calendar, as_of=self._as_of, through=None)
        if window.beside is not None and made.start is not None:
            other = self.active(window.beside)
            if other.cut and not made.cut and other.start is not None and other.start >= made.start:
                made = like_for_like(made, other)
        for move in window.moves if made.start is not None else ():
            made = year_before(made) if move == "year_ago" else previous(made)
        return made

    def known(self, metric: Metric, span: Span) -> bool:
        """Whether any of its days can be known; before the first row a value is unknown, not zero."""
        first = self.first_day(metric)
        return first is None or span.empty or span.end > first

    def span(self, window: Window, metric: Metric) -> Span:
        """The days of a window, for one metric. Raises UnsupportedCombination, StaleData."""
        through, source = self.through(metric)
        made = self._bound(window, metric, through)
        if not window.moves:
            self._check_begun(made, through, source)
        self._note(bool(window.moves or window.beside), made)
        return made

    def moved(self, window: Window, metric: Metric, grain: str) -> Moved:
        """The days of a window that is shown in buckets, and how many buckets later each counts. The last bucket of an
        earlier window is cut as the running one is."""
        through, source = self.through(metric)
        whole = self._bound(Window(window.period, whole=window.whole), metric, through)
        self._check_begun(whole, through, source)
        lag = 0
        made = whole
        for move in window.moves:
            step, made = self._one_back(made, move, grain, metric)
            lag += step
        self._note(bool(window.moves), made)
        return Moved(made, lag)

    def buckets(self, window: Window, metrics: Sequence[Metric], grain: str) -> Buckets:
        """The buckets to show. Those before the first row of all metrics are left out: nothing is known of them."""
        period = Window(window.period, whole=window.whole)
        spans = [self._bound(period, m, self.through(m)[0]) for m in metrics]
        if not spans:
            spans = [bind_period(window.period, calendar=self._calendar, as_of=self._as_of, through=None)]
        start, end = spans[0].start, max(s.end for s in spans)
        known = [self.first_day(m) for m in metrics]
        days = [d for d in known if d is not None]
        if start is None:
            return Buckets(grain, unit_start(min(days), grain, self._calendar) if days else None, end)
        first = unit_start(start, grain, self._calendar)
        if days and len(days) == len(known):
            first = max(first, unit_start(min(days), grain, self._calendar))
        return Buckets(grain, first, end)

    def first_bucket(self, metric: Metric, grain: str, lag: int) -> dt.date | None:
        """The bucket from which on the metric is known, where it counts `lag` buckets later."""
        first = self.first_day(metric)
        return None if first is None else add_units(unit_start(first, grain, self._calendar), grain, lag)

    @contextmanager
    def heard(self) -> Iterator[list[Span]]:
        """Every window that is bound inside."""
        made: list[Span] = []
        self._heard.append(made)
        try:
            yield made
        finally:
            self._heard.remove(made)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _note(self, moved: bool, span: Span) -> None:
        self.used[moved, span] = None
        for made in self._heard:
            made.append(span)

    def _bound(self, window: Window, metric: Metric, through: dt.date | None) -> Span:
        made = bind_period(window.period, calendar=self._calendar, as_of=self._as_of, through=through)
        if window.whole:
            made = Span(made.start, made.full_end, made.full_end, made.unit, made.count)
        if window.beside is not None:
            other = self._bound(window.beside, metric, through)
            if made.start is None or other.start is None:
                raise UnsupportedCombination("compare_all_time")
            if other.cut and not made.cut and other.start >= made.start:
                made = like_for_like(made, other, is_workday=self._basis(metric))
        for move in window.moves:
            made = year_before(made) if move == "year_ago" else previous(made, is_workday=self._basis(metric))
        return made

    def _basis(self, metric: Metric) -> Callable[[dt.date], bool] | None:
        return self._is_workday if metric.working_day_basis else None

    def _one_back(self, span: Span, move: Move, grain: str, metric: Metric) -> tuple[int, Span]:
        """A window of buckets moved back by one bucket or a year."""
        if move == "year_ago" and grain not in BUCKETS_A_YEAR:
            raise UnsupportedCombination("year_ago_by_day")
        step = BUCKETS_A_YEAR[grain] if move == "year_ago" else 1
        if span.start is not None and unit_start(span.start, grain, self._calendar) < span.start:
            raise UnsupportedCombination("grain_compare_misaligned", subject=span.start.isoformat())
        start = None if span.start is None else add_units(span.start, grain, -step)
        last = unit_start(span.end - ONE_DAY, grain, self._calendar)
        running = Span(last, span.end, add_units(last, grain, 1), grain)
        back = add_units(last, grain, -step)
        if span.empty or not running.cut:
            end = add_units(back, grain, 1)
        elif move == "previous":
            end = previous(running, is_workday=self._basis(metric)).end
        elif grain == "week":  # the week beside it is 52 weeks back, from the same weekday on
            earlier = Span(back, back, add_units(back, grain, 1), grain)
            end = like_for_like(earlier, running, is_workday=self._basis(metric)).end
        else:
            end = year_before(running).end
        if start is not None and span.empty:
            end = start
        return step, Span(start, end, end, span.unit, span.count)

    def _check_begun(self, span: Span, through: dt.date | None, source: str) -> None:
        if not span.empty:
            return
        assert span.start is not None
        if span.start > self._as_of:
            raise UnsupportedCombination("future_period", subject=span.start.isoformat())
        late = through is not None and span.start - through > ONE_DAY
        if through is not None and (span.unit == "day" or late):
            fields = {"since": through.isoformat(), "period": span.start.isoformat()}
            raise StaleData("not_loaded_yet", subject=source, fields=fields)
