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

_OTHER_ROWS = frozenset({"where", "period", "scope", "lift"})  # of a measure, where it is of other rows


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
    made = statement(asked, at)
    world.windows.put_first(at.window)
    return made


def _reach(asked: Asked) -> int:
    """How many buckets back all of the question's comparisons look, where they look equally far; else 0. Nothing may be
    listed for rows of those buckets alone that would not be anyway: what is shown of now is all that is compared."""
    if asked.grain is None:
        return 0
    steps = {"previous": 1, "year_ago": BUCKETS_A_YEAR.get(asked.grain, 0)}
    found: dict[int, set[tuple[str, ...]]] = {}  # how far back: metrics, each with what makes its rows others

    def look(part: Family, back: frozenset[int], rows: tuple[str, ...]) -> None:
        if isinstance(part, Whose):  # of days of its own
            return
        to = getattr(part, "to", None)
        if isinstance(to, str) and to in steps:
            then = frozenset(b + steps[to] for b in back)
            back = then if part.kind == "before" else back | then  # a change is of now and of then
        inner = tuple(part.inner())
        if isinstance(part, Measure) and not inner:
            for days in back:
                found.setdefault(days, set()).add((part.subject(), *rows))
        if _OTHER_ROWS & type(part).model_fields.keys():
            rows = (*rows, part.model_dump_json(exclude={"of"}))
        for one in inner:
            look(one, back, rows)

    for part in asked.families():
        look(part, frozenset({0}), ())
    far = found.keys() - {0}
    if len(far) != 1:
        return 0
    (most,) = far
    return most if not asked.fields or found.get(0) == found[most] else 0


def _metrics(asked: Asked, world: World) -> tuple[Metric, ...]:
    measures = [m for part in asked.families() for m in part.walk() if isinstance(m, Measure)]
    return metrics_named(measures, world.model)


def _keys(asked: Asked, world: World) -> tuple[str, ...]:
    """Two people of one name stay two: a name brings the id along, which is not shown."""
    people, keys = world.model.people, asked.fields
    return (*keys, people.id) if people is not None and people.name in keys and people.id not in keys else keys
