"""How many members a grid has, counted before anything is worked out for them."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from metrics.plan.compile import nodes
from metrics.plan.grid.grid import Grid

__all__ = ["size_query"]


def size_query(grid: Grid) -> exp.Select:
    """One row, one number: the combinations of the keys that have rows, whatever the bucket. To be restricted like the
    question itself: nobody counts what they may not see."""
    world = grid.world
    tables: list[tuple[str, exp.Query]] = []
    parts: list[exp.Query] = []
    for i, group in enumerate(grid.members()):
        made = replace(group, name=f"_n{i}", cell=replace(group.cell, grain=None, lag=0))
        tables.append((made.name, made.read(world.prepared, world.as_of).select()))
        keys = [nodes.col(f"k{n}", made.name) for n in range(len(made.cell.keys))]
        parts.append(nodes.select(keys, source=nodes.table(made.name)))
    members = parts[0]
    for other in parts[1:]:
        members = exp.Union(this=members, expression=other, distinct=True)
    counted = nodes.select([nodes.aliased(exp.Count(this=exp.Star()), "members")], source=nodes.table("_members"))
    return nodes.cte_select([*tables, ("_members", members)], counted)
