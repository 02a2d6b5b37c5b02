"""A place where a measure is worked out: on which grid, over which days, of which rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from metrics.calendar.periods import Span
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Metric
from metrics.plan.bound import Peers
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.conditions import fields_of, rows_condition
from metrics.plan.grid.grid import Conditions, Grid
from metrics.plan.grid.group import Cell
from metrics.plan.grid.num import Num
from metrics.plan.grid.population import peers_of
from metrics.plan.grid.windows import Move, Window
from metrics.plan.grid.world import Shared, World
from metrics.plan.names import condition_of, field_named, metric_named
from metrics.plan.scope import scope_conditions
from metrics.query import Period, Scope

if TYPE_CHECKING:
    from metrics.query.measure import Measure
    from metrics.query.predicate import Predicate

__all__ = ["At"]


@dataclass(frozen=True)
class At:
    """`keys` and `grain`: what the number is broken down by, those of the grid or fewer. `where`: conditions on rows;
    `scope`: whose rows; `open`: everybody's, whatever the viewer may see."""

    world: World
    grid: Grid
    window: Window
    keys: tuple[str, ...]
    grain: str | None = None
    where: Conditions = ()
    scope: Conditions = ()
    open: bool = False

    # --- moving about ------------------------------------------------------------------------------------------------

    def moved(self, move: Move) -> At:
        """The period before, or the same a year before; like for like."""
        if self.window.beside is not None:
            raise UnsupportedCombination("moved_comparison")
        return replace(self, window=replace(self.window, moves=(*self.window.moves, move)))

    def during(self, period: Period, *, beside: bool = False) -> At:
        """Another period, the same in every bucket. `beside`: cut like for like where this place's is not over."""
        return replace(self, window=Window(period, beside=self.window if beside else None), grain=None)

    def whole(self) -> At:
        """All of the period, also what is still to come."""
        return replace(self, window=replace(self.window, whole=True))

    def only(self, where: Predicate) -> At:
        """Rows of which this holds too."""
        more = rows_condition(where, self.world.model, self.world.members)
        return replace(self, where=(*self.where, *more))

    def wider(self, scope: Scope | None, lift: tuple[str, ...]) -> At:
        """Of another scope, and without the conditions on some fields. Raises NotPermitted where that takes in rows
        which may not be seen."""
        world = self.world
        for field_id in lift:
            field_named(world.model, field_id)
        where = tuple(c for c in self.where if not set(fields_of((c,))) & set(lift))
        made = replace(self, where=where)
        if scope is not None:
            made = replace(made, scope=scope_conditions(scope, model=world.model, org=world.org, viewer=world.viewer))
        if not self.open:
            world.sight.total((*made.where, *made.scope), world.windows.active(self.window))
        return made

    def coarser(self, keys: tuple[str, ...], grain: str | None) -> At:
        """Broken down by fewer things; each row of the grid sees the number of the group it is in."""
        return replace(self, keys=keys, grain=grain)

    def finer(self, keys: tuple[str, ...], grain: str | None, *, kept: bool = False, peers: bool = True) -> At:
        """On a grid of its own with these keys, for folding. `kept`: only who belongs to the population has a row."""
        made = replace(self, keys=keys, grain=grain)
        return replace(made, grid=made.new_grid(kept=kept, peers=peers))

    def new_grid(self, *, kept: bool = False, peers: bool = True) -> Grid:
        made = Grid(self.world, self.keys, self.grain, kept=kept)
        made.peers = self.peers() if peers else None
        return made

    def peers(self) -> Peers | None:
        """Who belongs here without having rows."""
        made = peers_of(self.world, self.keys, (*self.where, *self.scope), self.window)
        return made if self.open else self.world.sight.present(made)

    # --- numbers -----------------------------------------------------------------------------------------------------

    def num(self, measure: Measure) -> Num:
        """The measure here. One that looks at other rows does so on a grid of exactly its own rows."""
        home = self.keys == self.grid.keys and self.grain == self.grid.grain
        if home or not measure.across_rows:
            return measure.num(self)
        inner = self.shared()
        return self.look(inner, measure.num(inner))

    def shared(self, *, kept: bool = False) -> At:
        """The same place on a grid of exactly its rows, which all share who look for it. `kept`: only who belongs to
        the population has a row."""
        spec = (self.window, self.keys, self.grain, self.where, self.scope, self.open, kept)
        known = self.world.shared
        if spec not in known:
            known[spec] = Shared(self.world.name("g"), self.new_grid(kept=kept))
        return replace(self, grid=known[spec].grid)

    def look(self, inner: At, num: Num, on: Callable[[str], Node] | None = None) -> Num:
        """A number of a shared grid beside this one: of the row with the same keys, or the one that meets `on`."""
        shared = next(s for s in self.world.shared.values() if s.grid is inner.grid)
        column = shared.column(num)
        return self.beside(shared.name, column, partial(on, shared.name) if on is not None else None)

    def beside(self, table: str, column: str, on: Callable[[], Node] | None = None) -> Num:
        """A column of a table that has this place's keys (or is joined `on` something else)."""
        self.grid.join(table, on if on is not None else self.grid.match(self.keys, self.grain, table))
        return Num(lambda: nodes.col(column, table))

    def metric(self, name: str) -> Num:
        """A metric of the dictionary. Raises UnknownName, UnsupportedCombination, StaleData."""
        world = self.world
        metric = metric_named(world.model, name)
        prepared = world.prepared.metric(name)
        own = tuple(condition_of(world.model, f, {}) for f in metric.where)
        start, end, lag, known = self._days(metric)
        cell = Cell(start, end, (*self.where, *self.scope, *own), self.keys, self.grain, lag, self.open)
        self._check_reach(metric, cell)
        if not self.open and any(world.prepared.owners.get(d) for d in prepared.datasets):
            world.sight.check((*self.where, *self.scope), self.keys, world.windows.active(self.window))
        if self.grain is not None and self.grid.buckets is None:
            self.grid.buckets = world.windows.buckets(self.window, metric, self.grain)
        times = {m.dataset: None if metric.snapshot else metric.time[m.dataset] for m in prepared.measures}
        columns = [self.grid.aggregate(m.dataset, times[m.dataset], cell, m) for m in prepared.measures]
        if not known:
            return Num(lambda: nodes.cast(exp.Null(), exp.DType.DOUBLE))
        return Num(lambda: prepared.value(lambda number: columns[number](), world.as_of))

    def span(self, metric: Metric) -> Span:
        """The days of this place, unbroken."""
        return self.world.windows.span(self.window, metric)

    def rowwise(self, make: Callable[..., Node], *nums: Num) -> Num:
        return self.grid.rowwise(make, *nums)

    def over_rows(self, make: Callable[..., Node], *nums: Num) -> Num:
        return self.grid.over_rows(make, *nums)

    def constant(self, value: float | None) -> Num:
        if value is None:
            return Num(lambda: nodes.cast(exp.Null(), exp.DType.DOUBLE))
        return Num(lambda: nodes.number(value))

    # --- inside ------------------------------------------------------------------------------------------------------

    def _days(self, metric: Metric) -> tuple[dt.date | None, dt.date, int, bool]:
        windows = self.world.windows
        if metric.snapshot:
            if self.window.moves or self.window.beside is not None:
                raise UnsupportedCombination("compare_snapshot", subject=metric.name)
            if self.grain is not None:
                raise UnsupportedCombination("snapshot_with_period", subject=metric.name)
            return None, dt.date.max, 0, True
        if self.grain is None:
            span = windows.span(self.window, metric)
            return span.start, span.end, 0, windows.known(metric, span)
        moved = windows.moved(self.window, metric, self.grain)
        return moved.span.start, moved.span.end, moved.lag, windows.known(metric, moved.span)

    def _check_reach(self, metric: Metric, cell: Cell) -> None:
        """Every field used must be reached, many to one, from every fact that is aggregated: so no join can double a
        number."""
        prepared = self.world.prepared
        uses = dict.fromkeys(fields_of(cell.conditions), "filter") | dict.fromkeys(cell.keys, "by")
        for dataset in prepared.metric(metric.name).datasets:
            for field_id, use in uses.items():
                if prepared.path(dataset, prepared.field_of(field_id).dataset) is None:
                    fields = {"metric": metric.name, "use": use}
                    raise UnsupportedCombination("field_unreachable", subject=field_id, fields=fields)
