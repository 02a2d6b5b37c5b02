"""The peers' average beside a value. A ratio's benchmark is the ratio of the whole peer group, never an average of
averages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from metrics.errors import CompileError
from metrics.plan.bound import BoundBenchmark, BoundQuery, Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.frame import Frame, frame
from metrics.plan.compile.measures import Cell, Measures
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.ranking import with_number

__all__ = ["Benchmarked", "benchmark_ctes"]

Maker = Callable[[], Node]


@dataclass(frozen=True)
class Benchmarked:
    """`_peers`: a row per peer, `_bench`: their average, how many they are, and how many have a number, per group."""

    spec: BoundBenchmark
    ctes: tuple[tuple[str, exp.Query], ...]
    cells: dict[str, Maker]

    def join(self, put: Frame, keys: tuple[str, ...]) -> exp.Join:
        if self.spec.group is None or self.spec.value is not None:
            return exp.Join(this=nodes.table("_bench"), kind="CROSS")
        own = put.keys[keys.index(self.spec.group)]()
        return exp.Join(this=nodes.table("_bench"), side="LEFT", on=nodes.same(own, nodes.col("k0", "_bench")))


def benchmark_ctes(bound: BoundQuery, prepared: Prepared, measures: Measures, min_peers: int) -> Benchmarked:
    spec = bound.benchmark
    if spec is None or len(bound.metrics) != 1:
        raise CompileError("a benchmark is of one metric")
    metric = bound.metrics[0]
    ready = prepared.metric(metric.metric.name)
    fixed = (Condition(spec.group, "in", (spec.value,)),) if spec.group is not None and spec.value is not None else ()
    conditions = (*spec.conditions, *metric.conditions, *fixed)
    group_keys = (spec.group,) if spec.group is not None and spec.value is None else ()
    cell = Cell(metric.current.start, metric.current.end, conditions, (*group_keys, spec.subject))
    value, groups = measures.metric(ready, cell)
    put = frame(prepared, groups, keys=cell.keys, buckets=None, peers=None, as_of=bound.as_of)
    outputs = [nodes.aliased(key(), f"k{i}") for i, key in enumerate(put.keys)]
    subject = put.keys[-1]
    peers = nodes.select(
        [*outputs, nodes.aliased(value(), "value")],
        source=put.source,
        joins=put.joins,
        where=nodes.is_null(subject(), negated=True),
    )
    ctes: list[tuple[str, exp.Query]] = [*((f"_peer{n}", q) for n, q in put.ctes), ("_peers", peers)]
    if put.ctes:
        raise CompileError("a benchmark of a metric over several datasets")
    key_columns = [nodes.col(f"k{i}") for i in range(len(group_keys))]
    average: Node = exp.Avg(this=nodes.col("value"))
    counted = nodes.select(
        [
            *key_columns,
            nodes.aliased(average, "average"),
            nodes.aliased(exp.Count(this=nodes.col("value")), "n"),
            nodes.aliased(with_number(nodes.col("value")), "some"),
        ],
        source=nodes.table("_peers"),
        group=[nodes.col(f"k{i}") for i in range(len(group_keys))],
    )
    if not ready.divides and all(m.filled for m in ready.measures):
        ctes.append(("_bench", counted))
        return Benchmarked(spec, tuple(ctes), _cells(min_peers))
    whole, parts = measures.metric(ready, Cell(cell.start, cell.end, cell.conditions, group_keys))
    (part,) = parts
    ctes.append(("_counted", counted))
    on = nodes.all_of(
        nodes.same(nodes.col(f"k{i}", part.name), nodes.col(f"k{i}", "_counted")) for i in range(len(group_keys))
    )
    made = nodes.select(
        [
            *(nodes.col(f"k{i}", part.name) for i in range(len(group_keys))),
            nodes.aliased(whole(), "average"),
            nodes.aliased(nodes.col("n", "_counted"), "n"),
            nodes.aliased(nodes.col("some", "_counted"), "some"),
        ],
        source=nodes.table(part.name),
        joins=[
            (
                exp.Join(this=nodes.table("_counted"), kind="CROSS")
                if on is None
                else exp.Join(this=nodes.table("_counted"), side="LEFT", on=on)
            )
        ],
    )
    ctes.append(("_bench", made))
    return Benchmarked(spec, tuple(ctes), _cells(min_peers))


def _cells(min_peers: int) -> dict[str, Maker]:
    def average() -> Node:
        shown = nodes.col("average", "_bench")
        if min_peers == 0:
            return shown
        enough = exp.GTE(this=nodes.col("some", "_bench"), expression=nodes.number(min_peers))
        return exp.Case(ifs=[exp.If(this=enough, true=shown)])

    return {"b0": average, "peers": lambda: nodes.col("n", "_bench")}
