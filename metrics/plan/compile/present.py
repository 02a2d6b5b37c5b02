"""Who is there whether they have rows or not, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlglot import exp

from metrics.errors import CompileError
from metrics.model.schema import PeopleFields
from metrics.plan.bound import Condition, Peers
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import CLOSURE, Rows

__all__ = ["employed", "peer_conditions", "peers_select"]


def peers_select(
    prepared: Prepared,
    peers: Peers,
    keys: Sequence[str],
    as_of: dt.date,
    *,
    key: str = "",
    also: Sequence[Node] = (),
    buckets: str = "",
) -> exp.Select:
    """The members that appear whether they have rows or not, as columns k0, k1, …; and those whose `key` is in one of
    the columns `also`. `key`: tells members apart, so that none comes twice. `buckets`: a table (t, first, last) of
    buckets; then each member comes once for every bucket t of whose days [first, last) they were there on one."""
    if peers.dataset == CLOSURE:
        (condition,) = peers.conditions
        assert isinstance(condition, Condition)
        ancestor = nodes.col("ancestor_id", CLOSURE)
        listed = nodes.in_list(ancestor, condition.values)
        return nodes.select(
            [nodes.aliased(ancestor.copy(), "k0")], source=nodes.table(CLOSURE), where=listed, distinct=True
        )
    rows = Rows(prepared, peers.dataset, as_of)
    outputs: list[Node] = [nodes.aliased(rows.field(k), f"k{i}") for i, k in enumerate(keys)]
    peer_conditions(prepared, rows, peers, as_of, buckets=buckets)
    beside: list[exp.Join] = []
    if buckets and prepared.model.people is not None:
        outputs.append(nodes.col("t", buckets))
        beside.append(exp.Join(this=nodes.table(buckets), kind="CROSS"))
    where = nodes.all_of(rows.where)
    if where is not None and also:
        where = nodes.any_of([where, *(exp.In(this=rows.field(key), query=exp.Subquery(this=c)) for c in also)])
    return nodes.select(outputs, source=rows.source, joins=[*rows.joins, *beside], where=where, distinct=not key)


def peer_conditions(prepared: Prepared, rows: Rows, peers: Peers, as_of: dt.date, *, buckets: str = "") -> None:
    """Keep the rows of the peers' own dataset that are peers: of any day, or, beside a table of `buckets`, of each."""
    for condition in peers.conditions:
        rows.keep(condition)
    people = prepared.model.people
    if buckets and people is not None:
        employed(rows, people, nodes.col("first", buckets), nodes.col("last", buckets))
    elif peers.active is not None and people is not None:
        end = peers.active.end if not peers.active.empty else peers.active.full_end
        start = peers.active.start
        employed(rows, people, nodes.date(start) if start is not None else None, nodes.date(end))
    if peers.facts:
        having_rows = [_with_rows(prepared, rows, peers.dataset, fact, as_of) for fact in peers.facts]
        made = nodes.any_of(having_rows)
        assert made is not None
        rows.where.append(made)


def employed(rows: Rows, people: PeopleFields, first: Node | None, end: Node) -> None:
    """Keep who is employed on at least one day of [first, end); an unknown first or last day is open. Of stints those
    with a day in it."""
    edges = [(people.active_from, exp.LT, end), (people.active_to, exp.GTE, first)]
    if people.history is not None and rows.dataset == people.dated:
        edges += [(people.history.first, exp.LT, end), (people.history.last, exp.GTE, first)]
    for field_id, kind, day in edges:
        if field_id is None or day is None:
            continue
        within = kind(this=rows.field(field_id), expression=day)
        made = nodes.any_of([nodes.is_null(rows.field(field_id)), within])
        assert made is not None
        rows.where.append(made)


def _with_rows(prepared: Prepared, rows: Rows, dataset: str, fact: str, as_of: dt.date) -> Node:
    """The members of a dataset that ever had a row in a fact dataset which leads to it."""
    if dataset == prepared.dated and prepared.model.people is not None:
        dataset = prepared.model.people.dataset
        rows.need(dataset)
    path = prepared.path(fact, dataset)
    if not path or len(path[-1].target_columns) != 1:
        raise CompileError(f"{fact} does not lead to {dataset} over a single column")
    inner = Rows(prepared, fact, as_of)
    inner.need(path[-1].source)
    held = prepared.join_column(path[-1].source, path[-1].source_columns[0], as_of)
    found = nodes.select([nodes.aliased(held, "id")], source=inner.source, joins=inner.joins)
    key = prepared.join_column(dataset, path[-1].target_columns[0], as_of)
    return exp.In(this=key, query=exp.Subquery(this=found))
