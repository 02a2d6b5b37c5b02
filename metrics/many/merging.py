"""Several turned questions as one statement: a column for each of their measures, over one grid of everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
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
from metrics.plan.grid.remarks import Aimed
from metrics.plan.grid.sight import Cohort, Comparison, Everything
from metrics.plan.grid.windows import Window
from metrics.plan.grid.world import World
from metrics.plan.names import metric_named
from metrics.policy import restrict
from metrics.query.measure import Measure

__all__ = ["Merged", "compared_over", "merged"]

_WHO = Viewer.for_system("the same questions of many people, each of whom gets their own rows")


@dataclass(frozen=True)
class Merged:
    """`places`: of each question, where its columns are among those of the statement, in the order of its own answer;
    `key`: where the member is whose row it is. `needs`: of each question, of whom its numbers hold. `said`: where the
    rows say which targets were taken."""

    rendered: Rendered
    key: int
    places: tuple[tuple[int, ...], ...]
    needs: tuple[Needs, ...]
    said: Mapping[Aimed, int]


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


def merged(turned: Sequence[Turned], loaded: Loaded, prepared: Prepared, day: dt.date, *, least: int) -> Merged:
    """Of one key; several have to be `plain`. Raises UserErrors."""
    made = _compiled(turned, loaded, prepared, day, least)
    restrict(made.tree, None, prepared=prepared)
    return Merged(loaded.engine.render(made.tree), made.key, made.places, made.needs, made.said)


def compared_over(turned: Turned, loaded: Loaded, prepared: Prepared, day: dt.date) -> frozenset[Span] | None:
    """The windows in which people are compared, and maybe some more; None where the question means nothing turned."""
    try:
        (needs,) = _compiled([turned], loaded, prepared, day, 1).needs
    except UserError:
        return None
    return frozenset(needs.active)


@dataclass(frozen=True)
class _Compiled:
    tree: exp.Select
    key: int
    places: tuple[tuple[int, ...], ...]
    needs: tuple[Needs, ...]
    said: Mapping[Aimed, int]


def _compiled(turned: Sequence[Turned], loaded: Loaded, prepared: Prepared, day: dt.date, least: int) -> _Compiled:
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
    needs = tuple(Needs() for _ in turned)
    if len(turned) > 1 or turned[0].plain:
        return _side_by_side(turned, world, windows, needs)
    windows.needs = needs[0]
    asked = turned[0].asked
    made = compile_asked(asked, world)
    key = asked.by.index(turned[0].key)
    said = {aimed: len(made.columns) + i for i, aimed in enumerate(world.remarks.aimed)}
    return _Compiled(made.tree, key, (tuple(i for i in range(len(made.columns)) if i != key),), needs, said)


def _side_by_side(turned: Sequence[Turned], world: World, windows: NotedWindows, needs: Sequence[Needs]) -> _Compiled:
    keys = (turned[0].key,)
    grid = world.home = Grid(world, keys, kept=True)
    grid.peers = everyone_of(world, keys, ())
    wanted: dict[str, Num] = {}
    places = []
    for one, need in zip(turned, needs, strict=True):
        asked = one.asked
        windows.needs = need
        measures = [p for m in asked.show for p in m.walk() if isinstance(p, Measure)]
        world.metrics = tuple(metric_named(world.model, n) for n in dict.fromkeys(m.subject() for m in measures) if n)
        world.subjects = tuple(m for m in world.metrics if not m.snapshot)
        where = rows_condition(asked.where, world)
        at = At(world, grid, Window(asked.period), keys, None, where)
        places.append(tuple(range(len(wanted) + 1, len(wanted) + 1 + len(asked.show))))
        wanted |= {f"n{len(wanted) + i}": at.num(m) for i, m in enumerate(asked.show)}
    said = {aimed: 1 + len(wanted) + i for i, aimed in enumerate(world.remarks.aimed)}
    wanted |= world.remarks.columns
    built = grid.build(wanted)
    outputs = [nodes.aliased(built.columns[name](), name) for name in ("k0", *wanted)]
    tree = built.select(outputs)
    return _Compiled(nodes.cte_select(world.ctes, tree), 0, tuple(places), tuple(needs), said)
