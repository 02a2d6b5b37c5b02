"""A number of one member out of a table that has it of every member: the rows are not read a second time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from sqlglot import exp

from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.grid.group import Group

__all__ = ["taken"]

_ITSELF = (exp.Sum, exp.Avg, exp.Min, exp.Max)  # nothing, of no rows: a count would be 0


def taken(group: Group, made: Iterable[Group], sees: Callable[[Group, Condition], bool]) -> exp.Select | None:
    """The one row of `group`, where one of the groups `made` aggregates the same by the person whom one of its
    conditions names. `sees`: whether of what an open group reads all may be seen that meets a condition: only then it
    is taken from there."""
    cell = group.cell
    if cell.keys or cell.grain is not None or any(type(a.call) not in _ITSELF for _, a in group.aggregates.values()):
        return None
    for i, one in enumerate(cell.conditions):
        if not isinstance(one, Condition) or one.op != "in" or len(one.values) != 1 or one.values[0] is None:
            continue
        wide = replace(cell, keys=(one.field,), conditions=cell.conditions[:i] + cell.conditions[i + 1 :])
        for other in made:
            if not _alike(group, other) or other.held != one.field:  # held: by the very column that is asked for
                continue
            if other.cell == wide or (other.cell == replace(wide, open=True) and sees(other, one)):
                return _row(group, other, one)
    return None


def _alike(group: Group, other: Group) -> bool:
    same = (other.dataset, other.time) == (group.dataset, group.time)
    return same and group.aggregates.keys() <= other.aggregates.keys()


def _row(group: Group, other: Group, one: Condition) -> exp.Select:
    """At most one row of the other table is that of the member; without any there is a row of nothing."""
    outputs = [
        nodes.aliased(exp.Max(this=nodes.col(other.aggregates[text][0], other.name)), name)
        for text, (name, _) in group.aggregates.items()
    ]
    own = exp.EQ(this=nodes.col("k0", other.name), expression=nodes.literal(one.values[0]))
    return nodes.select(outputs, source=nodes.table(other.name), where=own)
