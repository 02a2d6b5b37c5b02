"""What a bound query will take, known before it runs: how many cells it has to work out over how many rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from math import prod

from metrics.calendar.periods import add_units, unit_start
from metrics.plan.bound import BoundMetric, BoundQuery
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.spine import cut_early
from metrics.plan.volume import Volume

__all__ = ["Cost", "cost_of"]

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_CHEAPER = 20  # a cell that is cut early costs so much less than one that is worked out whole
_ROWS_A_CELL = 10  # so many rows are read in the time of one cell


@dataclass(frozen=True, slots=True)
class Cost:
    """`members`: combinations of what is broken down by; `buckets` of time; `rows` read. Each is an upper bound.
    `cut`: only the cells that are shown are worked out."""

    members: int
    buckets: int
    rows: int
    cut: bool

    @property
    def cells(self) -> int:
        return self.members * self.buckets

    @property
    def work(self) -> float:
        """In cells worked out whole."""
        return (self.cells / _CHEAPER if self.cut else self.cells) + self.rows / _ROWS_A_CELL


def cost_of(bound: BoundQuery, prepared: Prepared, volume: Volume) -> Cost:
    rows = sum(_rows(bound, metric, prepared, volume) for metric in bound.metrics)
    members = min(_combinations(bound, volume), rows) if bound.keys else 1
    if bound.keys and bound.peers is not None:
        members = max(members, volume.rows.get(bound.peers.dataset, 0))
    return Cost(max(1, members), _buckets(bound, prepared, volume), rows, cut_early(bound))


def _rows(bound: BoundQuery, metric: BoundMetric, prepared: Prepared, volume: Volume) -> int:
    """Rows in the windows of a metric, in every dataset it is computed from."""
    spans = [metric.current, *([metric.earlier] if metric.earlier is not None else [])]
    found = 0
    for dataset in prepared.metric(metric.metric.name).datasets:
        time = None if metric.metric.snapshot else metric.metric.time.get(dataset)
        for number, span in enumerate(spans):
            start, trend = span.start, bound.trend
            if number == 0 and start is not None and trend is not None and trend.first is not None and trend.lag:
                start = add_units(trend.first, trend.grain, -trend.lag)
            found += volume.within(dataset, time, start, span.end)
    return found


def _combinations(bound: BoundQuery, volume: Volume) -> int:
    """Of the fields broken down by. Fields of one dataset have no more of them than it has rows; each dataset may have
    one more, "(none)"."""
    chosen = {c.field: len(c.values) for c in bound.conditions if c.op == "in"}
    datasets: dict[str, list[int]] = defaultdict(list)
    for key in bound.keys:
        field = bound.model.fields[key.field]
        rows = volume.rows.get(field.dataset, 0)
        datasets[field.dataset].append(chosen.get(key.field) or volume.members.get(key.field, rows))
    return prod(min(prod(n + 1 for n in members), volume.rows.get(d, 0) + 1) for d, members in datasets.items())


def _buckets(bound: BoundQuery, prepared: Prepared, volume: Volume) -> int:
    """Buckets of the trend, with those before the first that it is compared with."""
    trend = bound.trend
    if trend is None:
        return 1
    calendar = bound.model.calendar
    first = trend.first
    if first is None:  # all there is
        metric = bound.metrics[0].metric
        fields = [(d, metric.time[d]) for d in prepared.metric(metric.name).datasets if d in metric.time]
        months = [min(volume.months[f]) for f in fields if volume.months.get(f)]
        first = unit_start(min(months, default=trend.end - dt.timedelta(days=1)), trend.grain, calendar)
    last = unit_start(trend.end - dt.timedelta(days=1), trend.grain, calendar)
    if trend.grain in ("day", "week"):
        found = (last - first).days // (7 if trend.grain == "week" else 1)
    else:
        found = ((last.year - first.year) * 12 + last.month - first.month) // _MONTHS[trend.grain]
    return max(1, found + 1 + trend.lag)
