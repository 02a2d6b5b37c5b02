"""Standard competition ranking (1, 2, 2, 4), the gap to the next better place, and running totals."""

from __future__ import annotations

from sqlglot import exp

from metrics.answer import Column
from metrics.bound import BoundQuery
from metrics.compile import nodes
from metrics.compile.nodes import Node
from metrics.compile.outputs import Output, symbol_of
from metrics.compile.sheet import Sheet

__all__ = ["put_rank", "rank_outputs"]


def ranked_symbol(bound: BoundQuery) -> str:
    order = bound.query.order
    return symbol_of(bound, order.by, order.metric) if order is not None and order.by not in ("dimension", "time") else "c0"


def put_rank(bound: BoundQuery, sheet: Sheet) -> bool:
    """Put rank, n, ties, better and the running total on the sheet; True when they are window functions."""
    if bound.share is not None and bound.share.reach is not None:
        keys = [nodes.ordered(sheet.get(f"k{i}")) for i in range(len(bound.keys))]
        running = [nodes.ordered(sheet.get("c0"), descending=True), *keys]
        sheet.put("cumulative", lambda: nodes.window(exp.Sum(this=sheet.get("c0")), order=running, running=True))
        sheet.wrap("_running")
    if bound.rank is None:
        return False
    symbol = ranked_symbol(bound)
    best_first = bound.metrics[0].metric.higher_is_better

    def by_value() -> list[exp.Ordered]:
        return [nodes.ordered(sheet.get(symbol), descending=best_first)]

    def apart() -> list[Node]:
        keys = [k.field for k in bound.keys]
        return [] if bound.rank is None or bound.rank.apart is None else [sheet.get(f"k{keys.index(bound.rank.apart)}")]

    def rank() -> Node:
        placed = nodes.window(exp.Rank(), by=apart(), order=by_value())
        return exp.Case(ifs=[exp.If(this=nodes.is_null(sheet.get(symbol), negated=True), true=placed)])

    sheet.put("rank", rank)
    if not bound.rank.one:
        return True
    sheet.put("n", lambda: nodes.window(exp.Count(this=sheet.get(symbol)), by=apart()))
    sheet.put("ties", lambda: nodes.sub(nodes.window(exp.Count(this=exp.Star()), by=[*apart(), sheet.get(symbol)]), nodes.number(1)))
    names = [f"k{i}" for i in range(len(bound.keys))]

    def above() -> Node:
        order = [*by_value(), *(nodes.ordered(sheet.get(k)) for k in names)]
        return nodes.window(exp.Lag(this=sheet.get(symbol)), by=apart(), order=order)

    sheet.put("above", above)
    sheet.wrap("_ranked")
    # The row above may be a tie; the best of the rows above all ties is the next better value.
    pick: type[exp.Max] | type[exp.Min] = exp.Max if best_first else exp.Min

    def better() -> Node:
        return nodes.window(pick(this=sheet.get("above")), by=[*apart(), sheet.get("rank")])

    sheet.put("next_gap", lambda: _gap(sheet, symbol, better()))
    return True


def _gap(sheet: Sheet, symbol: str, better: Node) -> Node:
    """Distance to the next better value; none for the first place."""
    distance = exp.Abs(this=nodes.sub(better, sheet.get(symbol)))
    behind = exp.GT(this=sheet.get("rank"), expression=nodes.number(1))
    return exp.Case(ifs=[exp.If(this=behind, true=distance)])


def rank_outputs(bound: BoundQuery) -> list[Output]:
    if bound.rank is None:
        return []
    metric = bound.metrics[0].metric
    made = [Output(Column(name="rank", role="rank", of=metric.name, unit="rank"), "rank")]
    if bound.rank.one:
        unit = "percent" if ranked_symbol(bound)[0] in "ae" else metric.unit
        made += [
            Output(Column(name="n", role="n", of=bound.rank.field, unit="count"), "n"),
            Output(Column(name="ties", role="ties", of=metric.name, unit="count"), "ties"),
            Output(Column(name="next_gap", role="next_gap", of=metric.name, unit=unit), "next_gap"),
        ]
    return made
