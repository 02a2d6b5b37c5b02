"""How many members a grid has, counted before anything is worked out for them."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from metrics.plan.compile import nodes
from metrics.plan.grid.grid import Grid
from metrics.plan.grid.group import Group

__all__ = ["size_query"]


def size_query(grid: Grid) -> exp.Select:
    """One row, one number: the combinations of the keys that have rows, whatever the bucket. To be restricted like the
    question itself: nobody counts what they may not see."""
    world = grid.world
    cells = dict.fromkeys((g.dataset, g.time, replace(g.cell, grain=None, lag=0)) for g in grid.members())
    selects = [Group("", *cell).select(world.prepared, world.as_of) for cell in cells]
    members: exp.Query = selects[0]
    for other in selects[1:]:
        members = exp.Union(this=members, expression=other, distinct=True)
    counted = nodes.select([nodes.aliased(exp.Count(this=exp.Star()), "members")], source=nodes.table("_members"))
    return nodes.cte_select([("_members", members)], counted)
