"""What layer 0 of a grid is selected from: as little as its rows need. The one group there is, as it is aggregated; the
table of people with groups beside it; else a spine of keys and buckets. Nothing vanishes, and nothing is read that the
rows of one group tell already."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.present import peer_conditions
from metrics.plan.compile.rows import Rows
from metrics.plan.grid.group import Group
from metrics.plan.grid.presence import Members
from metrics.plan.grid.spine import Outline, buckets_select, spine_table
from metrics.plan.grid.windows import Buckets
from metrics.plan.grid.world import World

__all__ = ["Floor", "Outline", "beside", "floor_of", "in_buckets"]

Make = Callable[[], Node]


@dataclass(slots=True)
class Floor:
    """What layer 0 is selected from, its keys (k0, …) and bucket (t), and the groups that stand in it: others are put
    beside it. `calls`: aggregates of the one group that is read here, by name; `wide`: the table that has those inside
    as columns, called by group and aggregate; `member`: whether a row is a peer's; `earlier`: what earlier buckets have
    is beside them, by the name of the earlier one and the aggregate."""

    source: Node
    keys: dict[str, Make]
    joins: list[exp.Join] = field(default_factory=list)
    where: list[Node] = field(default_factory=list)
    group: list[Node] = field(default_factory=list)
    calls: dict[str, Make] = field(default_factory=dict)
    inside: frozenset[str] = frozenset()
    member: Make | None = None
    wide: str = ""
    earlier: bool = False


def floor_of(
    outline: Outline,
    world: World,
    groups: Sequence[Group],
    own: Sequence[Group],
    seen_from: Mapping[str, Collection[int]],
    *,
    bare: bool,
) -> Floor:
    """`groups` have numbers for the grid, `own` of them all its keys. `seen_from`: how many buckets later each is
    looked at. `bare`: nothing else is put beside it, and its rows are not filtered."""
    alone = groups[0] if bare and len(groups) == 1 and own and not groups[0].cell.open else None
    buckets, peers = outline.buckets, outline.peers
    if peers is None and buckets is None and len(own) == 1:
        if alone is not None:
            read = world.read(alone)
            return Floor(read.source, read.keys, read.joins, read.where, read.grouped, read.calls, _names(own))
        world.emit(own[0])
        return Floor(world.table(own[0].name), _columns(outline, own[0].name), inside=_names(own))
    if buckets is not None and not outline.keys and alone is not None and in_buckets(alone, buckets):
        both = world.read(alone).beside(buckets_select(buckets))
        if both is not None:
            return Floor(both.source, both.keys, group=both.grouped, calls=both.calls, inside=_names(own))
    if outline.lean and buckets is None:
        return _people_floor(outline, world, own)
    for group in own:
        world.emit(group)
    having_rows = [Members(g.name, g.cell.grain is not None, tuple(sorted(seen_from.get(g.name, {0})))) for g in own]
    spine_table(outline, world, having_rows)
    return Floor(nodes.table(outline.name), _columns(outline, outline.name))


def in_buckets(group: Group, buckets: Buckets) -> bool:
    """Whether its rows are in no other buckets than those shown: targets are set for later ones as well."""
    cell = group.cell
    if cell.grain is None:
        return False
    last = cell.days.spans[-1][1] if cell.days is not None and cell.days.spans else None
    return bool(cell.lag) or buckets.days.end is None or (last is not None and last <= buckets.days.end)


def _names(groups: Sequence[Group]) -> frozenset[str]:
    return frozenset(g.name for g in groups)


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
    return Floor(source, keys, joins, where, inside=_names(own), member=member)


def _field(rows: Rows, field_id: str) -> Make:
    return lambda: rows.field(field_id)


def _equal(left: Node, right: Node) -> Node:
    return exp.EQ(this=left, expression=right)


def _grouped(node: Node) -> Node:
    return exp.Paren(this=node) if isinstance(node, exp.And | exp.Or) else node


def beside(table: exp.Table, on: Node | None) -> exp.Join:
    """A table beside the rows, whatever it has for them."""
    if on is None:
        return exp.Join(this=table, kind="CROSS")
    return exp.Join(this=table, side="LEFT", on=on)
