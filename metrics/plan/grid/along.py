"""Buckets of time beside earlier ones of the same rows: read once, in order, so that each sees the one so many before
it without a join."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlglot import exp

from metrics.calendar.units import add_units
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.floor import Floor, in_buckets
from metrics.plan.grid.group import Group, Read
from metrics.plan.grid.spine import Outline, buckets_select
from metrics.plan.grid.windows import Buckets
from metrics.plan.grid.world import World

__all__ = ["floor_along"]


def floor_along(
    outline: Outline, world: World, groups: Sequence[Group], shifted: Mapping[tuple[str, int], str]
) -> Floor | None:
    """The floor of a grid of buckets alone, whose one group is looked at from later buckets too (`shifted`: group and
    how many later -> what it is called there). None: of others."""
    buckets = outline.buckets
    if not shifted or outline.keys or buckets is None or buckets.start is None or len(groups) != 1:
        return None
    (group,) = groups
    if group.cell.open or group.cell.keys or group.cell.lag or not in_buckets(group, buckets):
        return None
    names = {shift: name for (_, shift), name in shifted.items()}
    first = add_units(buckets.start, buckets.grain, -max(names))
    # No bucket is left out between the first and the last: so many rows back is so many buckets back.
    both = world.read(group).beside(buckets_select(replace(buckets, start=first)))
    return None if both is None else _floor(group, buckets, both, names)


def _floor(group: Group, buckets: Buckets, both: Read, names: Mapping[int, str]) -> Floor:
    outputs = [nodes.aliased(make(), name) for name, make in (both.keys | both.calls).items()]
    for shift, earlier in names.items():
        outputs += [nodes.aliased(_back(make, both.keys["t"], shift), earlier + v) for v, make in both.calls.items()]
    made = nodes.select(outputs, source=both.source, group=both.grouped)
    source = exp.Subquery(this=made, alias=exp.TableAlias(this=nodes.ident(group.name)))
    bucket = partial(nodes.col, "t", group.name)
    assert buckets.start is not None
    shown = exp.GTE(this=bucket(), expression=nodes.date(buckets.start))
    return Floor(source, {"t": bucket}, where=[shown], inside=frozenset({group.name}), earlier=True)


def _back(make: Callable[[], Node], bucket: Callable[[], Node], count: int) -> Node:
    call = exp.Lag(this=make(), offset=nodes.number(count))
    return nodes.window(call, order=[nodes.ordered(bucket())])
