"""Several turned questions as one statement: a column for each of their measures, over one grid of everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from metrics.calendar.span import Span
from metrics.calendar.workdays import is_working_day
from metrics.engines.protocol import Rendered
from metrics.errors import UserError
from metrics.loaded import Loaded
from metrics.many.turning import Turned
from metrics.many.windows import Needs, NotedWindows
from metrics.people import Viewer
from metrics.plan.compile import nodes
from metrics.plan.compile.prepared import Prepared
from metrics.plan.grid.asking import compile_asked
from metrics.plan.grid.at import At
from metrics.plan.grid.conditions import rows_condition
from metrics.plan.grid.grid import Grid
from metrics.plan.grid.num import Num
from metrics.plan.grid.population import everyone_of
from metrics.plan.grid.remarks import Aimed, Remarks
from metrics.plan.grid.rolling import share
from metrics.plan.grid.sight import Cohort, Comparison, Everything
from metrics.plan.grid.windows import Window
from metrics.plan.grid.world import World
from metrics.plan.names import metric_named
from metrics.policy import restrict
from metrics.query.measure import Measure

__all__ = ["Merged", "Statement", "compared_over", "merged"]

_WHO = Viewer.for_system("the same questions of many people, each of whom gets their own rows")


@dataclass(frozen=True)
class Merged:
    """The questions of one key in a statement. `places`: of each, where its columns are among those of the statement,
    in the order of its own answer; `key`: where the member is whose row it is. `needs`: of each, of whom its numbers
    hold. `said`: where the rows say which targets were taken."""

    key: int
    places: tuple[tuple[int, ...], ...]
    needs: tuple[Needs, ...]
    said: Mapping[Aimed, int]


@dataclass(frozen=True)
class Statement:
    """`levels`: of each key; several have their rows one behind the other, those of each with its number in the first
    column."""

    rendered: Rendered
    levels: tuple[Merged, ...]


@dataclass(frozen=True)
class _Among(Everything):
    """Reads everybody's rows for people who see their own alone: of fewer than `least` others with a number nothing is
    told of them."""

    least: int

    def cohort(self, asked: Comparison, window: Span) -> Cohort:
        return Cohort(True, self.least, apart=True) if self.least else Cohort()

    def named(self, people: frozenset[str]) -> None:
        """Each of those who are told their row may look at the statement."""
        return


def merged(
    levels: Sequence[Sequence[Turned]], loaded: Loaded, prepared: Prepared, day: dt.date, *, least: int
) -> Statement:
    """Questions by their keys, one level of each; unless it is a single one they have to be `plain`. Raises
    UserErrors."""
    tree, made = _compiled(levels, loaded, prepared, day, least)
    restrict(tree, None, prepared=prepared)
    return Statement(loaded.engine.render(tree), made)


def compared_over(turned: Turned, loaded: Loaded, prepared: Prepared, day: dt.date) -> frozenset[Span] | None:
    """The windows in which people are compared, and maybe some more; None where the question means nothing turned."""
    try:
        _, (made,) = _compiled([[turned]], loaded, prepared, day, 1)
    except UserError:
        return None
    return frozenset(made.needs[0].active)


def _compiled(
    levels: Sequence[Sequence[Turned]], loaded: Loaded, prepared: Prepared, day: dt.date, least: int
) -> tuple[exp.Select, tuple[Merged, ...]]:
    windows = NotedWindows(
        prepared, loaded.coverage, as_of=day, is_workday=partial(is_working_day, calendar=prepared.model.calendar)
    )
    world = World(
        prepared,
        loaded.org,
        _WHO,
        day,
        windows,
        loaded.known,
        sight=_Among(least),
        whole=loaded.coverage.whole,
        open_whole=loaded.coverage.whole,
        target_periods=loaded.target_periods,
    )
    first = levels[0][0]
    if len(levels) > 1 or len(levels[0]) > 1 or first.plain:
        return _side_by_side(levels, world, windows)
    windows.needs = Needs()
    made = compile_asked(first.asked, world)
    key = first.asked.by.index(first.key)
    said = {aimed: len(made.columns) + i for i, aimed in enumerate(world.remarks.aimed)}
    places = tuple(i for i in range(len(made.columns)) if i != key)
    return made.tree, (Merged(key, (places,), (windows.needs,), said),)


@dataclass(frozen=True)
class _Level:
    """One key's grid before it is built: `wanted` by the names of the statement's columns."""

    grid: Grid
    wanted: dict[str, Num]
    asked: tuple[tuple[str, ...], ...]  # of each question the names of its columns
    needs: tuple[Needs, ...]
    said: Mapping[Aimed, str]


def _side_by_side(
    levels: Sequence[Sequence[Turned]], world: World, windows: NotedWindows
) -> tuple[exp.Select, tuple[Merged, ...]]:
    names: dict[Hashable, str] = {}
    put = [_level(turned, world, windows, names) for turned in levels]
    share([level.grid for level in put], world)
    numbered = len(put) > 1
    selects = [_select(level, list(names.values()), number if numbered else None) for number, level in enumerate(put)]
    head = ("level", "k0") if numbered else ("k0",)
    places = {name: place for place, name in enumerate((*head, *names.values()))}
    merged = tuple(
        Merged(
            places["k0"],
            tuple(tuple(places[name] for name in asked) for asked in level.asked),
            level.needs,
            {aimed: places[name] for aimed, name in level.said.items()},
        )
        for level in put
    )
    tree = selects[0]
    if numbered:
        union: exp.Query = selects[0]
        for other in selects[1:]:
            union = exp.Union(this=union, expression=other, distinct=False)
        name = world.name("u")
        world.ctes.append((name, union))
        order = [nodes.ordered(nodes.col("level", name))]
        tree = nodes.select([nodes.col(c, name) for c in places], source=nodes.table(name), order=order)
    return nodes.cte_select(world.ctes, tree), merged


def _level(turned: Sequence[Turned], world: World, windows: NotedWindows, names: dict[Hashable, str]) -> _Level:
    """`names`: of all columns, by what they are: the same measure is the same column at every level."""
    keys = (turned[0].key,)
    grid = world.home = Grid(world, keys, kept=True)
    grid.peers = everyone_of(world, keys, ())
    world.remarks = Remarks()
    wanted: dict[str, Num] = {}
    columns, needs = [], []
    for one in turned:
        asked = one.asked
        windows.needs = Needs()
        measures = [p for m in asked.show for p in m.walk() if isinstance(p, Measure)]
        world.metrics = tuple(metric_named(world.model, n) for n in dict.fromkeys(m.subject() for m in measures) if n)
        world.subjects = tuple(m for m in world.metrics if not m.snapshot)
        where = rows_condition(asked.where, world)
        at = At(world, grid, Window(asked.period), keys, None, where)
        own = [_named((m, asked.period, asked.where), names) for m in asked.show]
        wanted |= {name: at.num(m) for name, m in zip(own, asked.show, strict=True)}
        columns.append(tuple(own))
        needs.append(windows.needs)
    said = {aimed: _named(aimed, names) for aimed in world.remarks.aimed}
    wanted |= dict(zip(said.values(), world.remarks.columns.values(), strict=True))
    return _Level(grid, wanted, tuple(columns), tuple(needs), said)


def _named(what: Hashable, names: dict[Hashable, str]) -> str:
    return names.setdefault(what, f"n{len(names)}")


def _select(level: _Level, names: Sequence[str], number: int | None) -> exp.Select:
    """All columns; NULL in those that are not of this level."""
    built = level.grid.build(level.wanted)
    outputs = [nodes.aliased(built.columns["k0"](), "k0")]
    if number is not None:
        outputs.insert(0, nodes.aliased(nodes.number(number), "level"))
    outputs += [nodes.aliased(built.columns[n]() if n in level.wanted else exp.Null(), n) for n in names]
    return built.select(outputs)
