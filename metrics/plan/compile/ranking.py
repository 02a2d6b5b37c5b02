"""Standard competition ranking (1, 2, 2, 4), the gap to the next better place, and running totals."""

from __future__ import annotations

from sqlglot import exp

from metrics.plan.bound import BoundQuery
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.outputs import Output, symbol_of
from metrics.plan.compile.sheet import Sheet
from metrics.query.answer import Column

__all__ = ["put_rank", "rank_outputs", "with_number"]


def ranked_symbol(bound: BoundQuery) -> str:
    order = bound.query.order
    return (
        symbol_of(bound, order.by, order.metric)
        if order is not None and order.by not in ("dimension", "time")
        else "c0"
    )


def put_rank(bound: BoundQuery, sheet: Sheet, min_peers: int = 0) -> None:
    """Put rank, n, ties, the gap and the running total on the sheet. The gap to the next of fewer than `min_peers`
    people with a number of their own is withheld: it would tell what one of them did."""
    if bound.share is not None and bound.share.reach is not None:
        keys = [nodes.ordered(sheet.get(f"k{i}")) for i in range(len(bound.keys))]
        running = [nodes.ordered(sheet.get("c0"), descending=True), *keys]
        sheet.put("cumulative", lambda: nodes.window(exp.Sum(this=sheet.get("c0")), order=running, running=True))
        sheet.wrap("_running")
    if bound.rank is None:
        return
    symbol = ranked_symbol(bound)
    best_first = bound.metrics[0].metric.higher_is_better
    if bound.rank.one and not bound.rank.members:
        _place_of_one(bound, sheet, symbol, best_first, min_peers)
        return

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
        return
    sheet.put("n", lambda: nodes.window(exp.Count(this=sheet.get(symbol)), by=apart()))
    sheet.put(
        "ties",
        lambda: nodes.sub(
            nodes.window(exp.Count(this=sheet.get(symbol)), by=[*apart(), sheet.get(symbol)]),
            _present(sheet.get(symbol)),
        ),
    )
    names = [f"k{i}" for i in range(len(bound.keys))]

    def above() -> Node:
        order = [*by_value(), *(nodes.ordered(sheet.get(k)) for k in names)]
        return nodes.window(exp.Lag(this=sheet.get(symbol)), by=apart(), order=order)

    sheet.put("above", above)
    sheet.put("counted", lambda: nodes.window(with_number(sheet.get(symbol)), by=apart()))
    sheet.wrap("_ranked")
    # The row above may be a tie; the best of the rows above all ties is the next better value.
    pick: type[exp.Max] | type[exp.Min] = exp.Max if best_first else exp.Min

    def better() -> Node:
        return nodes.window(pick(this=sheet.get("above")), by=[*apart(), sheet.get("rank")])

    sheet.put("next_gap", lambda: _enough(_gap(sheet, symbol, better()), sheet.get("counted"), min_peers))


def _present(node: Node) -> Node:
    """1 for a value, 0 for n/a."""
    known = nodes.is_null(node, negated=True)
    return exp.Case(ifs=[exp.If(this=known, true=nodes.number(1))], default=nodes.number(0))


def with_number(value: Node) -> Node:
    """Peers with a number of their own: neither n/a nor nothing."""
    some = exp.NEQ(this=value, expression=nodes.number(0))
    return exp.Count(this=exp.Case(ifs=[exp.If(this=some, true=nodes.number(1))]))


def _enough(gap: Node, counted: Node, min_peers: int) -> Node:
    if min_peers == 0:
        return gap
    return exp.Case(ifs=[exp.If(this=exp.GTE(this=counted, expression=nodes.number(min_peers)), true=gap)])


def _place_of_one(bound: BoundQuery, sheet: Sheet, symbol: str, best_first: bool, min_peers: int) -> None:
    """One member beside all peers: counting who is better takes one pass and no window function."""
    assert bound.rank is not None
    sheet.wrap("_ranked")
    names = sheet.names
    key = f"k{[k.field for k in bound.keys].index(bound.rank.key)}"
    own = nodes.select(
        [nodes.col(n, "_ranked") for n in names],
        source=nodes.table("_ranked"),
        where=exp.EQ(this=nodes.col(key, "_ranked"), expression=nodes.literal(bound.rank.member)),
    )
    beats: type[exp.GT] | type[exp.LT] = exp.GT if best_first else exp.LT

    def mine() -> Node:
        return nodes.col(symbol, "_own")

    def theirs() -> Node:
        return nodes.col(symbol, "_ranked")

    def better() -> Node:
        return exp.Case(ifs=[exp.If(this=beats(this=theirs(), expression=mine()), true=theirs())])

    place = exp.Add(this=exp.Count(this=better()), expression=nodes.number(1))
    nearest: Node = exp.Min(this=better()) if best_first else exp.Max(this=better())
    level = exp.Case(ifs=[exp.If(this=exp.EQ(this=theirs(), expression=mine()), true=nodes.number(1))])
    kept = [n for n in names if n != "_rows_read"]
    outputs: list[Node] = [nodes.aliased(nodes.col(n, "_own"), n) for n in kept]
    outputs += [
        nodes.aliased(exp.Sum(this=nodes.col("_rows_read", "_ranked")), "_rows_read"),
        nodes.aliased(exp.Case(ifs=[exp.If(this=nodes.is_null(mine(), negated=True), true=place)]), "rank"),
        nodes.aliased(exp.Count(this=theirs()), "n"),
        nodes.aliased(nodes.sub(exp.Count(this=level), _present(mine())), "ties"),
        nodes.aliased(_enough(exp.Abs(this=nodes.sub(nearest, mine())), with_number(theirs()), min_peers), "next_gap"),
    ]
    beside = [exp.Join(this=nodes.table("_ranked"), kind="CROSS")]
    placed = nodes.select(outputs, joins=beside, group=[nodes.col(n, "_own") for n in kept])
    sheet.replace([("_own", own), ("_placed", placed)], "_own", [*kept, "_rows_read", "rank", "n", "ties", "next_gap"])


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
