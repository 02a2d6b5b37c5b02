"""The rows of a grid before any number stands on them: every combination of keys in any group, members without rows,
every bucket of the window. Nothing vanishes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from metrics.plan.bound import Peers
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.present import peers_select
from metrics.plan.compile.rows import BUCKET_COLUMNS, DATE_DIM, choice_conditions
from metrics.plan.grid.presence import Members, there_in_buckets, within
from metrics.plan.grid.windows import Buckets
from metrics.plan.grid.world import World

__all__ = ["Outline", "Shown", "buckets_select", "nth_table", "spine_table"]

Shown = tuple[tuple[tuple[str, bool], ...], int]  # (column, descending) in order; so many rows


@dataclass(frozen=True, slots=True)
class Outline:
    """What the rows of a grid are: `keys` and `buckets`, `peers` that are there without rows, and nobody else where
    `kept`. `lean`: the key from which the others follow. `shown`: order and number of the rows, where no others need to
    be worked out. `name`: of a table of them."""

    name: str
    keys: tuple[str, ...]
    buckets: Buckets | None
    peers: Peers | None
    kept: bool
    lean: str
    shown: Shown | None = None


def spine_table(outline: Outline, world: World, having_rows: Sequence[Members]) -> None:
    """Make the table of all rows. `having_rows`: tables that have the keys, or of them only `lean`, from which the
    others follow."""
    name, keys, buckets, peers, lean = outline.name, outline.keys, outline.buckets, outline.peers, outline.lean
    having_rows = () if outline.kept and peers is not None else having_rows
    tables = [one.table for one in having_rows]
    if lean and peers is not None:
        # of buckets each says who is there: in earlier ones others than in the window that they are looked at from
        anybody = peers if buckets is None else replace(peers, active=None)
        members: exp.Query | None = _people(world, tables, keys, anybody, lean)
    else:
        members = _members(world, tables, keys, peers) if keys else None
    if buckets is None:
        made: exp.Query = members if members is not None else nodes.select([nodes.aliased(nodes.number(1), "one")])
        world.ctes.append((name, made))
        return
    if members is None:
        world.ctes.append((name, buckets_select(buckets)))
        return
    names = world.name("k"), world.name("t")
    world.ctes.append((names[1], buckets_select(buckets)))
    if peers is not None and peers.active is not None:
        there = there_in_buckets(world, having_rows, (lean,) if lean else keys, peers, buckets, names[1])
        world.ctes += _named(name, world, there, members, keys, lean)
        return
    world.ctes += [(names[0], members), (name, _crossed(keys, names, outline.shown))]


def _crossed(keys: Sequence[str], names: tuple[str, str], shown: Shown | None) -> exp.Select:
    """Every member (of the one table) in every bucket (of the other)."""
    return nodes.select(
        [*(nodes.col(f"k{i}", names[0]) for i in range(len(keys))), nodes.col("t", names[1])],
        source=nodes.table(names[0]),
        joins=[exp.Join(this=nodes.table(names[1]), kind="CROSS")],
        order=[nodes.ordered(_of_cross(c, names), descending=d) for c, d in shown[0]] if shown is not None else [],
        limit=shown[1] if shown is not None else None,
    )


def _of_cross(column: str, names: tuple[str, str]) -> Node:
    return nodes.col(column, names[1] if column == "t" else names[0])


def _named(
    name: str, world: World, there: exp.Query, members: exp.Query, keys: Sequence[str], lean: str
) -> list[tuple[str, exp.Query]]:
    """Who is there when, with all their keys."""
    if not lean or tuple(keys) == (lean,):
        return [(name, there)]
    who, when = world.name("k"), world.name("p")
    own = nodes.col(f"k{list(keys).index(lean)}", who)
    outputs = [*(nodes.col(f"k{i}", who) for i in range(len(keys))), nodes.col("t", when)]
    met = exp.Join(this=nodes.table(who), on=nodes.same(own, nodes.col("k0", when)))
    return [(who, members), (when, there), (name, nodes.select(outputs, source=nodes.table(when), joins=[met]))]


def nth_table(world: World, buckets: Buckets) -> str:
    """A table (t, nth) of the buckets shown and their number among them, from 1 on: two rows of somebody who was not
    there in between are not next to each other."""
    name, listed = (
        world.name("n"),
        exp.Subquery(this=buckets_select(buckets), alias=exp.TableAlias(this=nodes.ident("b"))),
    )
    number = nodes.window(exp.RowNumber(), order=[nodes.ordered(nodes.col("t", "b"))])
    world.ctes.append((name, nodes.select([nodes.col("t", "b"), nodes.aliased(number, "nth")], source=listed)))
    return name


def _people(world: World, tables: Sequence[str], keys: Sequence[str], peers: Peers, lean: str) -> exp.Query:
    """The peers, whoever else has rows, and "(none)" where some are nobody's."""
    has_rows: list[Node] = [nodes.select([nodes.col("k0", t)], source=world.table(t)) for t in tables]
    made = peers_select(world.prepared, peers, keys, world.as_of, key=lean, also=has_rows)
    if not tables:
        return made
    nobody = [
        exp.Exists(this=nodes.select([nodes.number(1)], source=world.table(t), where=nodes.is_null(nodes.col("k0", t))))
        for t in tables
    ]
    names = [nodes.aliased(exp.Null(), f"k{i}") for i in range(len(keys))]
    return exp.Union(this=made, expression=nodes.select(names, where=nodes.any_of(nobody)), distinct=False)


def _members(world: World, tables: Sequence[str], keys: Sequence[str], peers: Peers | None) -> exp.Query:
    parts: list[exp.Query] = [peers_select(world.prepared, peers, keys, world.as_of)] if peers is not None else []
    for table in tables:
        outputs: list[Node] = [nodes.col(f"k{i}", table) for i in range(len(keys))]
        once = len(tables) == 1 and not parts
        parts.append(nodes.select(outputs, source=world.table(table), distinct=once))
    if not parts:
        return nodes.select(
            [nodes.aliased(exp.Null(), f"k{i}") for i in range(len(keys))], where=exp.Boolean(this=False)
        )
    made = parts[0]
    for part in parts[1:]:
        made = exp.Union(this=made, expression=part, distinct=True)
    return made


def buckets_select(buckets: Buckets) -> exp.Select:
    """Starts of all buckets that hold a day of the window."""
    column = BUCKET_COLUMNS[buckets.grain]
    days = buckets.days
    start, end = days.spans[0] if len(days.spans) == 1 and days.only is None else (None, dt.date.min)
    if buckets.start is not None and start is not None and start < end:
        # the first days of all that begin before the end: each of them once
        where: Node | None = within(buckets.start, end)
        if column != "day":
            first = exp.EQ(this=nodes.col("day", DATE_DIM), expression=nodes.col(column, DATE_DIM))
            where = nodes.all_of([where, first]) if where is not None else first
        return nodes.select([nodes.aliased(nodes.col("day", DATE_DIM), "t")], source=nodes.table(DATE_DIM), where=where)
    conditions: list[Node] = []
    if buckets.start is not None:
        conditions.append(exp.GTE(this=nodes.col(column, DATE_DIM), expression=nodes.date(buckets.start)))
    made = nodes.any_of(within(start, end) for start, end in days.spans)
    conditions.append(made if made is not None else exp.Boolean(this=False))
    conditions += choice_conditions(days.only, DATE_DIM) if days.only is not None else []
    output = nodes.aliased(nodes.col(column, DATE_DIM), "t")
    several = buckets.grain != "day"  # days of one bucket
    return nodes.select([output], source=nodes.table(DATE_DIM), where=nodes.all_of(conditions), distinct=several)
