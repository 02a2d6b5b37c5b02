"""A place where a measure is worked out: on which grid, over which days, of which rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from metrics.calendar.binding import Days
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Metric
from metrics.plan.bound import Peers
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import PreparedMetric
from metrics.plan.grid.conditions import fields_of, rows_condition
from metrics.plan.grid.grid import Conditions, Grid
from metrics.plan.grid.group import Cell, Happened
from metrics.plan.grid.num import Num
from metrics.plan.grid.population import everyone_of, peers_of
from metrics.plan.grid.windows import Buckets, Move, Window
from metrics.plan.grid.world import Shared, World
from metrics.plan.names import condition_of, field_named, metric_named
from metrics.query import Scope
from metrics.query.measure import Measure, made_of
from metrics.query.when import All, When

if TYPE_CHECKING:
    from metrics.query.predicate import Predicate

__all__ = ["At", "buckets_of"]


def buckets_of(world: World, window: Window, grain: str | None) -> Buckets | None:
    if grain is None:
        return None
    return world.windows.buckets(window, world.subjects, grain)


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
    compared: bool = False  # with peers, who are there whatever the question says of its own rows
    aside: bool = False  # of wider conditions than the question's own: it says of nobody that they are there

    # --- moving about ------------------------------------------------------------------------------------------------

    def moved(self, move: Move) -> At:
        """The period before, or the same a year before; like for like."""
        if self.window.beside is not None:
            raise UnsupportedCombination("moved_comparison")
        return replace(self, window=replace(self.window, moves=(*self.window.moves, move)))

    def during(self, period: When, *, beside: bool = False) -> At:
        """Another period, the same in every bucket. `beside`: cut like for like where this place's is not over."""
        return replace(self, window=Window(period, beside=self.window if beside else None, own=True), grain=None)

    def whole(self) -> At:
        """All of the period, also what is still to come."""
        return replace(self, window=replace(self.window, whole=True))

    def only(self, where: Predicate) -> At:
        """Rows of which this holds too."""
        more = rows_condition(where, self.world)
        return replace(self, where=(*self.where, *more))

    def wider(self, scope: Scope | None, lift: tuple[str, ...]) -> At:
        """Of another scope, and without the conditions on some fields. Raises NotPermitted where that takes in rows
        which may not be seen."""
        world = self.world
        for field_id in lift:
            field_named(world.model, field_id)
        where = tuple(c for c in self.where if not set(fields_of((c,))) & set(lift))
        made = replace(self, where=where, aside=True)
        if scope is not None:
            made = replace(made, scope=world.rows_of(scope))
        if not self.open:
            rows = (*made.where, *made.scope), (*self.where, *self.scope)
            world.sight.total(*rows, world.windows.active(self.window))
        return made

    def without(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """The keys without these fields; a person is one thing by name and by id."""
        people = self.world.model.people
        either = {people.id, people.name} if people is not None else set()
        gone = {*fields, *(either if either & set(fields) else ())}
        return tuple(k for k in self.keys if k not in gone)

    def coarser(self, keys: tuple[str, ...], grain: str | None) -> At:
        """Broken down by fewer things; each row of the grid sees the number of the group it is in."""
        return replace(self, keys=keys, grain=grain)

    def finer(self, keys: tuple[str, ...], grain: str | None, *, kept: bool = False, peers: bool = True) -> At:
        """On a grid of its own with these keys, for folding. `kept`: only who belongs to the population has a row."""
        window = self.window
        if grain is not None and self.grain is None and (window.moves or window.beside is not None):
            window = replace(window, settled=True)
        made = replace(self, keys=keys, grain=grain, window=window)
        return replace(made, grid=made.new_grid(kept=kept, peers=peers))

    def new_grid(self, *, kept: bool = False, peers: bool = True) -> Grid:
        buckets = buckets_of(self.world, self.window, self.grain)
        made = Grid(self.world, self.keys, self.grain, buckets, kept=kept)
        made.peers = (self.peers() if kept else self.population()) if peers else None
        return made

    def population(self) -> Peers | None:
        """Who or what has a row here without having any in the data, as the question says."""
        world = self.world
        if self.compared or world.population == "people":
            return self.peers()
        if world.population == "rows" or not self.keys:
            return None
        made = everyone_of(world, self.keys, (*self.where, *self.scope))
        if made is None:
            raise UnsupportedCombination("everyone_not_of_one_thing", subject=self.keys[0])
        return made if self.open else world.sight.present(made)

    def peers(self) -> Peers | None:
        """Who belongs here without having rows."""
        made = peers_of(self.world, self.keys, (*self.where, *self.scope), self.window)
        return made if self.open else self.world.sight.present(made)

    # --- numbers -----------------------------------------------------------------------------------------------------

    @property
    def home(self) -> bool:
        """Whether the rows of the grid are those of this place, all of them."""
        fewer = self.grid.kept and self.grid.peers is not None
        return self.keys == self.grid.keys and self.grain == self.grid.grain and not fewer

    def num(self, measure: Measure) -> Num:
        """The measure here, worked out once. One that looks at other rows does so on a grid of exactly its own rows."""
        known, place = self.grid.nums, (measure, self.spec())
        if place not in known:
            known[place] = self._num(measure)
        return known[place]

    def _num(self, measure: Measure) -> Num:
        if self.home or not measure.across_rows:
            return measure.num(self)
        self.present(*made_of(measure))
        inner = self.shared()
        return self.look(inner, measure.num(inner))

    def present(self, *measures: Measure) -> None:
        """Who has rows that these are made of has a row here, whatever is told of them. A number that is worked out
        elsewhere brings nobody along."""
        if not self.grid.keys:
            return
        for measure in measures:
            try:
                self.num(measure)
            except UnsupportedCombination:  # it means nothing here; what it is made of does
                for place, part in measure.places(self):
                    place.present(part)

    def shared(self, *, kept: bool = False, about: Measure | None = None, records: bool = False) -> At:
        """The same place on a grid of exactly its rows, which all share who look for it from one depth. `kept`: only
        who belongs to the population has a row. `about`: where nobody belongs without rows, those of this measure say
        who is there: others have a grid of their own. `records`: with what their fields say, of which nothing else is
        worked out."""
        alone = about if kept and self.peers() is None else None
        spec = self.spec(kept=kept, about=alone, records=records)
        if self.grid.spec == spec:
            return self
        if kept and alone is None and self._at_home():
            self.grid.marked = not self.grid.only_peers
            return self
        known, place = self.world.shared, (self.grid.depth, self.world.population, spec)
        if place not in known or known[place].made:
            grid = self.new_grid(kept=kept)
            grid.spec, grid.depth = spec, self.grid.depth + 1
            known[place] = Shared(self.world.name("g"), grid)
            self.world.tables.append(known[place])
        return replace(self, grid=known[place].grid)

    def spec(self, *, kept: bool = False, about: Measure | None = None, records: bool = False) -> Hashable:
        """What sets a grid of its own apart from others."""
        return (
            self.window,
            self.keys,
            self.grain,
            self.where,
            self.scope,
            self.open,
            self.compared,
            kept,
            about,
            records,
        )

    def _at_home(self) -> bool:
        """Whether the rows of the grid are those of this place, and tell which of them are the peers'."""
        grid = self.grid
        return grid.spec == self.spec() and grid.grain is None and bool(grid.lean) and grid.peers == self.peers()

    def look(self, inner: At, num: Num, on: Callable[[str], Node] | None = None, row: Hashable = None) -> Num:
        """A number of a shared grid beside this one: of the row with the same keys, or of the one `row` that meets
        `on`."""
        if inner.grid is self.grid and on is None:
            return num
        shared = next(s for s in self.world.tables if s.grid is inner.grid)
        return self.beside(shared.name, shared.column(num), on, row)

    def beside(self, table: str, column: str, on: Callable[[str], Node] | None = None, row: Hashable = None) -> Num:
        """A column of a table that has this place's keys, or of its `row` that meets `on`."""
        alias = self.grid.join(table, on or self.grid.match(self.keys, self.grain), row if on is not None else None)
        return Num(lambda: nodes.col(column, alias))

    def metric(self, name: str) -> Num:
        """A metric of the dictionary, worked out once. Raises UnknownName, UnsupportedCombination, StaleData."""
        known, place = self.grid.nums, (name, self.spec())
        if place not in known:
            known[place] = self._metric(name)
        return known[place]

    def _metric(self, name: str) -> Num:
        world = self.world
        prepared, cell, known = self.rows_of(name)
        metric, shift = prepared.metric, 0
        if self.grain is not None and self.grid.reach and cell.lag in (0, self.grid.reach):
            longer = world.windows.with_before(self.window, metric, self.grain, self.grid.reach)
            if longer is not None:
                cell, shift = replace(cell, days=Happened.of(longer), lag=0), cell.lag
        lag = cell.lag
        cell = replace(cell, keys=self.grid.leaned(self.keys))
        times = {m.dataset: None if metric.snapshot else metric.time[m.dataset] for m in prepared.measures}
        columns = [self.grid.aggregate(m.dataset, times[m.dataset], cell, m, shift) for m in prepared.measures]
        if not known:
            return self.constant(None)
        value = Num(lambda: prepared.value(lambda number: columns[number](), world.as_of))
        return self._since(metric, lag or shift, value)

    def rows_of(self, name: str) -> tuple[PreparedMetric, Cell, bool]:
        """The metric, which of its rows stand here, and whether anything is known of them. Raises UnknownName,
        UnsupportedCombination, StaleData, NotPermitted."""
        world = self.world
        metric = metric_named(world.model, name)
        own = tuple(condition_of(world.model, f, {}) for f in metric.where)
        days, lag, known = self._days(metric)
        cell = Cell(days, (*self.where, *self.scope, *own), self.keys, self.grain, lag, self.open, aside=self.aside)
        self._check_reach(metric, cell)
        prepared = world.prepared.metric(name)
        if any(world.prepared.owners.get(d) for d in prepared.datasets):
            self.check()
        return prepared, cell, known

    def days(self, metric: Metric) -> Days:
        """The days of this place, in no buckets."""
        return self.world.windows.days(self.window, metric)

    def check(self) -> None:
        """Before anything of people is told here. Raises NotPermitted."""
        if not self.open:
            window = self.world.windows.active(self.window)
            self.world.sight.check((*self.where, *self.scope), self.keys, window)

    def rowwise(self, make: Callable[..., Node], *nums: Num) -> Num:
        return self.grid.rowwise(make, *nums)

    def over_rows(self, make: Callable[..., Node], *nums: Num) -> Num:
        return self.grid.over_rows(make, *nums)

    def constant(self, value: float | None) -> Num:
        if value is None:
            return Num(lambda: nodes.cast(exp.Null(), exp.DType.DOUBLE))
        return Num(lambda: nodes.number(value))

    # --- inside ------------------------------------------------------------------------------------------------------

    def _since(self, metric: Metric, lag: int, value: Num) -> Num:
        """n/a in buckets before the first row of the source."""
        if self.grain is None or metric.snapshot:
            return value
        first = self.world.windows.first_bucket(metric, self.grain, lag)
        shown = self.grid.buckets.start if self.grid.buckets is not None else None
        if first is None or (shown is not None and first <= shown):
            return value

        def known(number: Node) -> Node:
            after = exp.GTE(this=self.grid.bucket(), expression=nodes.date(first))
            return exp.Case(ifs=[exp.If(this=after, true=number)])

        return self.grid.rowwise(known, value)

    def _days(self, metric: Metric) -> tuple[Happened | None, int, bool]:
        windows = self.world.windows
        if metric.snapshot:
            windows.check_now(metric)
            if self.window.moves or self.window.beside is not None:
                raise UnsupportedCombination("compare_snapshot", subject=metric.name)
            if self.grain is not None or (self.window.own and not isinstance(self.window.period, All)):
                raise UnsupportedCombination("snapshot_with_period", subject=metric.name)
            return None, 0, True
        if self.grain is None:
            days = windows.days(self.window, metric)
            return Happened.of(days), 0, windows.known(metric, days)
        moved = windows.moved(self.window, metric, self.grain)
        return Happened.of(moved.days), moved.lag, windows.known(metric, moved.days)

    def _check_reach(self, metric: Metric, cell: Cell) -> None:
        """Every field used must be reached, many to one, from every fact that is aggregated: so no join can double a
        number."""
        prepared = self.world.prepared
        uses = dict.fromkeys(fields_of(cell.conditions), "filter") | dict.fromkeys(cell.keys, "by")
        for dataset in prepared.metric(metric.name).datasets:
            for field_id, use in uses.items():
                if not prepared.leads(dataset, prepared.field_of(field_id).dataset):
                    fields = {"metric": metric.name, "use": use}
                    raise UnsupportedCombination("field_unreachable", subject=field_id, fields=fields)
