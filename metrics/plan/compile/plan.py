"""BoundQuery -> syntax tree: groups, frame, derived numbers, conditions, order. One SELECT over common table
expressions.

Numbers have short names while planning (`Sheet`): c0 current value of metric 0, p0 the compared one, g0 its target, b0
its benchmark, d0 change, e0 change %, a0 attainment, total, share, rank, n, ties. A sheet is *wrapped* into a CTE when
a condition must see a window function's result, because conditions come before windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from metrics.calendar.periods import add_units
from metrics.plan.bound import BoundMetric, BoundQuery, Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.benchmarks import benchmark_ctes
from metrics.plan.compile.frame import Buckets, Frame, frame
from metrics.plan.compile.measures import Cell, Group, Measures
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure, Prepared
from metrics.plan.compile.sheet import Sheet

__all__ = ["Numbers", "cells_of", "numbers_of"]

_DOUBLE = exp.DType.DOUBLE
Maker = Callable[[], Node]


@dataclass(frozen=True)
class Numbers:
    """The first sheet: keys, bucket and every aggregated number. `rows`: rows read, of one line; `read`: the groups in
    which all that were read stand; `lines`: tables of which every combination of rows is a line."""

    sheet: Sheet
    rows: Maker
    read: tuple[str, ...]
    lines: tuple[str, ...]


def numbers_of(
    bound: BoundQuery,
    prepared: Prepared,
    *,
    min_peers: int = 0,
    shown: tuple[Sequence[tuple[str, bool]], int] | None = None,
) -> Numbers:
    """Aggregate everything the query needs and put it side by side. `shown`: order and number of the lines, where no
    others need to be worked out."""
    measures = Measures(prepared, bound.as_of)
    keys = tuple(k.field for k in bound.keys)
    grain = bound.trend.grain if bound.trend is not None else None
    cells: dict[str, Maker] = {}
    lined: dict[str, Group] = {}  # groups with a row per line of the answer
    read: dict[str, Group] = {}  # those whose rows count as read
    for i, metric in enumerate(bound.metrics):
        for name, cell, known in zip("cp", cells_of(bound, metric), (metric.known, metric.earlier_known), strict=False):
            value, groups = measures.metric(prepared.metric(metric.metric.name), replace(cell, keys=keys, grain=grain))
            cells[f"{name}{i}"] = value if known else (lambda: nodes.cast(exp.Null(), _DOUBLE))
            lined |= {g.name: g for g in groups}
            read |= {g.name: g for g in groups}
    for i, group, column in _targets(bound, prepared, measures, keys, grain):
        lined[group.name] = group
        cells[f"g{i}"] = _column(group.name, column)
    buckets = _buckets(bound)
    put = frame(
        prepared, list(lined.values()), keys=keys, buckets=buckets, peers=bound.peers, as_of=bound.as_of, shown=shown
    )
    joins = list(put.joins)
    extra = {
        **_partial(bound, prepared, measures, keys, put, cells),
        **_totals(bound, prepared, measures, keys, put, cells),
    }
    joins += [join for name, join in extra.items() if name not in lined]
    compared = benchmark_ctes(bound, prepared, measures, min_peers) if bound.benchmark is not None else None
    if compared is not None:
        joins.append(compared.join(put, keys))
        cells |= compared.cells
    if bound.target is not None and bound.target.amount is not None:
        amount = bound.target.amount
        cells["g0"] = lambda: nodes.number(amount)
    ctes = [*measures.ctes(), *put.ctes, *(compared.ctes if compared is not None else ())]
    sheet = Sheet(ctes, put.source, joins)
    for i, maker in enumerate(put.keys):
        sheet.put(f"k{i}", maker)
    if put.bucket is not None:
        sheet.put("t", put.bucket)
    for name, maker in cells.items():
        sheet.put(name, maker)
    names = tuple(read)
    return Numbers(sheet, lambda: nodes.add([nodes.coalesce(nodes.col("n", g)) for g in names]), names, put.lines)


def _column(name: str, column: str) -> Maker:
    return lambda: nodes.col(column, name)


def cells_of(bound: BoundQuery, metric: BoundMetric) -> list[Cell]:
    """The windows of a metric, ungrouped: the one asked about, with as many buckets before it as the first one is
    compared with, and the one it is compared with, if there is one."""
    start, trend = metric.current.start, bound.trend
    if trend is not None and start is not None and trend.first is not None and trend.lag:
        start = add_units(trend.first, trend.grain, -trend.lag)
    conditions = (*bound.conditions, *metric.conditions)
    made = [Cell(start, metric.current.end, conditions)]
    if metric.earlier is not None:
        made.append(Cell(metric.earlier.start, metric.earlier.end, conditions))
    return made


def _buckets(bound: BoundQuery) -> Buckets | None:
    trend = bound.trend
    if trend is None:
        return None
    if trend.first is None:
        return Buckets(trend.grain, None, trend.end)
    return Buckets(trend.grain, add_units(trend.first, trend.grain, -trend.lag), trend.end)


def _targets(
    bound: BoundQuery, prepared: Prepared, measures: Measures, keys: tuple[str, ...], grain: str | None
) -> Iterable[tuple[int, Group, str]]:
    """The stored monthly targets of each metric that has them, summed over the whole period."""
    target, fields = bound.target, bound.model.targets
    if target is None or target.span is None or fields is None:
        return
    amount = prepared.field(fields.amount, bound.as_of)
    total = Measure("target", exp.Sum(this=amount), fields.dataset, (fields.dataset,), filled=False)
    for i, metric in enumerate(bound.metrics):
        if metric.metric.has_target:
            named = Condition(fields.metric, "in", (metric.metric.name,))
            cell = Cell(target.span.start, target.span.full_end, (*target.conditions, named), keys, grain)
            group = measures.group(fields.dataset, fields.month, cell)
            yield i, group, group.column(total)


def _partial(
    bound: BoundQuery,
    prepared: Prepared,
    measures: Measures,
    keys: tuple[str, ...],
    put: Frame,
    cells: dict[str, Maker],
) -> dict[str, exp.Join]:
    """q0…: what the last, unfinished bucket is compared with: as much of an earlier one."""
    trend = bound.trend
    if trend is None or trend.partial is None or put.bucket is None:
        return {}
    joins: dict[str, exp.Join] = {}
    for i, metric in enumerate(bound.metrics):
        cell = Cell(trend.partial.start, trend.partial.end, (*bound.conditions, *metric.conditions), keys)
        value, groups = measures.metric(prepared.metric(metric.metric.name), cell)
        cells[f"q{i}"] = value
        for group in groups:
            pairs = [nodes.same(key(), nodes.col(f"k{j}", group.name)) for j, key in enumerate(put.keys)]
            on = nodes.all_of(pairs)
            made = exp.Join(this=nodes.table(group.name), kind="CROSS")
            joins[group.name] = made if on is None else exp.Join(this=nodes.table(group.name), side="LEFT", on=on)
    return joins


def _totals(
    bound: BoundQuery,
    prepared: Prepared,
    measures: Measures,
    keys: tuple[str, ...],
    put: Frame,
    cells: dict[str, Maker],
) -> dict[str, exp.Join]:
    """The total of a share where it is over other rows than the parts. A part of something wider (East of all regions,
    mine of the team's) is set against the wider total of its own line: that month's, that product's."""
    asked = bound.query.share
    if bound.share is None or bound.share.total is None or asked is None:
        return {}
    metric = bound.metrics[0]
    wider = bool(asked.lift or asked.scope) and not asked.together and asked.reach is None
    lines = [i for i, key in enumerate(keys) if wider and key not in _lifted(bound, asked.lift)]
    grain = bound.trend.grain if bound.trend is not None and (wider or keys) else None
    cell = Cell(
        metric.current.start,
        metric.current.end,
        (*bound.share.total, *metric.conditions),
        tuple(keys[i] for i in lines),
        grain,
    )
    value, groups = measures.metric(prepared.metric(metric.metric.name), cell)
    cells["total"] = value
    joins = {}
    for group in groups:
        pairs = [nodes.same(put.keys[i](), nodes.col(f"k{j}", group.name)) for j, i in enumerate(lines)]
        if grain is not None and put.bucket is not None:
            pairs.append(exp.EQ(this=put.bucket(), expression=nodes.col("t", group.name)))
        on = nodes.all_of(pairs)
        made = exp.Join(this=nodes.table(group.name), kind="CROSS")
        joins[group.name] = made if on is None else exp.Join(this=nodes.table(group.name), side="LEFT", on=on)
    return joins


def _lifted(bound: BoundQuery, fields: tuple[str, ...]) -> frozenset[str]:
    """Fields the total does not depend on; a person is one thing by name and by id."""
    people = bound.model.people
    either = {people.id, people.name} if people is not None else set()
    return frozenset({*fields, *(either if either & set(fields) else ())})
