"""What a grid stands on before any number does: every combination of keys in any group, members without rows, every
bucket of the window. Nothing vanishes, and nothing is read that the rows of one group tell already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from metrics.plan.bound import Peers
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.rows import BUCKET_COLUMNS, DATE_DIM, Rows, choice_conditions, peer_conditions, peers_select
from metrics.plan.grid.group import Group
from metrics.plan.grid.windows import Buckets
from metrics.plan.grid.world import World

__all__ = ["Floor", "Outline", "floor_of", "within"]

Make = Callable[[], Node]


@dataclass(frozen=True, slots=True)
class Outline:
    """What the rows of a grid are: `keys` and `buckets`, `peers` that are there without rows, and nobody else where
    `kept`. `lean`: the key from which the others follow."""

    name: str
    keys: tuple[str, ...]
    buckets: Buckets | None
    peers: Peers | None
    kept: bool
    lean: str


@dataclass(slots=True)
class Floor:
    """What layer 0 is selected from, its keys (k0, …) and bucket (t), and the groups that stand in it: others are put
    beside it. `calls`: aggregates of the one group that is read here, by name; `member`: whether a row is a peer's."""

    source: Node
    keys: dict[str, Make]
    joins: list[exp.Join] = field(default_factory=list)
    where: list[Node] = field(default_factory=list)
    group: list[Node] = field(default_factory=list)
    calls: dict[str, Make] = field(default_factory=dict)
    inside: frozenset[str] = frozenset()
    member: Make | None = None


def floor_of(outline: Outline, world: World, groups: Sequence[Group], own: Sequence[Group], *, bare: bool) -> Floor:
    """`groups` have numbers for the grid, `own` of them all its keys. `bare`: nothing else is put beside it, and its
    rows are not filtered."""
    alone = groups[0] if bare and len(groups) == 1 and own and not groups[0].cell.open else None
    buckets, peers = outline.buckets, outline.peers
    if peers is None and buckets is None and len(own) == 1:
        if alone is not None and alone.cell.keys:  # without keys a row is there only because something is aggregated
            return _read(alone, world)
        world.emit(own[0])
        return Floor(world.table(own[0].name), _columns(outline, own[0].name), inside=frozenset({own[0].name}))
    if buckets is not None and not outline.keys and alone is not None and alone.cell.grain is not None:
        read = alone.read(world.prepared, world.as_of).beside(_buckets(buckets))
        if read is not None:
            return Floor(read.source, read.keys, group=read.grouped, calls=read.calls, inside=frozenset({alone.name}))
    if outline.lean and buckets is None:
        return _people_floor(outline, world, own)
    for group in own:
        world.emit(group)
    _spine(outline, world, [g.name for g in own])
    return Floor(nodes.table(outline.name), _columns(outline, outline.name))


def _read(group: Group, world: World) -> Floor:
    """The rows themselves, grouped as they are read."""
    read = group.read(world.prepared, world.as_of)
    return Floor(
        read.source, read.keys, read.joins, read.where, read.grouped, read.calls, inside=frozenset({group.name})
    )


def _columns(outline: Outline, table: str) -> dict[str, Make]:
    names = [f"k{i}" for i in range(len(outline.keys))] + (["t"] if outline.buckets is not None else [])
    return {name: _column(name, table) for name in names}


def _column(name: str, table: str) -> Make:
    return lambda: nodes.col(name, table)


def _people_floor(outline: Outline, world: World, own: Sequence[Group]) -> Floor:
    """The table of people with the groups beside it: the peers, whoever else has rows, and "(none)" where some are
    nobody's: the one row of a group that meets no person."""
    peers = outline.peers
    assert peers is not None
    rows = Rows(world.prepared, peers.dataset, world.as_of)
    keys: dict[str, Make] = {f"k{i}": _field(rows, key) for i, key in enumerate(outline.keys)}
    for make in keys.values():
        make()
    person = _field(rows, outline.lean)
    peer_conditions(world.prepared, rows, peers, world.as_of)
    joins, there = list(rows.joins), []
    nobody = False
    for group in own:
        world.emit(group)
        theirs = nodes.col("k0", group.name)
        strays = not outline.kept and group.dataset not in world.whole
        same = (nodes.same if nobody or strays else _equal)(person(), theirs)
        joins.append(exp.Join(this=world.table(group.name), side="FULL" if strays else "LEFT", on=same))
        nobody = nobody or strays
        there.append(nodes.is_null(theirs.copy(), negated=True))
    peer = nodes.all_of(rows.where)

    def member() -> Node:
        known = nodes.is_null(person(), negated=True)
        return known if peer is None else exp.Paren(this=exp.And(this=known, expression=_grouped(peer.copy())))

    where = [] if peer is None else [peer]
    if peer is not None and not outline.kept:
        anybody = nodes.any_of([peer.copy(), *there, *([nodes.is_null(person())] if nobody else [])])
        where = [anybody] if anybody is not None else []
    source = rows.source
    return Floor(source, keys, joins, where, inside=frozenset(g.name for g in own), member=member)


def _field(rows: Rows, field_id: str) -> Make:
    return lambda: rows.field(field_id)


def _equal(left: Node, right: Node) -> Node:
    return exp.EQ(this=left, expression=right)


def _grouped(node: Node) -> Node:
    return exp.Paren(this=node) if isinstance(node, exp.And | exp.Or) else node


# --- tables of nothing but keys and buckets ---------------------------------------------------------------------------


def _spine(outline: Outline, world: World, tables: Sequence[str]) -> None:
    """Make the table of all keys and buckets."""
    name, keys, buckets, peers = outline.name, outline.keys, outline.buckets, outline.peers
    if outline.lean and peers is not None:
        members: exp.Query | None = _people(world, () if outline.kept else tables, keys, peers, outline.lean)
    else:
        members = _members(world, tables, keys, peers, outline.kept) if keys else None
    if buckets is None:
        made: exp.Query = members if members is not None else nodes.select([nodes.aliased(nodes.number(1), "one")])
        world.ctes.append((name, made))
        return
    bucketed = _buckets(buckets)
    if members is None:
        world.ctes.append((name, bucketed))
        return
    names = world.name("k"), world.name("t")
    world.ctes += [(names[0], members), (names[1], bucketed)]
    crossed = nodes.select(
        [*(nodes.col(f"k{i}", names[0]) for i in range(len(keys))), nodes.col("t", names[1])],
        source=nodes.table(names[0]),
        joins=[exp.Join(this=nodes.table(names[1]), kind="CROSS")],
    )
    world.ctes.append((name, crossed))


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


def _members(world: World, tables: Sequence[str], keys: Sequence[str], peers: Peers | None, kept: bool) -> exp.Query:
    parts: list[exp.Query] = [peers_select(world.prepared, peers, keys, world.as_of)] if peers is not None else []
    if not (kept and parts):
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


def _buckets(buckets: Buckets) -> exp.Select:
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


def within(start: dt.date | None, end: dt.date) -> Node:
    day = nodes.col("day", DATE_DIM)
    before = exp.LT(this=day, expression=nodes.date(end))
    if start is None:
        return before
    return exp.And(this=exp.GTE(this=day.copy(), expression=nodes.date(start)), expression=before)
