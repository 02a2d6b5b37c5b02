"""How many people are there: in a window, or on a day of each bucket of it."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.present import employed
from metrics.plan.compile.rows import Rows
from metrics.plan.grid.at import At
from metrics.plan.grid.presence import days_of_buckets
from metrics.plan.scope import people_fields

__all__ = ["heads_table"]


def heads_table(at: At, about: tuple[str, ...], *, everybody: bool = False) -> str:
    """A table with a row for each combination of `about` (fields that tell of people) and bucket, and their `heads`.
    `everybody`: also who may not be seen."""
    world, people = at.world, people_fields(at.world.model)
    place = replace(at, keys=(*about, people.id))
    peers = replace(place, open=at.open or everybody).peers()
    assert peers is not None and peers.active is not None
    rows = Rows(world.prepared, peers.dataset, world.as_of)
    keys = [nodes.aliased(rows.field(k), f"k{i}") for i, k in enumerate(about)]
    grouped: list[Node] = [rows.field(k) for k in about]
    counted = nodes.aliased(exp.Count(this=exp.Distinct(expressions=[rows.field(people.id)])), "heads")
    for condition in peers.conditions:
        rows.keep(condition)
    joins: list[exp.Join] = []
    if at.grain is None:
        span = peers.active
        end = span.end if not span.empty else span.full_end
        employed(rows, people, nodes.date(span.start) if span.start is not None else None, nodes.date(end))
    else:
        table = world.name("d")
        until = at.grid.buckets.days.end if at.grid.buckets is not None else None
        world.ctes.append((table, days_of_buckets(world.windows.calendar_days(at.window, at.grain, until), at.grain)))
        joins.append(exp.Join(this=nodes.table(table), kind="CROSS"))
        employed(rows, people, nodes.col("first", table), nodes.col("last", table))
        keys.append(nodes.aliased(nodes.col("t", table), "t"))
        grouped.append(nodes.col("t", table))
    made = nodes.select(
        [*keys, counted],
        source=rows.source,
        joins=[*rows.joins, *joins],
        where=nodes.all_of(rows.where),
        group=grouped,
    )
    name = world.name("h")
    world.ctes.append((name, made))
    return name
