"""What a question will take, known before it runs: how many cells its grids have, over how many rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from metrics.calendar.units import unit_start
from metrics.errors import TooLarge
from metrics.plan.bound import Condition, Tree
from metrics.plan.grid.grid import Grid
from metrics.plan.grid.group import Group
from metrics.plan.grid.world import World
from metrics.plan.volume import Volume
from metrics.query import Grain

__all__ = ["Cost", "cost_of", "too_large"]

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_CHEAPER = 20  # a cell that is cut early costs so much less than one that is worked out whole
_ROWS_A_CELL = 10  # so many rows are read in the time of one cell
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_COARSER: tuple[Grain, ...] = ("week", "month", "quarter", "year")
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of the largest grid over time, or the largest of all: `members` (combinations of its keys) and `buckets` of time;
    `rows` read. Each is an upper bound. `cut`: only the cells that are shown are worked out. `more`: cells of the other
    grids. `shown`: about so many rows of the answer at most (None: that is not known)."""

    members: int
    buckets: int
    rows: int
    cut: bool = False
    more: int = 0
    grid: Grid | None = None
    shown: int | None = None

    @property
    def cells(self) -> int:
        return self.members * self.buckets

    @property
    def work(self) -> float:
        """In cells worked out whole."""
        return (self.cells / _CHEAPER if self.cut else self.cells) + self.more + self.rows / _ROWS_A_CELL


def cost_of(world: World, volume: Volume) -> Cost:
    """Of a statement that has just been compiled."""
    rows = sum(_rows(group, volume) for group in world.groups.values())
    sizes = [(_members(grid, world, volume, rows), _buckets(grid, world, volume), grid) for grid in world.grids]
    if not sizes:
        return Cost(1, 1, rows)
    largest = max(sizes, key=lambda s: (bool(s[2].keys) and s[2].grain is not None, s[0] * s[1]))
    more = sum(members * buckets for members, buckets, grid in sizes if grid is not largest[2])
    shown = next((members * buckets for members, buckets, grid in sizes if grid is world.home), None)
    return Cost(largest[0], largest[1], rows, bool(largest[2].shown), more, largest[2], shown)


def _rows(group: Group, volume: Volume) -> int:
    """Rows in the days of a group."""
    days = group.cell.days
    if group.time is None or days is None:
        return volume.rows.get(group.dataset, 0)
    return sum(volume.within(group.dataset, group.time, start, end) for start, end in days.spans)


def _members(grid: Grid, world: World, volume: Volume, rows: int) -> int:
    if not grid.keys:
        return 1
    members = min(_combinations(grid, world, volume), rows)
    if grid.peers is not None:
        members = max(members, volume.rows.get(grid.peers.dataset, 0))
    return max(1, members)


def _combinations(grid: Grid, world: World, volume: Volume) -> int:
    """Of the keys. Fields of one dataset have no more of them than it has rows; each dataset may have one more,
    "(none)"."""
    chosen = {c.field: len(c.values) for g in grid.members() for c in _leaves(g.cell.conditions) if c.op == "in"}
    datasets: dict[str, list[int]] = defaultdict(list)
    for key in grid.keys:
        dataset = world.model.fields[key].dataset
        rows = volume.rows.get(dataset, 0)
        datasets[dataset].append(chosen.get(key) or volume.members.get(key, rows))
    return prod(min(prod(n + 1 for n in members), volume.rows.get(d, 0) + 1) for d, members in datasets.items())


def _leaves(conditions: tuple[Condition | Tree, ...]) -> Iterator[Condition]:
    """Those that all have to hold."""
    for condition in conditions:
        if isinstance(condition, Condition):
            yield condition
        elif condition.op == "and":
            yield from _leaves(condition.of)


def _buckets(grid: Grid, world: World, volume: Volume) -> int:
    """Buckets of time, with those before the first that it is compared with."""
    if grid.grain is None or grid.buckets is None:
        return 1
    calendar, buckets, grain = world.model.calendar, grid.buckets, grid.grain
    end = buckets.days.end or world.as_of + _ONE_DAY
    first = buckets.start
    if first is None:  # all there is
        fields = [(g.dataset, g.time) for g in grid.members() if g.time is not None]
        months = [min(known) for dataset, time in fields if (known := volume.months.get((dataset, time)))]
        first = unit_start(min(months, default=end - _ONE_DAY), grain, calendar)
    last = unit_start(end - _ONE_DAY, grain, calendar)
    if grain in ("day", "week"):
        found = (last - first).days // (7 if grain == "week" else 1)
    else:
        found = ((last.year - first.year) * 12 + last.month - first.month) // _MONTHS[grain]
    return max(1, found + 1 + grid.reach)


def too_large(grid: Grid, members: int, buckets: int, most: int, volume: Volume) -> TooLarge:
    """Why a grid of so many members and buckets is refused: how many cells it has, and what would make it fit: another
    grain, or one field less."""
    grain = str(grid.grain)
    fits = next((g for g in _COARSER[_place(grain) :] if members * _fewer(buckets, grain, g) <= most), "")
    people = grid.world.model.people
    beside = {people.id} if people is not None and people.name in grid.keys else set()  # comes along with the name
    shown = [k for k in grid.keys if k not in beside]
    largest = max(shown, key=lambda field: volume.members.get(field, 0), default="")
    fields = {
        "cells": f"{members * buckets:,}",
        "members": f"{members:,}",
        "most": f"{most:,}",
        "grain": grain,
        "field": largest,
    }
    return TooLarge("too_many_cells", fields=fields | ({"fits": fits} if fits else {}))


def _place(grain: str) -> int:
    return 0 if grain == "day" else _COARSER.index(grain) + 1


def _fewer(buckets: int, grain: str, coarser: Grain) -> int:
    """So many buckets of a coarser grain, at most."""
    return buckets * _DAYS[grain] // _DAYS[coarser] + 2
