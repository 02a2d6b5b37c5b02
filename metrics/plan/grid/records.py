"""What the fields of a record say, where the keys of a place tell which record is meant."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.plan.bound import Peers
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.grid.at import At
from metrics.plan.grid.conditions import fields_of
from metrics.plan.grid.group import Cell
from metrics.plan.grid.num import Num
from metrics.plan.grid.population import everyone_of, home_of
from metrics.plan.grid.windows import Window
from metrics.plan.names import field_named
from metrics.query.when import All

__all__ = ["field_of_record"]


def field_of_record(at: At, field_id: str) -> Num:
    """The value of a field of the records that a row of the place is about: that of the one record, or the one that all
    of them have, else n/a. It lists nobody where something else does; alone, it lists every record that meets the
    conditions. Raises UnknownName, UnsupportedCombination, NotPermitted."""
    world = at.world
    field = field_named(world.model, field_id)
    home = home_of(world, at.keys)
    if home is None:
        raise UnsupportedCombination("records_of_several", subject=field_id)
    if world.prepared.path(home, field.dataset) is None:
        raise UnsupportedCombination("field_not_of_record", subject=field_id, fields={"of": at.keys[0]})
    at.check()
    if at.keys == at.grid.keys:
        at.grid.records = lambda: _records(at, home)
    place = replace(at, window=Window(All()), grain=None, where=(), scope=())
    inner = place.shared(records=True)
    one = {f"{home}.{name}" for name in world.model.datasets[home].primary_key} <= set(at.keys)
    value = Aggregate(
        f"{'the' if one else 'every'} {field_id}",
        _the(world.prepared.field(field_id, world.as_of)) if one else _every(at, field_id),
        home,
        (home, field.dataset),
        filled=False,
    )
    return place.look(inner, Num(inner.grid.aggregate(home, None, Cell(None, (), at.keys), value)))


def _the(field: Node) -> Node:
    return exp.Max(this=field)


def _every(at: At, field_id: str) -> Node:
    """The one value that all of them have."""

    def field() -> Node:
        return at.world.prepared.field(field_id, at.world.as_of)

    same: Node = exp.EQ(this=exp.Min(this=field()), expression=exp.Max(this=field()))
    known: Node = exp.EQ(this=exp.Count(this=field()), expression=exp.Count(this=exp.Star()))
    return exp.Case(ifs=[exp.If(this=nodes.all_of([same, known]), true=exp.Min(this=field()))])


def _records(at: At, home: str) -> Peers:
    """Every record, or member, that meets the conditions. Raises UnsupportedCombination for days, of which there is no
    saying which date they are about, and for conditions on something else."""
    world = at.world
    if at.grain is not None or not isinstance(at.window.period, All):
        raise UnsupportedCombination("records_undated", subject=at.keys[0])
    for field_id in fields_of((*at.where, *at.scope)):
        if world.prepared.path(home, world.model.fields[field_id].dataset) is None:
            raise UnsupportedCombination("field_unreachable", subject=field_id)
    made = world.sight.present(everyone_of(world, at.keys, (*at.where, *at.scope)))
    assert made is not None
    return made
