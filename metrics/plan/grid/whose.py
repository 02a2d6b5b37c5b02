"""Conditions on members, worked out: the table of those of whom something holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator

from sqlglot import exp

from metrics.model.schema import Metric, Model
from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.grid.at import At
from metrics.plan.grid.final import holds
from metrics.plan.grid.grid import Grid
from metrics.plan.grid.population import everyone_of
from metrics.plan.grid.windows import Window
from metrics.plan.grid.world import World
from metrics.plan.names import field_named
from metrics.query.family import Family
from metrics.query.measure import Measure
from metrics.query.predicate import Whose

__all__ = ["members_told", "metrics_named", "metrics_of"]


def members_told(world: World) -> Callable[[Whose], Condition]:
    """How the conditions of one question are worked out, each once. Only rows that the viewer may see are read."""
    known: dict[Hashable, str] = {}

    def told(part: Whose) -> Condition:
        field = _key(world, part.field)
        if (field, part) not in known:
            known[field, part] = _table(world, field, part)
        return Condition(field, "among", (known[field, part],))

    return told


def _key(world: World, field_id: str) -> str:
    """Two people of one name are two members."""
    people = world.model.people
    named = field_named(world.model, field_id).id
    return people.id if people is not None and named == people.name else named


def _table(world: World, field: str, part: Whose) -> str:
    """A table of the members, as k0."""
    outer = world.subjects, world.population
    world.subjects = tuple(m for m in metrics_of(part.having, world) if not m.snapshot)
    world.population = "people"  # what it is made of, whatever the question around it lists
    try:
        with world.windows.aside():
            scope = world.rows_of(part.scope)
            grid = Grid(world, (field,), kept=True)
            grid.peers = world.sight.present(everyone_of(world, (field,), ()))
            at = At(world, grid, Window(part.period, own=True), (field,), scope=scope)
            built = grid.build({"holds": holds(at, part.having)}, flat=True)
    finally:
        world.subjects, world.population = outer
    name = world.name("w")
    member = nodes.aliased(built.columns["k0"](), "k0")
    made = built.select([member], where=[exp.Paren(this=built.columns["holds"]())])
    world.ctes.append((name, made))
    return name


def metrics_of(part: Family, world: World) -> tuple[Metric, ...]:
    """The metrics that a part of the question speaks of, but for those in conditions on members inside it."""
    return metrics_named(_measures(part), world.model)


def metrics_named(measures: Iterable[Measure], model: Model) -> tuple[Metric, ...]:
    """Those that the measures are about, once each; one that there is not is refused where it is worked out."""
    names = dict.fromkeys(m.subject() for m in measures)
    return tuple(model.metrics[name] for name in names if name in model.metrics)


def _measures(part: Family) -> Iterator[Measure]:
    if isinstance(part, Whose):
        return
    if isinstance(part, Measure):
        yield part
    for inner in part.inner():
        yield from _measures(inner)
