"""The days a measure is taken over: the period asked about, moved as often as its kinds say, bound to the calendar and
to what is loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from metrics.calendar.binding import Days, bind_when, like_for_like, previous, year_before
from metrics.calendar.days import made as days_of
from metrics.calendar.span import Span
from metrics.calendar.units import add_units, unit_start
from metrics.errors import StaleData, UnsupportedCombination
from metrics.model.schema import Metric
from metrics.plan.bound import Coverage
from metrics.plan.compile.prepared import Prepared
from metrics.query.when import When

__all__ = ["Buckets", "Move", "Moved", "Window", "Windows"]

ONE_DAY = dt.timedelta(days=1)
Move = Literal["previous", "year_ago"]
BUCKETS_A_YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True, slots=True)
class Window:
    """A period as a question says it. `moves`: from the period itself to the one before, the year before, …, in turn;
    they are like for like. `beside`: the period that this one is compared with, which may not be over."""

    period: When
    moves: tuple[Move, ...] = ()
    beside: Window | None = None
    whole: bool = False  # not cut where the data ends: what is due, what is aimed at
    settled: bool = False  # moved before it was broken into buckets: their numbers stand for themselves
    own: bool = False  # said by a part of the question for itself
    bucketed: bool = False  # shown in buckets: open ahead, what is due is shown up to the one that is running

    def in_buckets(self) -> Window:
        """The window before its buckets are moved one by one."""
        return replace(self if self.settled else Window(self.period, whole=self.whole), bucketed=True)


@dataclass(frozen=True, slots=True)
class Moved:
    """Days, and how many buckets later they count."""

    days: Days
    lag: int = 0


@dataclass(frozen=True, slots=True)
class Buckets:
    """Those of `window` from `start` on (the first that is known; None: none is) that hold one of the days."""

    grain: str
    start: dt.date | None
    days: Days
    window: Window


class Windows:
    """Binds windows for one question. `used` collects what was bound, in order, for the receipt: (what for: "shown",
    "compared" or "condition", days) -> the metrics taken over them. `likened`: days cut like for like because what they
    are compared with is not over."""

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
        self.used: dict[tuple[str, Days], dict[str, Metric]] = {}
        self.likened: dict[Days, None] = {}
        self._asked: dict[Window, None] = {}
        self._aside = 0
        self._heard: list[list[Days]] = []
        self._through: dict[str, tuple[dt.date | None, str]] = {}
        self._bound: dict[tuple[Window, bool, bool, dt.date | None], Days] = {}

    def through(self, metric: Metric) -> tuple[dt.date | None, str]:
        """The last day for which every source of the metric is complete, and the source that ends first."""
        made = self._through.get(metric.name)
        if made is None:
            needed = {d: self._coverage.through.get(d) for d in self._prepared.sources(metric.name)}
            known = {d: day for d, day in needed.items() if day is not None}
            source = min(known, key=lambda d: known[d], default="")
            made = self._through[metric.name] = known.get(source), source
        return made

    def check_now(self, metric: Metric) -> None:
        """The state now is all a snapshot metric knows: what it was on an earlier day is not kept. Raises
        UnsupportedCombination."""
        through, _ = self.through(metric)
        if through is not None and self._as_of < through:
            raise UnsupportedCombination("snapshot_of_past", subject=metric.name, fields={"date": through.isoformat()})

    def check_not_past(self, period: When, metrics: Sequence[Metric]) -> None:
        """Nor what it was in a period that is over, where nothing else is asked about. Raises
        UnsupportedCombination."""
        days = self._bind(Window(period), None, None)
        if days.full_end is not None and days.start is not None and days.full_end <= self._as_of:
            raise UnsupportedCombination("snapshot_with_period", subject=metrics[0].name)

    def source_through(self, dataset: str) -> dt.date | None:
        """The last complete day of a dataset."""
        return self._coverage.through.get(dataset)

    def first_day(self, metric: Metric) -> dt.date | None:
        """The latest of the first days of its sources: before it, the metric cannot be known."""
        datasets = self._prepared.metric(metric.name).datasets
        days = [self._coverage.starts.get((d, metric.time[d])) for d in datasets if d in metric.time]
        return max((d for d in days if d is not None), default=None)

    def active(self, window: Window) -> Span:
        """The days on one of which a person has to be there to belong to it."""
        made = self._bind(Window(window.period), None, None)
        if made.start is not None:  # all time has nothing before it
            made = self._bind(window, None, None)
        start, last = made.start, made.full_end or dt.date.max
        return Span(start, made.end or start or last, last, made.unit, made.count)

    def said(self, window: Window) -> Days:
        """The days of a window by the calendar alone, whatever is loaded."""
        return self._bind(window, None, None)

    def known(self, metric: Metric, days: Days) -> bool:
        """Whether any of its days can be known; before the first row a value is unknown, not zero."""
        first = self.first_day(metric)
        return first is None or days.end is None or days.end > first

    def all_before_data(self) -> bool:
        """Whether nothing of all that is asked about can be known, since the data begins later."""
        taken = [(days, metric) for (_, days), metrics in self.used.items() for metric in metrics.values()]
        return bool(taken) and not any(self.known(metric, days) for days, metric in taken)

    def begun_before(self, used: Iterable[tuple[Days, Metric]]) -> bool:
        """Whether all that these windows hold is known here, from their first days on: then nothing else depends on
        when that began."""
        known = ((days.start, self.first_day(metric)) for days, metric in used)
        return all(start is not None and (first is None or first <= start) for start, first in known)

    def days(self, window: Window, metric: Metric) -> Days:
        """The days of a window, for one metric. Raises UnsupportedCombination, StaleData."""
        through, source = self.through(metric)
        made = self._bind(window, metric, through)
        if not window.moves:
            self._check_begun(made, through, source)
        self._note("compared" if window.moves or window.beside else "shown", made, metric, window)
        return made

    def moved(self, window: Window, metric: Metric, grain: str) -> Moved:
        """The days of a window that is shown in buckets, and how many buckets later each counts. The last bucket of an
        earlier window is cut as the running one is."""
        through, source = self.through(metric)
        made = self._bind(window.in_buckets(), metric, through)
        self._check_begun(made, through, source)
        lag = 0
        for move in () if window.settled else window.moves:
            step, made = self._one_back(made, move, grain, metric)
            lag += step
        self._note("compared" if window.moves else "shown", made, metric, window)
        return Moved(made, lag)

    def calendar_days(self, window: Window, grain: str, until: dt.date | None) -> Moved:
        """The same of the calendar alone, whatever is loaded. `until`: the day before which the last bucket ends; where
        it is still to come, so are days."""
        made, lag = self._bind(window.in_buckets(), None, None), 0
        if until is not None and (made.end is None or until > made.end):
            made = made.ahead()
        for move in () if window.settled else window.moves:
            step, made = self._one_back(made, move, grain, None)
            lag += step
        return Moved(made, lag)

    def with_before(self, window: Window, metric: Metric, grain: str, count: int) -> Days | None:
        """The days of a window in buckets with the `count` buckets before it, where each bucket is whole: then one that
        is compared with an earlier one finds it among them. None where the last one is cut, or where buckets lie
        between that are neither."""
        days = self._bind(Window(window.period, whole=window.whole), metric, self.through(metric)[0])
        start, end = days.start, days.end
        if start is None or end is None or not days.single:
            return None
        if unit_start(start, grain, self._calendar) != start or unit_start(end, grain, self._calendar) != end:
            return None
        if add_units(start, grain, count) > end:
            return None
        return days_of(((add_units(start, grain, -count), end),), end, days.unit, days.count)

    def buckets(self, window: Window, metrics: Sequence[Metric], grain: str) -> Buckets:
        """The buckets to show. Those before the first row of all metrics are left out: nothing is known of them."""
        period = window.in_buckets()
        bound = [self._bind(period, m, self.through(m)[0]) for m in metrics] or [self._bind(period, None, None)]
        longest = max(bound, key=lambda d: d.end or dt.date.min)
        known = [self.first_day(m) for m in metrics]
        days = [d for d in known if d is not None]
        since = unit_start(min(days), grain, self._calendar) if days and len(days) == len(known) else None
        if longest.start is None:
            return Buckets(grain, since, longest, window)
        first = unit_start(longest.start, grain, self._calendar)
        return Buckets(grain, max(first, since) if since is not None else first, longest, window)

    def first_bucket(self, metric: Metric, grain: str, lag: int) -> dt.date | None:
        """The bucket from which on the metric is known, where it counts `lag` buckets later."""
        first = self.first_day(metric)
        return None if first is None else add_units(unit_start(first, grain, self._calendar), grain, lag)

    def asked_after(self, day: dt.date) -> bool:
        """Whether anything after this day is asked about, were all of it loaded: what is not is cut off, or is no whole
        unit yet."""
        made = (self._bind(replace(w, moves=(), beside=None), None, None) for w in self._asked)
        return any(days.end is None or days.end > day + ONE_DAY for days in made)

    @contextmanager
    def heard(self) -> Iterator[list[Days]]:
        """Every window that is bound inside."""
        made: list[Days] = []
        self._heard.append(made)
        try:
            yield made
        finally:
            self._heard.pop()  # by place: two of them may be equal

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is bound inside is for a condition: none of it is shown."""
        self._aside += 1
        try:
            yield
        finally:
            self._aside -= 1

    def put_first(self, window: Window) -> None:
        """The days of the question itself come before those of its parts, whatever was bound first."""
        if len(self.used) > 1:
            own = {days for (bound, *_), days in self._bound.items() if bound == window}
            self.used = dict(sorted(self.used.items(), key=lambda used: used[0][1] not in own))

    # --- inside ------------------------------------------------------------------------------------------------------

    def _note(self, of: str, days: Days, metric: Metric, window: Window) -> None:
        self.used.setdefault(("condition" if self._aside else of, days), {})[metric.name] = metric
        self._asked[window] = None
        for made in self._heard:
            made.append(days)

    def _bind(self, window: Window, metric: Metric | None, through: dt.date | None) -> Days:
        key = (window, metric is not None and metric.working_day_basis, metric is not None and metric.ahead, through)
        if key not in self._bound:
            alike = self._prepared.days_on(self._as_of)  # of the calendar: the same in every question of a day
            made = alike.get(key) if window.beside is None else None
            if made is None:
                made = self._days_of(window, metric, through)
                if window.beside is None:
                    alike[key] = made
            self._bound[key] = made
        return self._bound[key]

    def _days_of(self, window: Window, metric: Metric | None, through: dt.date | None) -> Days:
        calendar, basis = self._calendar, self._basis(metric)
        made = bind_when(window.period, calendar=calendar, as_of=self._as_of, through=through)
        if window.whole or self._is_due(window, metric, made):
            made = made.ahead()
        if window.beside is not None:
            other = self._bind(window.beside, metric, through)
            if made.start is None or other.start is None:
                raise UnsupportedCombination("compare_all_time")
            if other.cut and not made.cut and other.start >= made.start:
                made = like_for_like(made, other, calendar=calendar, is_workday=basis)
                self.likened[made] = None
        for move in window.moves:
            if move == "year_ago":
                made = year_before(made, calendar=calendar)
            else:
                made = previous(made, calendar=calendar, is_workday=basis)
        return made

    def _is_due(self, window: Window, metric: Metric | None, days: Days) -> bool:
        """Whether days to come have rows of the metric that are known, and an end up to which they can be shown."""
        return metric is not None and metric.ahead and not (window.bucketed and days.full_end is None)

    def _basis(self, metric: Metric | None) -> Callable[[dt.date], bool] | None:
        return self._is_workday if metric is not None and metric.working_day_basis else None

    def _one_back(self, days: Days, move: Move, grain: str, metric: Metric | None) -> tuple[int, Days]:
        """A window of buckets moved back by one bucket or a year. Raises UnsupportedCombination."""
        calendar = self._calendar
        if move == "year_ago" and grain not in BUCKETS_A_YEAR:
            raise UnsupportedCombination("year_ago_by_day")
        if not days.single:
            raise UnsupportedCombination("compare_pieces")
        step = BUCKETS_A_YEAR[grain] if move == "year_ago" else 1
        if days.start is not None and unit_start(days.start, grain, calendar) < days.start:
            raise UnsupportedCombination("grain_compare_misaligned", subject=days.start.isoformat())
        start = None if days.start is None else add_units(days.start, grain, -step)
        if days.end is None:
            return step, days_of(((start, start or dt.date.max),), dt.date.min)
        last = unit_start(days.end - ONE_DAY, grain, calendar)
        running = days_of(((last, add_units(last, grain, 1)),), days.end, grain, 1)
        back = add_units(last, grain, -step)
        earlier = days_of(((back, add_units(back, grain, 1)),), dt.date.max, grain, 1)
        if not running.cut:
            end = earlier.full_end
        elif move == "previous":
            end = previous(running, calendar=calendar, is_workday=self._basis(metric)).end
        elif grain == "week":  # the week beside it is 52 weeks back, from the same weekday on
            end = like_for_like(earlier, running, calendar=calendar, is_workday=self._basis(metric)).end
        else:
            end = year_before(running, calendar=calendar).end
        assert end is not None
        return step, days_of(((start, end),), end, days.unit, days.count)

    def _check_begun(self, days: Days, through: dt.date | None, source: str) -> None:
        if not days.empty:
            return
        assert days.start is not None
        if days.start > self._as_of:
            raise UnsupportedCombination("future_period", subject=days.start.isoformat())
        late = through is not None and days.start - through > ONE_DAY
        if through is not None and (days.unit == "day" or late):
            fields = {"since": through.isoformat(), "period": days.start.isoformat()}
            raise StaleData("not_loaded_yet", subject=source, fields=fields)
