"""What a bound query will take, known before it runs: how many cells it has to work out over how many rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from math import prod

from metrics.calendar.periods import unit_start
from metrics.errors import TooLarge
from metrics.plan.bound import BoundMetric, BoundQuery
from metrics.plan.compile.plan import cells_of
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.spine import cut_early
from metrics.plan.volume import Volume
from metrics.query import Grain

__all__ = ["Cost", "cost_of", "too_large"]

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_CHEAPER = 20  # a cell that is cut early costs so much less than one that is worked out whole
_ROWS_A_CELL = 10  # so many rows are read in the time of one cell
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_COARSER: tuple[Grain, ...] = ("week", "month", "quarter", "year")


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
    found = 0
    for dataset in prepared.metric(metric.metric.name).datasets:
        time = None if metric.metric.snapshot else metric.metric.time.get(dataset)
        found += sum(volume.within(dataset, time, cell.start, cell.end) for cell in cells_of(bound, metric))
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


def too_large(bound: BoundQuery, members: int, buckets: int, most: int, volume: Volume) -> TooLarge:
    """Why a grid of so many members and buckets is refused: how many cells it has, and what would make it fit: another
    grain, or one field less."""
    assert bound.trend is not None
    fits = next((g for g in _COARSER[_place(bound.trend.grain) :] if members * _fewer(buckets, bound, g) <= most), "")
    shown = [k.field for k in bound.keys if k.shown]
    largest = max(shown, key=lambda field: volume.members.get(field, 0), default="")
    fields = {
        "cells": f"{members * buckets:,}",
        "members": f"{members:,}",
        "most": f"{most:,}",
        "grain": bound.trend.grain,
        "field": largest,
    }
    return TooLarge("too_many_cells", fields=fields | ({"fits": fits} if fits else {}))


def _place(grain: str) -> int:
    return 0 if grain == "day" else _COARSER.index(grain) + 1


def _fewer(buckets: int, bound: BoundQuery, grain: Grain) -> int:
    """So many buckets of a coarser grain, at most."""
    assert bound.trend is not None
    return buckets * _DAYS[bound.trend.grain] // _DAYS[grain] + 2
