"""The lines of an answer before anything stands on them: their order, and whether it alone says which are shown."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from metrics.plan.bound import BoundQuery
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.outputs import symbol_of

__all__ = ["count_of", "cut_early", "line_order", "rows_of"]


def line_order(bound: BoundQuery) -> list[tuple[str, bool]]:
    """(number, descending): what was asked, else by kind; then the keys, so that equal rows always come in one
    order."""
    wanted = bound.query.order
    first: list[tuple[str, bool]]
    if wanted is not None:
        first = [(symbol_of(bound, wanted.by, wanted.metric), wanted.descending)]
    elif bound.rank is not None:
        first = [("rank", False)]
    elif bound.trend is not None:
        first = [("t", False)]
    else:
        first = [("c0", True)]
    if bound.trend is not None and first[0][0] != "t":
        first.append(("t", False))
    return first + [(f"k{i}", False) for i in range(len(bound.keys)) if f"k{i}" != first[0][0]]


def cut_early(bound: BoundQuery) -> bool:
    """Whether the lines that are shown follow from their keys and buckets alone: a grid over time in its own order,
    where no number decides what is shown and none is taken from another line. Then the others need not be worked
    out."""
    if bound.trend is None or not bound.keys or bound.trend.lag or bound.each is not None:
        return False
    query = bound.query
    if query.having or query.tally or bound.share is not None or bound.rank is not None:
        return False
    return all(symbol == "t" or symbol.startswith("k") for symbol, _ in line_order(bound))


def count_of(tables: Sequence[str]) -> Node:
    """How many combinations of their rows there are."""
    made: Node | None = None
    for name in tables:
        counted = _of(nodes.select([exp.Count(this=exp.Star())], source=nodes.table(name)))
        made = counted if made is None else exp.Mul(this=made, expression=counted)
    assert made is not None
    return made


def rows_of(groups: Sequence[str]) -> Node:
    """The rows that were aggregated into these groups."""
    sums = [nodes.select([exp.Sum(this=nodes.col("n"))], source=nodes.table(name)) for name in groups]
    return nodes.add([nodes.coalesce(_of(made)) for made in sums])


def _of(made: exp.Select) -> exp.Subquery:
    return exp.Subquery(this=made)
