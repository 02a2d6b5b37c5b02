"""From a question to the place where its measures are worked out."""

from __future__ import annotations

from metrics.model.schema import Metric
from metrics.plan.grid.at import At, buckets_of
from metrics.plan.grid.conditions import rows_condition
from metrics.plan.grid.final import Statement, statement
from metrics.plan.grid.grid import Grid
from metrics.plan.grid.whose import members_told, metrics_named, metrics_of
from metrics.plan.grid.windows import BUCKETS_A_YEAR, Window
from metrics.plan.grid.world import World
from metrics.plan.names import field_named
from metrics.query.asked import Asked
from metrics.query.family import Family
from metrics.query.measure import Measure
from metrics.query.predicate import Whose

__all__ = ["compile_asked"]


def compile_asked(asked: Asked, world: World) -> Statement:
    """One SELECT over common table expressions. Raises UnknownName, UnsupportedCombination, StaleData."""
    for field_id in asked.fields:
        field_named(world.model, field_id)
    world.whose = members_told(world)
    world.metrics = _metrics(asked, world)
    world.population = asked.population
    shown = {m.name: m for part in asked.families() for m in metrics_of(part, world)}
    world.subjects = tuple(m for m in shown.values() if not m.snapshot)
    if shown and not world.subjects:
        world.windows.check_not_past(asked.period, tuple(shown.values()))
    keys = _keys(asked, world)
    at = At(
        world,
        Grid(world, keys, asked.grain, buckets_of(world, Window(asked.period), asked.grain)),
        Window(asked.period),
        keys,
        asked.grain,
        rows_condition(asked.where, world),
        world.rows_of(asked.scope),
    )
    world.home = at.grid
    at.grid.peers = at.population()
    at.grid.reach = _reach(asked)
    at.grid.spec = at.spec()
    return statement(asked, at)


def _reach(asked: Asked) -> int:
    """How many buckets back all of the question's comparisons look, where they look equally far; else 0. Rows of those
    buckets must be nobody's reason to be listed: the same rows are in view where numbers of now are shown as well."""
    if asked.grain is None:
        return 0
    steps = {"previous": 1, "year_ago": BUCKETS_A_YEAR.get(asked.grain, 0)}
    found: set[int] = set()

    def look(part: Family, back: int) -> None:
        if isinstance(part, Whose):  # of days of its own
            return
        to = getattr(part, "to", None)
        step = steps.get(to, 0) if isinstance(to, str) else 0
        if step and part.kind != "before":  # a change is of now and of then; what it was, of then alone
            found.add(back)
        inner = tuple(part.inner())
        found.update({back + step} if isinstance(part, Measure) and not inner else ())
        for one in inner:
            look(one, back + step)

    for part in asked.families():
        look(part, 0)
    far = found - {0}
    return far.pop() if len(far) == 1 and (0 in found or not asked.fields) else 0


def _metrics(asked: Asked, world: World) -> tuple[Metric, ...]:
    measures = [m for part in asked.families() for m in part.walk() if isinstance(m, Measure)]
    return metrics_named(measures, world.model)


def _keys(asked: Asked, world: World) -> tuple[str, ...]:
    """Two people of one name stay two: a name brings the id along, which is not shown."""
    people, keys = world.model.people, asked.fields
    return (*keys, people.id) if people is not None and people.name in keys and people.id not in keys else keys
