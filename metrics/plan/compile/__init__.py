"""BoundQuery -> one SELECT as a syntax tree, and the columns its rows have.

`compile_query(bound, prepared, …) -> Compiled`. No SQL text is made here: the engine renders the tree.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlglot import exp

from metrics.plan.bound import BoundQuery
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.outputs import Output, derive, having_node, outputs_of
from metrics.plan.compile.plan import numbers_of
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.ranking import put_rank, rank_outputs
from metrics.plan.compile.sheet import Sheet
from metrics.plan.compile.spine import count_of, cut_early, line_order, rows_of
from metrics.query.answer import Column

__all__ = ["GROUPS", "LINE_ROWS", "PEERS", "ROWS_READ", "WHO", "Compiled", "compile_query"]

ROWS_READ, LINE_ROWS, GROUPS, PEERS, WHO = "_rows_read", "_line_rows", "_groups", "_peers", "_who"


@dataclass(frozen=True)
class Compiled:
    """`columns` are those of the answer; after them the rows carry the `hidden` ones (rows read, groups in all, peers).

    `pivot`: the one row holds two windows and is shown as two rows."""

    tree: exp.Select
    columns: tuple[Column, ...]
    hidden: tuple[str, ...]
    pivot: bool


def compile_query(
    bound: BoundQuery,
    prepared: Prepared,
    *,
    max_rows: int,
    reveal: Collection[str] | None = None,
    min_peers: int = 0,
    totals: bool = False,
) -> Compiled:
    """`reveal`: only rows of these people leave the statement (their numbers being computed over everybody).
    `min_peers`: the average of fewer peers, and the gap to the next of fewer, is withheld. `totals`: count all groups
    and rows in the statement, also where no limit makes it needed; else each line carries its own rows (LINE_ROWS), to
    be added up by the reader, which saves counting them."""
    most = min(bound.query.limit or max_rows + 1, max_rows + 1)
    early = cut_early(bound) and reveal is None
    shown = (line_order(bound), most) if early else None
    numbers = numbers_of(bound, prepared, min_peers=min_peers, shown=shown)
    sheet = numbers.sheet
    lined = bool(bound.keys) or bound.trend is not None
    keys = [k.field for k in bound.keys]
    each = f"k{keys.index(bound.each)}" if bound.each is not None else None
    apart = _apart(bound)
    one = bound.rank is not None and bound.rank.one and not bound.rank.members
    filters = bool(bound.query.having) or reveal is not None or _own_filters(bound)
    merged = bound.query.tally or (bound.share is not None and bound.share.together)
    counted = lined and (totals or early or filters or merged or bound.query.limit is not None) and not one
    whole = not filters and not merged and each is None and not apart  # then no line is left out before counting
    if counted and whole:
        sheet.put(ROWS_READ, lambda: rows_of(numbers.read))
    elif not counted:
        sheet.put(LINE_ROWS if lined and not one else ROWS_READ, numbers.rows)
    else:
        sheet.put(ROWS_READ, lambda: nodes.window(exp.Sum(this=numbers.rows()), by=[sheet.get(k) for k in apart]))
    derive(bound, sheet)
    put_rank(bound, sheet, min_peers)
    if filters and lined and not one:
        sheet.wrap("_numbers")
    where = nodes.all_of(_conditions(bound, sheet, reveal)) if filters else None
    if bound.query.tally:
        return _tally(bound, sheet, where)
    outputs = [*outputs_of(bound, sheet), *rank_outputs(bound)]
    if bound.share is not None and bound.share.together:
        return _together(bound, sheet, where, outputs)
    hidden = [LINE_ROWS if LINE_ROWS in sheet else ROWS_READ]
    selected: list[Node] = [nodes.aliased(sheet.get(o.symbol), o.column.name) for o in outputs]
    selected.append(nodes.aliased(sheet.get(hidden[0]), hidden[0]))
    if counted:
        hidden.append(GROUPS)
        per = [sheet.get(each)] if each is not None else []
        groups = count_of(numbers.lines) if whole else nodes.window(exp.Count(this=exp.Star()), by=per)
        selected.append(nodes.aliased(groups, GROUPS))
    if "peers" in sheet:
        hidden.append(PEERS)
        selected.append(nodes.aliased(sheet.get("peers"), PEERS))
    if each is not None:
        hidden.append(WHO)
        selected.append(nodes.aliased(sheet.get(each), WHO))
    limit = None if each is not None else most
    order = _order(bound, sheet, outputs) if lined else []
    tree = sheet.finish(nodes.select(selected, where=where, order=order, limit=limit))
    pivot = not bound.query.by and bound.trend is None and "p0" in sheet
    return Compiled(tree, tuple(o.column for o in outputs), tuple(hidden), pivot)


def _apart(bound: BoundQuery) -> list[str]:
    """The keys within which rows read are added up: one answer's."""
    keys = [k.field for k in bound.keys]
    if bound.rank is not None and bound.rank.members:
        return [f"k{keys.index(bound.rank.apart)}"] if bound.rank.apart is not None else []
    return [f"k{keys.index(bound.each)}"] if bound.each is not None else []


def _own_filters(bound: BoundQuery) -> bool:
    """Conditions that the kinds bring along."""
    trend = bound.trend
    reaches = bound.share is not None and bound.share.reach is not None
    one = bound.rank is not None and bound.rank.one
    return reaches or one or (trend is not None and bool(trend.lag) and trend.first is not None)


def _conditions(bound: BoundQuery, sheet: Sheet, reveal: Collection[str] | None) -> list[Node]:
    made = [having_node(bound, sheet, h) for h in bound.query.having]
    keys = [k.field for k in bound.keys]
    if reveal is not None and bound.person_key is not None:
        made.append(nodes.in_list(sheet.get(f"k{keys.index(bound.person_key)}"), sorted(reveal)))
    if bound.rank is not None and bound.rank.members:
        made.append(nodes.in_list(sheet.get(f"k{keys.index(bound.rank.key)}"), bound.rank.members))
    elif bound.rank is not None and bound.rank.one:
        made.append(
            exp.EQ(this=sheet.get(f"k{keys.index(bound.rank.key)}"), expression=nodes.literal(bound.rank.member))
        )
    trend = bound.trend
    if trend is not None and trend.lag and trend.first is not None:
        made.append(exp.GTE(this=sheet.get("t"), expression=nodes.date(trend.first)))
    if bound.share is not None and bound.share.reach is not None:
        before = nodes.sub(sheet.get("cumulative"), sheet.get("c0"))
        reached = exp.Mul(this=nodes.number(bound.share.reach), expression=sheet.get("total"))
        made.append(exp.LT(this=before, expression=reached))
    return made


def _tally(bound: BoundQuery, sheet: Sheet, where: Node | None) -> Compiled:
    """How many groups are left. The "(none)" member is nobody to count."""
    sheet.wrap("_kept", where=where)
    known = nodes.all_of(nodes.is_null(sheet.get(f"k{i}"), negated=True) for i, k in enumerate(bound.keys) if k.shown)
    tree = sheet.finish(
        nodes.select(
            [
                nodes.aliased(exp.Count(this=exp.Star()), "count"),
                nodes.aliased(exp.Max(this=sheet.get(ROWS_READ)), ROWS_READ),
            ],
            where=known,
        )
    )
    of = bound.query.by[0] if bound.query.by else str(bound.query.grain)
    return Compiled(tree, (Column(name="count", role="count", of=of, unit="count"),), (ROWS_READ,), False)


def _together(bound: BoundQuery, sheet: Sheet, where: Node | None, outputs: list[Output]) -> Compiled:
    """The kept rows as one: part, total, share."""
    metric = bound.metrics[0].metric
    if "_numbers" not in sheet.wrapped:
        sheet.wrap("_numbers")
    kept = nodes.select(
        [nodes.aliased(sheet.get(n), n) for n in ("c0", "total", ROWS_READ)],
        where=where,
        order=_order(bound, sheet, []),
        limit=bound.query.limit,
    )
    sheet.cover("_kept", kept)
    part, total = exp.Sum(this=nodes.col("c0", "_kept")), exp.Max(this=nodes.col("total", "_kept"))
    selected: list[Node] = [
        nodes.aliased(part, metric.name),
        nodes.aliased(total, f"{metric.name}_total"),
        nodes.aliased(nodes.ratio(part.copy(), total.copy()), f"{metric.name}_share"),
        nodes.aliased(exp.Max(this=nodes.col(ROWS_READ, "_kept")), ROWS_READ),
    ]
    columns = (
        Column(name=metric.name, role="metric", of=metric.name, unit=metric.unit),
        Column(name=f"{metric.name}_total", role="total", of=metric.name, unit=metric.unit),
        Column(name=f"{metric.name}_share", role="share", of=metric.name, unit="percent"),
    )
    return Compiled(sheet.finish(nodes.select(selected)), columns, (ROWS_READ,), False)


def _order(bound: BoundQuery, sheet: Sheet, outputs: list[Output]) -> list[exp.Ordered]:
    """By the names that the numbers have in the answer, where they are in it."""
    names = {o.symbol: o.column.name for o in outputs}
    return [
        nodes.ordered(nodes.col(names[symbol]) if symbol in names else sheet.get(symbol), descending=descending)
        for symbol, descending in line_order(bound)
    ]
