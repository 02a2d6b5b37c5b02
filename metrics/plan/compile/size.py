"""How many members a breakdown has, counted before anything is worked out for them."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from metrics.plan.bound import BoundQuery
from metrics.plan.compile import nodes
from metrics.plan.compile.frame import frame
from metrics.plan.compile.measures import Measures
from metrics.plan.compile.plan import cells_of
from metrics.plan.compile.prepared import Prepared

__all__ = ["size_query"]


def size_query(bound: BoundQuery, prepared: Prepared) -> exp.Select:
    """One row, one number: the combinations of the keys that the answer would have, whatever the bucket. To be
    restricted like the query itself: nobody counts what they may not see."""
    measures = Measures(prepared, bound.as_of)
    keys = tuple(k.field for k in bound.keys)
    groups = []
    for metric in bound.metrics:
        for cell in cells_of(bound, metric):
            groups += measures.metric(prepared.metric(metric.metric.name), replace(cell, keys=keys))[1]
    found = list({g.name: g for g in groups}.values())
    put = frame(prepared, found, keys=keys, buckets=None, peers=bound.peers, as_of=bound.as_of)
    counted = nodes.select([nodes.aliased(exp.Count(this=exp.Star()), "members")], source=nodes.table(put.lines[0]))
    return nodes.cte_select([*measures.ctes(), *put.ctes], counted)
