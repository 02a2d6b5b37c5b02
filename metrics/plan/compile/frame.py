"""Groups put side by side: one row per combination of keys and bucket, whichever group has it. Nothing vanishes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from metrics.plan.bound import Peers
from metrics.plan.compile import nodes
from metrics.plan.compile.measures import Group
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import BUCKET_COLUMNS, DATE_DIM, peers_select

__all__ = ["Buckets", "Frame", "frame"]


@dataclass(frozen=True, slots=True)
class Buckets:
    """Buckets that must be there: those of the days [start, end); `start` None: from the first to the last with
    data."""

    grain: str
    start: dt.date | None
    end: dt.date


@dataclass(frozen=True, slots=True)
class Frame:
    """A FROM clause over `ctes`, and makers of its key columns and bucket. `lines`: tables of whose rows every
    combination is a line."""

    ctes: tuple[tuple[str, exp.Query], ...]
    source: Node
    joins: tuple[exp.Join, ...]
    keys: tuple[Callable[[], Node], ...]
    bucket: Callable[[], Node] | None
    lines: tuple[str, ...] = ()


def frame(
    prepared: Prepared,
    groups: Sequence[Group],
    *,
    keys: Sequence[str],
    buckets: Buckets | None,
    peers: Peers | None,
    as_of: dt.date,
    shown: tuple[Sequence[tuple[str, bool]], int] | None = None,
) -> Frame:
    """Join groups of the same keys on a spine of all keys (and all buckets); a lone group needs no spine. `shown`: the
    order of the lines and how many of them, where no others need to be there."""
    if not keys and buckets is None:
        first, *others = groups
        joins = tuple(exp.Join(this=nodes.table(g.name), kind="CROSS") for g in others)
        return Frame((), nodes.table(first.name), joins, (), None)
    if len(groups) == 1 and peers is None and buckets is None:
        return _on(groups[0].name, (), (), keys, buckets, (groups[0].name,))
    ctes: list[tuple[str, exp.Query]] = []
    if keys:
        ctes.append(("_members", _members(prepared, groups, keys, peers, as_of)))
    if buckets is not None:
        ctes.append(("_buckets", _buckets(groups, buckets)))
    spine = "_members" if buckets is None else "_buckets"
    if keys and buckets is not None:
        outputs: list[Node] = [nodes.col(f"k{i}", "_members") for i in range(len(keys))]
        cross = exp.Join(this=nodes.table("_buckets"), kind="CROSS")
        order, limit = shown if shown is not None else ((), None)
        crossed = nodes.select(
            [*outputs, nodes.col("t", "_buckets")],
            source=nodes.table("_members"),
            joins=[cross],
            order=[
                nodes.ordered(nodes.col(symbol, "_buckets" if symbol == "t" else "_members"), descending=descending)
                for symbol, descending in order
            ],
            limit=limit,
        )
        ctes.append(("_spine", crossed))
        spine = "_spine"
    joins = tuple(
        exp.Join(this=nodes.table(g.name), side="LEFT", on=_match(spine, g.name, len(keys), g.cell.grain))
        for g in groups
    )
    lines = (*(["_members"] if keys else []), *(["_buckets"] if buckets is not None else []))
    return _on(spine, tuple(ctes), joins, keys, buckets, lines)


def _on(
    spine: str,
    ctes: tuple[tuple[str, exp.Query], ...],
    joins: tuple[exp.Join, ...],
    keys: Sequence[str],
    buckets: Buckets | None,
    lines: tuple[str, ...],
) -> Frame:
    def key(index: int) -> Callable[[], Node]:
        return lambda: nodes.col(f"k{index}", spine)

    makers = tuple(key(i) for i in range(len(keys)))
    bucket = (lambda: nodes.col("t", spine)) if buckets is not None else None
    return Frame(ctes, nodes.table(spine), joins, makers, bucket, lines)


def _match(spine: str, name: str, keys: int, grain: str | None) -> Node:
    """NULL keys meet: the "(none)" member is a member."""
    pairs: list[Node] = [nodes.same(nodes.col(f"k{i}", spine), nodes.col(f"k{i}", name)) for i in range(keys)]
    if grain is not None:
        pairs.append(exp.EQ(this=nodes.col("t", spine), expression=nodes.col("t", name)))
    made = nodes.all_of(pairs)
    assert made is not None
    return made


def _members(
    prepared: Prepared, groups: Sequence[Group], keys: Sequence[str], peers: Peers | None, as_of: dt.date
) -> exp.Query:
    """Every combination of keys in any group, once; peers too, or only them."""
    parts: list[exp.Query] = [peers_select(prepared, peers, keys, as_of)] if peers is not None else []
    if peers is None or not peers.only:
        names = dict.fromkeys(g.name for g in groups)
        for name in names:
            outputs = [nodes.col(f"k{i}", name) for i in range(len(keys))]
            parts.append(nodes.select(outputs, source=nodes.table(name), distinct=len(names) == 1 and peers is None))
    made = parts[0]
    for part in parts[1:]:
        made = exp.Union(this=made, expression=part, distinct=True)
    return made


def _buckets(groups: Sequence[Group], buckets: Buckets) -> exp.Select:
    """Starts of all buckets that hold a day of the window."""
    column = BUCKET_COLUMNS[buckets.grain]
    conditions: list[Node] = []
    if buckets.start is not None:
        conditions.append(exp.GTE(this=nodes.col("day", DATE_DIM), expression=nodes.date(buckets.start)))
        conditions.append(exp.LT(this=nodes.col("day", DATE_DIM), expression=nodes.date(buckets.end)))
    else:
        for kind, pick in ((exp.GTE, exp.Min), (exp.LTE, exp.Max)):
            conditions.append(kind(this=nodes.col(column, DATE_DIM), expression=exp.Subquery(this=_edge(groups, pick))))
    output = nodes.aliased(nodes.col(column, DATE_DIM), "t")
    return nodes.select([output], source=nodes.table(DATE_DIM), where=nodes.all_of(conditions), distinct=True)


def _edge(groups: Sequence[Group], pick: type[exp.Min] | type[exp.Max]) -> exp.Select:
    """The first or last bucket of any group."""
    parts: list[exp.Query] = [nodes.select([nodes.col("t", g.name)], source=nodes.table(g.name)) for g in groups]
    made = parts[0]
    for part in parts[1:]:
        made = exp.Union(this=made, expression=part, distinct=False)
    source: Node = nodes.table(groups[0].name)
    if len(parts) > 1:
        source = exp.Subquery(this=made, alias=exp.TableAlias(this=nodes.ident("_seen")))
    return nodes.select([pick(this=nodes.col("t"))], source=source)
