"""From a question to the place where its measures are worked out."""

from __future__ import annotations

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Metric
from metrics.plan.bound import Peers
from metrics.plan.grid.at import At, buckets_of
from metrics.plan.grid.conditions import rows_condition
from metrics.plan.grid.final import Statement, statement
from metrics.plan.grid.grid import Grid
from metrics.plan.grid.population import everyone_of
from metrics.plan.grid.windows import BUCKETS_A_YEAR, Window
from metrics.plan.grid.world import World
from metrics.plan.names import field_named, metric_named
from metrics.query.asked import Asked
from metrics.query.family import Family
from metrics.query.measure import Measure

__all__ = ["compile_asked"]


def compile_asked(asked: Asked, world: World) -> Statement:
    """One SELECT over common table expressions. Raises UnknownName, UnsupportedCombination, StaleData."""
    for field_id in asked.fields:
        field_named(world.model, field_id)
    world.metrics = _metrics(asked, world)
    keys = _keys(asked, world)
    at = At(
        world,
        Grid(world, keys, asked.grain, buckets_of(world, Window(asked.period), asked.grain)),
        Window(asked.period),
        keys,
        asked.grain,
        rows_condition(asked.where, world.model, world.members),
        world.rows_of(asked.scope),
    )
    at.grid.peers = _population(asked, at)
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
    names = dict.fromkeys(name for m in measures if (name := m.subject()))
    return tuple(metric_named(world.model, name) for name in names)


def _keys(asked: Asked, world: World) -> tuple[str, ...]:
    """Two people of one name stay two: a name brings the id along, which is not shown."""
    people, keys = world.model.people, asked.fields
    return (*keys, people.id) if people is not None and people.name in keys and people.id not in keys else keys


def _population(asked: Asked, at: At) -> Peers | None:
    if asked.population == "rows" or not at.keys:
        return None
    if asked.population == "people":
        return at.peers()
    made = everyone_of(at.world, at.keys, (*at.where, *at.scope))
    if made is None:
        raise UnsupportedCombination("everyone_not_of_one_thing", subject=at.keys[0])
    return at.world.sight.present(made)
