"""The rows that a metric counts, one by one: which comes first, how long each of them took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.prepared import PreparedMetric, instantiate
from metrics.plan.compile.rows import Rows
from metrics.plan.grid.at import At
from metrics.plan.grid.conditions import check_date
from metrics.plan.grid.group import Cell, later
from metrics.plan.grid.num import Num
from metrics.plan.grid.world import World
from metrics.plan.names import field_named

__all__ = ["aggregate_days", "days_between", "nth_row"]


def nth_row(at: At, name: str, index: int, field_id: str | None) -> Num:
    """A field (None: the date) of the `index`-th of the rows that the metric counts, in the order of their dates, those
    of one day in the order of their keys; from the last where it is below 0."""
    world = at.world
    prepared, cell, known = at.rows_of(name)
    dataset = _dataset(prepared)
    if prepared.metric.snapshot:
        raise UnsupportedCombination("nth_undated", subject=name)
    time = prepared.metric.time[dataset]
    shown = _reached(world, prepared, field_id or time)
    if not known:
        return at.constant(None)
    rows = Rows(world.prepared, dataset, world.as_of, time)
    value = rows.field(shown) if field_id is not None else nodes.cast(rows.field(time), exp.DType.DATE)
    outputs = {f"k{i}": rows.field(k) for i, k in enumerate(cell.keys)}
    if cell.grain is not None:
        outputs["t"] = later(rows.bucket(time, cell.grain), cell.grain, cell.lag)
    keys = world.model.datasets[dataset].primary_key
    order = [rows.field(time), *(world.prepared.join_column(dataset, key, world.as_of) for key in keys)]
    place = nodes.window(
        exp.RowNumber(),
        by=[v.copy() for v in outputs.values()],
        order=[nodes.ordered(node, descending=index < 0) for node in order],
    )
    _keep(rows, time, cell, prepared, world)
    table, placed = world.name("n"), world.name("o")
    inner = [nodes.aliased(v, n) for n, v in outputs.items()]
    inner += [nodes.aliased(value, "value"), nodes.aliased(place, "place")]
    source = nodes.select(inner, source=rows.source, joins=rows.joins, where=nodes.all_of(rows.where))
    world.ctes.append((placed, source))
    here = exp.EQ(this=nodes.col("place", placed), expression=nodes.number(abs(index)))
    # One row of each group is left; folded, so that nothing by nothing is one row as well.
    told = [nodes.aliased(exp.Max(this=nodes.col("value", placed)), "value")]
    groups: list[Node] = [nodes.col(n, placed) for n in outputs]
    of_each = [*(g.copy() for g in groups), *told]
    world.ctes.append((table, nodes.select(of_each, source=nodes.table(placed), where=here, group=groups)))
    return at.beside(table, "value")


def aggregate_days(at: At, name: str, first: str, last: str | None, fold: Callable[[Node], Node], how: str) -> Num:
    """Days from one date to another (None: the day of the question) of the rows that the metric counts, folded."""
    world = at.world
    prepared, cell, known = at.rows_of(name)
    dataset = _dataset(prepared)
    ends = [_reached(world, prepared, field) for field in (first, last) if field is not None]
    for field in ends:
        check_date(world, field)
        if world.model.fields[field].dataset == world.prepared.dated:
            raise UnsupportedCombination("field_unreachable", subject=field, fields={"metric": name, "use": "by"})
    if not known:
        return at.constant(None)
    counts = _counts(prepared)

    def days() -> Node:
        begun = world.prepared.field(first, world.as_of)
        ended = nodes.date(world.as_of) if last is None else world.prepared.field(last, world.as_of)
        return days_between(begun, ended)

    plain = fold(days())
    call = plain if counts is None else fold(exp.Case(ifs=[exp.If(this=counts.copy(), true=days())]))
    text = "" if counts is None else counts.sql()
    fields = [world.model.fields[field].dataset for field in ends]
    uses = tuple(dict.fromkeys((*(u for m in prepared.measures for u in m.uses), *fields)))
    made = Aggregate(f"{how} {first} {last} {text}", call, dataset, uses, False, counts, text, plain)
    time = None if prepared.metric.snapshot else prepared.metric.time[dataset]
    return Num(at.grid.aggregate(dataset, time, replace(cell, keys=at.grid.leaned(at.keys)), made))


def days_between(first: Node, last: Node) -> Node:
    """Whole days from one date or moment to another; 0 on the same day."""
    later_day, earlier_day = nodes.cast(last, exp.DType.DATE), nodes.cast(first, exp.DType.DATE)
    return exp.DateDiff(this=later_day, expression=earlier_day, unit=exp.Var(this="DAY"))


def _dataset(prepared: PreparedMetric) -> str:
    if len(prepared.datasets) > 1:
        raise UnsupportedCombination("records_of_several", subject=prepared.metric.name)
    return prepared.datasets[0]


def _reached(world: World, prepared: PreparedMetric, field_id: str) -> str:
    field = field_named(world.model, field_id)
    if not world.prepared.leads(prepared.datasets[0], field.dataset):
        fields = {"metric": prepared.metric.name, "use": "by"}
        raise UnsupportedCombination("field_unreachable", subject=field_id, fields=fields)
    return field_id


def _counts(prepared: PreparedMetric) -> Node | None:
    """What a row must meet to count; None: every row does."""
    conditions = [m.condition.copy() for m in prepared.measures if m.condition is not None]
    return nodes.any_of(conditions) if len(conditions) == len(prepared.measures) else None


def _keep(rows: Rows, time: str, cell: Cell, prepared: PreparedMetric, world: World) -> None:
    for measure in prepared.measures:
        for dataset in measure.uses:
            rows.need(dataset)
    if cell.days is not None:
        rows.on_days(time, cell.days.spans, cell.days.only)
    for condition in cell.conditions:
        rows.keep(condition)
    counts = _counts(prepared)
    if counts is not None:
        rows.where.append(instantiate(counts, world.as_of))
